//! The syntax of `go.mod` and `go.work`. <https://go.dev/ref/mod#go-mod-file-lexical>

use std::borrow::Cow;

use plimsoll_extract::prelude::*;

/// Statements that cannot be read before a file counts as something else.
const MAX_FAULTS: usize = 100;

/// A line with its verb, also when the verb is that of the block around it.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) line: u32,
    pub(super) verb: &'a str,
    pub(super) arguments: Vec<Cow<'a, str>>,
    /// What follows `//`.
    pub(super) comment: &'a str,
}

impl Statement<'_> {
    /// An argument.
    pub(super) fn argument(&self, at: usize) -> Option<&str> {
        self.arguments.get(at).map(|argument| &**argument)
    }

    /// The module of a `require` is not needed by the project itself.
    pub(super) fn is_indirect(&self) -> bool {
        let comment = self.comment.trim();
        comment.strip_prefix("indirect").is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with(';'))
    }
}

/// Hands every statement to `each`, which says what is wrong with it.
pub(super) fn read<'a>(
    text: &'a str,
    out: &mut Sink<'_>,
    mut each: impl FnMut(&Statement<'a>, &mut Sink<'_>) -> Result<(), &'static str>,
) -> Result<(), ExtractError> {
    let mut block: Option<&'a str> = None;
    let mut faults = 0_usize;
    for (line, content) in syntax::text::lines(text) {
        let outcome = tokens(content).and_then(|(mut words, comment)| {
            let first = words.first().map(|word| &**word).unwrap_or_default();
            if first.is_empty() {
                return Ok(());
            }
            if block.is_some() && first == ")" {
                block = None;
                return Ok(());
            }
            let verb = match block {
                Some(verb) => verb,
                None => match words.remove(0) {
                    Cow::Borrowed(verb) if verb.starts_with(|c: char| c.is_ascii_lowercase()) => verb,
                    _ => return Err("not a directive"),
                },
            };
            if block.is_none() && matches!(words.as_slice(), [open] if open == "(") {
                block = Some(verb);
                return Ok(());
            }
            each(&Statement { line, verb, arguments: words, comment }, out)
        });
        if let Err(message) = outcome {
            out.malformed_entry(line, message);
            faults = faults.saturating_add(1);
            if faults >= MAX_FAULTS {
                return Err(ExtractError::malformed_at(line, "too many lines that are no directives"));
            }
        }
    }
    match block {
        Some(verb) => Err(ExtractError::Truncated { message: format!("block of {verb} does not end") }),
        None => Ok(()),
    }
}

/// The words of a line, and its comment.
fn tokens(line: &str) -> Result<(Vec<Cow<'_, str>>, &str), &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, comment));
        }
        let (word, after) = match first {
            '(' | ')' | '[' | ']' | ',' => (Cow::Borrowed(rest.get(..1).unwrap_or_default()), rest.get(1..)),
            '`' | '"' => quoted(rest, first).ok_or("a quotation does not end")?,
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ','));
                let end = end.unwrap_or(rest.len()).min(rest.find("//").unwrap_or(rest.len()));
                (Cow::Borrowed(rest.get(..end).unwrap_or_default()), rest.get(end..))
            }
        };
        words.push(word);
        rest = after.unwrap_or_default().trim_start();
    }
    Ok((words, ""))
}

/// A quoted word, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(Cow<'_, str>, Option<&str>)> {
    let inner = text.get(1..)?;
    let mut escaped = false;
    let end = inner.find(|c: char| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && quote == '"' && !escaped;
        ends
    })?;
    let word = inner.get(..end)?;
    let rest = inner.get(end.checked_add(1)?..);
    if quote == '"' && word.contains('\\') {
        return Some((Cow::Owned(serde_json::from_str(&format!("\"{word}\"")).ok()?), rest));
    }
    Some((Cow::Borrowed(word), rest))
}
