//! The command invocations of a CMake file: `name(argument "argument" [[argument]])`.
//! <https://cmake.org/cmake/help/latest/manual/cmake-language.7.html#syntax>
//!
//! Escapes are left as they are. Brackets within arguments belong to conditions and are passed over.

use plimsoll_extract::prelude::syntax::text::LineIndex;

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<&'a str>,
    pub(super) line: u32,
}

/// Reads the commands of a text. One that is not closed is read to the end.
pub(super) fn commands(text: &str) -> Vec<Command<'_>> {
    let lines = LineIndex::new(text);
    let mut reader = Reader { text, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = reader.next() {
        let Token::Word(name) = token else { continue };
        let start = reader.at.saturating_sub(name.len());
        let before = reader.at;
        if reader.next() != Some(Token::Open) {
            reader.at = before;
            continue;
        }
        let mut command = Command { name, arguments: Vec::new(), line: lines.line_at(start) };
        let mut depth = 1_usize;
        while let Some(token) = reader.next() {
            match token {
                Token::Word(word) | Token::Text(word) => command.arguments.push(word),
                Token::Open => depth = depth.saturating_add(1),
                Token::Close => depth = depth.saturating_sub(1),
            }
            if depth == 0 {
                break;
            }
        }
        found.push(command);
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text(&'a str),
    Open,
    Close,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = self.rest().get(..bytes).unwrap_or_else(|| self.rest());
        self.at = self.at.saturating_add(taken.len());
        taken
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                self.take(first.len_utf8());
            } else if first == '#' {
                self.take(1);
                if self.bracket().is_none() {
                    let end = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.take(end);
                }
            } else {
                return Some(self.token(first));
            }
        }
    }

    fn token(&mut self, first: char) -> Token<'a> {
        match first {
            '(' => {
                self.take(1);
                Token::Open
            }
            ')' => {
                self.take(1);
                Token::Close
            }
            '"' => {
                self.take(1);
                let end = quote_end(self.rest());
                let text = self.take(end);
                self.take(1);
                Token::Text(text)
            }
            _ => {
                if let Some(text) = self.bracket() {
                    return Token::Text(text);
                }
                let end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '#');
                let length = self.rest().find(end).filter(|length| *length > 0).unwrap_or(self.rest().len());
                Token::Word(self.take(length))
            }
        }
    }

    /// `[[text]]`, with any number of `=` between the brackets.
    fn bracket(&mut self) -> Option<&'a str> {
        let inner = self.rest().strip_prefix('[')?;
        let signs = inner.bytes().take_while(|byte| *byte == b'=').count();
        let content = inner.get(signs..)?.strip_prefix('[')?;
        let close = format!("]{}]", inner.get(..signs)?);
        let length = content.find(&close).unwrap_or(content.len());
        let text = content.get(..length)?;
        self.take(signs.saturating_add(2));
        self.take(length.saturating_add(close.len()));
        Some(text)
    }
}

/// The offset of the quote that closes; the length when none does.
fn quote_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0_usize;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at = at.saturating_add(found);
        if bytes.get(at) == Some(&b'"') {
            return at;
        }
        at = at.saturating_add(2);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_arguments() {
        let text = "# c(x)\n#[[ block ( ]] set(A 1)\nif((A) AND B)\nFetchContent_Declare(\n  x # no\n  URL \"https://h/a b\" [=[raw ]] \"]=]\n)\nopen(\"x";
        let found = commands(text);
        let names: Vec<(&str, u32)> = found.iter().map(|command| (command.name, command.line)).collect();
        assert_eq!(names, [("set", 2), ("if", 3), ("FetchContent_Declare", 4), ("open", 8)]);
        assert_eq!(found[2].arguments, ["x", "URL", "https://h/a b", "raw ]] \""]);
        assert_eq!(found[1].arguments, ["A", "AND", "B"]);
    }

    #[test]
    fn what_is_broken_ends() {
        for part in ["a(", "(", ")", "\"", "[[", "#[[", "a(\"", "[=", "é("] {
            commands(&part.repeat(10_000));
        }
    }
}
