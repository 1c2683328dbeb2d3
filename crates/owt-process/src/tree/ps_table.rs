//! The process table as `ps` shows it, for systems without `/proc` (macOS). Sessions are not told there: `sess`
//! is a kernel address. Start times are whole seconds.

use std::io;

use crate::Cmd;
use crate::tree::ProcessIdentity;
use crate::tree::table::Entry;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The table with this choice of processes (`-ax`, `-p PID`).
pub(crate) fn read(choice: &[&str]) -> io::Result<Vec<Entry>> {
    let output = Cmd::new("/bin/ps")
        .args(choice.iter().copied())
        .args(["-o", "pid=,ppid=,pgid=,stat=,lstart="])
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC0")
        .current_dir("/")
        .label("ps")
        .run()
        .map_err(io::Error::other)?;
    Ok(output.stdout_utf8_lossy().lines().filter_map(parse).collect())
}

/// `  42     1    42 Ss   Sat Nov 21 05:39:39 2026`
fn parse(line: &str) -> Option<Entry> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [pid, parent, group, state, _weekday, month, day, time, year] = fields.as_slice() else {
        return None;
    };
    Some(Entry {
        identity: ProcessIdentity {
            pid: pid.parse().ok()?,
            start_time: start_number(year, month, day, time)?,
        },
        parent: parent.parse().ok()?,
        group: group.parse().ok()?,
        session: 0,
        zombie: state.starts_with('Z'),
    })
}

/// A number that grows with the time: year, month, day, hour, minute, second as decimal digits.
fn start_number(year: &str, month: &str, day: &str, time: &str) -> Option<u64> {
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let mut number = year.parse::<u64>().ok()? * 100 + month;
    for part in [day].into_iter().chain(time.split(':')) {
        number = number * 100 + part.parse::<u64>().ok()?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ps_is_an_entry() {
        let entry = parse("   42     1    40 Ss   Sat Nov  1 05:39:39 2026").unwrap();
        assert_eq!(entry.identity, ProcessIdentity { pid: 42, start_time: 20_261_101_053_939 });
        assert_eq!((entry.parent, entry.group, entry.zombie), (1, 40, false));
        assert_eq!(parse("PID PPID"), None);
    }

    #[test]
    fn the_real_ps_knows_us() {
        let pid = std::process::id();
        let entries = read(&["-p", &pid.to_string()]).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].parent, std::os::unix::process::parent_id());
        assert!(read(&["-ax"]).unwrap().len() > 1);
    }
}
