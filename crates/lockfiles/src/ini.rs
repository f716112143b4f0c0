//! Files of sections and lines: `[section]`, then `key = value` or bare entries.
//!
//! No two tools agree on more than that, so this gives the lines and leaves their meaning to the format. A line whose
//! first character is `#` or `;` is a comment.

/// One line that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// `[name]`.
    Section(u32, &'a str),
    /// Any other line, trimmed.
    Entry(u32, &'a str),
}

/// The lines of a text.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    plimsoll_extract::prelude::syntax::text::lines(text).filter_map(|(number, line)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return None;
        }
        let section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        Some(section.map_or(Line::Entry(number, line), |name| Line::Section(number, name.trim())))
    })
}

/// A section: its line, its name, and its entries with their lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Section<'a> {
    pub(crate) line: u32,
    pub(crate) name: &'a str,
    pub(crate) entries: Vec<(u32, &'a str, &'a str)>,
}

impl<'a> Section<'a> {
    /// The value of a key, of its last one.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let found = self.entries.iter().rev().find(|(_, name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, _, value)| *value).filter(|value| !value.is_empty())
    }
}

/// The sections of a text of `key = value` lines. Lines before the first section are left out.
pub(crate) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    for line in lines(text) {
        match line {
            Line::Section(line, name) => found.push(Section { line, name, entries: Vec::new() }),
            Line::Entry(line, entry) => {
                if let (Some(section), Some((key, value))) = (found.last_mut(), entry.split_once('=')) {
                    section.entries.push((line, key.trim(), value.trim()));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_entries() {
        let found = sections("x = 0\n[a]\n# no\nk = v = w\nK=2\nbare\n\n[ b ]\n;\n");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name, found[0].get("k"), found[0].entries.len()), ("a", Some("2"), 2));
        assert_eq!((found[1].name, found[1].line), ("b", 8));
    }
}
