//! What a manifest must keep to beyond its shape, so that a launch never finds a gap.

use owt_core::Permissions;
use owt_core::session::SessionKind;

use super::HookChannel;
use super::LevelRule;
use super::Manifest;
use super::Mode;
use super::OutputFormat;
use super::PromptTransport;
use super::ReadyRule;
use super::read::Fault;
use crate::protocol::Protocol;
use crate::screen::ScreenState;
use crate::template::ArgPiece;
use crate::template::ArgTemplate;
use crate::template::Group;
use crate::template::Placeholder;

/// The version of the manifest format that this program reads.
const FORMAT: u32 = 1;

fn fault(path: &str, message: impl Into<String>) -> Fault {
    Fault { path: path.split('.').map(str::to_owned).collect(), message: message.into() }
}

pub(super) fn check(manifest: &Manifest) -> Result<(), Fault> {
    if manifest.format != FORMAT {
        return Err(fault("format", format!("this program reads format {FORMAT} only")));
    }
    if manifest.kinds().next().is_none() {
        return Err(fault("modes", "at least one of headless, structured and tmux is needed"));
    }
    check_hooks(manifest)?;
    check_hand_over(manifest)?;
    check_args(manifest)?;
    for kind in [SessionKind::Headless, SessionKind::Structured, SessionKind::Tmux] {
        if let Some(mode) = manifest.mode(kind) {
            check_mode(manifest, kind, mode)?;
        }
    }
    check_screen(manifest)
}

fn check_hooks(manifest: &Manifest) -> Result<(), Fault> {
    let hooks = &manifest.hooks;
    let needs_file = hooks.script.is_some() || hooks.file.is_some();
    if needs_file && hooks.delivery != HookChannel::SettingsFile {
        return Err(fault("hooks.delivery", "'file' and 'script' belong to 'settings-file'"));
    }
    if hooks.delivery == HookChannel::None {
        return match (hooks.events.is_empty(), hooks.off.is_some()) {
            (false, _) => Err(fault("hooks.events", "there are events but no delivery")),
            (true, false) if hooks.format.is_some() => {
                Err(fault("hooks", "'off' must say why there are none"))
            }
            _ => Ok(()),
        };
    }
    if hooks.format.is_none() {
        return Err(fault("hooks.delivery", "a delivery needs 'format'"));
    }
    if hooks.args.is_empty() {
        return Err(fault("hooks.delivery", "a delivery needs 'args'"));
    }
    let in_script = hooks.script.iter().flat_map(ArgTemplate::placeholders);
    if let Some(value) = in_script.into_iter().find(|value| *value != Placeholder::HookArgv) {
        return Err(fault("hooks.script", format!("'{value}' has no value here")));
    }
    Ok(())
}

/// What goes along is approved, and has its place in the session's own files.
fn check_hand_over(manifest: &Manifest) -> Result<(), Fault> {
    let (guard, hooks) = (&manifest.guard, &manifest.hooks);
    let rule = &guard.hand_over;
    if let Some(file) = rule.files().find(|file| !guard.brings.iter().any(|known| known == file)) {
        return Err(fault(
            "guard.hand_over",
            format!("'{file}' is not among 'brings', and nobody approves it"),
        ));
    }
    if !rule.settings.is_empty() && (hooks.delivery != HookChannel::SettingsFile || hooks.script.is_some()) {
        return Err(fault("guard.hand_over.settings", "they go into the JSON of a 'settings-file'"));
    }
    if rule.servers.is_some() == rule.servers_args.is_empty() {
        return Err(fault("guard.hand_over.servers_args", "'servers' and 'servers_args' belong together"));
    }
    Ok(())
}

