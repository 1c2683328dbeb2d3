//! `owt` and `owt dashboard`: the board. It is opened here and lives in owt-tui; what it needs of a terminal, a server and a
//! clock is given to it here.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_agents::shell_words;
use owt_api::AttachPlan;
use owt_api::ErrorCode;
use owt_api::ListWorkspaces;
use owt_api::Problem;
use owt_client::Client;
use owt_config::Environment;
use owt_config::Settings;
use owt_core::AbsPath;
use owt_ports::Clock;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Stream;
use owt_process::Streams;
use owt_store::system::SystemClock;
use owt_tui::Beginning;
use owt_tui::Breadth;
use owt_tui::Chronicle;
use owt_tui::Colours;
use owt_tui::Keymap;
use owt_tui::Opening;
use owt_tui::Outside;
use owt_tui::Setting;
use owt_tui::StartNames;
use owt_tui::Verb;

use crate::board_commands;
use crate::command::watch;
use crate::composition;
use crate::connect;
use crate::connect::Way;
use crate::context::Context;
use crate::context::fresh_request;
use crate::editor;
use crate::failure::Failure;
use crate::output;
use crate::rendering::palette;

const EXAMPLES: &str = "\
Examples:
  owt                            on a terminal: the board
  owt dashboard --all-repos      of every repository
  owt dashboard | head           without a terminal: as text, once
  owt dashboard --plain          as text that goes on, a line for each change
  owt dashboard --verb new       with a task to be written

On the board ? shows the keys. The agents go on when you leave it.";

/// Open the board: what needs you first, then what is ready, at work and over; everything is done from there by a key.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DashboardArgs {
    /// Of every repository; outside of any that is so anyway.
    #[arg(long)]
    all_repos: bool,
    /// As lines of text that only go on: first all of it, then each change. For screen readers and logs; until Ctrl-C.
    #[arg(long)]
    plain: bool,
    /// Begin with this workspace selected: its name, branch or folder.
    #[arg(long, value_name = "NAME", conflicts_with = "plain")]
    select: Option<String>,
    /// Begin with this, as if its key was pressed: `new`, `merge`, `queue` ... as ? on the board calls it.
    #[arg(long, value_name = "VERB", conflicts_with = "plain")]
    verb: Option<Verb>,
}

pub(super) fn run(args: &DashboardArgs, context: &Context) -> Result<(), Failure> {
    let root = composition::repository_root(context.folder());
    let breadth = match &root {
        Some(_) if !args.all_repos => Breadth::One,
        _ => Breadth::All,
    };
    let title = match (&root, breadth) {
        (Some(root), Breadth::One) => root.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
        _ => "all repositories".to_owned(),
    };
    match (args.plain, context.output.has_terminal() && !context.globals.json) {
        (true, _) if !context.globals.json => return go_on(context, breadth, title),
        (_, true) => can_be_drawn_on(context)?,
        (_, false) => return as_text(context, breadth, &title),
    }
    let seen = looks(&context.environment);
    let settings = owt_config::load(&context.places()?.config_paths(None), Some(&seen), &[])?;
    let setting = Setting {
        cwd: context.cwd(),
        repository: root.as_ref().map(ToString::to_string),
        title,
        keymap: keymap(&settings)?,
        zone: TimeZone::system(),
        environment: context.environment.variables().clone(),
        commands: board_commands::commands,
        beginning: Beginning { workspace: args.select.clone(), verb: args.verb },
    };
    let outside: Arc<dyn Outside> = Arc::new(Surroundings {
        way: Way::of(context)?,
        tmux: context.environment.tmux().map(str::to_owned),
        environment: context.environment.clone(),
        folder: context.folder().clone(),
        templates: context.places()?.templates(),
    });
    // The board hears Ctrl-C as a key.
    context.leave_interrupts();
    owt_tui::open(&outside, Opening { setting, colours: colours(context), breadth })
        .map_err(|error| Failure::new(ErrorCode::NoTerminal, format!("the terminal fails: {error}")))
}

