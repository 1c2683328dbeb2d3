//! Our own tmux server: the window through which a person sees terminal programs.
//!
//! tmux shows and nothing else. The host is the pane's process, keeps the log and knows the screen, so whatever
//! happens is heard from the host, and this room needs neither control mode nor any state of its own: a server
//! that was killed is simply started by the next command. It must not know agents, jobs or the default server.

mod configuration;
mod version;

use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::pane::AltKeys;
use owt_core::pane::Pane;
use owt_core::pane::PanePercent;
use owt_core::pane::PanePlace;
use owt_ports::AttachPlan;
use owt_ports::SessionError;
use owt_process::Cmd;
use owt_process::Output;

use crate::bell;
use crate::launch_file::TERMINAL_NAME;
use crate::launcher::process_failure;
use crate::layout;
use crate::private;
use crate::private::failure;
use version::Version;

/// How long tmux may take for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a session is asked for: a server whose last session has just ended is leaving, and the next one is
/// started by asking again.
const TRIES: usize = 20;

/// What tmux says when the server left while it was being asked (client.c of 3.3a).
const LEAVING: &[&str] = &["server exited", "lost server", "no server running", "error connecting"];

/// The mark of the pane that shows the agent.
const AGENTS: &str = "@owt_agent";

/// The mark of a session that has got its panes: those that a person closes stay closed.
const FURNISHED: &str = "@owt_furnished";

/// The longest window name.
const TITLE_LENGTH: usize = 60;

/// Our tmux server: not a running one, but the way to it.
#[derive(Debug)]
pub(crate) struct Tmux {
    program: Option<AbsPath>,
    found: OnceLock<AbsPath>,
    runtime: AbsPath,
    checked: OnceLock<()>,
}

impl Tmux {
    pub(crate) const fn new(program: Option<AbsPath>, runtime: AbsPath) -> Self {
        Self { program, found: OnceLock::new(), runtime, checked: OnceLock::new() }
    }

    /// Whether tmux is there, new enough, and its socket's path short enough. One that was not known is looked for on this
    /// search path, and known from then on.
    pub(crate) fn require(&self, search_path: &str) -> Result<(), SessionError> {
        layout::tmux_socket(&self.runtime)?;
        if self.checked.get().is_some() {
            return Ok(());
        }
        let known = self.known();
        let program = match &known {
            Some(program) => program.clone(),
            None => owt_process::find_program("tmux", search_path, &[]).ok_or_else(missing)?,
        };
        let output = Cmd::new(program.as_str()).arg("-V").env_clear().timeout(PATIENCE).run();
        let output =
            output.map_err(|error| SessionError::Unusable(format!("tmux cannot be used: {error}")))?;
        check_version(&output.stdout_utf8_lossy())?;
        if known.is_none() {
            self.note(program)?;
        }
        // Only success is kept: what is missing may be installed while we run.
        let _ = self.checked.set(());
        Ok(())
    }

    /// Keeps where tmux is, for the next of us too: its sessions outlive the search path that it was found on.
    fn note(&self, program: AbsPath) -> Result<(), SessionError> {
        let record = self.record();
        private::make_folder(&self.runtime)
            .and_then(|()| private::replace(&record, program.as_str().as_bytes()))
            .map_err(|error| failure("noting where tmux is", &record, &error))?;
        // Whoever was faster has found the same.
        let _ = self.found.set(program);
        Ok(())
    }

    fn record(&self) -> AbsPath {
        self.runtime.join("tmux.program")
    }

    /// The program that we were given, that was found, or that one before us found.
    fn known(&self) -> Option<AbsPath> {
        let noted = || {
            let bytes = private::read(&self.record()).ok()?;
            owt_process::find_program(std::str::from_utf8(&bytes).ok()?, "", &[])
        };
        self.program.clone().or_else(|| self.found.get().cloned()).or_else(noted)
    }

