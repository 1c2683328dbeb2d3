//! Sessions: the host process, tmux on its own socket.
