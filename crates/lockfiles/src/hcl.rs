//! HCL 2, the language of Terraform, OpenTofu and Packer, as far as blocks and literals go.
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>
//!
//! A body is blocks (`type "label" { … }`) and attributes (`name = expression`). Of expressions only literals are
//! values here: strings without interpolation, lists, objects. Anything else is passed over with its brackets, so what
//! comes after it is still read.

use plimsoll_extract::prelude::syntax::text::LineIndex;

/// Blocks, lists and objects within each other; deeper ones are passed over.
const MAX_DEPTH: usize = 32;

/// A block.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Block<'a> {
    pub(crate) kind: &'a str,
    pub(crate) labels: Vec<&'a str>,
    pub(crate) line: u32,
    pub(crate) attributes: Vec<(&'a str, Value<'a>)>,
    pub(crate) blocks: Vec<Block<'a>>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// A string without interpolation, and its line. Escapes are left as they are.
    Text(&'a str, u32),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object.
    Object(Vec<(&'a str, Value<'a>)>),
    /// Anything that must be evaluated.
    Expression,
}

impl<'a> Value<'a> {
    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The value of a key of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| *name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The values of a list.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

impl<'a> Block<'a> {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.attributes.iter().find(|(held, _)| *held == name).map(|(_, value)| value)
    }

    /// The text of an attribute.
    pub(crate) fn get_str(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }
}

/// What was read, and the line of the first thing that is no HCL.
pub(crate) struct Parsed<'a> {
    pub(crate) root: Block<'a>,
    pub(crate) fault: Option<u32>,
}

