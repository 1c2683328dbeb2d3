//! Nothing of the machine or the person that a text was written on: no paths of theirs, no addresses.

use super::Finding;
use super::TextFile;

const RULE: &str = "places";

/// Folders that exist on somebody's machine only. Written in two halves, or this file would break its own rule.
const MACHINE_FOLDERS: [&str; 3] = [concat!("/wo", "rk"), concat!("/ro", "ot"), concat!("/Us", "ers")];
const HOMES: &str = concat!("/ho", "me/");
/// People who do not exist and may therefore appear in examples.
const INVENTED_PEOPLE: [&str; 8] = ["ada", "alice", "bob", "dev", "me", "user", "x", "you"];
/// Domains that RFC 2606 keeps for examples.
const EXAMPLE_DOMAINS: [&str; 6] =
    ["example.com", "example.org", "example.net", ".example", ".invalid", ".test"];

/// Looks through every line.
pub(super) fn check(file: &TextFile) -> Vec<Finding> {
    if file.path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut report = |message: String| {
            found.push(Finding::error(&file.path, index + 1, RULE, message));
        };
        if let Some(path) = machine_path(line) {
            report(format!("'{path}' is a path of one machine"));
        }
        if let Some(address) = mail_address(line) {
            report(format!("'{address}' is somebody's address (example.com is nobody's)"));
        }
    }
    found
}

fn machine_path(line: &str) -> Option<&str> {
    MACHINE_FOLDERS.iter().chain([&HOMES]).find_map(|folder| {
        line.match_indices(folder).find_map(|(start, _)| {
            let rest = &line[start + folder.len()..];
            let starts = line[..start].chars().next_back().is_none_or(|c| " \t'\"`=:(,[<>".contains(c));
            let named = word_of(rest);
            let foreign = match *folder {
                HOMES => !named.is_empty() && !INVENTED_PEOPLE.contains(&named),
                _ => named.is_empty(),
            };
            (starts && foreign).then(|| &line[start..start + folder.len() + named.len()])
        })
    })
}

/// The leading letters, digits, `_`, `-` and `.` of a text.
fn word_of(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(text.len());
    &text[..end]
}

fn mail_address(line: &str) -> Option<String> {
    line.match_indices('@').find_map(|(at, _)| {
        let in_name = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let start = line[..at]
            .rfind(|c| !in_name(c))
            .map_or(0, |before| before + line[before..].chars().next().map_or(1, char::len_utf8));
        let name = &line[start..at];
        let domain = word_of(&line[at + 1..]).trim_end_matches('.');
        let top = domain.rsplit_once('.')?.1;
        let real_top = top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
        let example = EXAMPLE_DOMAINS.iter().any(|known| domain.ends_with(known));
        // `git@host` is how git addresses a server.
        let address = !name.is_empty() && name != "git" && real_top && !example;
        address.then(|| format!("{name}@{domain}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found_and_invented_ones_pass() {
        let found = |line: &str| machine_path(line).is_some();
        assert!(found(concat!("cd /wo", "rk/main")));
        assert!(found(concat!("\"/ro", "ot\"")));
        assert!(found(concat!("see /ho", "me/jenkins/x")));
        assert!(!found(concat!("/ho", "me/ada/projects")));
        assert!(!found("/workspaces, /worktree and frame/work"));
        assert!(!found("{base}/root/x and refs/root"));
    }

    #[test]
    fn addresses_are_found_and_examples_pass() {
        let found = |line: &str| mail_address(line);
        assert_eq!(found(concat!("by <jo@", "corp.io>")), Some(concat!("jo@", "corp.io").to_owned()));
        assert_eq!(found("ada@example.com, git@github.com:a/b, pkg@1.2.3, @scope/name, é@"), None);
    }
}
