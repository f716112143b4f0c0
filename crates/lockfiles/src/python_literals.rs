//! The string literals of a Python program, and the names that they are assigned to.
//! <https://docs.python.org/3/reference/lexical_analysis.html>
//!
//! Comments are passed over. Escapes are left as they are: no requirement has one.

/// Something of interest in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A name before `=`: a variable or a keyword argument.
    Assigned(&'a str),
    /// What is between the quotes.
    Text(&'a str),
    /// A name before `(`: a function that is called, without what stands before its last dot.
    Called(&'a str),
}

/// Walks a program once, from start to end.
pub(crate) struct Literals<'a> {
    rest: &'a str,
    /// The last name, when nothing but white space followed it.
    name: Option<&'a str>,
}

impl<'a> Literals<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, name: None }
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// The literal that starts here; the rest of the line when its quote is not closed.
    fn literal(&mut self, quote: char) -> &'a str {
        let triple = [quote, quote, quote].iter().collect::<String>();
        if self.rest.starts_with(&triple) {
            self.skip(triple.len());
            let end = end_of(self.rest, &triple).unwrap_or(self.rest.len());
            let text = self.skip(end);
            self.skip(triple.len());
            return text;
        }
        self.skip(1);
        let line = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
        let inside = self.rest.get(..line).unwrap_or(self.rest);
        let end = end_of(inside, quote.encode_utf8(&mut [0; 4])).unwrap_or(line);
        let text = self.skip(end);
        self.skip(usize::from(end < line));
        text
    }
}

/// The offset of a quote that no backslash precedes.
fn end_of(text: &str, quote: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = quote.as_bytes();
    let first = *quote.first()?;
    let mut at = 0_usize;
    loop {
        at = at.saturating_add(memchr::memchr2(b'\\', first, bytes.get(at..)?)?);
        if bytes.get(at) == Some(&b'\\') {
            at = at.saturating_add(2);
        } else if bytes.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return Some(at);
        } else {
            at = at.saturating_add(1);
        }
    }
}

impl<'a> Iterator for Literals<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.chars().next()?;
            match first {
                '#' => {
                    let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
                    self.skip(end);
                }
                '"' | '\'' => {
                    self.name = None;
                    return Some(Token::Text(self.literal(first)));
                }
                '=' => {
                    let run = self.rest.find(|c| c != '=').unwrap_or(self.rest.len());
                    self.skip(run);
                    if let (Some(name), 1) = (self.name.take(), run) {
                        return Some(Token::Assigned(name));
                    }
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
                    self.name = Some(self.skip(end));
                }
                '(' => {
                    self.skip(1);
                    if let Some(name) = self.name.take() {
                        return Some(Token::Called(name));
                    }
                }
                c if c.is_whitespace() => {
                    self.skip(c.len_utf8());
                }
                c => {
                    self.name = None;
                    self.skip(c.len_utf8());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_names() {
        let text = "A = ['x', r\"y\\\"z\"]  # 'no'\nf(b='''l1\nl2'''.split(), c == 'd')\ne='open\ng='last'";
        let all: Vec<_> = Literals::new(text).collect();
        assert_eq!(all.iter().filter(|token| matches!(token, Token::Called(_))).count(), 2);
        let tokens: Vec<_> = all.into_iter().filter(|token| !matches!(token, Token::Called(_))).collect();
        assert_eq!(
            tokens,
            [
                Token::Assigned("A"),
                Token::Text("x"),
                Token::Text("y\\\"z"),
                Token::Assigned("b"),
                Token::Text("l1\nl2"),
                Token::Text("d"),
                Token::Assigned("e"),
                Token::Text("open"),
                Token::Assigned("g"),
                Token::Text("last"),
            ]
        );
    }

    #[test]
    fn an_open_literal_ends_with_the_file() {
        assert_eq!(Literals::new("'''a").collect::<Vec<_>>(), [Token::Text("a")]);
        assert_eq!(Literals::new("'a\\").collect::<Vec<_>>(), [Token::Text("a\\")]);
    }
}
