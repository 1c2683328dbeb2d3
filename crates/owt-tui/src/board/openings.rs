//! What a verb opens: a list to pick from, a text to write, a question. It must not know what the board shows.

use owt_api as api;

use super::deeds::answer;
use crate::command::Command;
use crate::editor::Editor;
use crate::event::Deed;
use crate::event::ViewKind;
use crate::fleet::Fleet;
use crate::keymap::ENTRIES;
use crate::keymap::Entry;
use crate::keymap::Group;
use crate::keymap::Keymap;
use crate::keymap::Verb;
use crate::layer::Act;
use crate::layer::Choice;
use crate::layer::Item;
use crate::layer::Layer;
use crate::layer::Picker;
use crate::layer::Purpose;
use crate::layer::Writing;
use crate::row::Row;
use crate::row::asked_in_short;
use crate::status;
use crate::status::Tone;
use crate::text::line;

/// Everything that can be done now, by name: what the board does itself, then what the command line does.
pub(super) fn palette(
    (row, view): (Option<&Row>, Option<ViewKind>),
    keymap: &Keymap,
    commands: Vec<Command>,
) -> Layer {
    let is_possible =
        |entry: &&Entry| entry.group != Group::Row || row.is_some_and(|row| entry.verb.fits(row, view));
    let item = |entry: &Entry| Item {
        text: entry.word.to_owned(),
        note: format!("{}  ({})", entry.help, keymap.keys(entry.verb)),
        words: format!("{} {}", entry.word, entry.help),
        act: Act::Verb(entry.verb),
    };
    let of_command = |command: Command| Item {
        text: format!("owt {}", command.words),
        note: command.about.clone(),
        words: format!("owt {} {}", command.words, command.about),
        act: Act::WriteCommand(command),
    };
    let others = ENTRIES.iter().filter(|entry| entry.verb != Verb::Palette).filter(is_possible);
    Layer::Pick(Picker::new(
        "Commands",
        others.map(item).chain(commands.into_iter().map(of_command)).collect(),
    ))
}

/// A line of the command line, about the selected workspace where it takes one.
pub(super) fn command(command: &Command, row: Option<&Row>) -> Layer {
    Layer::Write(Writing {
        title: "On the command line: owt ...".to_owned(),
        above: vec![(Tone::Dim, command.about.clone())],
        editor: Editor::holding(command.line(row.map(|row| row.workspace.name.as_str()))),
        purpose: Purpose::Command,
        scroll: 0,
    })
}

pub(super) fn finder(fleet: &Fleet) -> Layer {
    let item = |row: &Row| Item {
        text: row.name().to_owned(),
        note: format!("{}  {}", status::word(row.workspace.status), row.summary().1),
        words: row.words(),
        act: Act::Select(row.workspace.id.clone()),
    };
    Layer::Pick(Picker::new("Find a workspace", fleet.rows.iter().map(item).collect()))
}

/// To those of one repository; `None`: nobody would get it.
pub(super) fn broadcast(fleet: &Fleet, repository: String) -> Option<Layer> {
    let of_it = fleet.rows.iter().filter(|row| row.workspace.repository == repository);
    let names: Vec<&str> = of_it.filter(|row| row.workspace.session.is_some()).map(Row::name).collect();
    let whose = fleet.repository_name(&repository).unwrap_or_else(|| "this repository".to_owned());
    let writing = Writing {
        title: format!("Message to every running agent of {whose}"),
        above: vec![(Tone::Active, names.join(", "))],
        editor: Editor::empty(),
        purpose: Purpose::Message(unsent(repository, api::Audience::All)),
        scroll: 0,
    };
    (!names.is_empty()).then_some(Layer::Write(writing))
}

pub(super) fn deny(row: &Row, selector: api::Selector) -> Layer {
    let above = row.asks().map(|asked| (Tone::Warn, asked_in_short(asked))).into_iter().collect();
    Layer::Write(Writing {
        title: format!("Deny what {} asks: why, or what instead? (may stay empty)", row.name()),
        above,
        editor: Editor::empty(),
        purpose: Purpose::Reason(answer(row, selector, api::Given::Deny { reason: None })),
        scroll: 0,
    })
}

pub(super) fn message(row: &Row, selector: api::Selector) -> Layer {
    Layer::Write(Writing {
        title: format!("Message to {}", row.name()),
        above: Vec::new(),
        editor: Editor::empty(),
        purpose: Purpose::Message(unsent(selector.cwd, api::Audience::One(selector.name))),
        scroll: 0,
    })
}

/// A session that is taken up again, with a word or without.
pub(super) fn resume(name: &str, resume: api::ResumeSession, text: String) -> Writing {
    Writing {
        title: format!("Take {name} up again: what to tell it first? (may stay empty)"),
        above: Vec::new(),
        editor: Editor::holding(text),
        purpose: Purpose::Resume(resume),
        scroll: 0,
    }
}

pub(super) fn resumed(workspace: api::Selector) -> api::ResumeSession {
    api::ResumeSession { workspace, ..api::ResumeSession::default() }
}

/// To be gone to, what asks here moves to a terminal; what it asks is not taken along.
pub(super) fn attach(row: &Row, workspace: api::Selector) -> Layer {
    let asked = row.asks().map(|asked| (Tone::Warn, asked_in_short(asked)));
    let what = "To be gone to, it moves to a terminal with its conversation, and this request ends without an answer.";
    let lines = asked.into_iter().chain([(Tone::Plain, what.to_owned())]).collect();
    let choice = Choice::new(format!("Move {} to a terminal?", row.name()), lines);
    Layer::Choice(choice.way('y', "move it there, and go to it", Act::Attach(workspace)))
}

pub(super) const fn unsent(cwd: String, to: api::Audience) -> api::SendMessage {
    api::SendMessage {
        cwd,
        to,
        text: String::new(),
        as_command: false,
        wait_ms: 0,
        dry_run: false,
        idempotency_key: None,
    }
}

/// The turn that its agent is in, and what it asks with it.
pub(super) fn interrupt(row: &Row, workspace: api::Selector) -> Act {
    let deed = Deed::Interrupt(api::InterruptTurn { workspace, dry_run: false });
    Act::Do(Box::new(deed), format!("interrupting {}", row.name()))
}

pub(super) fn stop(row: &Row, workspace: api::Selector) -> Layer {
    let (name, deed) = (row.name(), Deed::Stop(api::StopSession { workspace, dry_run: false }));
    let what = match row.workspace.session {
        Some(_) => format!("The session of {name} ends."),
        None => format!("{name} waits for its next try, which is called off."),
    };
    let what = format!(
        "{what} Its folder, its branch and its conversation stay: owt resume {}",
        line(&row.workspace.name)
    );
    let doing = format!("ending the session of {name}");
    let lines = vec![(Tone::Plain, line(&what))];
    Layer::Choice(Choice::new(format!("Stop {name}?"), lines).way(
        'y',
        "stop it",
        Act::Do(Box::new(deed), doing),
    ))
}
