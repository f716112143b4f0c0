//! The tokens of EDN and Clojure.

use std::borrow::Cow;

/// What a token is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Text(Cow<'a, str>),
    /// A symbol, number or character.
    Symbol(&'a str),
    Keyword(&'a str),
    Open {
        close: char,
        is_set: bool,
    },
    Close(char),
    /// The next form does not count.
    Drop,
    /// The keys of the map that follows have this namespace.
    Namespace(&'a str),
    Fault(&'static str),
}

/// Walks a text once.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        plimsoll_extract::syntax::text::take(&mut self.rest, &mut self.line, bytes)
    }

    /// Up to what ends a symbol.
    fn word(&mut self) -> &'a str {
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '"' | ';' | '(' | ')' | '[' | ']' | '{' | '}');
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// A string; the opening quote is the next character.
    fn string(&mut self) -> Kind<'a> {
        self.take(1);
        let bytes = self.rest.as_bytes();
        let mut at = 0_usize;
        let mut escaped = false;
        loop {
            let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) else {
                return Kind::Fault("a string is not closed");
            };
            at = at.saturating_add(found);
            if bytes.get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at = at.saturating_add(2);
        }
        let text = self.take(at);
        self.take(1);
        Kind::Text(if escaped { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) })
    }

    /// What follows `#`.
    fn dispatch(&mut self) -> Option<Kind<'a>> {
        self.take(1);
        Some(match self.rest.chars().next() {
            Some('{') => {
                self.take(1);
                Kind::Open { close: '}', is_set: true }
            }
            Some('_') => {
                self.take(1);
                Kind::Drop
            }
            Some('"') => self.string(),
            Some(':') => {
                self.take(1);
                Kind::Namespace(self.word().trim_start_matches(':'))
            }
            Some('^') => {
                self.take(1);
                Kind::Drop
            }
            Some('?' | '@' | '\'' | '=' | '(') => {
                while self.rest.starts_with(['?', '@', '\'', '=']) {
                    self.take(1);
                }
                return None;
            }
            Some('#') => Kind::Symbol(self.word()),
            Some('!') => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.take(end);
                return None;
            }
            // A tag: what it stands before counts.
            Some(c) if c.is_alphabetic() => {
                self.word();
                return None;
            }
            _ => Kind::Fault("'#' before nothing"),
        })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Kind<'a>, u32);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.chars().next()?;
            let line = self.line;
            let kind = match first {
                c if c.is_whitespace() || c == ',' => {
                    self.take(c.len_utf8());
                    continue;
                }
                ';' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.take(end);
                    continue;
                }
                '\'' | '`' | '~' | '@' => {
                    self.take(1);
                    continue;
                }
                '^' => {
                    self.take(1);
                    Kind::Drop
                }
                '#' => match self.dispatch() {
                    Some(kind) => kind,
                    None => continue,
                },
                '"' => self.string(),
                '(' | '[' | '{' => {
                    self.take(1);
                    let close = match first {
                        '(' => ')',
                        '[' => ']',
                        _ => '}',
                    };
                    Kind::Open { close, is_set: false }
                }
                ')' | ']' | '}' => {
                    self.take(1);
                    Kind::Close(first)
                }
                ':' => Kind::Keyword(self.word().trim_start_matches(':')),
                '\\' => {
                    // A character may be a bracket.
                    let length = self.rest.chars().take(2).map(char::len_utf8).fold(0_usize, usize::saturating_add);
                    let character = self.take(length);
                    self.word();
                    Kind::Symbol(character)
                }
                _ => Kind::Symbol(self.word()),
            };
            return Some((kind, line));
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
