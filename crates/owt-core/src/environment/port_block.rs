//! Ports of a workspace's own, in blocks of ten.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// How many ports a workspace gets: `OWT_PORT` and `OWT_PORT_1` to `OWT_PORT_9`.
pub const PORTS_IN_A_BLOCK: u16 = 10;

/// The first port that is given out: above the ports that development servers take by default.
pub const FIRST_PORT: u16 = 20_000;

/// The last port that is given out: below the ports that Linux gives to outgoing connections
/// (`ip_local_port_range`, 32768 to 60999 unless changed).
pub const LAST_PORT: u16 = 32_759;

/// Ten ports in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PortBlock {
    base: u16,
}

/// The block would reach beyond the last port or into the reserved ones below 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no block of {PORTS_IN_A_BLOCK} ports can begin at {0}")]
pub struct PortBlockError(u16);

impl PortBlock {
    /// The block that begins at `base`.
    ///
    /// # Errors
    /// [`PortBlockError`] when it begins below 1024 or would end beyond 65535.
    pub const fn new(base: u16) -> Result<Self, PortBlockError> {
        match base.checked_add(PORTS_IN_A_BLOCK - 1) {
            Some(_) if base >= 1024 => Ok(Self { base }),
            _ => Err(PortBlockError(base)),
        }
    }

    /// Its first port.
    pub const fn base(self) -> u16 {
        self.base
    }

    /// Its ports, the first one first.
    pub fn ports(self) -> impl Iterator<Item = u16> {
        self.base..=self.base + (PORTS_IN_A_BLOCK - 1)
    }

    /// Whether the two have a port in common.
    pub const fn overlaps(self, other: Self) -> bool {
        self.base.abs_diff(other.base) < PORTS_IN_A_BLOCK
    }
}

impl fmt::Display for PortBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.base, self.base + (PORTS_IN_A_BLOCK - 1))
    }
}

impl TryFrom<u16> for PortBlock {
    type Error = PortBlockError;

    fn try_from(base: u16) -> Result<Self, PortBlockError> {
        Self::new(base)
    }
}

impl From<PortBlock> for u16 {
    fn from(block: PortBlock) -> Self {
        block.base
    }
}

/// The lowest block at or above `from` (in steps of ten) that overlaps none of `taken`; `None` when there is none up
/// to [`LAST_PORT`]. Whether something listens there is another question: ask for the next one with its base plus ten.
pub fn first_free_block(taken: &[PortBlock], from: u16) -> Option<PortBlock> {
    (from..=LAST_PORT - (PORTS_IN_A_BLOCK - 1))
        .step_by(usize::from(PORTS_IN_A_BLOCK))
        .filter_map(|base| PortBlock::new(base).ok())
        .find(|block| !taken.iter().any(|other| other.overlaps(*block)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(base: u16) -> PortBlock {
        PortBlock::new(base).unwrap()
    }

    #[test]
    fn a_block_stays_within_the_ports_that_a_user_may_take() {
        assert_eq!(PortBlock::new(80), Err(PortBlockError(80)));
        assert_eq!(PortBlock::new(65_530), Err(PortBlockError(65_530)));
        assert_eq!(block(65_526).ports().last(), Some(65_535));
    }

    #[test]
    fn the_first_gap_is_taken_and_the_end_is_the_end() {
        let taken = [block(20_000), block(20_015)];
        assert_eq!(first_free_block(&taken, FIRST_PORT), Some(block(20_030)));
        assert_eq!(first_free_block(&[], LAST_PORT - 9), Some(block(LAST_PORT - 9)));
        assert_eq!(first_free_block(&[block(LAST_PORT - 9)], LAST_PORT - 9), None);
        assert_eq!(first_free_block(&[], u16::MAX), None);
    }

    proptest! {
        #[test]
        fn a_free_block_shares_no_port_with_a_taken_one(
            bases in prop::collection::vec(20_000u16..20_200, 0..12),
        ) {
            let taken: Vec<PortBlock> = bases.into_iter().map(block).collect();
            let free = first_free_block(&taken, FIRST_PORT).unwrap();
            let shared = free.ports().any(|port| taken.iter().any(|other| other.ports().any(|p| p == port)));
            prop_assert!(!shared);
        }
    }
}