/// Values that the arguments of a group may use.
fn check_args(manifest: &Manifest) -> Result<(), Fault> {
    let everywhere = [Placeholder::Program, Placeholder::Owt, Placeholder::Workspace, Placeholder::MainRoot];
    let hook_value = match manifest.hooks.delivery {
        HookChannel::SettingsFile => Some(Placeholder::SettingsFile),
        HookChannel::Arguments => Some(Placeholder::HookArgv),
        HookChannel::CodexTable => Some(Placeholder::HookTable),
        HookChannel::None => None,
    };
    let context = [Placeholder::Context, Placeholder::ContextFile];
    let groups: [(&str, &[ArgTemplate], &[Placeholder]); 7] = [
        ("model_args", &manifest.model_args, &[Placeholder::Model]),
        ("modes.context_args", &manifest.modes.context_args, &context),
        ("hooks.args", &manifest.hooks.args, hook_value.as_slice()),
        ("guard.keep_out.args", &manifest.guard.keep_out.args, &[]),
        ("guard.let_in.args", &manifest.guard.let_in.args, &[]),
        ("guard.nothing.args", &manifest.guard.nothing.args, &[]),
        ("guard.hand_over.servers_args", &manifest.guard.hand_over.servers_args, &[Placeholder::ServersFile]),
    ];
    for (path, args, own) in groups {
        let allowed = |value: &Placeholder| everywhere.contains(value) || own.contains(value);
        if let Some(value) = args.iter().flat_map(ArgTemplate::placeholders).find(|value| !allowed(value)) {
            return Err(fault(path, format!("'{value}' has no value here")));
        }
    }
    for (name, value) in &manifest.modes.context_environment {
        if let Some(value) = value.placeholders().find(|value| !context.contains(value)) {
            let path = format!("modes.context_environment.{name}");
            return Err(fault(&path, format!("'{value}' has no value here")));
        }
    }
    Ok(())
}

fn check_mode(manifest: &Manifest, kind: SessionKind, mode: &Mode) -> Result<(), Fault> {
    let path = |key: &str| format!("modes.{}.{key}", kind.as_str());
    let budget = mode.budget_args.iter().flat_map(ArgTemplate::placeholders);
    if let Some(value) = budget.into_iter().find(|value| *value != Placeholder::Budget) {
        return Err(fault(&path("budget_args"), format!("'{value}' has no value here")));
    }
    check_transport(kind, mode).map_err(|(key, message)| fault(&path(key), message))?;
    check_bridge(mode).map_err(|(key, message)| fault(&path(key), message))?;
    check_permissions(mode).map_err(|(key, message)| fault(&path(key), message))?;
    if mode.ready == ReadyRule::Screen && !manifest.screen.can_tell(ScreenState::Ready) {
        return Err(fault(&path("ready"), "'screen' needs a screen rule of state 'ready'"));
    }
    let needed = needed_groups(manifest, mode);
    let lines = [("argv", Some(&mode.argv)), ("resume_argv", mode.resume_argv.as_ref())];
    for (key, argv) in lines.into_iter().filter_map(|(key, argv)| Some((key, argv?))) {
        for group in &needed {
            let left_out = key == "resume_argv" && *group == Group::Session;
            if !left_out && !argv.contains(&ArgPiece::Group(*group)) {
                return Err(fault(&path(key), format!("'{group}' is defined but has no place in it")));
            }
        }
        check_values(mode, argv, key == "resume_argv").map_err(|message| fault(&path(key), message))?;
    }
    Ok(())
}

fn needed_groups(manifest: &Manifest, mode: &Mode) -> Vec<Group> {
    let plans = matches!(mode.plan, LevelRule::Supported { .. });
    let guard = &manifest.guard;
    let guards = [&guard.keep_out, &guard.let_in, &guard.nothing].iter().any(|rule| !rule.args.is_empty())
        || !guard.hand_over.servers_args.is_empty();
    let conditions = [
        (Group::Permission, mode.permissions.is_managed() || plans),
        (Group::Model, !manifest.model_args(mode).is_empty()),
        (Group::Budget, !mode.budget_args.is_empty()),
        (Group::Session, !mode.session_args.is_empty()),
        (Group::Hooks, manifest.hooks.delivery != HookChannel::None),
        (Group::Guard, guards),
        (Group::Context, !manifest.modes.context_args.is_empty()),
    ];
    conditions.into_iter().filter(|(_, needed)| *needed).map(|(group, _)| group).collect()
}

