//! The stage of the hazards: a person at work, a workspace beside them, and each way in which it lands.

use serde_json::Value;
use serde_json::json;

use crate::landing::finish;
use crate::landing::has;
use crate::landing::tip;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// What is the person's beside the target: where they stand, and all that no commit has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Theirs {
    files: Vec<String>,
    stash: String,
    refs: String,
    head: String,
    settings: String,
}

impl Theirs {
    pub(super) fn scattered(app: &Project<'_>) {
        app.write("README.md", "# Stashed\n");
        app.git(&["stash", "push", "-q", "-m", "Later"]);
        app.write("README.md", "# Half a thought\n");
        app.write("src/staged.txt", "staged\n");
        app.git(&["add", "src/staged.txt"]);
        app.write("mine.txt", "mine\n");
        app.write("build/out", "built\n");
        app.git(&["tag", "theirs"]);
        app.git(&["branch", "-q", "other"]);
    }

    pub(super) fn of(app: &Project<'_>) -> Self {
        let read =
            ["README.md", "src/staged.txt", "mine.txt", "build/out", "debug.log"].map(|file| app.read(file));
        let refs =
            app.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/tags", "refs/heads/other"]);
        Self {
            files: read.to_vec(),
            stash: app.git(&["stash", "list", "--format=%H %gs"]),
            refs,
            head: app.git(&["symbolic-ref", "HEAD"]),
            settings: app.read(".git/config"),
        }
    }
}

/// A way in which work lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Merge,
    Ship,
    Queue,
}

/// All of them.
pub(super) const WAYS: [Way; 3] = [Way::Merge, Way::Ship, Way::Queue];

impl Way {
    pub(super) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Merge => &["merge", "topic"],
            Self::Ship => &["ship", "topic", "--yes"],
            Self::Queue => &["queue", "--ship", "--yes"],
        }
    }

    /// Tries it; it must be refused with this code, and the exit code of a command that is.
    #[track_caller]
    pub(super) fn is_refused(self, app: &Project<'_>, exit: i32, code: &str) -> Value {
        // A train is of one target: without that there is none.
        if self != Self::Queue || code == "unknown_target" {
            return app.refused(self.words(), exit, code);
        }
        // The queue as a whole goes on; who did not land is named with the reason.
        let words = [self.words(), &["--json"]].concat();
        let ran = app.owt(&words);
        ran.refused(1, "ship_incomplete");
        let out = ran.json()["data"]["out"].clone();
        assert_eq!((&out[0]["workspace"], &out[0]["code"]), (&json!("topic"), &json!(code)), "{out:#}");
        out[0].clone()
    }
}

/// A repository in which the person works, with a workspace `topic` beside it.
pub(super) struct Scene<'a> {
    pub(super) app: Project<'a>,
    pub(super) topic: Project<'a>,
}

impl<'a> Scene<'a> {
    /// `before` is done in the repository before the workspace is made.
    pub(super) fn new(sealed: &'a Sealed, before: impl FnOnce(&Project<'a>)) -> Self {
        let app = sealed.repository("app");
        before(&app);
        finish(&app, "topic");
        let topic = app.workspace("topic");
        Self { app, topic }
    }

    pub(super) fn plain(sealed: &'a Sealed) -> Self {
        Self::new(sealed, |_| {})
    }

    /// Lands `topic`, which must come in whole, and nothing else of the person's be another.
    #[track_caller]
    pub(super) fn lands(&self, way: Way) {
        let (before, lands) = (Theirs::of(&self.app), tip(&self.app, "topic"));
        self.app.data(way.words());
        assert_eq!(Theirs::of(&self.app), before, "{way:?}");
        assert!(has(&self.app, "main", &lands), "{way:?}");
        until("what was made on the way to go", || {
            self.app.git(&["for-each-ref", "refs/owt/landings"]).is_empty()
        });
    }

    /// Takes it back: the target, the branch and the workspace are what they were.
    #[track_caller]
    pub(super) fn goes_back(&self, way: Way, (target, lands): (String, String), before: &Theirs) {
        self.app.data(&["undo", "--yes"]);
        assert_eq!((tip(&self.app, "main"), tip(&self.app, "topic")), (target, lands), "{way:?}");
        assert_eq!(&Theirs::of(&self.app), before, "{way:?}, taken back");
        assert_eq!(self.topic.git(&["status", "--porcelain"]), "", "{way:?}");
    }

    /// Tries to land it; it must be refused, and not a byte or a ref be another, here or in the workspace.
    #[track_caller]
    pub(super) fn is_refused(&self, way: Way, exit: i32, code: &str) -> Value {
        let (witness, there) = (self.app.witness(), self.topic.witness());
        let refused = way.is_refused(&self.app, exit, code);
        witness.assert_untouched(&[]);
        there.assert_untouched(&[]);
        refused
    }
}

/// A work that lands whole in every way, looks as `landed` says, and goes back as if it never had.
#[track_caller]
pub(super) fn lands_and_goes_back(
    set: impl for<'a> Fn(&'a Sealed) -> Scene<'a>,
    landed: impl Fn(&Scene<'_>),
) {
    for way in WAYS {
        let sealed = Sealed::with_worker();
        let scene = set(&sealed);
        Theirs::scattered(&scene.app);
        let before = (tip(&scene.app, "main"), tip(&scene.app, "topic"));
        let theirs = Theirs::of(&scene.app);
        scene.lands(way);
        landed(&scene);
        scene.goes_back(way, before, &theirs);
    }
}

/// A work that does not land in any way; what each says of it.
#[track_caller]
pub(super) fn is_refused_in_every_way(
    set: impl for<'a> Fn(&'a Sealed) -> Scene<'a>,
    exit: i32,
    code: &str,
) -> Vec<Value> {
    let mut said = Vec::new();
    for way in WAYS {
        let sealed = Sealed::with_worker();
        let scene = set(&sealed);
        Theirs::scattered(&scene.app);
        said.push(scene.is_refused(way, exit, code));
    }
    said
}
