//! What comes to the board, and what it asks of the world. It must not know who brings the one and does the other.

use owt_api as api;

use crate::key::Key;

/// Something has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The mouse was pressed there (column, row; from 0).
    Click(u16, u16),
    /// The wheel was turned so far down; negative is up.
    Wheel(i16),
    /// The terminal is so large (columns, rows).
    Resized(u16, u16),
    /// The workspaces, as they are now.
    Listed(Vec<api::Workspace>),
    /// What has happened of late by itself, the newest first.
    Happened(Vec<api::Happening>),
    /// The server does not answer; it is asked again.
    Lost(String),
    /// The server was told to stop, and has; it is not started again by itself.
    Stopped,
    /// What came of a deed.
    Outcome(Ticket, Box<Result<Done, api::Problem>>),
    /// Something of what is looked at.
    Looked(Look, Seen),
    /// What a view shows.
    Viewed(Look, Box<Result<Viewed, api::Problem>>),
    /// How far a train is, or why nobody can tell.
    Rode(String, Box<Result<api::ShippedQueue, api::Problem>>),
    /// What today has cost, in US dollars.
    Spent(Option<api::Cost>),
    /// The person is back from a terminal that was handed over.
    Back(Option<api::Problem>),
    /// Time has passed.
    Tick,
}

impl Event {
    /// Whether it is the person's wish, and not something that has become known.
    pub(crate) const fn is_of_the_person(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Paste(_) | Self::Click(..) | Self::Wheel(_))
    }
}

/// Which of the deeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(pub u64);

/// What the board wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Leave.
    Quit,
    /// Hand the terminal over.
    Attach(api::Selector),
    /// Ask the server for a deed.
    Do(Ticket, Box<Deed>),
    /// Look at this from now on, instead of what was looked at before.
    Look(Look, Subject),
    /// What does a view of the repository of this root show?
    View(Look, ViewKind, String),
    /// Let the person edit these files, below this folder.
    Edit(String, Vec<String>),
    /// Do what this line says on the command line, for the person to see.
    Run(String),
    /// Tell how far this train is, until it has ended.
    Follow(String),
    /// Look at nothing.
    LookAway,
    /// Draw all of the screen once more: something else may have written on it.
    Redraw,
    /// Start the server that was stopped.
    StartServer,
    /// What has today cost?
    ReadSpent,
}

/// Which of the looks: what comes of an earlier one is nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look(pub u64);

/// From which side all workspaces are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// Who would not merge with whom.
    Conflicts,
    /// In which order work should land.
    Queue,
}

/// What a view shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Viewed {
    /// Who would not merge with whom.
    Conflicts(api::Conflicts),
    /// In which order work should land.
    Queue(Vec<api::QueuePlace>),
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Of which workspace.
    pub workspace: api::Selector,
    /// What of it.
    pub kind: SubjectKind,
}

/// What of a workspace is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// What its terminal shows, as it changes; without one all about it.
    Screen,
    /// What its agent printed, and prints.
    Log,
    /// What it changed.
    Diff,
    /// Why it has its status.
    Evidence,
    /// All about it.
    Detail,
}

/// A piece of what is looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// The next bytes of a text.
    Text(String),
    /// The picture of its terminal.
    Screen(api::SessionScreen),
    /// Why it has its status.
    Evidence(Box<api::Explanation>),
    /// All about it.
    Detail(Box<api::WorkspaceDetail>),
    /// Nothing more comes.
    End,
    /// It cannot be had.
    Failed(String),
}

/// A deed of the server's.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is a request of the API")]
pub enum Deed {
    Answer(api::Answer),
    Send(api::SendMessage),
    Interrupt(api::InterruptTurn),
    Stop(api::StopSession),
    Delete(api::DeleteWorkspace),
    /// Its session is taken up again.
    Resume(api::ResumeSession),
    Merge(api::MergeWorkspace),
    Ship(api::ShipWorkspace),
    Sync(api::SyncWorkspaces),
    New(Box<api::NewWorkspace>),
    /// What of the queue would land, with the reasons of its order.
    LookAlong(api::ShipQueue),
    ShipQueue(api::ShipQueue),
    CancelQueue(api::CancelQueue),
    /// With what a task can be started.
    ReadStarts(api::ListAgents),
    Criticise(api::CriticiseWorkspace),
    /// The files that it does not agree on with others.
    FindConflicts(api::ReadConflicts),
    Undo(api::Undo),
    /// All about it was looked at: that is what takes it as seen.
    Dismiss(api::Selector),
}

impl Deed {
    /// The folder of whose session or work it changes, while it is under way.
    pub(crate) fn changes(&self) -> Option<&str> {
        match self {
            Self::Merge(api::MergeWorkspace { workspace, dry_run: false, .. })
            | Self::Ship(api::ShipWorkspace { workspace, dry_run: false, .. })
            | Self::Resume(api::ResumeSession { workspace, dry_run: false, .. })
            | Self::Interrupt(api::InterruptTurn { workspace, dry_run: false })
            | Self::Stop(api::StopSession { workspace, dry_run: false, .. })
            | Self::Delete(api::DeleteWorkspace { workspace, dry_run: false, .. }) => Some(&workspace.name),
            Self::Sync(api::SyncWorkspaces { name, dry_run: false, .. }) => name.as_deref(),
            _ => None,
        }
    }
}

/// What a deed came to.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is an answer of the API")]
pub enum Done {
    Answered(String),
    Sent(Vec<api::Delivery>),
    Interrupted(api::Interrupted),
    Stopped(api::Stopped),
    Deleted(Box<api::Deleted>),
    Resumed(Box<api::Resumed>),
    Merged(Box<api::Merged>),
    Shipped(Box<api::Merged>),
    Dismissed(String),
    Started(Vec<api::Created>),
    Foreseen(Box<Foreseen>),
    Departed(Box<api::ShippedQueue>),
    CalledOff(Box<api::ShippedQueue>),
    Starts(Starts),
    Criticised(Box<api::Criticism>),
    Conflicts(api::Conflicts),
    Undone(Box<api::Undone>),
    Synced(Box<api::Synced>),
}

/// What would land of the queue, or how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// What would.
    pub train: api::ShippedQueue,
    /// The queue, with what decided each place.
    pub places: Vec<api::QueuePlace>,
}

/// With what a task can be started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Starts {
    /// The agents, installed or not.
    pub agents: Vec<api::Agent>,
    /// What only whoever opened the board can know.
    pub names: StartNames,
}

/// Names that a task can be started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartNames {
    /// Ways of working.
    pub templates: Vec<String>,
    /// Branches, those of remotes too, and tags.
    pub bases: Vec<String>,
}
