//! What the bridge prints: whole lines, whoever of its threads has them.

use std::io;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;

/// Prints lines, one at a time.
#[derive(Clone)]
pub(crate) struct Outlet {
    output: Arc<Mutex<dyn Write + Send>>,
}

impl Outlet {
    pub(crate) fn new(output: impl Write + Send + 'static) -> Self {
        Self { output: Arc::new(Mutex::new(output)) }
    }

    pub(crate) fn answer(&self, id: &str, status: u16, body: &Value) -> io::Result<()> {
        self.line(&json!({"id": id, "status": status, "body": body}))
    }

    pub(crate) fn no_answer(&self, id: Option<&str>, error: &str) -> io::Result<()> {
        match id {
            Some(id) => self.line(&json!({"id": id, "error": error})),
            None => self.line(&json!({"error": error})),
        }
    }

    pub(crate) fn event(&self, carried: &Value) -> io::Result<()> {
        self.line(&json!({"event": carried}))
    }

    fn line(&self, value: &Value) -> io::Result<()> {
        let line = format!("{value}\n");
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(line.as_bytes())?;
        output.flush()
    }
}
