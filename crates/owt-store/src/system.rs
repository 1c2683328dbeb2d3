//! The machine's clock and its random source. The only room that may look at either.

use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use owt_core::Moment;
use owt_core::Timestamp;
use owt_core::notice::MinuteOfDay;
use owt_ports::Clock;
use owt_ports::Entropy;

/// When this process first asked for a moment.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter of the Clock port")]
    fn now(&self) -> Timestamp {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp::from_millis(millis)
    }

    fn moment(&self) -> Moment {
        Moment::after(START.elapsed())
    }

    /// By the time zone of this process: `TZ`, or the machine's.
    fn time_of_day(&self, at: Timestamp) -> MinuteOfDay {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(jiff::tz::TimeZone::system());
        let part = |number: i8| u16::try_from(number).unwrap_or_default();
        MinuteOfDay::new(part(local.hour()), part(local.minute())).expect("a clock's time is one of the day")
    }
}

/// Bits of a UUID version 7 that are free to choose: 12 before the variant and 62 after it.
const FREE_BITS: u32 = 74;
/// How many of them tell ids of one millisecond apart by counting; the first of a millisecond starts in the lower
/// half, so that there is room to count.
const FREE_MASK: u128 = (1 << FREE_BITS) - 1;

/// Ids in the order of time, and secrets, from the kernel's random source.
///
/// Ids have the layout of UUID version 7 (RFC 9562 section 5.7). Within one process each is greater than the one before,
/// in the same millisecond and when the clock goes backwards too (section 6.2, method 2: the random part is counted on
/// by a random step).
#[derive(Debug)]
pub struct SystemEntropy<C = SystemClock> {
    clock: C,
    last: Mutex<Minted>,
}

/// The newest id, in its two parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Minted {
    millis: u64,
    free: u128,
}

impl SystemEntropy<SystemClock> {
    /// Ids by the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }
}

impl Default for SystemEntropy<SystemClock> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clock> SystemEntropy<C> {
    /// Ids by another clock.
    pub fn with_clock(clock: C) -> Self {
        Self { clock, last: Mutex::default() }
    }
}

impl<C: Clock> Entropy for SystemEntropy<C> {
    fn id_bits(&self) -> u128 {
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        let random = u128::from_le_bytes(random());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = last.next(millis, random);
        last.as_uuid()
    }

    fn secret(&self) -> String {
        random::<32>().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Minted {
    fn next(self, millis: u64, random: u128) -> Self {
        if millis > self.millis {
            return Self { millis, free: random & (FREE_MASK >> 1) };
        }
        let step = 1 + (random & u128::from(u32::MAX));
        match self.free + step {
            free if free <= FREE_MASK => Self { free, ..self },
            _ => Self { millis: self.millis + 1, free: random & (FREE_MASK >> 1) },
        }
    }

    fn as_uuid(self) -> u128 {
        let (high, low) = (self.free >> 62, self.free & ((1 << 62) - 1));
        (u128::from(self.millis) & 0xffff_ffff_ffff) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel's random source answers once the machine is up");
    bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use owt_testkit::clock::START;
    use owt_testkit::clock::VirtualClock;

    use super::*;

    #[test]
    fn ids_have_the_layout_of_uuid_version_7() {
        let clock = VirtualClock::default();
        let bits = SystemEntropy::with_clock(clock).id_bits();
        assert_eq!(bits >> 80, u128::from(START.as_millis().unsigned_abs()));
        assert_eq!(((bits >> 76) & 0xf, (bits >> 62) & 0b11), (7, 0b10));
    }

    #[test]
    fn ids_ascend_within_a_millisecond_and_when_the_clock_goes_back() {
        let clock = VirtualClock::default();
        let entropy = SystemEntropy::with_clock(clock.clone());
        let mut ids: Vec<u128> = (0..10_000).map(|_| entropy.id_bits()).collect();
        clock.set(Timestamp::EPOCH);
        ids.extend((0..10_000).map(|_| entropy.id_bits()));
        clock.set(START.plus(Duration::from_millis(1)));
        ids.push(entropy.id_bits());
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_full_counter_borrows_the_next_millisecond() {
        let full = Minted { millis: 5, free: FREE_MASK };
        let next = full.next(5, 9);
        assert_eq!(next, Minted { millis: 6, free: 9 });
        assert!(next.as_uuid() > full.as_uuid());
    }

    #[test]
    fn threads_never_get_the_same_id() {
        let entropy = SystemEntropy::new();
        let mut ids: Vec<u128> = std::thread::scope(|scope| {
            let minting: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..2000).map(|_| entropy.id_bits()).collect::<Vec<_>>()))
                .collect();
            minting.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        ids.sort_unstable();
        assert!(ids.is_sorted_by(|a, b| a < b), "an id was given twice");
    }

    #[test]
    fn secrets_are_64_hexadecimal_digits_and_differ() {
        let (one, two) = (SystemEntropy::new().secret(), SystemEntropy::new().secret());
        assert!(one.len() == 64 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, two);
    }

    #[test]
    fn the_clock_is_the_machines() {
        let before = SystemClock.now();
        assert!(before > START, "the machine's clock is before 2026");
        assert!(SystemClock.now() >= before);
    }
}
