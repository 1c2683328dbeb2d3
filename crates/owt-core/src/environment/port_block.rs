//! Ports of a workspace's own, in blocks of ten.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// How many ports a workspace gets: `OWT_PORT` and `OWT_PORT_1` to `OWT_PORT_9`.
pub const PORTS_IN_A_BLOCK: u16 = 10;

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

/// Ports that blocks are made of: from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// Why ports are no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PortRangeError {
    /// Not two numbers.
    #[error("a range of ports is written as its first and its last one")]
    Form,
    /// Below 1024.
    #[error("ports below 1024 are reserved")]
    Reserved,
    /// No block fits.
    #[error("a workspace takes {PORTS_IN_A_BLOCK} ports, and the range has fewer")]
    Short,
}

impl PortRange {
    /// Above the ports that development servers take by default, and below those that Linux gives to outgoing
    /// connections (`ip_local_port_range`, 32768 to 60999 unless changed).
    pub const DEFAULT: Self = Self { first: 20_000, last: 32_759 };

    /// The ports from `first` to `last`.
    ///
    /// # Errors
    /// [`PortRangeError`] when ports are reserved, or no block fits.
    pub const fn new(first: u16, last: u16) -> Result<Self, PortRangeError> {
        if first < 1024 {
            return Err(PortRangeError::Reserved);
        }
        if last < first || last - first < PORTS_IN_A_BLOCK - 1 {
            return Err(PortRangeError::Short);
        }
        Ok(Self { first, last })
    }

    /// Its blocks, the lowest one first.
    pub fn blocks(self) -> impl Iterator<Item = PortBlock> {
        (self.first..=self.last - (PORTS_IN_A_BLOCK - 1))
            .step_by(usize::from(PORTS_IN_A_BLOCK))
            .map(|base| PortBlock { base })
    }

    /// Whether all ports of a block are of the range.
    pub const fn contains(self, block: PortBlock) -> bool {
        self.first <= block.base && block.base <= self.last - (PORTS_IN_A_BLOCK - 1)
    }
}

impl FromStr for PortRange {
    type Err = PortRangeError;

    fn from_str(text: &str) -> Result<Self, PortRangeError> {
        let (first, last) = text.split_once('-').ok_or(PortRangeError::Form)?;
        let port = |text: &str| text.trim().parse().map_err(|_| PortRangeError::Form);
        Self::new(port(first)?, port(last)?)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
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
    fn a_range_is_two_ports_with_room_for_a_block() {
        assert_eq!("20000-32759".parse(), Ok(PortRange::DEFAULT));
        assert_eq!(PortRange::DEFAULT.to_string(), "20000-32759");
        assert_eq!("3000 - 3009".parse(), PortRange::new(3000, 3009));
        for text in ["", "3000", "3000-", "3000-70000", "-1-3000", "a-b"] {
            assert_eq!(text.parse::<PortRange>(), Err(PortRangeError::Form), "{text}");
        }
        assert_eq!("80-3000".parse::<PortRange>(), Err(PortRangeError::Reserved));
        assert_eq!("3000-3008".parse::<PortRange>(), Err(PortRangeError::Short));
        assert_eq!("4000-3000".parse::<PortRange>(), Err(PortRangeError::Short));
    }

    proptest! {
        #[test]
        fn the_blocks_of_a_range_are_apart_and_within_it(first in 1024u16..=65_526, more in 9u16..2_000) {
            let last = first.saturating_add(more);
            let range = PortRange::new(first, last).unwrap();
            let blocks: Vec<PortBlock> = range.blocks().collect();
            prop_assert_eq!(blocks.len(), usize::from((last - first + 1) / PORTS_IN_A_BLOCK));
            prop_assert!(blocks.iter().all(|block| range.contains(*block)));
            prop_assert!(blocks.windows(2).all(|pair| !pair[0].overlaps(pair[1])));
            prop_assert!(blocks.iter().flat_map(|block| block.ports()).all(|port| (first..=last).contains(&port)));
        }
    }
}
