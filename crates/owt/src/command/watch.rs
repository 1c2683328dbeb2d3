//! `owt list --watch`: the list, again whenever it changes. On a terminal it is drawn over itself; elsewhere each
//! change is one JSON object in a line.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use owt_api::Attention;
use owt_api::Happening;
use owt_api::ListWorkspaces;
use owt_api::Used;
use owt_api::WatchChunk;
use owt_api::Workspace;
use owt_client::ClientError;
use owt_tui::status;
use serde::Serialize;

use crate::context::ASKED_AGAIN;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::reader;
use crate::rendering::repaint::Repaint;
use crate::rendering::workspace_list;
use crate::rendering::workspace_list::Breadth;

/// One change, as a line.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum Change {
    /// It is new, or something about it is not as it was.
    Workspace { workspace: Box<Workspace> },
    /// It is not there any more.
    Gone { id: String, name: String },
}

/// What there is now.
pub(super) struct Listing {
    pub(super) workspaces: Vec<Workspace>,
    pub(super) happenings: Vec<Happening>,
}

/// Watches until it is interrupted.
pub(super) fn run(all_repos: bool, context: &Context) -> Result<(), Failure> {
    let request = ListWorkspaces { cwd: context.cwd(), all_repos };
    let mut shown = Shown::new(context, all_repos);
    until_interrupted(context);
    through_servers(|heard| {
        watch_once(context, &request, &mut |chunk| {
            *heard = Heard::Something;
            shown.take(chunk.map(|listing| listing.workspaces))
        })
    })
}

/// Tells each list that is not as the last one, and with `None` that the server has gone, until it is interrupted.
pub(super) fn lists(
    context: &Context,
    request: &ListWorkspaces,
    mut each: impl FnMut(Option<&Listing>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    until_interrupted(context);
    through_servers(|heard| {
        let watched = watch_once(context, request, &mut |listed| {
            *heard = Heard::Something;
            listed.map_or(Ok(()), |listing| each(Some(&listing)))
        });
        if *heard == Heard::Something {
            each(None)?;
        }
        watched
    })
}

/// How one watch went: inside, with the server; outside, what failed on our side.
pub(super) type Watched = Result<Result<(), ClientError>, Failure>;

/// Whether a server has said anything in a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Not yet.
    Nothing,
    /// It has.
    Something,
    /// It has said everything: what was watched has ended.
    Everything,
}

/// Ctrl-C is the way to end what is watched, and so is a reader that goes.
pub(super) fn until_interrupted(context: &Context) {
    context.expect_interrupt();
    reader::end_without();
}

/// Watches through servers that are replaced meanwhile, until it is interrupted or what is watched has ended.
pub(super) fn through_servers(mut watch_once: impl FnMut(&mut Heard) -> Watched) -> Result<(), Failure> {
    let mut in_vain = 0;
    loop {
        let mut heard = Heard::Nothing;
        let error = match watch_once(&mut heard)? {
            // A server that ends in peace says so; nothing said is a connection that was cut.
            Ok(()) => None,
            Err(error) if !error.is_worth_asking_again() => return Err(error.into()),
            Err(error) => Some(error),
        };
        match heard {
            Heard::Everything => return Ok(()),
            Heard::Something => in_vain = 0,
            Heard::Nothing => in_vain += 1,
        }
        match error {
            Some(error) if in_vain == ASKED_AGAIN => return Err(error.into()),
            None if in_vain == ASKED_AGAIN => return Ok(()),
            error => tracing::info!(?error, "watching on"),
        }
    }
}

