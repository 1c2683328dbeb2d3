//! `owt db`.

use owt_api::DatabaseHealth;
use owt_api::DatabaseIntegrity;
use owt_api::DatabasePurged;
use owt_api::DatabaseRebuilt;
use owt_api::DatabaseRestored;
use owt_api::PurgedWorkspace;
use owt_core::counting::counted;
use owt_tui::text::one_line;

use crate::command::db::BackedUp;
use crate::command::db::Compacted;
use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;

/// `way_back` helps against damage; empty where there is none.
pub(crate) fn health(page: &Page, health: &DatabaseHealth, way_back: &str) -> String {
    let integrity = match health.integrity {
        DatabaseIntegrity::Ok => "sound".to_owned(),
        DatabaseIntegrity::Damaged => format!("damaged: {}", health.complaints.join("; ")),
    };
    let backups = health
        .backups
        .iter()
        .map(|backup| ("Backup", format!("{}  {}", span::point(&backup.taken_at, page.now), backup.path)));
    let facts = [
        ("Integrity", integrity),
        ("Schema", health.schema_version.to_string()),
        ("Size", format!("{} (log {})", size(health.size_bytes), size(health.wal_bytes))),
        ("Events", format!("{} in {}", health.events, counted(health.streams, "stream", "streams"))),
    ];
    let fact = |(label, value): (&str, String)| {
        format!("{}{value}\n", page.style.paint(Tone::Dim, &format!("{label:<11}")))
    };
    let help = (!way_back.is_empty()).then(|| ("Way back", way_back.to_owned()));
    facts.into_iter().chain(help).chain(backups).map(fact).collect()
}

pub(crate) fn backed_up(made: &BackedUp) -> String {
    match made.dry_run {
        true => format!("A copy of {} would be made in {}.\n", size(made.size_bytes), made.path),
        false => format!("{}\n", made.path),
    }
}

pub(crate) fn compacted(done: &Compacted) -> String {
    let before = size(done.before_bytes);
    match done.after_bytes {
        Some(after) => format!("The database is {} now, and was {before}.\n", size(after)),
        None => format!("The database is {before}; its holes would be closed.\n"),
    }
}

pub(crate) fn rebuilt(done: &DatabaseRebuilt) -> String {
    let mut text = match done.mended.len() {
        0 => format!("All {} records are what happened.\n", done.streams),
        number => {
            let (all, named) = (done.streams, done.mended.join(", "));
            let one = format!("of {all} records is put right: {named}\n");
            counted(number, &one, &format!("of {all} records are put right: {named}\n"))
        }
    };
    for stream in &done.unreadable {
        text.push_str(&format!(
            "  {} cannot be read, and stays as it was: {}\n",
            stream.stream, stream.reason
        ));
    }
    text
}

/// What goes or went. A look says "would be" too where the person has not been asked yet.
pub(crate) fn purged(purged: &DatabasePurged) -> String {
    let (verb, number) = (if purged.dry_run { "would be" } else { "are" }, purged.workspaces.len());
    let mut text = match number {
        0 if purged.backup.is_none() => "No records are old enough to go.\n".to_owned(),
        number => {
            let workspaces = counted(number, "removed workspace", "removed workspaces");
            format!("The records of {workspaces} {verb} removed:\n")
        }
    };
    text.extend(purged.workspaces.iter().map(records));
    if purged.trains > 0 {
        let trains = counted(purged.trains, "landing", "landings");
        text.push_str(&format!("  and of {trains} of the whole queue that had nobody else's work\n"));
    }
    if !purged.spared.is_empty() {
        text.push_str("Old, and stays:\n");
    }
    for spared in &purged.spared {
        text.push_str(&format!("  {}  {}\n", one_line(&spared.name), one_line(&spared.reason)));
    }
    if let Some(backup) = &purged.backup {
        text.push_str(&format!("What went is still in {backup}\n"));
    }
    text
}

fn records(workspace: &PurgedWorkspace) -> String {
    let PurgedWorkspace { name, last_at, jobs, attempts, messages, events, .. } = workspace;
    let date = last_at.get(..10).unwrap_or(last_at);
    let name = one_line(name);
    format!(
        "  {name}  last on {date}: jobs {jobs}, attempts {attempts}, messages {messages}, events {events}\n"
    )
}

pub(crate) fn restored(page: &Page, restored: &DatabaseRestored) -> String {
    let would = if restored.dry_run { "would be" } else { "is" };
    let backup = &restored.backup;
    let taken = span::point(&backup.taken_at, page.now);
    let mut text = format!("The database {would} the copy of {taken}: {}\n", backup.path);
    if let Some(folder) = &restored.kept_aside {
        text.push_str(&format!("  What was there is kept in {folder}.\n"));
    }
    text
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}
