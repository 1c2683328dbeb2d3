//! `docs/measured.md`: sections that are renewed one by one, those of another day kept as they are.

/// What comes before the first section.
const HEAD: &str = "\
# Measured

Written by `cargo xtask measure`; run it again rather than edit this page. How often a screen is read rightly is in
[agents.md](agents.md), which the same command renews; the times of single commands are in [benchmarks.md](benchmarks.md).
";

/// A section before its numbers.
pub(super) struct Section {
    /// Its word on the command line, and in the mark before it on the page.
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    /// How it was measured.
    pub(super) how: &'static str,
}

impl Section {
    fn mark(&self) -> String {
        format!("<!-- {} -->\n", self.word)
    }

    /// The section with these numbers, which a line each or a table tells.
    pub(super) fn with(&self, numbers: &str) -> String {
        let numbers = if numbers.is_empty() { "Not measured here.\n" } else { numbers };
        format!("{}\n## {}\n\n{}\n{numbers}", self.mark(), self.title, self.how)
    }

    /// The section as it stands on a page, with its mark.
    pub(super) fn kept_in<'a>(&self, page: &'a str) -> Option<&'a str> {
        let begin = page.find(&self.mark())?;
        let rest = &page[begin..];
        let end = rest[1..].find("\n<!-- ").map_or(rest.len(), |at| at + 2);
        Some(rest[..end].trim_end_matches('\n'))
    }
}

/// The page: each section anew, or as it was; one that was never measured is left out.
pub(super) fn page(before: &str, sections: &[(&Section, Option<String>)]) -> String {
    let mut page = HEAD.to_owned();
    for (section, anew) in sections {
        let text = anew.as_deref().or_else(|| section.kept_in(before));
        if let Some(text) = text {
            page.push('\n');
            page.push_str(text.trim_end_matches('\n'));
            page.push('\n');
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Section = Section { word: "one", title: "One", how: "So.\n" };
    const TWO: Section = Section { word: "two", title: "Two", how: "Thus.\n" };
    const THREE: Section = Section { word: "three", title: "Three", how: "Hence.\n" };

    #[test]
    fn a_section_is_renewed_alone_and_the_others_stay() {
        let all =
            [(&ONE, Some(ONE.with("1\n"))), (&TWO, Some(TWO.with("2\n"))), (&THREE, Some(THREE.with("")))];
        let first = page("", &all);
        assert!(
            first.starts_with("# Measured\n") && first.contains("## Three\n\nHence.\n\nNot measured here.\n")
        );
        let second = page(&first, &[(&ONE, None), (&TWO, Some(TWO.with("two\n"))), (&THREE, None)]);
        assert_eq!(second, first.replace("\n2\n", "\ntwo\n"));
        assert_eq!(page(&second, &[(&ONE, None), (&TWO, None), (&THREE, None)]), second);
    }

    #[test]
    fn what_was_never_measured_is_left_out() {
        assert_eq!(page("", &[(&ONE, None)]), HEAD);
    }
}
