//! What an install writes down beside its log while it runs, so that the next one can clear up after a crash.

use std::fs::File;
use std::io;
use std::io::Write;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_process::tree::ProcessIdentity;
use serde_json::Value;
use serde_json::json;

use super::made::Before;

/// A running install.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    pub(crate) processes: Vec<ProcessIdentity>,
    pub(crate) before: Before,
}

fn place(log: &AbsPath) -> PathBuf {
    PathBuf::from(format!("{log}.running"))
}

impl Record {
    pub(crate) fn begin(log: &AbsPath, before: Before) -> io::Result<Self> {
        let record = Self { path: place(log), processes: Vec::new(), before };
        record.save().map(|()| record)
    }

    /// The record of an install that did not come to its end; none when there is none that can be read.
    pub(crate) fn left_by_a_crash(log: &AbsPath) -> Option<Self> {
        let path = place(log);
        let value: Value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        let processes = value.get("processes")?.as_array()?.iter().filter_map(|process| {
            let pid = u32::try_from(process.get("pid")?.as_u64()?).ok()?;
            Some(ProcessIdentity { pid, start_time: process.get("start_time")?.as_u64()? })
        });
        Some(Self { path, processes: processes.collect(), before: Before::from_json(value.get("before")?) })
    }

    pub(crate) fn forget(log: &AbsPath) -> io::Result<()> {
        match std::fs::remove_file(place(log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Written whole or not at all: a reader never sees half of it.
    pub(crate) fn save(&self) -> io::Result<()> {
        let processes: Vec<Value> = self
            .processes
            .iter()
            .map(|process| json!({"pid": process.pid, "start_time": process.start_time}))
            .collect();
        let text = json!({"processes": processes, "before": self.before.to_json()}).to_string();
        let partial = self.path.with_extension("running-partial");
        let _ = std::fs::remove_file(&partial);
        fresh(&partial)?.write_all(text.as_bytes())?;
        std::fs::rename(&partial, &self.path)
    }
}

fn fresh(path: &std::path::Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