    /// Makes a detached session whose one pane runs `argv` without a shell; one of this name is left as it is.
    pub(crate) fn open(
        &self,
        attempt: AttemptId,
        window: &Window<'_>,
        argv: &[String],
    ) -> Result<(), SessionError> {
        let configuration = self.write_configuration()?;
        let start = ["-f", configuration.as_str(), "new-session", "-d", "-x", "200", "-y", "50"];
        let name = session_name(attempt);
        let mut words: Vec<String> = start.map(str::to_owned).to_vec();
        words.extend(["-s".to_owned(), name, "-n".to_owned(), window_name(window.title), "--".to_owned()]);
        words.extend(argv.iter().map(|word| literal(word)));
        // In one sequence with the start: a pane that is the agent's is known for it from its first moment.
        words.extend(mark(attempt));
        words.extend(window.known_to(attempt));
        let mut said = String::new();
        for _ in 0..TRIES {
            let output = self.run(&words)?;
            said = output.stderr_utf8_lossy().trim().to_owned();
            match said.as_str() {
                _ if output.success() => {
                    self.give_keys(window.alt_keys);
                    return Ok(());
                }
                said if said.contains("duplicate session") => return Ok(()),
                said if LEAVING.iter().any(|words| said.contains(words)) => {}
                _ => break,
            }
        }
        Err(SessionError::Failed { operation: "opening a tmux session".to_owned(), message: said })
    }

    /// A session without these keys is one all the same.
    fn give_keys(&self, alt_keys: AltKeys) {
        let given = self.run(&configuration::alt_keys(alt_keys));
        if let Err(error) = given.and_then(|output| done("binding keys", &output)) {
            tracing::warn!(%error, "the keys of tmux.alt_keys are as they were");
        }
    }

    /// Whether the attempt has a session; no server is no session.
    pub(crate) fn has(&self, attempt: AttemptId) -> Result<bool, SessionError> {
        let target = target(attempt);
        Ok(self.run(&["has-session".to_owned(), "-t".to_owned(), target])?.success())
    }

    /// Whether the attempt's session still has the pane that shows the agent, wherever a person has put it.
    pub(crate) fn shows_agent(&self, attempt: AttemptId) -> Result<bool, SessionError> {
        Ok(self.agents_pane(attempt)?.is_some())
    }

    /// The id of the pane that shows the agent. By its mark, not its place: a person splits, moves and closes panes.
    fn agents_pane(&self, attempt: AttemptId) -> Result<Option<String>, SessionError> {
        let format = format!("#{{pane_id}} #{{{AGENTS}}}");
        let panes = self.run(&list(["list-panes", "-s", "-t", &window_target(attempt), "-F", &format]))?;
        let listed = panes.stdout_utf8_lossy();
        let found = listed.lines().find_map(|line| line.strip_suffix(" 1"));
        Ok(found.map(str::to_owned))
    }

    /// Shows the agent again in a session of which the person has closed its pane.
    pub(crate) fn show_agent(&self, attempt: AttemptId, argv: &[String]) -> Result<(), SessionError> {
        let mut words = list(["split-window", "-f", "-b", "-l", "70%", "-t", &window_target(attempt), "--"]);
        words.extend(argv.iter().map(|word| literal(word)));
        words.extend(mark(attempt));
        done("showing the agent again", &self.run(&words)?)
    }

