//! The configuration of our own tmux server, and what its keys open. The person's own is never read.

use std::fmt::Write as _;

use owt_core::pane::AltKeys;

/// The file of the session that tmux looks at by which it was launched: a variable of that session, so that a key means no other.
/// They are told as arguments and stand in no line of a shell.
pub(super) const LAUNCH: &str = "OWT_LAUNCH";
/// That of the newest one, for the line of counts, which is of no session; and our program.
pub(super) const NEWEST: &str = "OWT_NEWEST_LAUNCH";
pub(super) const PROGRAM: &str = "OWT_PROGRAM";

/// What a key behind the prefix opens over the window, with the letter that does so with Alt where the person wants that. `d`
/// leaves the session, here as in every tmux.
const POPUPS: [(&str, &str, &str); 4] =
    [("s", "M-s", "board"), ("m", "M-m", "merge"), ("D", "M-d", "delete"), ("c", "M-c", "new")];

/// One that is over goes; one that failed stays until it was read.
const OPEN: [&str; 9] = ["display-popup", "-E", "-E", "-w", "90%", "-h", "90%", "--", "sh"];

/// A line of constants: what differs between sessions comes by variables.
fn script(what: &str) -> String {
    format!(r#"exec "${PROGRAM}" popup --launch "${LAUNCH}" {what}"#)
}

/// The whole configuration.
pub(super) fn text(terminal_name: &str) -> String {
    let mut text = CONFIGURATION.to_owned();
    let told = "a string takes everything";
    writeln!(text, "set -s default-terminal {terminal_name}").expect(told);
    for (key, _, what) in POPUPS {
        writeln!(text, "bind {key} {} -c '{}'", OPEN.join(" "), script(what)).expect(told);
    }
    text
}

/// The command that makes Alt with a letter ours, or leaves it to the agents.
pub(super) fn alt_keys(whose: AltKeys) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (_, key, what) in POPUPS {
        words.extend((!words.is_empty()).then(|| ";".to_owned()));
        match whose {
            AltKeys::Ours => {
                words.extend(["bind-key", "-n", key].into_iter().chain(OPEN).map(str::to_owned));
                words.extend(["-c".to_owned(), script(what)]);
            }
            AltKeys::Agents => words.extend(["unbind-key", "-q", "-n", key].map(str::to_owned)),
        }
    }
    words
}

/// Read by the server when it starts. It holds nothing but constants: no name, path or prompt ever enters it.
const CONFIGURATION: &str = r##"# Made by owt; replaced at each start.
set -s exit-empty on
set -s escape-time 10
set -s focus-events on
set -sq extended-keys on

# What a person copies reaches their clipboard; what a program says about clipboards reaches nobody,
# neither by OSC 52 nor past tmux.
set -s set-clipboard external
set -gwq allow-passthrough off

# Names are ours.
set -gw automatic-rename off
set -gw allow-rename off
set -g set-titles off
set -g update-environment ""

# When the agent ends, its host ends, and the session with it.
set -gw remain-on-exit off
set -g destroy-unattached off
set -g detach-on-destroy on

# Keys that a slow line delivers together are keys still: tmux would type the d of C-b d into the agent. Pastes are
# known by their brackets.
set -g assume-paste-time 0

set -g mouse on
set -g history-limit 20000
set -gw window-size latest
set -gw monitor-activity off
set -g visual-bell off

set -g status on
set -g status-interval 0
set -g status-style "reverse"
# Its own program writes a line whenever the counts change; tmux shows its last line and asks for nothing. Where there is
# little room tmux cuts the right side first, so what needs the person stands on the left, before the name.
set -g status-left ' #(exec "$OWT_PROGRAM" popup --launch "$OWT_NEWEST_LAUNCH" counts)  #{=/40/…:window_name} '
set -g status-left-length 120
set -g status-right ' C-b s board, C-b d leaves it running '
set -g status-right-length 60
set -gw window-status-format ""
set -gw window-status-current-format ""
"##;
