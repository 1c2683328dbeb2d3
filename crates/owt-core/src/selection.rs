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

/// Whether each word of `short` begins a word of `long`, in order.
fn abbreviates(short: &str, long: &str) -> bool {
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
