//! Notes: whoever works in the repository knows them, each once, and nobody gets what they must not.

use std::collections::BTreeMap;

use owt_agents::launch::CONTEXT_FILE;
use owt_core::AttemptId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::job::PermissionChoice;
use owt_core::notebook::Note;
use owt_core::notebook::NoteSource;
use owt_core::session::SessionKind;
use owt_engine::Home;
use owt_ports::PrivateFiles;

use crate::simulation::run::Run;
use crate::simulation::world::World;

fn markers(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter(|word| word.starts_with("note-")).map(str::to_owned)
}

fn read(run: &Run, path: &owt_core::AbsPath) -> String {
    let bytes = run.world.files_seen.read(path).unwrap().unwrap_or_default();
    String::from_utf8(bytes).unwrap()
}

/// What an attempt's agent was told besides its task.
fn briefing(run: &Run, attempt: AttemptId) -> String {
    read(run, &Home::new(World::data()).attempt(attempt).join(CONTEXT_FILE))
}

/// The notes that an attempt's agent was given as messages.
fn heard(run: &Run, attempt: AttemptId) -> Vec<String> {
    let actor = run.world.stage.actor(attempt);
    actor.iter().flat_map(|actor| &actor.heard).flat_map(|heard| markers(&heard.words)).collect()
}

/// No workspace gets a note twice as a message, and no agent gets one both with its start and as a message.
pub(super) fn none_is_told_twice(run: &Run) {
    let mut times: BTreeMap<(WorkspaceId, String), usize> = BTreeMap::new();
    for (id, attempt) in &run.ledger.attempts {
        let heard = heard(run, *id);
        if heard.is_empty() {
            continue;
        }
        let briefing = briefing(run, *id);
        for note in heard {
            assert!(!markers(&briefing).any(|told| told == note), "{id} got {note} both ways");
            *times.entry((attempt.spec.workspace, note)).or_default() += 1;
        }
    }
    for ((workspace, note), times) in times {
        assert_eq!(times, 1, "{workspace} got {note} {times} times");
    }
}

/// Nobody gets their own note, and an agent's note goes to none that may do everything.
pub(super) fn none_is_pushed_where_it_may_not(run: &Run) {
    for (id, attempt) in &run.ledger.attempts {
        let told: Vec<String> = heard(run, *id).into_iter().chain(markers(&briefing(run, *id))).collect();
        for note in run.ledger.notebooks.values().flat_map(|book| &book.notes) {
            let marker = markers(note.text.as_str()).next().unwrap();
            assert!(!told.contains(&marker) || may_get(run, attempt, note), "{id} got {note:?}");
        }
    }
}

fn may_get(run: &Run, attempt: &Attempt, note: &Note) -> bool {
    let permissions = run.ledger.jobs[&attempt.spec.job].spec.permissions;
    match &note.source {
        NoteSource::Person => true,
        NoteSource::Agent { workspace, .. } => {
            *workspace != attempt.spec.workspace && permissions != PermissionChoice::Unmanaged
        }
    }
}

/// Each agent that works was told each note with its start, or has a message for it.
pub(super) fn whoever_works_knows_them(run: &Run) {
    let repository = run.world.repository.id;
    let Some(book) = run.ledger.notebooks.get(&repository) else { return };
    let runs = |attempt: &&Attempt| matches!(attempt.phase, AttemptPhase::Running { .. });
    for attempt in run.ledger.running().filter(runs) {
        let (briefing, here) = (briefing(run, attempt.id), attempt.spec.workspace);
        let messages = run.ledger.deliveries.values().filter(|delivery| delivery.spec.workspace == here);
        let told: Vec<String> = messages
            .flat_map(|delivery| markers(&read(run, &delivery.spec.text)).collect::<Vec<_>>())
            .chain(markers(&briefing))
            .collect();
        for note in book.notes.iter().filter(|note| may_get(run, attempt, note)) {
            let marker = markers(note.text.as_str()).next().unwrap();
            let is_deaf = attempt.spec.session == SessionKind::Headless;
            assert!(is_deaf || told.contains(&marker), "{} does not know {note:?}", attempt.id);
        }
    }
}
