//! What connections ask of the host.

use std::os::unix::net::UnixStream;
use std::time::Instant;

use crate::bell;
use crate::emulator::Size;
use crate::host::connection::Connection;
use crate::host::connection::Mode;
use crate::host::connection::Received;
use crate::host::event_loop::Host;
use crate::host::injector::Asked;
use crate::host::injector::Verdict;
use crate::host::onlooker::Onlooker;
use crate::host::outlet::Outlet;
use crate::host::painter::inner_size;
use crate::host::terminal::Terminal;
use crate::relay::keys::PASTE_BEGINS;
use crate::relay::keys::PASTE_ENDS;
use crate::wire;
use crate::wire::Drawn;
use crate::wire::Fault;
use crate::wire::FaultCode;
use crate::wire::Message;
use crate::wire::Request;
use crate::wire::ViewerFrame;
use crate::wire::WireOutcome;

/// How many connections a host has at once; more are closed unheard.
const CONNECTIONS: usize = 64;

impl Host {
    /// Takes in whoever knocks, if it is this user.
    pub(super) fn accept(&mut self) {
        while let Some(stream) = self.doorway.accept() {
            let welcome = self.connections.len() < CONNECTIONS && is_ours(&stream);
            if welcome && stream.set_nonblocking(true).is_ok() {
                self.connections.insert(self.next_connection, Connection::new(stream));
                self.next_connection += 1;
            }
        }
    }

