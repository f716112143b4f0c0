//! `SPDX-License-Identifier` tags (SPDX 2.3 Annex E).

use plimsoll_model::License;

const TAG: &str = "SPDX-License-Identifier:";

/// Tags read of one text; a generated file may have one for each of thousands of parts.
const MAX_TAGS: usize = 1000;

/// The expressions of the tags of a text, each once, in the order of the text.
pub(super) fn find(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for rest in text.split(TAG).skip(1).take(MAX_TAGS) {
        let line = rest.lines().next().unwrap_or_default();
        let expression = License::spdx_expression(line).or_else(|| License::spdx_expression(uncommented(line)));
        if let Some(expression) = expression.filter(|expression| !out.contains(expression)) {
            out.push(expression);
        }
    }
    out
}

/// A line without the end of the comment or string that it is in.
fn uncommented(line: &str) -> &str {
    const ENDS: [&str; 10] = ["*/", "-->", "--%>", "*)", "#}", "\\n", "\"", "'", "`", ","];
    let end = ENDS.iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len());
    line.get(..end).unwrap_or(line).trim_end_matches(['.', ';'])
}
