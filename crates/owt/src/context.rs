//! What every command has at hand: where it was started, what it was told, and the way to the server.

use std::cell::OnceCell;
use std::path::Path;
use std::path::PathBuf;

use owt_api::ListWorkspaces;
use owt_client::Client;
use owt_client::ClientError;
use owt_config::Environment;
use owt_config::Places;
use owt_config::environment::WorkingDirectoryError;
use owt_config::values::Switch;
use owt_core::AbsPath;
use owt_core::RequestId;
use owt_ports::Clock;
use owt_ports::Entropy;

use crate::command_line::Globals;
use crate::composition;
use crate::connect;
use crate::connect::Way;
use crate::failure::Failure;
use crate::failure::in_words;
use crate::interrupt::Interrupt;
use crate::landing_words::LandingWords;
use crate::logging;
use crate::output::Output;
use crate::progress::Progress;

/// How often a question that changes nothing is put to the next server when one goes away over it.
pub(crate) const ASKED_AGAIN: usize = 3;

/// Whose log records the process writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Records {
    /// A command's, on standard error.
    Command,
    /// It sets up its own.
    Own,
}

/// A command that was read and has not begun.
pub(crate) struct Call {
    pub(crate) globals: Globals,
    pub(crate) environment: Environment,
    pub(crate) output: Output,
}

impl Call {
    /// # Errors
    /// When the folder (`-C`, or where we were started) cannot be named or is none.
    pub(crate) fn begin(self, records: Records) -> Result<Context, Failure> {
        let Self { globals, environment, output } = self;
        let directory = directory(globals.directory.as_deref())?;
        let request = fresh_request();
        let logging = match records {
            Records::Command => logging::begin(&globals, request),
            Records::Own => logging::Guard::NONE,
        };
        Ok(Context {
            globals,
            environment,
            output,
            request,
            directory,
            interrupt: OnceCell::new(),
            _logging: logging,
        })
    }
}

/// A new correlation id.
pub(crate) fn fresh_request() -> RequestId {
    RequestId::from_bits(owt_store::system::SystemEntropy::new().id_bits())
}

/// Everything a command may use.
pub(crate) struct Context {
    pub(crate) globals: Globals,
    pub(crate) environment: Environment,
    pub(crate) output: Output,
    pub(crate) request: RequestId,
    directory: AbsPath,
    interrupt: OnceCell<Interrupt>,
    _logging: logging::Guard,
}

impl Context {
    /// The caller's folder, as requests carry it.
    pub(crate) fn cwd(&self) -> String {
        self.directory.as_str().to_owned()
    }

    /// The caller's folder.
    pub(crate) const fn folder(&self) -> &AbsPath {
        &self.directory
    }

    /// A path that the person gave, seen from their folder.
    pub(crate) fn path(&self, given: &Path) -> PathBuf {
        self.directory.as_path().join(given)
    }

    /// Where everything is kept.
    pub(crate) fn places(&self) -> Result<Places, Failure> {
        Ok(Places::of(&self.environment)?.settled())
    }

    /// What depends on no setting works with a broken file, too, and says that other commands will not.
    pub(crate) fn warn_of_configuration(&self) {
        let Ok(places) = Places::of(&self.environment) else { return };
        let is_broken = |root| owt_config::load(&places.config_paths(root), None, &[]).is_err();
        let whose = match () {
            () if is_broken(None) => "your",
            () if composition::source_checkout(self.folder()).is_some_and(|root| is_broken(Some(root))) => {
                "this repository's"
            }
            () => return,
        };
        let note =
            format!("{whose} configuration is broken, nothing new can be started: owt config validate");
        self.output.note(&note);
    }

    /// Whether the person lets terminals ring now, by their own file.
    pub(crate) fn lets_ring(&self) -> bool {
        let Ok(places) = Places::of(&self.environment) else { return false };
        let Ok(settings) = owt_config::load(&places.config_paths(None), None, &[]) else { return false };
        let clock = owt_store::system::SystemClock;
        let now = clock.time_of_day(clock.now());
        settings.notify.bell.value == Switch::On && !settings.notify.quiet_hours.value.include(now)
    }