/// Reads a file.
pub(crate) fn parse(text: &str) -> Parsed<'_> {
    let mut reader = Reader { text, at: 0, lines: LineIndex::new(text), fault: None };
    let mut root = Block::default();
    reader.body(&mut root, 0);
    Parsed { root, fault: reader.fault }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'a> {
    Name(&'a str),
    /// A string; `true` when it has an interpolation.
    Text(&'a str, bool),
    Newline,
    Sign(char),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    lines: LineIndex<'a>,
    fault: Option<u32>,
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

    fn line(&self) -> u32 {
        self.lines.line_at(self.at)
    }

    fn complain(&mut self) {
        let line = self.line();
        self.fault.get_or_insert(line);
    }

    /// The next token; comments and spaces are passed over.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            let length = if rest.starts_with('#') || rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end.saturating_add(2))
            } else if first != '\n' && first.is_whitespace() {
                first.len_utf8()
            } else {
                return Some(self.token(first));
            };
            self.take(length);
        }
    }

    fn token(&mut self, first: char) -> Token<'a> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*');
        match first {
            '\n' => {
                self.take(1);
                Token::Newline
            }
            '"' => self.string(),
            '<' if self.rest().starts_with("<<") => {
                self.heredoc();
                Token::Text("", true)
            }
            c if is_name(c) => {
                let end = self.rest().find(|c: char| !is_name(c)).unwrap_or(self.rest().len());
                Token::Name(self.take(end))
            }
            c => {
                self.take(c.len_utf8());
                Token::Sign(c)
            }
        }
    }

    /// A quoted string. Within `${…}` there may be strings again, so braces are counted.
    fn string(&mut self) -> Token<'a> {
        self.take(1);
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let (mut at, mut depth, mut interpolated, mut quoted) = (0_usize, 0_usize, false, false);
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at.saturating_add(1)).copied();
            match byte {
                b'\\' => at = at.saturating_add(1),
                b'$' | b'%' if depth == 0 && next == Some(byte) => at = at.saturating_add(1),
                b'$' | b'%' if !quoted && next == Some(b'{') => {
                    interpolated = true;
                    depth = depth.saturating_add(1);
                    at = at.saturating_add(1);
                }
                b'{' if depth > 0 && !quoted => depth = depth.saturating_add(1),
                b'}' if depth > 0 && !quoted => depth = depth.saturating_sub(1),
                b'"' if depth > 0 => quoted = !quoted,
                b'"' => break,
                b'\n' => {
                    self.complain();
                    break;
                }
                _ => {}
            }
            at = at.saturating_add(1);
        }
        let text = self.take(at);
        if self.rest().starts_with('"') {
            self.take(1);
        } else {
            self.complain();
        }
        Token::Text(text, interpolated)
    }

    /// `<<EOT` or `<<-EOT` to the line that is `EOT`.
    fn heredoc(&mut self) {
        let line_end = self.rest().find('\n').unwrap_or(self.rest().len());
        let opening = self.take(line_end);
        let marker = opening.trim_start_matches('<').trim_start_matches('-').trim();
        loop {
            if self.rest().is_empty() {
                return self.complain();
            }
            self.take(1);
            let end = self.rest().find('\n').unwrap_or(self.rest().len());
            if self.take(end).trim() == marker {
                return;
            }
        }
    }

    /// Attributes and blocks up to the closing brace or the end.
    fn body(&mut self, block: &mut Block<'a>, depth: usize) {
        loop {
            let token = self.next();
            let line = self.line();
            match token {
                None => {
                    if depth > 0 {
                        self.complain();
                    }
                    return;
                }
                Some(Token::Newline) => {}
                Some(Token::Sign('}')) if depth > 0 => return,
                Some(Token::Name(name)) => self.item(name, line, block, depth),
                Some(_) => self.complain(),
            }
        }
    }

    fn item(&mut self, name: &'a str, line: u32, block: &mut Block<'a>, depth: usize) {
        let mut labels = Vec::new();
        loop {
            match self.next() {
                Some(Token::Sign('=')) if labels.is_empty() => {
                    let value = self.value(depth);
                    block.attributes.push((name, value));
                    return;
                }
                Some(Token::Sign('{')) => {
                    if depth >= MAX_DEPTH {
                        self.complain();
                        return self.skip('}');
                    }
                    let mut inner = Block { kind: name, labels, line, ..Block::default() };
                    self.body(&mut inner, depth.saturating_add(1));
                    block.blocks.push(inner);
                    return;
                }
                Some(Token::Text(label, _) | Token::Name(label)) => labels.push(label),
                _ => return self.complain(),
            }
        }
    }

    /// The expression after `=`, up to the end of its line.
    fn value(&mut self, depth: usize) -> Value<'a> {
        let value = self.operand(depth);
        let mut simple = true;
        loop {
            let before = self.at;
            match self.next() {
                None | Some(Token::Newline) => break,
                Some(Token::Sign('}' | ']' | ',')) => {
                    self.at = before;
                    break;
                }
                Some(Token::Sign(open @ ('(' | '[' | '{'))) => {
                    simple = false;
                    self.skip(closing(open));
                }
                Some(_) => simple = false,
            }
        }
        if simple { value } else { Value::Expression }
    }

    fn operand(&mut self, depth: usize) -> Value<'a> {
        let depth = depth.saturating_add(1);
        let before = self.at;
        match self.next() {
            Some(Token::Text(text, false)) => {
                let end = self.at;
                self.at = before;
                while self.rest().starts_with([' ', '\t']) {
                    self.take(1);
                }
                let line = self.line();
                self.at = end;
                Value::Text(text, line)
            }
            Some(Token::Sign(open @ ('[' | '{'))) if depth >= MAX_DEPTH => {
                self.complain();
                self.skip(closing(open));
                Value::Expression
            }
            Some(Token::Sign('[')) => self.list(depth),
            Some(Token::Sign('{')) => self.object(depth),
            Some(Token::Sign('(')) => {
                self.skip(')');
                Value::Expression
            }
            Some(Token::Newline | Token::Sign('}' | ']' | ',')) => {
                self.at = before;
                Value::Expression
            }
            _ => Value::Expression,
        }
    }

    fn list(&mut self, depth: usize) -> Value<'a> {
        let mut items = Vec::new();
        loop {
            let before = self.at;
            match self.next() {
                None => {
                    self.complain();
                    return Value::List(items);
                }
                Some(Token::Sign(']')) => return Value::List(items),
                Some(Token::Newline | Token::Sign(',' | '}')) => {}
                Some(_) => {
                    self.at = before;
                    items.push(self.value(depth));
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Value<'a> {
        let mut entries = Vec::new();
        loop {
            match self.next() {
                None => {
                    self.complain();
                    return Value::Object(entries);
                }
                Some(Token::Sign('}')) => return Value::Object(entries),
                Some(Token::Name(key) | Token::Text(key, _)) => {
                    if matches!(self.next(), Some(Token::Sign('=' | ':'))) {
                        entries.push((key, self.value(depth)));
                    }
                }
                Some(Token::Sign(open @ ('(' | '['))) => self.skip(closing(open)),
                Some(_) => {}
            }
        }
    }

    /// Passes over everything to the bracket that closes what was opened.
    fn skip(&mut self, close: char) {
        let mut open = vec![close];
        while let Some(&wanted) = open.last() {
            match self.next() {
                None => return self.complain(),
                Some(Token::Sign(sign @ ('(' | '[' | '{'))) => open.push(closing(sign)),
                Some(Token::Sign(sign)) if sign == wanted => {
                    open.pop();
                }
                Some(_) => {}
            }
        }
    }
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_attributes_and_literals() {
        let text = "terraform {\n  required_version = \">= 1.5\" # c\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }\n    old = \"1.0\"\n  }\n}\n\
                    module \"a\" {\n  source = \"./x${var.y[\"k\"]}\"\n  count = length(var.z) > 1 ? 2 : 3\n  list = [\n    \"a\",\n    b.c,\n  ]\n  text = <<-EOT\n    }\n  EOT\n  last = \"yes\"\n}\n";
        let parsed = parse(text);
        assert_eq!(parsed.fault, None);
        let [terraform, module] = parsed.root.blocks.as_slice() else { panic!("{:?}", parsed.root) };
        assert_eq!(terraform.get_str("required_version"), Some(">= 1.5"));
        let providers = &terraform.blocks[0];
        assert_eq!(providers.get("aws").unwrap().get("version").unwrap(), &Value::Text("~> 5.0", 4));
        assert_eq!(providers.get_str("old"), Some("1.0"));
        assert_eq!((module.kind, module.labels.as_slice(), module.line), ("module", &["a"][..], 8));
        assert_eq!(module.get("source"), Some(&Value::Expression));
        assert_eq!(module.get("count"), Some(&Value::Expression));
        assert_eq!(module.get("list").unwrap().items(), [Value::Text("a", 12), Value::Expression]);
        assert_eq!(module.get_str("last"), Some("yes"));
    }

    #[test]
    fn what_is_broken_ends() {
        for text in
            ["a {", "a = [", "a = {", "a = \"x", "a = <<E\nx", "}", "a \"b\" = 1", "a = f(", "= = =", "a {\n]\n}"]
        {
            assert!(parse(text).fault.is_some(), "{text}");
        }
        assert_eq!(parse("a {\nb = \"1\"").root.blocks[0].get_str("b"), Some("1"));
        for part in ["a {", "a = [", "[", "a = {b = ", "\"${", "a = f("] {
            parse(&part.repeat(20_000));
        }
    }
}