/// A terminal that says that it can but print would show what moves the cursor as letters.
fn can_be_drawn_on(context: &Context) -> Result<(), Failure> {
    match context.environment.terminal() {
        Some("dumb") => {
            let message = "this terminal says that it cannot be drawn on (TERM is dumb), so the board has no place there";
            let hint = "the same as lines of text that only go on: owt dashboard --plain; or set TERM to what the terminal is";
            Err(Failure::new(ErrorCode::NoTerminal, message).hint(hint))
        }
        _ => Ok(()),
    }
}

/// The variables that say how a board looks: one that is wrong is said before it is drawn.
fn looks(environment: &Environment) -> BTreeMap<String, String> {
    let set = |name: &str| Some((name.to_owned(), environment.get(name)?.to_owned()));
    ["OWT_THEME", "OWT_BACKGROUND"].into_iter().filter_map(set).collect()
}

/// The same board for a pipe, once.
fn as_text(context: &Context, breadth: Breadth, title: &str) -> Result<(), Failure> {
    let request = ListWorkspaces { cwd: context.cwd(), all_repos: breadth == Breadth::All };
    let workspaces = context.ask("looking at the workspaces", |client| client.list(&request))?;
    context.output.answer(&workspaces, |page| owt_tui::as_text(title, &workspaces, page.now))
}

/// The board as lines that only go on, for who has it read aloud.
fn go_on(context: &Context, breadth: Breadth, title: String) -> Result<(), Failure> {
    let request = ListWorkspaces { cwd: context.cwd(), all_repos: breadth == Breadth::All };
    let mut chronicle = Chronicle::new(title, TimeZone::system());
    watch::lists(context, &request, |listing| {
        let now = context.output.page().now;
        let news = match listing {
            Some(listing) => {
                chronicle.next(&listing.workspaces, now) + &chronicle.happened(&listing.happenings)
            }
            None => chronicle.lost(now),
        };
        context.output.write(news.as_bytes())
    })
}

/// The board's keys, with those that the person's own file has.
pub(super) fn keymap(settings: &Settings) -> Result<Keymap, Failure> {
    let own: Vec<(String, Vec<String>)> =
        settings.board_keys.iter().map(|(verb, keys)| (verb.clone(), keys.value.clone())).collect();
    Keymap::with(&own).map_err(|error| {
        // What is wrong by itself is told with its place, else the first of those that do not go together.
        let is_wrong = |own: &&(String, Vec<String>)| Keymap::with(std::slice::from_ref(*own)).is_err();
        let wrong = own.iter().find(is_wrong).or(own.first());
        let origin = wrong.and_then(|(verb, _)| settings.board_keys.get(verb)).map(|keys| &keys.origin);
        let place = origin.map(|origin| format!("{origin}: ")).unwrap_or_default();
        Failure::new(ErrorCode::BadConfiguration, format!("{place}[board.keys]: {error}"))
            .hint("? on the board names all that it does, with its keys; mend the file: owt config edit")
    })
}

fn colours(context: &Context) -> Colours {
    let told = |theme| match theme {
        palette::Theme::Dark => owt_tui::Theme::Dark,
        palette::Theme::Light => owt_tui::Theme::Light,
        palette::Theme::DarkAnsi => owt_tui::Theme::DarkAnsi,
        palette::Theme::LightAnsi => owt_tui::Theme::LightAnsi,
        palette::Theme::Auto | palette::Theme::Either => owt_tui::Theme::Either,
    };
    if !context.output.data_style().is_coloured() {
        return Colours::Theme(owt_tui::Theme::None);
    }
    match output::theme(&context.globals, &context.environment) {
        palette::Theme::Auto => {
            Colours::AskTerminal(told(palette::Theme::told(context.environment.get("COLORFGBG"))))
        }
        theme => Colours::Theme(told(theme)),
    }
}

/// What the board has around it.
struct Surroundings {
    way: Way,
    tmux: Option<String>,
    environment: Environment,
    /// Where the board was opened.
    folder: AbsPath,
    /// Where the person's own ways of working are.
    templates: AbsPath,
}