    /// Reads what a connection has sent and does it.
    pub(super) fn hear(&mut self, id: u64, buffer: &mut [u8], now: Instant) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let gone = connection.read(buffer).is_err();
        while let Some(connection) = self.connections.get_mut(&id)
            && let Some(received) = connection.next()
        {
            match received {
                Ok(Received::Request(request)) => self.asked(id, request, now),
                Ok(Received::Frame(frame)) => self.framed(id, frame, now),
                Err(fault) => connection.refuse(fault),
            }
        }
        if gone {
            self.connections.remove(&id);
        }
    }

    fn asked(&mut self, id: u64, request: Request, now: Instant) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match (&connection.mode, request) {
            (Mode::New, Request::Hello { protocol, version }) => self.greet(id, &protocol, version),
            (Mode::Asking, Request::Probe) => {
                let running = self.running();
                self.answer(id, &running);
            }
            (Mode::Asking, Request::Screen) => {
                let picture = self.terminal.as_ref().map(|it| (it.picture(), it.looks()));
                let told = |(screen, looks)| Message::Screen { screen, looks };
                self.answer(id, &picture.map_or_else(no_terminal, told));
            }
            (Mode::Asking, Request::Ring { line }) => {
                let signal = bell::signal(&line);
                let rung = self.connections.values_mut().filter_map(|it| it.ring(&signal)).count();
                self.answer(id, &Message::Rang { terminals: rung });
            }
            (Mode::Asking, Request::Onlookers) => {
                let terminals = self.connections.values_mut().filter_map(Connection::onlooker).count();
                self.answer(id, &Message::Onlookers { terminals });
            }
            (Mode::Asking, Request::Stop { reason }) => {
                connection.mode = Mode::Waiting;
                self.ending.begin(reason);
            }
            (Mode::Asking, Request::IdleClock { paused }) => {
                self.limits.set_paused(paused, now);
                let running = self.running();
                self.answer(id, &running);
            }
            (Mode::Asking, Request::Watch { output, error }) => {
                connection.send(&Message::Watching);
                connection.mode = Mode::Watching { output, error, picture: None };
            }
            (Mode::Asking, Request::Inject { key, payload }) => {
                connection.mode = Mode::Waiting;
                self.inject(Asked { from: id, key, payload });
            }
            (Mode::Asking, Request::Attach { rows, columns, drawn }) => {
                self.attach(id, (rows, columns), drawn, now);
            }
            (_, request) => {
                let message = format!("not now: {}", word(&request));
                connection.refuse(Fault::new(FaultCode::BadRequest, message));
            }
        }
    }

    fn greet(&mut self, id: u64, protocol: &str, version: u32) {
        let attempt = self.attempt;
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if protocol != wire::PROTOCOL || version != wire::VERSION {
            let message = format!(
                "this host speaks {} version {}, not {protocol} version {version}",
                wire::PROTOCOL,
                wire::VERSION
            );
            connection.refuse(Fault::new(FaultCode::UnsupportedProtocol, message));
            return;
        }
        let protocol = protocol.to_owned();
        connection.send(&Message::Welcome { protocol, version, attempt });
        connection.mode = Mode::Asking;
    }

    fn running(&self) -> Message {
        Message::Running {
            host_pid: std::process::id(),
            program_pid: self.program.pid(),
            started_at: self.program.started_at,
        }
    }

    fn inject(&mut self, asked: Asked) {
        if self.ending.waits_for().is_some() {
            let fault = Fault::new(FaultCode::Ending, "the session is being ended");
            self.tell_verdict(Verdict { to: vec![asked.from], answer: Err(fault) });
        } else if let Some(verdict) = self.injector.take(asked) {
            self.tell_verdict(verdict);
        }
    }

    fn attach(&mut self, id: u64, (rows, columns): (u16, u16), drawn: Drawn, now: Instant) {
        let Some(connection) = self.connections.get_mut(&id).filter(|_| self.terminal.is_some()) else {
            self.answer(id, &no_terminal());
            return;
        };
        let size = Size::told(rows, columns);
        connection.send(&Message::Attached);
        connection.mode = match drawn {
            Drawn::ByProgram => Mode::Viewing(Outlet::joining(now)),
            Drawn::ByHost => Mode::Watched(Onlooker::new(size.unwrap_or(Size::UNSEEN))),
        };
        if let Some(size) = size {
            self.fit(id, size, now);
        }
    }

    /// Gives the program the size of a person's terminal: of whoever came, typed or changed its size last, as tmux
    /// does by `window-size latest`.
    fn fit(&mut self, id: u64, size: Size, now: Instant) {
        let is_drawn =
            self.connections.get_mut(&id).is_some_and(|connection| connection.onlooker().is_some());
        let size = if is_drawn { inner_size(size) } else { size };
        let written = self.logs.lengths().0;
        if let Some(terminal) = self.terminal.as_mut().filter(|terminal| terminal.size() != size) {
            terminal.resize(size, written, now);
        }
    }

    fn framed(&mut self, id: u64, frame: ViewerFrame, now: Instant) {
        let hold = self.hold();
        match frame {
            ViewerFrame::Input(bytes) => {
                if self.is_needless_marker(id, &bytes) {
                    return;
                }
                let onlooker = self.connections.get_mut(&id).and_then(Connection::onlooker);
                let told = onlooker.map(|onlooker| {
                    onlooker.present();
                    onlooker.size()
                });
                if let Some(size) = told {
                    self.fit(id, size, now);
                }
                if let Some(terminal) = &mut self.terminal {
                    terminal.keys(&bytes, &mut self.feed, hold, now);
                }
            }
            ViewerFrame::Size { rows, columns } => {
                let Some(size) = Size::told(rows, columns) else { return };
                if let Some(onlooker) = self.connections.get_mut(&id).and_then(Connection::onlooker) {
                    onlooker.resized(size);
                }
                self.fit(id, size, now);
            }
            ViewerFrame::Scroll { lines } => {
                let onlooker = self.connections.get_mut(&id).and_then(Connection::onlooker);
                if let (Some(onlooker), Some(terminal)) = (onlooker, &self.terminal) {
                    onlooker.scroll(lines, terminal.history());
                }
            }
        }
    }

    /// Whether this is the marker of a paste, which a person's terminal always sends, and the program wants none.
    fn is_needless_marker(&self, id: u64, bytes: &[u8]) -> bool {
        let is_drawn =
            self.connections.get(&id).is_some_and(|connection| matches!(connection.mode, Mode::Watched(_)));
        let wants = self.terminal.as_ref().is_some_and(Terminal::wants_markers);
        is_drawn && !wants && (bytes == PASTE_BEGINS || bytes == PASTE_ENDS)
    }

    /// Tells whoever asked what came of an injection.
    pub(super) fn tell_verdict(&mut self, verdict: Verdict) {
        if matches!(verdict.answer, Ok(WireOutcome::LineTaken))
            && let Some(terminal) = &mut self.terminal
        {
            terminal.refused();
        }
        let message = match verdict.answer {
            Ok(outcome) => Message::Injection { outcome },
            Err(fault) => Message::Refused { fault },
        };
        for id in verdict.to {
            self.answer(id, &message);
        }
    }

    fn answer(&mut self, id: u64, message: &Message) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.answer(message);
        }
    }
}

fn no_terminal() -> Message {
    Message::Refused { fault: Fault::new(FaultCode::NoTerminal, "this session has no terminal") }
}

const fn word(request: &Request) -> &'static str {
    match request {
        Request::Hello { .. } => "hello",
        Request::Probe => "probe",
        Request::Inject { .. } => "inject",
        Request::Stop { .. } => "stop",
        Request::IdleClock { .. } => "idle clock",
        Request::Watch { .. } => "watch",
        Request::Screen => "screen",
        Request::Ring { .. } => "ring",
        Request::Onlookers => "onlookers",
        Request::Attach { .. } => "attach",
    }
}

#[cfg(target_os = "linux")]
fn is_ours(stream: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

/// The socket lies in a folder that only this user may enter.
#[cfg(not(target_os = "linux"))]
fn is_ours(_stream: &UnixStream) -> bool {
    true
}