    /// Puts panes beside the agent's, once for each window; `argv` says what runs in the pane of a number. One for
    /// which there is no room is left out.
    pub(crate) fn furnish(
        &self,
        attempt: AttemptId,
        panes: &[Pane],
        argv: impl Fn(usize) -> Vec<String>,
    ) -> Result<(), SessionError> {
        let session = window_target(attempt);
        let furnished = self.run(&list(["show-options", "-v", "-q", "-t", &session, FURNISHED]))?;
        let Some(agent) = self.agents_pane(attempt)?.filter(|_| furnished.stdout_utf8_lossy().trim() != "1")
        else {
            return Ok(());
        };
        done("arranging panes", &self.run(&list(["set-option", "-t", &session, FURNISHED, "1"]))?)?;
        let mut before: Option<String> = None;
        for (number, pane) in panes.iter().enumerate() {
            let (beside, side, size) = match (pane.place, &before) {
                (PanePlace::Next, None) => (&agent, "-v", PanePercent::USUAL.get()),
                (PanePlace::Next, Some(before)) => (before, "-h", 50),
                (PanePlace::Right(percent), _) => (&agent, "-h", percent.get()),
                (PanePlace::Below(percent), _) => (&agent, "-v", percent.get()),
            };
            let size = format!("{size}%");
            let mut words =
                list(["split-window", "-d", "-P", "-F", "#{pane_id}", side, "-l", &size, "-t", beside, "--"]);
            words.extend(argv(number).iter().map(|word| literal(word)));
            let split = self.run(&words)?;
            done("arranging panes", &split)?;
            before = Some(split.stdout_utf8_lossy().trim().to_owned());
        }
        Ok(())
    }

    /// The sessions of ours that belong to none of these attempts; no server has none.
    pub(crate) fn strays(&self, kept: &[AttemptId]) -> Result<Vec<String>, SessionError> {
        // No tmux, no socket: nothing to ask, and asking would say so in words of its own.
        if self.known().is_none() || !layout::tmux_socket(&self.runtime)?.as_path().exists() {
            return Ok(Vec::new());
        }
        let output = self.run(&["list-sessions", "-F", "#{session_name}"].map(str::to_owned))?;
        if !output.success() {
            return Ok(Vec::new());
        }
        let kept: Vec<String> = kept.iter().map(|attempt| session_name(*attempt)).collect();
        let listed = output.stdout_utf8_lossy();
        let strays = listed.lines().filter(|name| is_ours(name) && !kept.iter().any(|known| known == name));
        Ok(strays.map(str::to_owned).collect())
    }

    /// Closes a session of ours; one that is not there is closed.
    pub(crate) fn close(&self, name: &str) -> Result<(), SessionError> {
        if !is_ours(name) {
            let message = format!("'{name}' is no session of ours");
            return Err(SessionError::Failed { operation: "closing a tmux session".to_owned(), message });
        }
        self.run(&["kill-session".to_owned(), "-t".to_owned(), format!("={name}")]).map(drop)
    }

    /// How a person's terminal shows the attempt's session; `inside` is their `TMUX` variable.
    pub(crate) fn attach_plan(
        &self,
        attempt: AttemptId,
        inside: Option<&str>,
    ) -> Result<AttachPlan, SessionError> {
        let (program, socket) = (self.program()?, layout::tmux_socket(&self.runtime)?);
        let same_server = inside.and_then(socket_of).is_some_and(|other| is_same(other, &socket));
        let verb = if same_server { "switch-client" } else { "attach-session" };
        let session = target(attempt);
        let mut argv = vec![program.as_str(), "-S", socket.as_str(), verb, "-t", &session];
        if same_server {
            // A popup that this was chosen in would stay before the session, and take its keys.
            argv.extend([";", "display-popup", "-C"]);
        }
        let unset = if inside.is_some() && !same_server { vec!["TMUX".to_owned()] } else { Vec::new() };
        Ok(AttachPlan { argv: argv.into_iter().map(str::to_owned).collect(), unset })
    }

    /// How many terminals show the attempt's session. One that is not here has none.
    pub(crate) fn onlookers(&self, attempt: AttemptId) -> Result<usize, SessionError> {
        if self.known().is_none() || !layout::tmux_socket(&self.runtime)?.as_path().exists() {
            return Ok(0);
        }
        let output = self.run(&list(["list-clients", "-t", &target(attempt), "-F", "#{client_tty}"]))?;
        Ok(if output.success() { output.stdout_utf8_lossy().lines().count() } else { 0 })
    }

