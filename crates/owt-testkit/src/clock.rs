//! Time and chance as a test wants them: a clock that stands still until it is moved, and ids that follow from a
//! seed. It must not look at the machine's clock or random source.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use owt_core::Moment;
use owt_core::Timestamp;
use owt_core::notice::MinuteOfDay;
use owt_ports::Clock;
use owt_ports::Entropy;

/// 2026-01-01T00:00:00Z, where a [`VirtualClock`] starts: a date that reads well in snapshots.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A clock that only its owner moves; clones are the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    millis: Arc<AtomicI64>,
    /// What has passed since it was made, however it was set.
    passed: Arc<AtomicU64>,
}

impl VirtualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { millis: Arc::new(AtomicI64::new(now.as_millis())), passed: Arc::default() }
    }

    /// Moves it forward: so much time passes.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
        let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self.passed.fetch_add(span, Ordering::SeqCst);
    }

    /// Sets it, backwards too: machines' clocks jump. No time passes.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.as_millis(), Ordering::SeqCst);
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::at(START)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn moment(&self) -> Moment {
        Moment::after(Duration::from_millis(self.passed.load(Ordering::SeqCst)))
    }

    /// UTC, wherever the test runs.
    fn time_of_day(&self, at: Timestamp) -> MinuteOfDay {
        let minutes =
            u16::try_from(at.as_millis().div_euclid(60_000).rem_euclid(24 * 60)).unwrap_or_default();
        MinuteOfDay::new(minutes / 60, minutes % 60).expect("a remainder of a day is in it")
    }
}

/// The `SplitMix64` generator (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): 64 bits of
/// state, every seed as good as any other.
#[derive(Debug, Clone)]
pub struct SplitMix {
    state: u64,
}

impl SplitMix {
    /// A generator that will always say the same after this seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, which is at least 1. The bias of the remainder does not matter to a test.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_bits() % bound
    }
}

/// Ids and secrets that follow from a seed; ids also follow the order in which they were asked for. Clones share
/// one sequence.
#[derive(Debug, Clone)]
pub struct SeededEntropy {
    inner: Arc<Mutex<Sequence>>,
}

#[derive(Debug)]
struct Sequence {
    minted: u64,
    random: SplitMix,
}

impl SeededEntropy {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { inner: Arc::new(Mutex::new(Sequence { minted: 0, random: SplitMix::new(seed) })) }
    }
}

impl Entropy for SeededEntropy {
    fn id_bits(&self) -> u128 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.minted += 1;
        (u128::from(inner.minted) << 64) | u128::from(inner.random.next_bits())
    }

    fn secret(&self) -> String {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (0..4).map(|_| format!("{:016x}", inner.random.next_bits())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_it_is_moved() {
        let clock = VirtualClock::default();
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Timestamp::from_millis(START.as_millis() + 2000));
        clock.set(Timestamp::EPOCH);
        assert_eq!(clock.now(), Timestamp::EPOCH);
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix::new(1_234_567);
        let first = [random.next_bits(), random.next_bits(), random.next_bits()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn the_same_seed_says_the_same_and_ids_ascend() {
        let (one, two) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let ids: Vec<u128> = (0..100).map(|_| one.id_bits()).collect();
        assert_eq!(ids, (0..100).map(|_| two.id_bits()).collect::<Vec<_>>());
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(one.secret(), two.secret());
        assert_eq!(one.secret().len(), 64);
        assert_ne!(SeededEntropy::new(8).secret(), SeededEntropy::new(7).secret());
    }
}
