//! Comma-separated values (RFC 4180) that spreadsheets open safely.

use std::io::{self, Write};

use plimsoll_model::printable;

/// Writes a row. A cell that a spreadsheet would take for a formula is led by an apostrophe.
pub(crate) fn row<'a>(out: &mut dyn Write, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    write!(out, "{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let mut text = printable(text);
    if text.starts_with(['=', '+', '-', '@', '\t']) && text.len() > 1 {
        text.insert(0, '\'');
    }
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let mut out = Vec::new();
        row(&mut out, ["a,b", "say \"x\"", "=1+1", "line\nbreak", "-"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a,b\",\"say \"\"x\"\"\",'=1+1,line\\u{a}break,-\r\n");
    }
}
