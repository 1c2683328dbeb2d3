//! What has happened by itself and asks nothing of the person: lines below what is over. It must not know where they stand.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_api::Happening;

use crate::status::Tone;
use crate::text::line;

/// The newest of them, the newest first.
#[derive(Debug)]
pub(crate) struct Happenings {
    all: Vec<Happening>,
    /// The time of the newest that the person has taken as seen.
    seen: Option<String>,
}

impl Happenings {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new(), seen: None }
    }

    pub(crate) fn take(&mut self, all: Vec<Happening>) {
        self.all = all;
    }

    /// Those that the person has not taken as seen.
    pub(crate) fn unseen(&self) -> impl Iterator<Item = &Happening> {
        self.all.iter().filter(|it| self.seen.as_ref().is_none_or(|seen| it.at > *seen))
    }

    /// The person has seen them all; how many that were new.
    pub(crate) fn see(&mut self) -> usize {
        let unseen = self.unseen().count();
        self.seen = self.all.first().map(|newest| newest.at.clone()).or(self.seen.take());
        unseen
    }
}

/// `14:05 critic · auth: denied: ...`, with what that means to a person.
pub(crate) fn sentence(happening: &Happening, zone: &TimeZone) -> (Tone, String) {
    let at = happening.at.parse::<Timestamp>();
    let clock = at.map(|at| at.to_zoned(zone.clone()).strftime("%H:%M").to_string()).unwrap_or_default();
    let (tone, verdict) = match happening.verdict.as_str() {
        "passed" => (Tone::Dim, "lets it pass".to_owned()),
        "warned" => (Tone::Warn, "lets it pass, but".to_owned()),
        "denied" => (Tone::Bad, "denies it".to_owned()),
        other => (Tone::Dim, line(other)),
    };
    let found = happening.found.as_deref().map(|found| format!(": {}", line(found))).unwrap_or_default();
    let (source, workspace) = (line(&happening.source), line(&happening.workspace));
    (tone, format!("{clock}  {source} · {workspace}: {verdict}{found}"))
}
