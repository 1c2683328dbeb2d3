//! The person's desktop, by the program that their system has for it: `notify-send` (libnotify) where there is a
//! freedesktop notification service, `osascript` on macOS. No word of a notice is ever part of a script or of mark-up.

use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_process::Cmd;

use crate::command::finish;

/// Shows it.
pub(crate) fn show(telling: &Telling, search_path: &str) -> Result<(), NotifyError> {
    let (name, arguments) = arguments(telling);
    let Some(program) = owt_process::find_program(name, search_path, &[]) else {
        return Err(NotifyError::Unavailable(format!("{name} is not installed: {INSTALL}")));
    };
    finish(&Cmd::new(program.as_str()).args(arguments).current_dir("/").label(name))
}

#[cfg(not(target_os = "macos"))]
const INSTALL: &str = "apt install libnotify-bin, dnf install libnotify, ...";

/// The body may hold mark-up (Desktop Notifications Specification 1.2), so its signs are written out.
#[cfg(not(target_os = "macos"))]
fn arguments(telling: &Telling) -> (&'static str, Vec<String>) {
    use owt_core::notice::NoticeKind;
    let urgency = match telling.kind {
        NoticeKind::NeedsPerson | NoticeKind::Failed | NoticeKind::Warning => "normal",
        NoticeKind::Done | NoticeKind::Status => "low",
    };
    let title = telling.title.as_deref().unwrap_or(&telling.path);
    let body = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut words: Vec<String> = ["--app-name=owt", "--category=im.received"].map(str::to_owned).to_vec();
    words.extend([format!("--urgency={urgency}"), "--".to_owned(), telling.headline(), body]);
    ("notify-send", words)
}

#[cfg(target_os = "macos")]
const INSTALL: &str = "it is part of macOS";

/// The texts are arguments of the script, which is a constant.
#[cfg(target_os = "macos")]
fn arguments(telling: &Telling) -> (&'static str, Vec<String>) {
    const SCRIPT: &str = "on run argv\ndisplay notification (item 2 of argv) with title \"owt\" subtitle (item 1 of argv)\nend run";
    let title = telling.title.clone().unwrap_or_else(|| telling.path.clone());
    ("osascript", vec!["-e".to_owned(), SCRIPT.to_owned(), telling.headline(), title])
}