fn check_values(mode: &Mode, argv: &[ArgPiece], resumes: bool) -> Result<(), String> {
    let uses = |value: Placeholder| argv.iter().flat_map(ArgPiece::placeholders).any(|used| used == value);
    for (value, transport) in
        [(Placeholder::Prompt, PromptTransport::Argv), (Placeholder::PromptFile, PromptTransport::File)]
    {
        if uses(value) != (mode.prompt == transport) {
            return Err(format!("'{value}' belongs into it exactly when the prompt's transport is its own"));
        }
    }
    let named = Protocol::of(mode.output).is_some_and(Protocol::names_the_conversation);
    if resumes && !named && !uses(Placeholder::SessionId) {
        return Err(format!("'{}' is needed to take up a conversation", Placeholder::SessionId));
    }
    let unusable = [
        Placeholder::HookArgv,
        Placeholder::HookTable,
        Placeholder::SettingsFile,
        Placeholder::Model,
        Placeholder::Budget,
        Placeholder::Context,
        Placeholder::ContextFile,
        Placeholder::ServersFile,
    ];
    match unusable.into_iter().find(|value| uses(*value)) {
        Some(value) => Err(format!("'{value}' has no value here: it belongs into a group's arguments")),
        None => Ok(()),
    }
}

fn check_transport(kind: SessionKind, mode: &Mode) -> Result<(), (&'static str, String)> {
    let terminal = kind.is_terminal();
    if terminal != (mode.output == OutputFormat::Terminal) {
        return Err(("output", "'terminal' is for tmux, and tmux for 'terminal'".to_owned()));
    }
    let fits = match mode.prompt {
        PromptTransport::Stdin => kind == SessionKind::Headless,
        PromptTransport::Paste => terminal,
        PromptTransport::Protocol => kind == SessionKind::Structured && Protocol::of(mode.output).is_some(),
        PromptTransport::Argv | PromptTransport::File => true,
    };
    if !fits {
        return Err(("prompt", format!("a {} session cannot get its prompt this way", kind.as_str())));
    }
    let waits = matches!(mode.prompt, PromptTransport::Protocol | PromptTransport::Paste);
    let fits = match mode.ready {
        ReadyRule::Start => !waits || kind == SessionKind::Structured,
        ReadyRule::Answer => kind == SessionKind::Structured,
        ReadyRule::Screen | ReadyRule::Quiet => terminal,
    };
    if fits {
        Ok(())
    } else {
        Err(("ready", "this rule does not fit the session and the transport".to_owned()))
    }
}

fn check_bridge(mode: &Mode) -> Result<(), (&'static str, String)> {
    let needs_one = mode.prompt == PromptTransport::Protocol
        && Protocol::of(mode.output).is_some_and(Protocol::needs_a_bridge);
    match &mode.bridge {
        None if needs_one => Err(("bridge", "this output comes over a bridge: say which".to_owned())),
        Some(_) if !needs_one => {
            Err(("bridge", "no program with this output is talked with over one".to_owned()))
        }
        Some(bridge) => match bridge.fault() {
            Some((key, message)) => Err(("bridge", format!("'{key}': {message}"))),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

fn check_permissions(mode: &Mode) -> Result<(), (&'static str, String)> {
    let rules = &mode.permissions;
    if !rules.is_managed() {
        return match rules.default {
            Some(_) => Err(("permissions.default", "there are no levels to choose from".to_owned())),
            None => Ok(()),
        };
    }
    let has_opening = |level: &Permissions| !rules.opening(Some(*level)).is_empty();
    let takes_opening = Protocol::of(mode.output).is_some_and(Protocol::takes_opening_members);
    if !takes_opening && Permissions::ALL.iter().any(has_opening) {
        return Err(("permissions", "'opening' has no frame to go into".to_owned()));
    }
    if let Some(level) = Permissions::ALL.into_iter().find(|level| rules.rule(*level).is_none()) {
        return Err((
            "permissions",
            format!("'{level}' is missing: say how it is enforced, or 'unsupported'"),
        ));
    }
    match rules.default {
        Some(level) if level < Permissions::Bypass && rules.supported().contains(&level) => Ok(()),
        Some(Permissions::Bypass) => Err(("permissions.default", "'bypass' is never a default".to_owned())),
        Some(level) => Err(("permissions.default", format!("'{level}' is not supported"))),
        // Nothing is skipped unasked: a program that knows only bypass has no default.
        None if !rules.supported().iter().any(|level| *level < Permissions::Bypass) => Ok(()),
        None => Err(("permissions", "'default' is missing".to_owned())),
    }
}

fn check_screen(manifest: &Manifest) -> Result<(), Fault> {
    for (index, rule) in manifest.screen.rules.iter().enumerate() {
        if let Err(message) = rule.check(&manifest.screen) {
            return Err(fault(&format!("screen.rules.{index}"), format!("{}: {message}", rule.name)));
        }
    }
    Ok(())
}
