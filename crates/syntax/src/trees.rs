//! Token trees: words, texts, marks and brackets of the small languages that package managers write their files in.
//!
//! Erlang terms, Elixir maps, Lua tables, Zig object notation, opam files and Prolog facts differ in comments and
//! quotes, which a [`Dialect`] says; all of them nest by brackets. What a tree means is for the reader of the format.
//! Nothing is evaluated. What surprises: a run of signs is one mark (`>=`, `=>`, `<<`), but a dot joins dots alone, so
//! that `=.{` is three things; a word that starts with a digit goes on over dots (`1.2.3`).

use std::borrow::Cow;

use plimsoll_model::Limits;

use super::{Error, depth_limit, text};

/// Trees for each node that a YAML document may have: a tree is smaller.
const TREES_PER_NODE: u64 = 4;

/// Signs that join into one mark.
const SIGNS: &str = "=<>!~&|:+*/-@%#$^?\\`'";

/// What comments and quotes look like in one language.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// What starts a comment that ends with the line.
    pub line_comments: &'static [&'static str],
    /// What starts and ends a comment; they do not nest.
    pub block_comments: &'static [(&'static str, &'static str)],
    /// Quotes, the longer before the shorter that it starts with.
    pub quotes: &'static [Quote],
    /// Characters of words besides letters, digits and `_`.
    pub word: &'static str,
}

/// How a text is quoted.
#[derive(Debug, Clone, Copy)]
pub struct Quote {
    /// What starts it.
    pub open: &'static str,
    /// What ends it.
    pub close: &'static str,
    /// Whether a backslash escapes what follows.
    pub escapes: bool,
}

impl Quote {
    /// A quote in which a backslash escapes.
    #[must_use]
    pub const fn escaped(open: &'static str, close: &'static str) -> Self {
        Self { open, close, escapes: true }
    }

    /// A quote in which nothing is special but its end.
    #[must_use]
    pub const fn raw(open: &'static str, close: &'static str) -> Self {
        Self { open, close, escapes: false }
    }
}

/// Terms of Erlang: `rebar.lock`, `.app`.
pub const ERLANG: Dialect = Dialect {
    line_comments: &["%"],
    block_comments: &[],
    quotes: &[Quote::escaped("\"", "\""), Quote::escaped("'", "'")],
    word: "@",
};

/// Literals of Elixir: `mix.lock`.
pub const ELIXIR: Dialect = Dialect {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[Quote::escaped("\"\"\"", "\"\"\""), Quote::escaped("\"", "\""), Quote::escaped("'", "'")],
    word: "@",
};

/// Tables of Lua: rockspecs.
pub const LUA: Dialect = Dialect {
    line_comments: &["--", "#!"],
    block_comments: &[("--[[", "]]"), ("--[=[", "]=]"), ("--[==[", "]==]")],
    quotes: &[
        Quote::raw("[[", "]]"),
        Quote::raw("[=[", "]=]"),
        Quote::raw("[==[", "]==]"),
        Quote::escaped("\"", "\""),
        Quote::escaped("'", "'"),
    ],
    word: "",
};

/// Files of opam.
pub const OPAM: Dialect = Dialect {
    line_comments: &["#"],
    block_comments: &[("(*", "*)")],
    quotes: &[Quote::escaped("\"\"\"", "\"\"\""), Quote::escaped("\"", "\"")],
    word: "-+",
};

/// Zig object notation.
pub const ZON: Dialect = Dialect {
    line_comments: &["//"],
    block_comments: &[],
    quotes: &[Quote::escaped("\"", "\""), Quote::raw("\\\\", "\n")],
    word: "",
};

/// Facts of Prolog.
pub const PROLOG: Dialect = Dialect {
    line_comments: &["%", "#!"],
    block_comments: &[("/*", "*/")],
    quotes: &[Quote::escaped("'", "'"), Quote::escaped("\"", "\"")],
    word: "",
};

/// A token, or what stands between two brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree<'a> {
    line: u32,
    kind: Kind<'a>,
}

