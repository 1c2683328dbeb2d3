//! What lives below a process as `ps` shows it, for systems without `/proc` (macOS). What a process reads and writes
//! to is not told there.

use std::io;
use std::time::Duration;

use crate::Cmd;
use crate::tree::ProcessIdentity;
use crate::tree::living::Channels;
use crate::tree::living::Living;
use crate::tree::living::family;

pub(crate) fn below(pid: u32) -> io::Result<Vec<Living>> {
    let output = Cmd::new("/bin/ps")
        .args(["-ax", "-o", "pid=,ppid=,stat=,etime=,time=,command="])
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .label("ps")
        .run()
        .map_err(io::Error::other)?;
    let table: Vec<Living> = output.stdout_utf8_lossy().lines().filter_map(parse).collect();
    Ok(family(&table, pid))
}

/// `  42     1 S    01:23:45   0:01.20 cargo test`; `None` for a zombie.
fn parse(line: &str) -> Option<Living> {
    let mut words = line.split_ascii_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    let state = words.next()?;
    let (age, processor_time) = (span(words.next()?)?, span(words.next()?)?);
    (!state.starts_with('Z')).then(|| Living {
        // Its start is told by the whole second: the number is all there is.
        identity: ProcessIdentity::of(pid).unwrap_or(ProcessIdentity { pid, start_time: 0 }),
        parent,
        age,
        processor_time,
        words: words.map(str::to_owned).collect(),
        channels: Channels::default(),
    })
}

/// `[[DAYS-]HOURS:]MINUTES:SECONDS[.PARTS]`
fn span(text: &str) -> Option<Duration> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (days.parse::<u64>().ok()?, rest),
        None => (0, text),
    };
    let mut seconds = 0.0;
    for part in rest.split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok()?;
    }
    Duration::try_from_secs_f64(seconds).ok()?.checked_add(Duration::from_secs(days * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ps_is_a_living_process() {
        let living = parse("   42     1 Ss   1-01:02:03   0:01.20 cargo test -p x").unwrap();
        assert_eq!((living.identity.pid, living.parent), (42, 1));
        assert_eq!(living.age, Duration::from_secs(86_400 + 3_723));
        assert_eq!(living.processor_time, Duration::from_millis(1_200));
        assert_eq!(living.words, ["cargo", "test", "-p", "x"]);
        assert_eq!(parse("   42     1 Z    0:01   0:00 (x)"), None);
        assert_eq!(parse("PID PPID STAT ELAPSED TIME COMMAND"), None);
    }

    #[test]
    fn the_real_ps_knows_what_is_below_us() {
        let mut child = Cmd::new("sleep").arg("60").spawn(crate::Streams::default()).unwrap();
        let found = below(std::process::id()).unwrap();
        let sleeper = found.iter().find(|one| one.identity.pid == child.pid()).unwrap();
        assert_eq!(sleeper.words[1..], ["60"]);
        let at_once = Duration::ZERO;
        let kill = crate::Escalation { interrupt: at_once, terminate: at_once, kill: Duration::from_secs(5) };
        child.terminate_tree(&kill).unwrap();
    }
}
