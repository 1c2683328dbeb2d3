//! Who works in a folder.

use std::path::Path;

/// Whether a process of this user has its working folder in one of these folders or below. `None` where that cannot be
/// told: only Linux shows it.
#[cfg(target_os = "linux")]
pub fn works_in(folders: &[&Path]) -> Option<bool> {
    let real: Vec<_> = folders.iter().filter_map(|folder| std::fs::canonicalize(folder).ok()).collect();
    let processes = std::fs::read_dir("/proc").ok()?;
    let folder_of = |name: std::ffi::OsString| {
        let _pid: u32 = name.to_str()?.parse().ok()?;
        std::fs::read_link(Path::new("/proc").join(name).join("cwd")).ok()
    };
    let mut working = processes.flatten().filter_map(|entry| folder_of(entry.file_name()));
    Some(working.any(|at| real.iter().any(|folder| at.starts_with(folder))))
}

/// Nothing is known here.
#[cfg(not(target_os = "linux"))]
pub fn works_in(_folders: &[&Path]) -> Option<bool> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::Pid;
    use rustix::process::Signal;
    use rustix::process::kill_process;

    use super::*;
    use crate::Streams;

    #[test]
    fn who_works_there_is_seen_and_who_works_beside_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (here, beside) = (folder.path().join("here"), folder.path().join("here2"));
        std::fs::create_dir_all(here.join("below")).unwrap();
        std::fs::create_dir(&beside).unwrap();
        let mut child = crate::Cmd::new("sleep")
            .arg("60")
            .current_dir(here.join("below"))
            .spawn(Streams::default())
            .unwrap();
        assert_eq!((works_in(&[&here]), works_in(&[&beside])), (Some(true), Some(false)));
        let pid = Pid::from_raw(i32::try_from(child.pid()).unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        child.wait().unwrap();
        assert_eq!(works_in(&[&here]), Some(false));
    }
}
