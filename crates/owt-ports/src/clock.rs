//! Time and chance.

use owt_core::Moment;
use owt_core::Timestamp;
use owt_core::notice::MinuteOfDay;

/// The one source of time above the adapters.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// Now, on a clock that only goes on: for how long something has been so, as long as this process lives.
    fn moment(&self) -> Moment;

    /// The time of the day then, where the machine is.
    fn time_of_day(&self, at: Timestamp) -> MinuteOfDay;
}

/// The one source of ids and secrets.
pub trait Entropy: Send + Sync {
    /// 128 fresh bits whose order follows time (as UUID version 7, RFC 9562 section 5.7).
    fn id_bits(&self) -> u128;

    /// 256 unpredictable bits as 64 hexadecimal digits: a credential.
    fn secret(&self) -> String;
}
