//! What making a worktree ready must do for the engine, whatever is behind the port: the one suite for
//! [`Environments`].
//!
//! Run on the real machine and on the fake. Each check starts with two empty checkouts, `app` and `app-feat`, and
//! uses only programs that every machine has.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

mod costs;
mod furnishing;
mod installing;
mod surveys;

use std::any::Any;
use std::thread;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::environment::Lease;
use owt_core::environment::PortBlock;
use owt_core::environment::RelPath;
use owt_core::environment::TemplateValues;
use owt_core::workspace::WorkspaceName;
use owt_ports::Environments;
use owt_ports::FurnishPlan;
use owt_ports::Standing;
use owt_ports::Untracked;

/// The machine around the port: what people do by hand.
pub trait World: Sync {
    /// The port under test.
    fn port(&self) -> &dyn Environments;
    /// A folder for this check alone.
    fn home(&self) -> AbsPath;
    /// Writes a file, and its folders.
    fn write(&self, file: &AbsPath, text: &str);
    /// The text of a file, if it is there.
    fn read(&self, file: &AbsPath) -> Option<String>;
    /// Makes a symbolic link that leads out of its checkout.
    fn lead_out(&self, link: &AbsPath);
    /// Listens on a free port of loopback until what comes with it is dropped.
    fn listen(&self) -> (u16, Box<dyn Any>);
    /// Where `true`, `false` and `sleep` are.
    fn search_path(&self) -> String;
}

/// One named demand.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Panics when it does not.
    pub run: fn(&Scene<'_>),
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All demands.
        pub const CHECKS: &[Check] = &[$($(Check { name: stringify!($name), run: $module::$name }),+),+];
    };
}

checks! {
    surveys: a_checkout_without_manifests_has_no_project, a_project_is_where_its_manifest_is,
        what_is_not_listed_is_not_looked_at;
    furnishing: private_files_come_along, paths_and_placeholders_are_replaced,
        what_is_there_stays_and_twice_is_once, what_leads_out_or_is_gone_is_left_out, too_many_named_files_are_left_out,
        what_git_would_show_is_told;
    installing: an_install_tells_its_steps, a_failure_is_told_and_the_others_go_on, a_missing_tool_is_told,
        the_limit_is_kept, a_cancelled_install_ends, commands_run_until_one_fails,
        commands_end_at_their_limit_and_when_cancelled, nothing_left_over_is_success;
    costs: what_is_not_there_costs_nothing, files_cost_what_they_hold, a_cache_is_dropped_and_nothing_else_is,
        a_disk_has_room_wherever_on_it_one_looks, a_port_is_busy_while_something_listens;
}

/// Runs every check in a world of its own.
///
/// # Panics
/// After the last check, when any failed, with their names. Each ran in a thread of its name, so that its own
/// message says which it was.
pub fn assert_conforms<W: World>(fresh: impl Fn() -> W) {
    let failed: Vec<&str> =
        CHECKS.iter().filter(|check| !holds(check, &fresh())).map(|check| check.name).collect();
    assert!(failed.is_empty(), "not as the port says: {}", failed.join(", "));
}

fn holds(check: &Check, world: &dyn World) -> bool {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name(check.name.to_owned())
            .spawn_scoped(scope, || (check.run)(&Scene::new(world)))
            .expect("the system has room for one more thread");
        thread.join().is_ok()
    })
}

/// Short ways to say what checks say often.
#[expect(missing_debug_implementations, reason = "a world is whatever a test makes it")]
pub struct Scene<'a> {
    world: &'a dyn World,
    port: &'a dyn Environments,
    source: AbsPath,
    worktree: AbsPath,
}

impl<'a> Scene<'a> {
    fn new(world: &'a dyn World) -> Self {
        let (source, worktree) = (world.home().join("app"), world.home().join("app-feat"));
        // A checkout is there before anything else is.
        world.write(&source.join("tracked"), "t");
        world.write(&worktree.join("tracked"), "t");
        Self { world, port: world.port(), source, worktree }
    }

    fn write(&self, path: &str, text: &str) {
        self.world.write(&self.source.join(path), text);
    }

    fn arrived(&self, path: &str) -> Option<String> {
        self.world.read(&self.worktree.join(path))
    }

    fn plan(&self, usual: &[&str], named: &[&str]) -> FurnishPlan {
        let name = WorkspaceName::new("add-login");
        let lease = Lease::of(&name, WorkspaceId::from_bits(1), PortBlock::new(20_010).unwrap());
        FurnishPlan {
            source: self.source.clone(),
            worktree: self.worktree.clone(),
            values: TemplateValues { name, lease },
            usual: usual.iter().map(|path| untracked(path)).collect(),
            asked_in: None,
            agents: Vec::new(),
            named: named.iter().map(|path| untracked(path)).collect(),
            folders: Vec::new(),
        }
    }
}

fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

fn untracked(path: &str) -> Untracked {
    Untracked { path: rel(path), standing: Standing::Ignored }
}