/// What a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind<'a> {
    /// A quoted text, without quotes and escapes.
    Text(Cow<'a, str>),
    /// A name or number.
    Word(&'a str),
    /// A run of signs, a run of dots, a comma or a semicolon.
    Mark(&'a str),
    /// What is between `(`, `[` or `{` and its end.
    Group(char, Vec<Tree<'a>>),
}

impl<'a> Tree<'a> {
    /// The line where it starts, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> &Kind<'a> {
        &self.kind
    }

    /// The content of a quoted text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A word.
    #[must_use]
    pub fn word(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A word, or the content of a quoted text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.word().or_else(|| self.text())
    }

    /// Whether it is this mark.
    #[must_use]
    pub fn is_mark(&self, mark: &str) -> bool {
        matches!(self.kind, Kind::Mark(held) if held == mark)
    }

    /// The content of a group that this bracket opens.
    #[must_use]
    pub fn group(&self, open: char) -> Option<&[Tree<'a>]> {
        match &self.kind {
            Kind::Group(held, trees) if *held == open => Some(trees),
            _ => None,
        }
    }
}

/// The parts of a list between marks that separate them, empty ones left out.
pub fn parts<'t, 'a>(trees: &'t [Tree<'a>], marks: &'static [&'static str]) -> impl Iterator<Item = &'t [Tree<'a>]> {
    trees.split(move |tree| marks.iter().any(|mark| tree.is_mark(mark))).filter(|part| !part.is_empty())
}

