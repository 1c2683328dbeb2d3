//! The configuration of our own tmux server. The person's own is never read.

/// Read by the server when it starts. It holds nothing but constants: no name, path or prompt ever enters it.
pub(super) const CONFIGURATION: &str = r##"# Made by owt; replaced at each start.
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
set -g status-left " #{window_name} "
set -g status-left-length 80
set -g status-right " C-b d leaves it running "
set -gw window-status-format ""
set -gw window-status-current-format ""
"##;
