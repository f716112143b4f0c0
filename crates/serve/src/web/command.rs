//! The command line that gives the same answer as a page.

use maud::{Markup, html};

use super::parts;

/// A command line, ready to be pasted into a POSIX shell.
pub(crate) fn line(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().filter(|word| !word.is_empty()).map(|word| quoted(word)).collect();
    format!("plimsoll {}", words.join(" "))
}

/// A word as a shell reads it. Control characters cannot be pasted, so they become `?`.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._/:@=,+".contains(c);
    if word.chars().all(safe) {
        return word.to_owned();
    }
    let word: String = word.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The command with a button to copy it, which shows when scripts run.
pub(crate) fn shown(line: &str) -> Markup {
    html! {
        div.command {
            code tabindex="0" role="group" aria-label="Command line" { (line) }
            button.button.small.copy type="button" hidden { (parts::icon(parts::Icon::Copy)) span { "Copy" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(line(&["find", "pkg:npm/a@1"]), "plimsoll find pkg:npm/a@1");
        assert_eq!(line(&["find", "pkg:npm/a@<1; rm -rf 'x'"]), r"plimsoll find 'pkg:npm/a@<1; rm -rf '\''x'\'''");
        assert_eq!(line(&["find", "a\nb$(c)"]), "plimsoll find 'a?b$(c)'");
    }
}