/// What a command has said stays to be read for as long as the person wants.
fn wait_for_enter(ended: &ExitOutcome) -> io::Result<()> {
    let how = if ended.success() { String::new() } else { format!("{ended}; ") };
    write!(io::stderr(), "\n[{how}enter goes back to the board] ")?;
    io::stdin().read_line(&mut String::new()).map(drop)
}

impl Outside for Surroundings {
    fn environment(&self) -> BTreeMap<String, String> {
        self.environment.variables().clone()
    }

    fn client(&self) -> Result<Client, Problem> {
        self.way.client()
    }

    fn running(&self) -> Result<Option<Client>, Problem> {
        self.way.running()
    }

    fn fresh_key(&self) -> String {
        fresh_request().to_string()
    }

    fn hand_over(&self, plan: AttachPlan) -> Result<(), Problem> {
        let failed = |message: String| Problem::new(ErrorCode::NoTerminal, message);
        let mut argv = plan.argv.into_iter();
        let Some(program) = argv.next() else {
            return Err(failed(format!("'{}' has an empty plan to attach", plan.name)));
        };
        let cmd = Cmd::new(program).args(argv).placement(Placement::ParentGroup);
        let cmd = plan.unset.into_iter().fold(cmd, Cmd::env_remove);
        let streams = Streams { stdin: Stream::Inherit, stdout: Stream::Inherit, stderr: Stream::Inherit };
        let mut child = cmd.spawn(streams).map_err(|error| failed(error.to_string()))?;
        let ended = child.wait().map_err(|error| failed(error.to_string()))?;
        match ended.code() {
            Some(0) => Ok(()),
            _ => Err(failed(format!("the way to the terminal of '{}' ended badly: {ended}", plan.name))),
        }
    }

    fn edit(&self, folder: &str, files: &[String]) -> Result<(), Problem> {
        let failed = |message: String| Problem::new(ErrorCode::NoTerminal, message);
        let there: Vec<PathBuf> =
            files.iter().map(|file| Path::new(folder).join(file)).filter(|path| path.exists()).collect();
        if there.is_empty() {
            return Err(failed(format!(
                "none of the files that conflict is in {folder}: its side deleted them"
            ))
            .hint("settle it with git there, or ask its agent to"));
        }
        let editor = editor::command(&self.environment)?.args(there).current_dir(folder);
        let mut child =
            editor.spawn(Streams::inherited()).map_err(|error| failed(format!("the editor: {error}")))?;
        let ended = child.wait().map_err(|error| failed(error.to_string()))?;
        if ended.success() { Ok(()) } else { Err(failed(format!("the editor ended badly: {ended}"))) }
    }

    fn run(&self, line: &str) -> Result<(), Problem> {
        let wrong = |why: String| Problem::new(ErrorCode::Usage, why);
        let words = shell_words::split(line).map_err(|error| wrong(error.to_string()))?;
        let words = words.strip_prefix(&["owt".to_owned()][..]).unwrap_or(&words);
        if words.first().is_none_or(|word| word == "dashboard") {
            return Err(wrong(
                "the board is open already: write a command of owt, as after a prompt".to_owned(),
            ));
        }
        let failed = |why: String| Problem::new(ErrorCode::NoTerminal, why);
        let owt = Cmd::new(connect::program()?.as_path()).args(words).current_dir(&self.folder);
        let owt = owt.placement(Placement::ParentGroup);
        let mut child = owt.spawn(Streams::inherited()).map_err(|error| failed(error.to_string()))?;
        let ended = child.wait().map_err(|error| failed(error.to_string()))?;
        wait_for_enter(&ended).map_err(|error| failed(format!("the terminal fails: {error}")))
    }

    fn start_names(&self, cwd: &str) -> StartNames {
        let templates = owt_config::template_names(&self.templates);
        let bases = AbsPath::new(cwd).map(|folder| composition::revision_names(&folder)).unwrap_or_default();
        StartNames { templates, bases }
    }

    fn inside_tmux(&self) -> Option<String> {
        self.tmux.clone()
    }

    fn now(&self) -> Timestamp {
        let millis = SystemClock.now().as_millis();
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
