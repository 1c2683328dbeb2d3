//! Reports of hooks that found no server: one file each, read by the next server.

use std::fs::DirBuilder;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use owt_api::HookReport;

/// How many reports wait at most. A server that is away for long misses the newest, never fills a disk.
const COUNT_LIMIT: usize = 1000;

/// The largest report, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// Writes a report: whole or not at all. Files are called `<time>-<process>.json`, so that their names sort by
/// time; what does not end in `.json` is not finished.
///
/// # Errors
/// [`io::ErrorKind::StorageFull`] when the spool is full; else what the system says.
pub(crate) fn keep(folder: &Path, report: &HookReport) -> io::Result<()> {
    let bytes = serde_json::to_vec(report)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if bytes.len() > SIZE_LIMIT || std::fs::read_dir(folder)?.take(COUNT_LIMIT).count() == COUNT_LIMIT {
        return Err(io::ErrorKind::StorageFull.into());
    }
    let name = format!("{:020}-{:010}", report.at_ms, std::process::id());
    let unfinished = folder.join(format!("{name}.part"));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| std::fs::rename(&unfinished, folder.join(format!("{name}.json"))));
    written.inspect_err(|_| drop(std::fs::remove_file(&unfinished)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn report(at_ms: i64, payload: String) -> HookReport {
        let text = |text: &str| text.to_owned();
        HookReport {
            agent: text("claude"),
            event: text("Stop"),
            attempt: text("att_1"),
            token: text("t"),
            at_ms,
            payload,
            is_cut: false,
        }
    }

    #[test]
    fn a_report_is_one_private_file_and_names_sort_by_time() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data/spool");
        for at_ms in [900, 1_000, 20] {
            keep(&folder, &report(at_ms, "{}".to_owned())).unwrap();
        }
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let times: Vec<i64> = names
            .iter()
            .map(|path| serde_json::from_slice::<HookReport>(&std::fs::read(path).unwrap()).unwrap().at_ms)
            .collect();
        assert_eq!(times, [20, 900, 1_000]);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&names[0])), (0o700, 0o600));
    }

    #[test]
    fn it_is_bounded_in_size_and_count() {
        let home = tempfile::tempdir().unwrap();
        assert!(keep(home.path(), &report(1, "x".repeat(SIZE_LIMIT))).is_err());
        for at_ms in 0..COUNT_LIMIT as i64 {
            keep(home.path(), &report(at_ms, String::new())).unwrap();
        }
        let full = keep(home.path(), &report(5_000, String::new())).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), COUNT_LIMIT);
    }
}
