//! As much of Scala as the build files of Mill and sbt need: names, strings, braces. Nothing is run.
//! <https://scala-lang.org/files/archive/spec/2.13/01-lexical-syntax.html>

use std::collections::HashMap;

/// Bytes that one text may take when values are filled in.
const MAX_TEXT: usize = 4096;

/// A token that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A name, keyword or number.
    Word(&'a str),
    /// A string, escapes and all.
    Text(&'a str),
    /// A name between backticks.
    Quoted(&'a str),
    /// `{`
    Open,
    /// `}`
    Close,
    /// `.`
    Dot,
    /// So many `%`.
    Percent(usize),
}

/// Walks a program once. Comments are passed over.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        plimsoll_extract::syntax::text::take(&mut self.rest, &mut self.line, bytes)
    }

    /// Up to a mark, which is taken with it; without one, all that is left.
    fn until(&mut self, mark: &str) -> &'a str {
        let end = self.rest.find(mark).unwrap_or(self.rest.len());
        let taken = self.take(end);
        if self.rest.starts_with(mark) {
            self.take(mark.len());
        }
        taken
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, u32);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.chars().next()?;
            let line = self.line;
            let token = match first {
                '/' if self.rest.starts_with("//") => {
                    self.until("\n");
                    continue;
                }
                '/' if self.rest.starts_with("/*") => {
                    self.until("*/");
                    continue;
                }
                '"' if self.rest.starts_with("\"\"\"") => {
                    self.take(3);
                    Token::Text(self.until("\"\"\""))
                }
                '"' => {
                    self.take(1);
                    let end = self.rest.find(['"', '\n']).unwrap_or(self.rest.len());
                    let text = self.take(end);
                    self.take(1);
                    Token::Text(text)
                }
                '`' => {
                    self.take(1);
                    Token::Quoted(self.until("`"))
                }
                '.' => {
                    self.take(1);
                    Token::Dot
                }
                '%' => {
                    let end = self.rest.find(|c| c != '%').unwrap_or(self.rest.len());
                    self.take(end);
                    Token::Percent(end)
                }
                '{' => {
                    self.take(1);
                    Token::Open
                }
                '}' => {
                    self.take(1);
                    Token::Close
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                    Token::Word(self.take(end))
                }
                c => {
                    self.take(c.len_utf8());
                    continue;
                }
            };
            return Some((token, line));
        }
    }
}

/// Names that are given a string, once; of several strings for one name none is known to be the one.
#[derive(Debug, Default)]
pub(crate) struct Values<'a>(HashMap<&'a str, Option<&'a str>>);

impl<'a> Values<'a> {
    /// A name is given a string.
    pub(crate) fn add(&mut self, name: &'a str, text: &'a str) {
        self.0.entry(name).and_modify(|held| *held = None).or_insert(Some(text));
    }

    /// The string of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied().flatten()
    }

    /// Fills in `$name` and `${name}`; what is not known stays a `$`.
    pub(crate) fn interpolate(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(found) => found,
                None => {
                    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at_checked(end).unwrap_or((after, ""))
                }
            };
            let last = name.rsplit('.').next().unwrap_or(name);
            match self.get(last) {
                Some(value) if out.len() < MAX_TEXT => out.push_str(value),
                _ => out.push('$'),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The version that names of artifacts carry: `3`, `2.13`.
pub(crate) fn binary_version(version: &str) -> &str {
    let mut dots = version.match_indices('.').map(|(at, _)| at);
    let end = if version.starts_with("2.") { dots.nth(1) } else { dots.next() };
    end.and_then(|end| version.get(..end)).unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_values() {
        let tokens: Vec<_> = Tokens::new("a.b %% \"c\" /* x */ // y\n{`d`}").map(|(token, _)| token).collect();
        use Token::*;
        assert_eq!(tokens, [Word("a"), Dot, Word("b"), Percent(2), Text("c"), Open, Quoted("d"), Close]);
        assert!(Tokens::new("\"open\n/* never closed").all(|(_, line)| line == 1));
        let mut values = Values::default();
        values.add("v", "1");
        values.add("w", "1");
        values.add("w", "2");
        assert_eq!(values.interpolate("$v-${V.v}-$w"), "1-1-$");
        assert_eq!((binary_version("3.3.1"), binary_version("2.13.8"), binary_version("3")), ("3", "2.13", "3"));
    }
}