/// One watch, by one server.
fn watch_once(
    context: &Context,
    request: &ListWorkspaces,
    each: &mut dyn FnMut(Option<Listing>) -> Result<(), Failure>,
) -> Watched {
    let mut broken = Ok(());
    let mut failed = Ok(());
    let watched = context.client()?.watch(request, |chunk| {
        match chunk {
            WatchChunk::Broken { problem } => broken = Err(ClientError::Refused(problem)),
            WatchChunk::Listed { workspaces, happenings } => {
                failed = each(Some(Listing { workspaces, happenings }));
            }
            WatchChunk::Same => failed = each(None),
        }
        if broken.is_ok() && failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failed.map(|()| watched.and(broken))
}

/// What is shown of the list.
struct Shown<'a> {
    context: &'a Context,
    breadth: Breadth,
    screen: Option<Repaint>,
    workspaces: Vec<Workspace>,
    /// Whether a first list was seen: what it has was told before.
    has_looked: bool,
}

impl<'a> Shown<'a> {
    fn new(context: &'a Context, all_repos: bool) -> Self {
        let on_screen = context.output.form() == Form::Text && context.output.has_terminal_for_data();
        Self {
            context,
            breadth: if all_repos { Breadth::All } else { Breadth::One },
            screen: on_screen.then(Repaint::default),
            workspaces: Vec::new(),
            has_looked: false,
        }
    }

    /// Rings for what the person was told since the last list, where the bell is among the ways.
    fn ring(&mut self, before: &[Workspace]) {
        if std::mem::replace(&mut self.has_looked, true) {
            for line in rings(before, &self.workspaces) {
                self.context.output.ring(&line);
            }
        }
    }

    /// The list as it is now; `None` when it is as it was, and only ages have grown.
    fn take(&mut self, listed: Option<Vec<Workspace>>) -> Result<(), Failure> {
        let before = listed.map(|workspaces| std::mem::replace(&mut self.workspaces, workspaces));
        if let Some(before) = &before {
            self.ring(before);
        }
        match (&mut self.screen, before) {
            (Some(screen), _) => {
                let output = &self.context.output;
                let table = workspace_list::render(&output.page(), &self.workspaces, self.breadth);
                output.write(screen.draw(&table, output.terminal_height()).as_bytes())
            }
            (None, Some(before)) => changes(&before, &self.workspaces)
                .iter()
                .try_for_each(|change| self.context.output.line(change)),
            (None, None) => Ok(()),
        }
    }
}

/// What the person is to hear of: each notice that went by the bell and that the list before did not have.
fn rings(before: &[Workspace], now: &[Workspace]) -> Vec<String> {
    let known =
        |id: &str| before.iter().find(|it| it.id == id).and_then(|it| it.used.attention.notice.as_ref());
    let is_new = |it: &&Workspace| {
        let number = known(&it.id).map_or(0, |notice| notice.number);
        it.used.attention.notice.as_ref().is_some_and(|notice| {
            notice.number > number && notice.channels.iter().any(|channel| channel == "bell")
        })
    };
    now.iter().filter(is_new).map(|it| format!("{}: {}", it.name, status::word(it.status))).collect()
}

/// What makes the one list the other.
fn changes(before: &[Workspace], now: &[Workspace]) -> Vec<Change> {
    let known: BTreeMap<&str, &Workspace> = before.iter().map(|it| (it.id.as_str(), it)).collect();
    let there: BTreeMap<&str, &Workspace> = now.iter().map(|it| (it.id.as_str(), it)).collect();
    let gone = before.iter().filter(|it| !there.contains_key(it.id.as_str()));
    let gone = gone.map(|it| Change::Gone { id: it.id.clone(), name: it.name.clone() });
    let changed = now.iter().filter(|it| known.get(it.id.as_str()).is_none_or(|before| !is_same(before, it)));
    gone.chain(changed.map(|it| Change::Workspace { workspace: Box::new(it.clone()) })).collect()
}

/// Whether nothing but the time of the last output differs: an agent at work prints all the time.
fn is_same(one: &Workspace, other: &Workspace) -> bool {
    let still = |it: &Workspace| {
        let attention = Attention { last_activity_at: None, ..it.used.attention.clone() };
        Workspace { used: Used { attention, ..it.used.clone() }, ..it.clone() }
    };
    one == other || still(one) == still(other)
}
