//! Tables of Markdown (GitHub's dialect) that no cell can break out of.

use std::io::{self, Write};

use plimsoll_model::printable;

/// Writes the head of a table.
pub(crate) fn head(out: &mut dyn Write, names: &[&str]) -> io::Result<()> {
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(names.len()))
}

/// Writes a row.
pub(crate) fn row<'a>(out: &mut dyn Write, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    let cells: Vec<String> = cells.into_iter().map(text).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Text in which nothing is markup.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '#' | '\\' | '!' | '~' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let mut out = Vec::new();
        row(&mut out, ["a|b", "<img src=x>", "[x](http://y)"]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "| a\\|b | &lt;img src=x&gt; | \\[x\\](http://y) |\n");
    }
}
