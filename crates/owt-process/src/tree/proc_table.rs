//! The process table as Linux shows it: `/proc/PID/stat`, proc_pid_stat(5).

use std::fs;
use std::io;

use crate::tree::ProcessIdentity;
use crate::tree::table::Entry;

pub(crate) fn all() -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for folder in fs::read_dir("/proc")? {
        let name = folder?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        entries.extend(pid.and_then(one));
    }
    Ok(entries)
}

/// `None` when it is gone (also when it goes while being looked at).
pub(crate) fn one(pid: u32) -> Option<Entry> {
    parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// Fields are counted from 1 as in the manual; the second is a name in parentheses that may hold anything.
fn parse(stat: &str) -> Option<Entry> {
    let (head, tail) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let threads: u32 = field(20)?.parse().ok()?;
    Some(Entry {
        identity: ProcessIdentity {
            pid: head.split_once(' ')?.0.parse().ok()?,
            start_time: field(22)?.parse().ok()?,
        },
        parent: field(4)?.parse().ok()?,
        group: field(5)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        // A process whose first thread has ended while others run is shown as Z too, and is not one.
        zombie: matches!(field(3)?, "Z" | "X") && threads <= 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) R 1 (b)) Z 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0 18446744073709551615";
        let identity = ProcessIdentity { pid: 42, start_time: 12345 };
        assert_eq!(parse(stat), Some(Entry { identity, parent: 7, group: 8, session: 9, zombie: true }));
    }

    #[test]
    fn a_process_with_living_threads_is_no_zombie() {
        let stat = "42 (x) Z 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 12345 0 0";
        assert!(!parse(stat).unwrap().zombie);
    }

    #[test]
    fn a_cut_line_is_no_process() {
        assert_eq!(parse("42 (x) R 7"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn we_are_in_our_own_table() {
        let pid = std::process::id();
        assert_eq!(one(pid).unwrap().parent, std::os::unix::process::parent_id());
        assert!(all().unwrap().iter().any(|entry| entry.identity.pid == pid));
    }
}
