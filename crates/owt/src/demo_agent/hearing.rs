//! Listening to standard input and signals at once, for as long as somebody wants to.

use std::io;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::io::Errno;

/// How much is read at a time.
const PORTION: usize = 16 * 1024;

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Bytes of the input.
    Bytes(Vec<u8>),
    /// The input has ended; said once.
    End,
    /// A signal.
    Signal(i32),
    /// Nothing until then.
    Nothing,
}

/// Both ears.
#[derive(Debug)]
pub(super) struct Hearing {
    input: Option<OwnedFd>,
    signals: Vec<(i32, UnixStream)>,
}

impl Hearing {
    /// Listens to this input and these signals, which from now on do nothing else.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub(super) fn new(input: OwnedFd, signals: &[i32]) -> io::Result<Self> {
        let watch = |&signal: &i32| {
            let (told, tell) = UnixStream::pair()?;
            signal_hook::low_level::pipe::register(signal, tell)?;
            Ok((signal, told))
        };
        Ok(Self { input: Some(input), signals: signals.iter().map(watch).collect::<io::Result<_>>()? })
    }

    /// Whether the input has not ended.
    pub(super) const fn has_input(&self) -> bool {
        self.input.is_some()
    }

    /// Waits for the next thing, until then at the longest.
    ///
    /// # Errors
    /// When the system refuses to read or wait.
    pub(super) fn listen(&mut self, until: Option<Instant>) -> io::Result<Heard> {
        loop {
            let limit = until.map(timespec);
            match self.poll(limit.as_ref()) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(Ready::Nothing) if until.is_some_and(|until| Instant::now() >= until) => {
                    return Ok(Heard::Nothing);
                }
                Ok(Ready::Nothing) => {}
                Ok(Ready::Signal(at)) => {
                    let (signal, stream) = &mut self.signals[at];
                    let _told_how_often = stream.read(&mut [0; 64])?;
                    return Ok(Heard::Signal(*signal));
                }
                Ok(Ready::Input) => return self.read(),
            }
        }
    }

    fn poll(&self, limit: Option<&Timespec>) -> Result<Ready, Errno> {
        let signals = self.signals.iter().map(|(_, stream)| PollFd::new(stream, PollFlags::IN));
        let input = self.input.iter().map(|input| PollFd::new(input, PollFlags::IN));
        let mut polled: Vec<PollFd<'_>> = signals.chain(input).collect();
        rustix::event::poll(&mut polled, limit)?;
        // Signals come first: they are what must not wait.
        Ok(match polled.iter().position(|polled| !polled.revents().is_empty()) {
            None => Ready::Nothing,
            Some(at) if at < self.signals.len() => Ready::Signal(at),
            Some(_) => Ready::Input,
        })
    }

    fn read(&mut self) -> io::Result<Heard> {
        let Some(input) = &self.input else { return Ok(Heard::End) };
        let mut bytes = vec![0; PORTION];
        let read = match rustix::io::read(input.as_fd(), &mut bytes) {
            Ok(read) => read,
            // A terminal that went away.
            Err(Errno::IO) => 0,
            Err(error) => return Err(error.into()),
        };
        if read == 0 {
            self.input = None;
            return Ok(Heard::End);
        }
        bytes.truncate(read);
        Ok(Heard::Bytes(bytes))
    }
}

enum Ready {
    Nothing,
    Input,
    Signal(usize),
}

fn timespec(until: Instant) -> Timespec {
    let left = until.saturating_duration_since(Instant::now());
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use signal_hook::consts::SIGUSR1;

    use super::*;

    #[test]
    fn bytes_signals_silence_and_the_end_are_heard() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut hearing = Hearing::new(ours.into(), &[SIGUSR1]).unwrap();
        let soon = || Some(Instant::now() + Duration::from_millis(1));
        assert_eq!(hearing.listen(soon()).unwrap(), Heard::Nothing);
        theirs.write_all(b"hello").unwrap();
        assert_eq!(hearing.listen(None).unwrap(), Heard::Bytes(b"hello".to_vec()));
        signal_hook::low_level::raise(SIGUSR1).unwrap();
        assert_eq!(hearing.listen(None).unwrap(), Heard::Signal(SIGUSR1));
        drop(theirs);
        assert_eq!(hearing.listen(None).unwrap(), Heard::End);
        assert!(!hearing.has_input());
        assert_eq!(hearing.listen(soon()).unwrap(), Heard::Nothing);
    }
}
