//! A person's terminal, as the protocol of version 1 sees it: written against the bytes, not against our types.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use owt_core::AbsPath;

pub(crate) struct TerminalClient {
    stream: BufReader<UnixStream>,
}

/// A connection that has said `lines` and reads answers.
pub(crate) fn talk(socket: &AbsPath) -> BufReader<UnixStream> {
    let stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    BufReader::new(stream)
}

pub(crate) fn say(stream: &mut BufReader<UnixStream>, line: &str) -> String {
    writeln!(stream.get_mut(), "{line}").unwrap();
    let mut answer = String::new();
    stream.read_line(&mut answer).unwrap();
    answer
}

pub(crate) const HELLO: &str = r#"{"type":"hello","protocol":"owt-host","version":1}"#;

impl TerminalClient {
    pub(crate) fn attach(socket: &AbsPath) -> Self {
        let mut stream = talk(socket);
        assert!(say(&mut stream, HELLO).contains("welcome"));
        assert!(say(&mut stream, r#"{"type":"attach","rows":40,"columns":100}"#).contains("attached"));
        Self { stream }
    }

    pub(crate) fn type_keys(&self, keys: &[u8]) {
        let length = u32::try_from(keys.len()).unwrap().to_be_bytes();
        self.stream.get_ref().write_all(&[&[0], length.as_slice(), keys].concat()).unwrap();
    }

    /// Reads until this text has been shown; returns everything read.
    pub(crate) fn await_output(mut self, text: &str) -> String {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(text) {
            let mut part = [0; 4096];
            let count = self.stream.read(&mut part).unwrap();
            assert!(count > 0, "it ended without {text:?}: {:?}", String::from_utf8_lossy(&shown));
            shown.extend_from_slice(&part[..count]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    }
}