    /// Rings at every terminal that shows a session of ours, whichever; returns at how many. No server has none.
    pub(crate) fn ring(&self, line: &str) -> Result<usize, SessionError> {
        if self.known().is_none() || !layout::tmux_socket(&self.runtime)?.as_path().exists() {
            return Ok(0);
        }
        let output = self.run(&list(["list-clients", "-F", "#{client_tty}"]))?;
        let signal = bell::signal(line);
        let listed = output.stdout_utf8_lossy();
        Ok(listed.lines().filter(|terminal| bell::ring_at(Path::new(terminal), &signal)).count())
    }

    fn program(&self) -> Result<AbsPath, SessionError> {
        self.known().ok_or_else(missing)
    }

    fn run(&self, words: &[String]) -> Result<Output, SessionError> {
        let socket = layout::tmux_socket(&self.runtime)?;
        Cmd::new(self.program()?.as_str())
            .args(["-S", socket.as_str()])
            .args(words)
            // The server inherits what the command has: no person's environment reaches a pane this way.
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .timeout(PATIENCE)
            .label("tmux")
            .run()
            .map_err(|error| process_failure("asking tmux", &error))
    }

    fn write_configuration(&self) -> Result<AbsPath, SessionError> {
        let path = self.runtime.join("tmux.conf");
        let text = configuration::text(TERMINAL_NAME);
        let current = || private::read(&path).is_ok_and(|bytes| bytes == text.as_bytes());
        let written = || private::replace(&path, text.as_bytes());
        let result: io::Result<()> = if current() { Ok(()) } else { written() };
        result.map_err(|error| failure("writing tmux's configuration", &path, &error))?;
        Ok(path)
    }
}

/// What tmux is to know of a session's window.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    pub(crate) title: &'a str,
    /// How the session was launched, where a person may open something over it, and by which program.
    pub(crate) launch: Option<&'a AbsPath>,
    pub(crate) program: &'a AbsPath,
    pub(crate) alt_keys: AltKeys,
}

impl Window<'_> {
    /// The end of a sequence of commands that made the attempt's session: what a person opens over it finds it by this.
    fn known_to(&self, attempt: AttemptId) -> Vec<String> {
        let Some(launch) = self.launch else { return Vec::new() };
        let session = target(attempt);
        let told = |whose: &[&str], name: &str, path: &AbsPath| {
            let mut words = list([";", "set-environment"]);
            words.extend(whose.iter().copied().chain([name]).map(str::to_owned));
            words.push(literal(path.as_str()));
            words
        };
        [
            told(&["-t", &session], configuration::LAUNCH, launch),
            told(&["-t", &session], configuration::PROGRAM, self.program),
            told(&["-g"], configuration::NEWEST, launch),
            told(&["-g"], configuration::PROGRAM, self.program),
        ]
        .concat()
    }
}

fn missing() -> SessionError {
    let hint = "install it (apt install tmux, brew install tmux), or use a session without it (--pty)";
    SessionError::Unusable(format!("tmux is not installed: {hint}"))
}

/// The end of a sequence of commands that made the active pane of the attempt's session: it shows the agent.
fn mark(attempt: AttemptId) -> Vec<String> {
    list([";", "set-option", "-p", "-t", &window_target(attempt), AGENTS, "1"])
}

fn list<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn done(operation: &str, output: &Output) -> Result<(), SessionError> {
    if output.success() {
        return Ok(());
    }
    let message = output.stderr_utf8_lossy().trim().to_owned();
    Err(SessionError::Failed { operation: operation.to_owned(), message })
}

fn check_version(text: &str) -> Result<(), SessionError> {
    let (needed, text) = (Version::NEEDED, text.trim());
    match Version::parse(text) {
        Some(version) if version >= needed => Ok(()),
        Some(_) => {
            Err(SessionError::Unusable(format!("{text} is too old: owt needs tmux {needed} or newer")))
        }
        None => Err(SessionError::Unusable(format!(
            "'{text}' is not a tmux version that owt knows; it needs tmux {needed} or newer"
        ))),
    }
}