/// Reads what can be read: after a bracket too many it goes on, and what is open at the end is closed. Also gives the
/// first fault.
#[must_use]
pub fn parse_partial<'a>(text: &'a str, dialect: &Dialect, limits: &Limits) -> (Vec<Tree<'a>>, Option<Error>) {
    let mut reader =
        Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, dialect: *dialect, fault: None };
    let mut left = limits.yaml_nodes.saturating_mul(TREES_PER_NODE);
    let mut stack: Vec<(u32, char, Vec<Tree<'a>>)> = Vec::new();
    let mut trees = Vec::new();
    while let Some((line, token)) = reader.token() {
        if left == 0 {
            reader.fault(Error::TooManyNodes);
            break;
        }
        left = left.saturating_sub(1);
        match token {
            Token::Plain(kind) => trees.push(Tree { line, kind }),
            Token::Open(_) if stack.len() >= depth_limit(limits) => {
                reader.fault(Error::TooDeep { line });
                break;
            }
            Token::Open(open) => stack.push((line, open, std::mem::take(&mut trees))),
            Token::Close(close) => match stack.pop() {
                Some((start, open, outer)) if closing(open) == close => {
                    let inner = std::mem::replace(&mut trees, outer);
                    trees.push(Tree { line: start, kind: Kind::Group(open, inner) });
                }
                unmatched => {
                    stack.extend(unmatched);
                    reader.fault(Error::syntax(line, format!("'{close}' closes nothing")));
                }
            },
        }
    }
    while let Some((line, open, outer)) = stack.pop() {
        reader.fault(Error::syntax(line, format!("'{open}' is not closed")));
        let inner = std::mem::replace(&mut trees, outer);
        trees.push(Tree { line, kind: Kind::Group(open, inner) });
    }
    (trees, reader.fault)
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

enum Token<'a> {
    Plain(Kind<'a>),
    Open(char),
    Close(char),
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    dialect: Dialect,
    fault: Option<Error>,
}

impl<'a> Reader<'a> {
    fn fault(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// Takes this many bytes, and counts their lines.
    fn take(&mut self, bytes: usize) -> &'a str {
        text::take(&mut self.rest, &mut self.line, bytes)
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|character| !belongs(character)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn token(&mut self) -> Option<(u32, Token<'a>)> {
        self.pass_blanks();
        let line = self.line;
        let first = self.rest.chars().next()?;
        if let Some(quote) = self.dialect.quotes.iter().find(|quote| self.rest.starts_with(quote.open)).copied() {
            return Some((line, Token::Plain(Kind::Text(self.quoted(quote)))));
        }
        let token = match first {
            '(' | '[' | '{' => {
                self.take(1);
                Token::Open(first)
            }
            ')' | ']' | '}' => {
                self.take(1);
                Token::Close(first)
            }
            '.' => Token::Plain(Kind::Mark(self.take_while(|character| character == '.'))),
            _ if self.is_word(first) => Token::Plain(Kind::Word(self.take_word(first))),
            _ if SIGNS.contains(first) => Token::Plain(Kind::Mark(self.take_signs())),
            _ => Token::Plain(Kind::Mark(self.take(first.len_utf8()))),
        };
        Some((line, token))
    }

    fn is_word(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_' || self.dialect.word.contains(character)
    }

    fn take_word(&mut self, first: char) -> &'a str {
        let whole = self.rest;
        let word = self.dialect.word;
        let belongs = |character: char| character.is_alphanumeric() || character == '_' || word.contains(character);
        let mut length = self.take_while(belongs).len();
        while first.is_ascii_digit() && self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(belongs)) {
            self.take(1);
            length = length.saturating_add(1).saturating_add(self.take_while(belongs).len());
        }
        whole.get(..length).unwrap_or_default()
    }

    /// A run of signs, which a comment or a quote ends.
    fn take_signs(&mut self) -> &'a str {
        let starts = |rest: &str| {
            let dialect = &self.dialect;
            dialect.line_comments.iter().any(|open| rest.starts_with(open))
                || dialect.block_comments.iter().any(|(open, _)| rest.starts_with(open))
                || dialect.quotes.iter().any(|quote| rest.starts_with(quote.open))
        };
        let mut signs = self.rest.char_indices().skip(1);
        let ends =
            |(at, character): &(usize, char)| !SIGNS.contains(*character) || self.rest.get(*at..).is_some_and(starts);
        let end = signs.find(ends).map_or(self.rest.len(), |(at, _)| at);
        self.take(end)
    }

    fn pass_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            let block = self.dialect.block_comments.iter().find(|(open, _)| self.rest.starts_with(open));
            if let Some((open, close)) = block.copied() {
                let line = self.line;
                self.take(open.len());
                match memchr::memmem::find(self.rest.as_bytes(), close.as_bytes()) {
                    Some(at) => _ = self.take(at.saturating_add(close.len())),
                    None => {
                        self.take(self.rest.len());
                        self.fault(Error::syntax(line, "comment is not closed"));
                    }
                }
            } else if self.dialect.line_comments.iter().any(|open| self.rest.starts_with(open)) {
                self.take_while(|character| character != '\n');
            } else {
                return;
            }
        }
    }

    fn quoted(&mut self, quote: Quote) -> Cow<'a, str> {
        let line = self.line;
        self.take(quote.open.len());
        let Some((length, has_escapes)) = content_length(self.rest, quote) else {
            let content = self.take(self.rest.len());
            if quote.close != "\n" {
                self.fault(Error::syntax(line, "text is not closed"));
            }
            return Cow::Borrowed(content);
        };
        let content = self.take(length);
        self.take(quote.close.len());
        if has_escapes { Cow::Owned(unescape(content)) } else { Cow::Borrowed(content) }
    }
}

/// Bytes up to the closing quote, and whether there are escapes among them.
fn content_length(text: &str, quote: Quote) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    if !quote.escapes {
        return Some((memchr::memmem::find(bytes, quote.close.as_bytes())?, false));
    }
    let first = *quote.close.as_bytes().first()?;
    let mut at = 0_usize;
    let mut has_escapes = false;
    loop {
        at = at.saturating_add(memchr::memchr2(first, b'\\', bytes.get(at..)?)?);
        if bytes.get(at) == Some(&b'\\') {
            has_escapes = true;
            at = at.saturating_add(2);
        } else if bytes.get(at..)?.starts_with(quote.close.as_bytes()) {
            return Some((at, has_escapes));
        } else {
            at = at.saturating_add(1);
        }
    }
}

/// The escapes that all of the languages share; any other character stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            // A line that goes on.
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests;
