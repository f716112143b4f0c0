//! Ruby literals: strings, lists and hashes of strings. <https://docs.ruby-lang.org/en/master/syntax/literals_rdoc.html>

/// Lists within lists, at most.
const MAX_DEPTH: u32 = 8;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// A string, a number or a symbol.
    Text(String),
    /// A list.
    List(Vec<Literal>),
    /// A hash.
    Map(Vec<(String, String)>),
}

impl Literal {
    /// The text of a string.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, or of a lone string.
    pub(super) fn into_texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(list) => list.into_iter().flat_map(Self::into_texts).collect(),
            Self::Map(_) => Vec::new(),
        }
    }
}

/// Reads literals from the front of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    /// A string does not end before the text does. There is nothing to read after it.
    pub(super) unterminated: bool,
}

impl<'a> Cursor<'a> {
    /// Starts at the front of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, unterminated: false }
    }

    /// Takes `prefix` off when it is next.
    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over blanks of a line.
    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Takes a word of letters, digits and `_`.
    pub(super) fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    /// Takes a literal, or what can be told to be one. `None` when the next thing is something else.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        self.nested(0)
    }

    fn nested(&mut self, depth: u32) -> Option<Literal> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_blanks();
        for class in ["Gem::Version.new", "Gem::Requirement.new", "Gem::Platform.new"] {
            if self.eat(class) {
                let bracketed = self.eat("(");
                let inner = self.nested(depth.saturating_add(1))?;
                return (!bracketed || self.close(")")).then_some(inner);
            }
        }
        let literal = match self.rest.as_bytes() {
            [b'"', ..] => Literal::Text(self.quoted('"', '"', true)?),
            [b'\'', ..] => Literal::Text(self.quoted('\'', '\'', false)?),
            [b'%', ..] => self.percent()?,
            [b'[', ..] => self.list(depth)?,
            [b'{', ..] => self.map(depth)?,
            [b'0'..=b'9', ..] => {
                let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
                let (number, rest) = self.rest.split_at_checked(end)?;
                self.rest = rest;
                Literal::Text(number.to_owned())
            }
            [b':', ..] => {
                self.eat(":");
                Literal::Text(self.word().to_owned())
            }
            _ => return None,
        };
        while self.eat(".freeze") || self.eat(".dup") || self.eat(".to_s") {}
        // What is done with the literal (`+`, `%`, a method) is not known.
        let after = self.rest.trim_start_matches([' ', '\t']);
        (!after.starts_with(['+', '.', '%', '*'])).then_some(literal)
    }

    /// Passes over white space, line ends and comments; then takes `bracket` off.
    fn close(&mut self, bracket: &str) -> bool {
        self.skip_space();
        self.eat(bracket)
    }

    fn skip_space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn list(&mut self, depth: u32) -> Option<Literal> {
        self.eat("[");
        let mut items = Vec::new();
        while !self.close("]") {
            items.push(self.nested(depth.saturating_add(1))?);
            self.skip_space();
            if !self.eat(",") && !self.rest.starts_with(']') {
                return None;
            }
        }
        Some(Literal::List(items))
    }

    fn map(&mut self, depth: u32) -> Option<Literal> {
        self.eat("{");
        let mut entries = Vec::new();
        while !self.close("}") {
            let key = match self.rest.as_bytes() {
                [b'a'..=b'z', ..] => self.word().to_owned(),
                _ => self.nested(depth.saturating_add(1))?.into_text()?,
            };
            self.skip_space();
            if !self.eat("=>") && !self.eat(":") {
                return None;
            }
            self.skip_space();
            entries.push((key, self.nested(depth.saturating_add(1))?.into_text()?));
            self.skip_space();
            if !self.eat(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Literal::Map(entries))
    }

    /// `%q<…>`, `%Q(…)`, `%(…)`, `%w[…]`, `%i[…]`.
    fn percent(&mut self) -> Option<Literal> {
        self.eat("%");
        let kind = self.rest.chars().next().filter(char::is_ascii_alphabetic).inspect(|kind| {
            self.rest = self.rest.strip_prefix(*kind).unwrap_or(self.rest);
        });
        let open = self.rest.chars().next().filter(|c| c.is_ascii_punctuation())?;
        let close = match open {
            '<' => '>',
            '(' => ')',
            '[' => ']',
            '{' => '}',
            other => other,
        };
        let text = self.quoted(open, close, matches!(kind, None | Some('Q')))?;
        match kind {
            Some('w' | 'W' | 'i' | 'I') => {
                Some(Literal::List(text.split_whitespace().map(|word| Literal::Text(word.to_owned())).collect()))
            }
            None | Some('q' | 'Q') => Some(Literal::Text(text)),
            Some(_) => None,
        }
    }

    /// A string between delimiters, which may nest when they are brackets.
    fn quoted(&mut self, open: char, close: char, escapes: bool) -> Option<String> {
        self.rest = self.rest.strip_prefix(open)?;
        let mut text = String::new();
        let mut depth = 0_usize;
        let mut letters = self.rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => {
                    let escaped = letters.next().map(|(_, letter)| escape(letter, open, close, escapes));
                    text.push_str(&escaped.unwrap_or_default());
                }
                '#' if escapes && self.rest.get(at..).is_some_and(|rest| rest.starts_with("#{")) => return None,
                letter if letter == close && depth == 0 => {
                    self.rest = letters.as_str();
                    return Some(text);
                }
                letter => {
                    if letter == close {
                        depth = depth.saturating_sub(1);
                    } else if letter == open {
                        depth = depth.saturating_add(1);
                    }
                    text.push(letter);
                }
            }
        }
        self.unterminated = true;
        None
    }
}

/// What `\letter` stands for.
fn escape(letter: char, open: char, close: char, escapes: bool) -> String {
    match letter {
        'n' if escapes => "\n".to_owned(),
        't' if escapes => "\t".to_owned(),
        letter if escapes || letter == open || letter == close || letter == '\\' => letter.to_string(),
        letter => format!("\\{letter}"),
    }
}