/// The name of an attempt's session, the same for every server that ever looks for it. The last characters of
/// an id are its random ones.
fn session_name(attempt: AttemptId) -> String {
    let id = attempt.to_string();
    format!("owt-{}", &id[id.len() - 16..])
}

/// Whether a session's name is one that [`session_name`] gives. A person who works in our server calls theirs otherwise.
fn is_ours(name: &str) -> bool {
    let id = name.strip_prefix("owt-");
    id.is_some_and(|id| {
        id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// `=` makes tmux take the name as a whole and not as a pattern.
fn target(attempt: AttemptId) -> String {
    format!("={}", session_name(attempt))
}

/// The session's window, where tmux wants a window or a pane.
fn window_target(attempt: AttemptId) -> String {
    format!("{}:", target(attempt))
}

/// A name that tmux shows as it is: it expands `#` (also `#(command)`) in names.
fn window_name(title: &str) -> String {
    let shown = |c: &char| !c.is_control() && *c != '#';
    let name: String = title.chars().filter(shown).take(TITLE_LENGTH).collect();
    literal(if name.trim().is_empty() { "owt" } else { name.trim() })
}

/// A word that tmux does not take for the end of a command: a `;` at the end of an argument separates commands.
fn literal(word: &str) -> String {
    word.strip_suffix(';').map_or_else(|| word.to_owned(), |start| format!("{start}\\;"))
}

/// The socket in a `TMUX` variable: `socket,pid,session`, where the socket's path may hold commas.
fn socket_of(variable: &str) -> Option<&str> {
    let (rest, _session) = variable.rsplit_once(',')?;
    rest.rsplit_once(',').map(|(socket, _pid)| socket)
}

fn is_same(socket: &str, ours: &AbsPath) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    socket == ours.as_str() || real(socket.as_ref()).is_some_and(|path| Some(path) == real(ours.as_path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_reach_tmux_as_plain_text() {
        assert_eq!(window_name("fix #(touch /tmp/x) \x1b[31m;"), "fix (touch /tmp/x) [31m\\;");
        assert_eq!(window_name(" \t "), "owt");
        assert_eq!(window_name(&"ä".repeat(100)).chars().count(), TITLE_LENGTH);
    }

    #[test]
    fn only_names_that_we_give_are_ours() {
        assert!(is_ours(&session_name(AttemptId::from_bits(u128::MAX))));
        for other in ["owt-", "owt-mine", "mine", "0", "owt-0123456789ABCDEF", "owt-0123456789abcdef0"] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn the_socket_is_found_in_the_variable() {
        assert_eq!(socket_of("/tmp/a,b/tmux.sock,123,0"), Some("/tmp/a,b/tmux.sock"));
        assert_eq!(socket_of("nonsense"), None);
    }

    #[test]
    fn attaching_from_another_server_nests_and_from_ours_switches() {
        let runtime = AbsPath::new("/run/owt-x").unwrap();
        let tmux = Tmux::new(Some(AbsPath::new("/wherever/tmux").unwrap()), runtime);
        let attempt = AttemptId::from_bits(7);
        let verb = |inside| {
            let plan = tmux.attach_plan(attempt, inside).unwrap();
            (plan.argv[3].clone(), plan.unset)
        };
        assert_eq!(verb(None), ("attach-session".to_owned(), vec![]));
        let other = verb(Some("/tmp/tmux-0/default,1,0"));
        assert_eq!(other, ("attach-session".to_owned(), vec!["TMUX".to_owned()]));
        assert_eq!(verb(Some("/run/owt-x/tmux.sock,1,0")), ("switch-client".to_owned(), vec![]));
    }

    #[test]
    fn a_missing_or_old_tmux_is_said_so() {
        let tmux = Tmux::new(None, AbsPath::new("/run/x").unwrap());
        assert!(
            matches!(tmux.require(""), Err(SessionError::Unusable(text)) if text.contains("not installed"))
        );
        let old = check_version("tmux 3.2a").unwrap_err().to_string();
        assert_eq!(old, "tmux 3.2a is too old: owt needs tmux 3.3 or newer");
    }
}
