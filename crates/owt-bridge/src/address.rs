//! Where the program says that it listens.

/// What stands before the port.
const BEFORE: &str = "http://127.0.0.1:";

/// The port of an address on loopback in a line of the program (`opencode server listening on http://127.0.0.1:4096`,
/// OpenCode 1.18.33). Another host is none: it is not asked.
pub(crate) fn port_in(line: &str) -> Option<u16> {
    let (_, behind) = line.split_once(BEFORE)?;
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, rest) = behind.split_at(end);
    let ends_there = rest.chars().next().is_none_or(|next| next == '/' || next.is_whitespace());
    digits.parse().ok().filter(|port| *port != 0 && ends_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_port_on_loopback_is_one() {
        for (line, port) in [
            ("opencode server listening on http://127.0.0.1:4096", Some(4096)),
            ("http://127.0.0.1:1/x", Some(1)),
            ("listening on http://0.0.0.0:4096", None),
            ("listening on http://example.org:80", None),
            ("http://127.0.0.1:0", None),
            ("http://127.0.0.1:65536", None),
            ("http://127.0.0.1:80@example.org/", None),
            ("http://127.0.0.1:", None),
            ("", None),
        ] {
            assert_eq!(port_in(line), port, "{line}");
        }
    }
}
