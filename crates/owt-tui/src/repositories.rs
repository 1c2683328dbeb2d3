//! What several repositories are called, so that no two are called the same. It must not know what is in them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The name of each by its root: as much of the end of the path as tells it from the others. Of one alone nobody needs it.
pub(crate) fn names<'a>(roots: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let roots: BTreeSet<&str> = roots.collect();
    if roots.len() < 2 {
        return BTreeMap::new();
    }
    roots.iter().map(|root| ((*root).to_owned(), name(root, &roots))).collect()
}

fn name(root: &str, all: &BTreeSet<&str>) -> String {
    let most = root.split('/').count();
    let is_its_own =
        |length: &usize| all.iter().filter(|other| end(other, *length) == end(root, *length)).count() == 1;
    let length = (1..most).find(is_its_own).unwrap_or(most);
    end(root, length).to_owned()
}

/// The last so many parts of a path.
fn end(path: &str, length: usize) -> &str {
    let path = path.trim_end_matches('/');
    let begin = path.rmatch_indices('/').nth(length.saturating_sub(1));
    begin.map_or(path, |(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_called_by_as_much_of_its_path_as_tells_it_from_the_others() {
        let called = |roots: &[&str]| names(roots.iter().copied()).into_values().collect::<Vec<_>>();
        assert_eq!(called(&["/a/shop", "/a/shop"]), [""; 0], "one alone");
        assert_eq!(called(&["/a/app", "/a/shop"]), ["app", "shop"]);
        assert_eq!(called(&["/a/shop", "/b/app", "/b/shop"]), ["a/shop", "app", "b/shop"]);
        assert_eq!(called(&["/shop", "/x/shop"]), ["/shop", "x/shop"]);
    }
}
