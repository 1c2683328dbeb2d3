//! The block for a repository's AGENTS.md, between two markers, of which the first carries the digest of what is
//! between. Everything around it is the person's.

use super::Standing;
use super::stamp::digest;

/// What it says.
pub(crate) const TEXT: &str = include_str!("texts/agents.md");

const BEGIN: &str = "<!-- owt:begin sha256:";
const END: &str = "<!-- owt:end -->\n";
const MARK_END: &str = " -->\n";

/// The file is not as we left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BlockError {
    /// Somebody wrote into the block.
    #[error("what stands between owt's markers was changed")]
    Changed,
    /// One of the markers is missing, doubled or out of order.
    #[error("owt's markers are not both there, once each")]
    Broken,
}

/// The block with its markers.
pub(crate) fn block() -> String {
    format!("{BEGIN}{}{MARK_END}{TEXT}{END}", digest(TEXT))
}

/// The file without its block, which stood at this byte; `None` where there is none.
struct Cut {
    before: String,
    after: String,
}

fn cut(file: &str) -> Result<Option<Cut>, BlockError> {
    let (begins, ends) = (file.matches(BEGIN).count(), file.matches(END.trim_end()).count());
    if (begins, ends) == (0, 0) {
        return Ok(None);
    }
    let (before, rest) = file.split_once(BEGIN).ok_or(BlockError::Broken)?;
    let (said, rest) = rest.split_once(MARK_END).ok_or(BlockError::Broken)?;
    let (inside, after) = rest.split_once(END).ok_or(BlockError::Broken)?;
    if (begins, ends) != (1, 1) || said.contains('\n') {
        return Err(BlockError::Broken);
    }
    if digest(inside) != said {
        return Err(BlockError::Changed);
    }
    Ok(Some(Cut { before: before.to_owned(), after: after.to_owned() }))
}

/// What is there.
pub(crate) fn standing(file: Option<&str>) -> Result<Standing, BlockError> {
    Ok(match file {
        None => Standing::Absent,
        Some(file) if cut(file)?.is_none() => Standing::Absent,
        Some(file) if file.contains(&block()) => Standing::Current,
        Some(_) => Standing::Outdated,
    })
}

/// The file with today's block: in the place of an older one, or at its end.
///
/// # Errors
/// [`BlockError`].
pub(crate) fn with_block(file: &str) -> Result<String, BlockError> {
    Ok(match cut(file)? {
        Some(Cut { before, after }) => format!("{before}{}{after}", block()),
        None if file.is_empty() => block(),
        None if file.ends_with('\n') => format!("{file}\n{}", block()),
        None => format!("{file}\n\n{}", block()),
    })
}

/// The file without it, as it was before it came.
///
/// # Errors
/// [`BlockError`].
pub(crate) fn without_block(file: &str) -> Result<String, BlockError> {
    Ok(match cut(file)? {
        Some(Cut { before, after }) if after.is_empty() => {
            before.strip_suffix("\n\n").map_or_else(|| before.clone(), |kept| format!("{kept}\n"))
        }
        Some(Cut { before, after }) => format!("{before}{after}"),
        None => file.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_replaced_where_it_stands_and_goes_without_a_trace() {
        let older = block().replace(&digest(TEXT), &digest("Old\n")).replace(TEXT, "Old\n");
        let file = format!("# Mine\n\n{older}\n## More\n");
        assert_eq!(standing(Some(&file)), Ok(Standing::Outdated));
        let renewed = with_block(&file).unwrap();
        assert_eq!(renewed, format!("# Mine\n\n{}\n## More\n", block()));
        assert_eq!(standing(Some(&renewed)), Ok(Standing::Current));
        assert_eq!(with_block(&renewed).unwrap(), renewed);
        assert_eq!(without_block(&renewed).unwrap(), "# Mine\n\n\n## More\n");
    }

    #[test]
    fn what_was_changed_is_left_alone() {
        let changed = block().replace("owt list", "owt  list");
        assert_eq!(with_block(&changed), Err(BlockError::Changed));
        assert_eq!(without_block(&changed), Err(BlockError::Changed));
        let [twice, half, open] = [block() + &block(), block().replace(END, ""), block().replace(BEGIN, "")];
        for broken in [twice, half, open] {
            assert_eq!(standing(Some(&broken)), Err(BlockError::Broken), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn every_file_comes_back_as_it_was(file in "([a-z# ]{0,10}\n){0,6}") {
            let with = with_block(&file).unwrap();
            prop_assert_eq!(standing(Some(&with)), Ok(Standing::Current));
            prop_assert_eq!(without_block(&with).unwrap(), file);
        }
    }
}
