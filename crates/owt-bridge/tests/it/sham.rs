//! A small HTTP server, and what a bridge before it prints.

use std::io::BufRead;
use std::io::BufReader;
use std::io::PipeReader;
use std::io::PipeWriter;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use owt_bridge::Bridge;
use owt_bridge::BridgeError;
use owt_bridge::Patience;
use owt_process::ExitOutcome;
use serde_json::Value;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// Serves whatever `answer` says: a status, and a body; the events come from `events`, once each.
#[derive(Clone)]
pub(crate) struct Sham {
    pub(crate) port: u16,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    followers: Arc<Mutex<Vec<TcpStream>>>,
}

impl Sham {
    pub(crate) fn serve(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let sham = Self { port, asked: Arc::default(), followers: Arc::default() };
        let (serving, answer) = (sham.clone(), Arc::new(answer));
        let accept = move || {
            for stream in listener.incoming() {
                let (serving, answer) = (serving.clone(), Arc::clone(&answer));
                let talk = move || serving.talk(stream.unwrap(), &*answer);
                thread::Builder::new().name("sham-talk".to_owned()).spawn(talk).unwrap();
            }
        };
        thread::Builder::new().name("sham".to_owned()).spawn(accept).unwrap();
        sham
    }

    fn talk(&self, stream: TcpStream, answer: &dyn Fn(&Asked) -> (u16, String)) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        while let Some(asked) = read(&mut reader) {
            self.asked.lock().unwrap().push(asked.clone());
            let (status, body) = answer(&asked);
            if status == 200 && asked.line.starts_with("GET /event ") {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                writer.write_all(head.as_bytes()).unwrap();
                self.followers.lock().unwrap().push(writer);
                return;
            }
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
            if writer.write_all(format!("{head}{body}").as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Sends this to whoever follows.
    pub(crate) fn tell(&self, text: &str) {
        for follower in &mut *self.followers.lock().unwrap() {
            let _gone = follower.write_all(text.as_bytes());
        }
    }

    /// Hangs up on whoever follows.
    pub(crate) fn hang_up(&self) {
        for follower in self.followers.lock().unwrap().drain(..) {
            follower.shutdown(std::net::Shutdown::Both).unwrap();
        }
    }

    /// A program that says that it listens where this does, and does something then.
    pub(crate) fn program(&self, then: &str) -> Vec<String> {
        let line = format!("echo a warning; echo listening on http://127.0.0.1:{}; {then}", self.port);
        ["/bin/sh", "-c", &line].map(str::to_owned).to_vec()
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        match header.trim().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                value.clone_into(&mut authorization);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(Asked { line: line.trim().to_owned(), authorization, body: String::from_utf8(body).unwrap() })
}

/// A bridge that runs.
pub(crate) struct Running {
    /// Its input, while it is open.
    pub(crate) input: Option<PipeWriter>,
    output: BufReader<PipeReader>,
    ended: mpsc::Receiver<Result<ExitOutcome, BridgeError>>,
}

impl Running {
    pub(crate) fn start(argv: Vec<String>, patience: Patience) -> Self {
        let bridge = Bridge {
            argv,
            environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            events: "/event".to_owned(),
            leaves_out: vec!["beat".to_owned()],
            user: "someone".to_owned(),
            password_variable: "SHAM_PASSWORD".to_owned(),
            patience,
        };
        let (input, ours) = std::io::pipe().unwrap();
        let (read, output) = std::io::pipe().unwrap();
        let (tell, ended) = mpsc::channel();
        let run = move || drop(tell.send(bridge.run(input, output)));
        thread::Builder::new().name("bridge".to_owned()).spawn(run).unwrap();
        Self { input: Some(ours), output: BufReader::new(read), ended }
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line that it prints.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it prints no more");
        serde_json::from_str(&line).unwrap()
    }

    /// How it ended.
    #[track_caller]
    pub(crate) fn end(&self) -> Result<ExitOutcome, BridgeError> {
        self.ended.recv_timeout(PATIENCE).unwrap()
    }
}

/// Patience for programs that behave.
pub(crate) const PATIENT: Patience = Patience { listening: PATIENCE, answer: PATIENCE };
