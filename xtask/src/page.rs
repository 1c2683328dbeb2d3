//! Pages of numbers: sections that are renewed one by one, those of another day kept as they are.

/// A section before its numbers.
pub(crate) struct Section {
    /// Its word on the command line, and in the mark before it on the page.
    pub(crate) word: &'static str,
    pub(crate) title: &'static str,
    /// How it was measured.
    pub(crate) how: &'static str,
}

impl Section {
    fn mark(&self) -> String {
        format!("<!-- {} -->\n", self.word)
    }

    /// The section with these numbers, which a line each or a table tells.
    pub(crate) fn with(&self, numbers: &str) -> String {
        let numbers = if numbers.is_empty() { "Not measured here.\n" } else { numbers };
        format!("{}\n## {}\n\n{}\n{numbers}", self.mark(), self.title, self.how)
    }

    /// The section as it stands on a page, with its mark.
    pub(crate) fn kept_in<'a>(&self, page: &'a str) -> Option<&'a str> {
        let begin = page.find(&self.mark())?;
        let rest = &page[begin..];
        let end = rest[1..].find("\n<!-- ").map_or(rest.len(), |at| at + 2);
        Some(rest[..end].trim_end_matches('\n'))
    }
}

/// The page below its head: each section anew, or as it was; one that was never measured is left out.
pub(crate) fn page(head: &str, before: &str, sections: &[(&Section, Option<String>)]) -> String {
    let mut page = head.to_owned();
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
        let first = page("# Measured\n", "", &all);
        assert!(
            first.starts_with("# Measured\n") && first.contains("## Three\n\nHence.\n\nNot measured here.\n")
        );
        let second =
            page("# Measured\n", &first, &[(&ONE, None), (&TWO, Some(TWO.with("two\n"))), (&THREE, None)]);
        assert_eq!(second, first.replace("\n2\n", "\ntwo\n"));
        assert_eq!(page("# Measured\n", &second, &[(&ONE, None), (&TWO, None), (&THREE, None)]), second);
    }

    #[test]
    fn what_was_never_measured_is_left_out() {
        assert_eq!(page("# Measured\n", "", &[(&ONE, None)]), "# Measured\n");
    }
}
