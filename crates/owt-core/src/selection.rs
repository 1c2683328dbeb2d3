//! Finding a workspace by what a person calls it: exact name, exact branch, path, or any unique abbreviation of
//! its words (`auth-jwt` finds `feat-add-user-authentication-jwt`).

use crate::AbsPath;

/// Something that can be selected.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its branch.
    pub branch: Option<&'a str>,
    /// Its folder.
    pub path: &'a AbsPath,
}

/// What was found; indices into the candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Exactly one.
    One(usize),
    /// Several.
    Several(Vec<usize>),
    /// None.
    None,
}

/// Finds what `wanted` means. The first kind of match that finds anything decides: exact name, exact branch,
/// path (`wanted_path`: the text as an absolute path, a folder inside a workspace counts), then abbreviation.
pub fn select(candidates: &[Candidate<'_>], wanted: &str, wanted_path: Option<&AbsPath>) -> Selection {
    let matching = |test: &dyn Fn(&Candidate<'_>) -> bool| -> Vec<usize> {
        candidates
            .iter()
            .enumerate()
            .filter(|(_, candidate)| test(candidate))
            .map(|(index, _)| index)
            .collect()
    };
    let tiers: [&dyn Fn(&Candidate<'_>) -> bool; 4] = [
        &|candidate| candidate.name == wanted,
        &|candidate| candidate.branch == Some(wanted),
        &|candidate| wanted_path.is_some_and(|path| path.starts_with(candidate.path)),
        &|candidate| abbreviates(wanted, candidate.name),
    ];
    for tier in tiers {
        let found = matching(tier);
        match found.as_slice() {
            [] => {}
            [one] => return Selection::One(*one),
            _ => return Selection::Several(found),
        }
    }
    Selection::None
}

/// Names with less in common have nothing to do with one another.
const NEAR: usize = 500;

/// The names that are like `wanted`, the best first; of equally good ones the last candidate.
pub fn nearest<'a>(candidates: &[Candidate<'a>], wanted: &str, most: usize) -> Vec<&'a str> {
    like(candidates.iter().map(|candidate| candidate.name), wanted, most)
}

/// The same of names alone.
pub fn like<'a>(names: impl DoubleEndedIterator<Item = &'a str>, wanted: &str, most: usize) -> Vec<&'a str> {
    let likely = names.rev().map(|name| (likeness(wanted, name), name));
    let mut near: Vec<(usize, &str)> = likely.filter(|(likeness, _)| *likeness >= NEAR).collect();
    near.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

/// From 0 to 1000: how much of both texts is letters that they have in common, in order (the longest common
/// subsequence).
fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let other: Vec<char> = other.chars().collect();
    let mut row = vec![0; other.len() + 1];
    for letter in one.chars() {
        let mut diagonal = 0;
        for (at, found) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if *found == letter { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    2000 * row[other.len()] / (one.chars().count() + other.len()).max(1)
}

/// Whether each word of `short` begins a word of `long`, in order.
pub fn abbreviates(short: &str, long: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let wanted = split(short);
    let mut words = split(long).into_iter();
    !wanted.is_empty() && wanted.iter().all(|part| words.any(|word| word.starts_with(part.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select_among(names: &[&str], wanted: &str) -> Selection {
        let path = AbsPath::new("/w").unwrap();
        let all: Vec<_> = names.iter().map(|name| Candidate { name, branch: None, path: &path }).collect();
        select(&all, wanted, None)
    }

    #[test]
    fn the_most_alike_names_come_first_and_then_the_newest() {
        let path = AbsPath::new("/w").unwrap();
        let names = ["fix-login", "add-greeting", "ask", "zzz", "yyy"];
        let all = names.map(|name| Candidate { name, branch: None, path: &path });
        assert_eq!(nearest(&all, "ask-me", 1), ["ask"]);
        assert_eq!(nearest(&all, "ad-greting", 2)[0], "add-greeting");
        assert_eq!(nearest(&all, "yy", 2), ["yyy"]);
        for stranger in ["0", "", "payments", "remove-search"] {
            assert_eq!(nearest(&all, stranger, 9), [""; 0], "{stranger}");
        }
        assert_eq!((likeness("same", "SAME"), likeness("ab", "cd"), likeness("", "")), (1000, 0, 0));
    }

    #[test]
    fn abbreviations_find_one_or_say_which() {
        let names = ["feat-add-user-authentication-jwt", "feat-add-user-avatar", "fix-login"];
        assert_eq!(select_among(&names, "auth-jwt"), Selection::One(0));
        assert_eq!(select_among(&names, "add-user"), Selection::Several(vec![0, 1]));
        assert_eq!(select_among(&names, "jwt-auth"), Selection::None);
        assert_eq!(select_among(&names, ""), Selection::None);
    }

    #[test]
    fn an_exact_name_wins_over_abbreviations() {
        assert_eq!(select_among(&["login", "login-page"], "login"), Selection::One(0));
    }

    #[test]
    fn a_folder_inside_a_workspace_names_it() {
        let path = AbsPath::new("/w/x").unwrap();
        let inside = AbsPath::new("/w/x/src").unwrap();
        let all = [Candidate { name: "x", branch: None, path: &path }];
        assert_eq!(select(&all, "./src", Some(&inside)), Selection::One(0));
    }
}
