//! The tokens of Starlark.

use std::borrow::Cow;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A name, keyword or number.
    Name(&'a str),
    /// What is between the quotes, escapes and all.
    Text(&'a str),
    /// A single character.
    Mark(char),
    /// The end of a statement.
    End,
}

/// A token and its line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) line: u32,
}

/// Tokens that are read of one file: a hundred times what the largest have.
const MAX_TOKENS: usize = 4_000_000;

/// All tokens of a text, and whether it has too many, so that the rest is left out. The end of a line is one only outside
/// of brackets.
pub(super) fn read(text: &str) -> (Vec<Token<'_>>, bool) {
    let mut tokens = Vec::new();
    let (mut rest, mut line, mut depth) = (text, 1_u32, 0_u32);
    while let Some(first) = rest.chars().next() {
        if tokens.len() >= MAX_TOKENS {
            break;
        }
        let (kind, length) = match first {
            '\n' => ((depth == 0).then_some(Kind::End), 1),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '\\' if rest.starts_with("\\\n") => (None, 2),
            '"' | '\'' => string(rest, first),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                match after.chars().next() {
                    Some(quote @ ('"' | '\'')) if matches!(word, "r" | "b" | "rb" | "br") => {
                        let (kind, length) = string(after, quote);
                        (kind, end.saturating_add(length))
                    }
                    _ => (Some(Kind::Name(word)), end),
                }
            }
            c if c.is_whitespace() => (None, c.len_utf8()),
            c => (Some(Kind::Mark(c)), c.len_utf8()),
        };
        match kind {
            Some(Kind::Mark('(' | '[' | '{')) => depth = depth.saturating_add(1),
            Some(Kind::Mark(')' | ']' | '}')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.extend(kind.map(|kind| Token { kind, line }));
        let (taken, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        line = line.saturating_add(newlines(taken));
        rest = after;
    }
    tokens.push(Token { kind: Kind::End, line });
    (tokens, !rest.is_empty())
}

fn newlines(text: &str) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX)
}

/// The string that starts here and its length with quotes. One that is not closed ends with its line, and is a mark that
/// no expression starts with.
fn string(text: &str, quote: char) -> (Option<Kind<'_>>, usize) {
    let triple: String = [quote; 3].iter().collect();
    let (fence, long) = if text.starts_with(&triple) { (triple, true) } else { (quote.to_string(), false) };
    let inside = text.get(fence.len()..).unwrap_or_default();
    let bytes = inside.as_bytes();
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at = at.saturating_add(1),
            b'\n' if !long => break,
            _ if bytes.get(at..).is_some_and(|rest| rest.starts_with(fence.as_bytes())) => {
                let content = inside.get(..at).unwrap_or_default();
                return (Some(Kind::Text(content)), at.saturating_add(fence.len().saturating_mul(2)));
            }
            _ => {}
        }
        at = at.saturating_add(1);
    }
    // An escape at the very end goes one too far.
    let mut end = at.min(inside.len());
    while !inside.is_char_boundary(end) {
        end = end.saturating_add(1);
    }
    (Some(Kind::Mark(quote)), end.saturating_add(fence.len()))
}

/// A string without its escapes; of these, those are undone that names and addresses may have.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            _ => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('\n') | None => {}
                Some(other) => out.push(other),
            },
        }
    }
    Cow::Owned(out)
}
