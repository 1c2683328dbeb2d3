//! What a command printed and how it ended, held against the rules of every command: one JSON document on standard
//! output, one error with code and hint.

use owt_process::Cmd;
use serde_json::Value;

/// A command's end.
#[derive(Debug)]
#[must_use = "look at the exit code at least"]
pub(crate) struct Ran {
    #[expect(dead_code, reason = "for the message of a test that fails")]
    pub(crate) command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs it.
    pub(crate) fn of(cmd: &Cmd) -> Self {
        let output = cmd.run().unwrap();
        Self {
            command: cmd.to_string(),
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout_utf8_lossy().into_owned(),
            stderr: output.stderr_utf8_lossy().into_owned(),
        }
    }

    /// It did what it should; its standard output.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }

    /// The one JSON document of its standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "one document on one line: {self:#?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// It did what it should; its `data`.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut answer = self.json();
        assert_eq!((self.code, &answer["ok"]), (0, &Value::Bool(true)), "{self:#?}");
        answer["data"].take()
    }

    /// It ended with this exit code and this error, which has a message of one line and a hint; the `error`.
    #[track_caller]
    pub(crate) fn refused(&self, exit: i32, code: &str) -> Value {
        let mut answer = self.json();
        assert_eq!(answer["ok"], Value::Bool(false), "{self:#?}");
        let error = answer["error"].take();
        assert_eq!((self.code, error["code"].as_str()), (exit, Some(code)), "{self:#?}");
        let said = |key: &str| error[key].as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(said("message"), "a message: {self:#?}");
        assert!(said("hint"), "a hint: {self:#?}");
        error
    }
}
