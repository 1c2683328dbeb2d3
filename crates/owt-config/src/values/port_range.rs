//! Ranges of ports: `"20000-32759"`.

use owt_core::environment::PortRange;

use super::SettingValue;

impl SettingValue for PortRange {
    const EXPECTS: &'static str = "a range of at least ten ports above 1023, as \"20000-32759\"";
    const EXAMPLES: &'static [&'static str] = &["20000-32759", "3000-3999"];
}