    /// A connected client; a server is started if need be.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.interrupts();
        connect::client(self)
    }

    /// What Ctrl-C is answered with from now on: what goes on without the command, if anything does.
    pub(crate) fn watch_for_interrupt(&self, what_goes_on: &str) {
        self.interrupts().explain(what_goes_on);
    }

    /// From now on Ctrl-C is the way to end the command, and nothing is said about it.
    pub(crate) fn expect_interrupt(&self) {
        self.interrupts().expect();
    }

    /// From now on Ctrl-C is somebody else's: a pager's, until [`Context::watch_for_interrupt`].
    pub(crate) fn leave_interrupts(&self) {
        self.interrupts().leave();
    }

    fn interrupts(&self) -> &Interrupt {
        self.interrupt.get_or_init(|| Interrupt::watch(&self.output))
    }

    /// Asks something that changes nothing, so that it can be asked again when the server is being replaced.
    pub(crate) fn ask<T>(
        &self,
        doing: &str,
        mut question: impl FnMut(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        tracing::info!("{doing}");
        let _progress = Progress::of(&self.output, doing);
        let mut tries = 0;
        loop {
            tries += 1;
            match question(&mut self.client()?) {
                Err(error) if error.is_worth_asking_again() && tries < ASKED_AGAIN => {
                    tracing::info!(%error, "asking again");
                }
                answer => return Ok(answer?),
            }
        }
    }

    /// Asks for something to be done, once.
    pub(crate) fn tell<T>(
        &self,
        doing: &str,
        order: impl FnOnce(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        self.tell_with_word(doing, "the server goes on with what it was asked", order)
    }

    /// The same, with what goes on when the person interrupts.
    pub(crate) fn tell_with_word<T>(
        &self,
        doing: &str,
        what_goes_on: &str,
        order: impl FnOnce(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        tracing::info!("{doing}");
        let _progress = Progress::of(&self.output, doing);
        // A server that is still starting has been asked for nothing.
        self.watch_for_interrupt("nothing was done");
        let mut client = self.client()?;
        self.watch_for_interrupt(what_goes_on);
        Ok(order(&mut client)?)
    }

    /// Asks once for work to land, and tells meanwhile how far that is.
    pub(crate) fn tell_landing<T>(
        &self,
        (doing, name): (&str, &str),
        order: impl FnOnce(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        tracing::info!("{doing}");
        let progress = Progress::of(&self.output, doing);
        self.watch_for_interrupt("nothing was done");
        let way = Way::of(self)?;
        let mut client = self.client()?;
        self.watch_for_interrupt("the server goes on with what it was asked");
        let request = ListWorkspaces { cwd: self.cwd(), all_repos: false };
        let follow = |words| LandingWords::follow(way, request, name.to_owned(), words);
        let _words = progress.words().map(follow);
        Ok(order(&mut client)?)
    }

    /// Asks for something that is done once however often it is asked for, so that it can be put to the next server where
    /// one goes away over it.
    pub(crate) fn tell_again<T>(
        &self,
        doing: &str,
        mut order: impl FnMut(&mut Client) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        tracing::info!("{doing}");
        let _progress = Progress::of(&self.output, doing);
        // A server that is still starting has been asked for nothing.
        self.watch_for_interrupt("nothing was done");
        let mut tries = 0;
        loop {
            tries += 1;
            let mut client = self.client()?;
            self.watch_for_interrupt("the server goes on with what it was asked");
            match order(&mut client) {
                Err(error) if error.is_worth_asking_again() && tries < ASKED_AGAIN => {
                    tracing::info!(%error, "asking again");
                }
                answer => return Ok(answer?),
            }
        }
    }
}

fn directory(given: Option<&Path>) -> Result<AbsPath, Failure> {
    let started = owt_config::environment::working_directory();
    let Some(given) = given else { return started.map_err(unusable) };
    let path = match given.is_absolute() {
        true => AbsPath::new(given).map_err(WorkingDirectoryError::from),
        false => started.and_then(|started| Ok(AbsPath::new(started.as_path().join(given))?)),
    }
    .map_err(unusable)?;
    let found = std::fs::canonicalize(path.as_path())
        .map_err(|error| Failure::usage(format!("-C {}: {}", given.display(), in_words(&error))))?;
    if !found.is_dir() {
        return Err(Failure::usage(format!("-C {}: not a folder", given.display())));
    }
    AbsPath::new(found).map_err(|error| unusable(error.into()))
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a step of map_err")]
fn unusable(error: WorkingDirectoryError) -> Failure {
    Failure::usage(error.to_string()).hint("name another folder with -C DIR")
}
