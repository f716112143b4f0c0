//! Starlark as `MODULE.bazel` and `WORKSPACE` hold it: calls with literal arguments, one after the other, never run.
//! <https://github.com/bazelbuild/starlark/blob/master/spec.md>
//!
//! Only what stands at the top level is read. Strings that are joined by `+`, and names that a string was assigned to
//! before, are worked out; every other expression is [`Value::Other`]. Depth is bounded.

mod tokens;

use std::borrow::Cow;
use std::collections::HashMap;

use tokens::{Kind, Token};

/// Brackets within brackets that are read.
const MAX_DEPTH: u32 = 64;
/// Bytes that all names together are replaced by: a name may stand for a list, and that in another.
const MAX_REPLACED: usize = 1 << 24;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A list or tuple.
    List(Vec<Value<'a>>),
    /// A call that was not run.
    Call(Call<'a>),
    /// `True`.
    True,
    /// Anything else.
    Other,
}

impl Value<'_> {
    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call<'a> {
    /// The name of the function, with dots: `maven.install`.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) line: u32,
    /// The arguments without name.
    pub(crate) positional: Vec<Value<'a>>,
    named: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Call<'a> {
    /// The argument of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.named.iter().find(|(held, _)| *held == name).map(|(_, value)| value)
    }

    /// The string given for this name; of an empty one nothing.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The strings of the list given for this name.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str)
    }

    /// Whether the argument of this name is `True`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::True)
    }

    /// The last part of the name.
    pub(crate) fn function(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

/// The calls at the top level of a file, in order, those whose result is assigned included; and the lines of statements
/// that are no Starlark.
pub(crate) fn calls(text: &str) -> (Vec<Call<'_>>, Vec<u32>) {
    let (tokens, cut) = tokens::read(text);
    let mut parser = Parser { tokens, at: 0, names: HashMap::new(), replaced: 0 };
    let (mut calls, mut faults) = (Vec::new(), Vec::new());
    while let Some(token) = parser.peek() {
        let line = token.line;
        if token.kind == Kind::End {
            parser.at = parser.at.saturating_add(1);
            continue;
        }
        match parser.statement() {
            Some(Value::Call(call)) => calls.push(call),
            Some(_) => {}
            None => faults.push(line),
        }
        parser.skip_statement();
    }
    faults.extend(parser.tokens.last().filter(|_| cut).map(|last| last.line));
    (calls, faults)
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// Strings and lists that were assigned.
    names: HashMap<&'a str, Value<'a>>,
    replaced: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(token)
    }

    fn takes(&mut self, mark: char) -> bool {
        let there = self.peek().is_some_and(|token| token.kind == Kind::Mark(mark));
        self.at = self.at.saturating_add(usize::from(there));
        there
    }

    /// Goes to the end of the statement.
    fn skip_statement(&mut self) {
        while self.next().is_some_and(|token| token.kind != Kind::End) {}
    }

    fn statement(&mut self) -> Option<Value<'a>> {
        let first = self.peek()?;
        if let (Kind::Name(name), Some(Kind::Mark('='))) =
            (first.kind, self.tokens.get(self.at.saturating_add(1)).map(|token| token.kind))
        {
            self.at = self.at.saturating_add(2);
            let value = self.expression(0)?;
            if matches!(value, Value::Text(_) | Value::List(_)) {
                self.names.insert(name, value.clone());
            }
            return Some(value);
        }
        // `def`, `if` and `for` have no place here; what a block of them holds is passed over line by line.
        if matches!(first.kind, Kind::Name("def" | "if" | "for" | "return" | "pass" | "else" | "elif")) {
            return Some(Value::Other);
        }
        self.expression(0)
    }

    /// An operand, and what is joined to it.
    fn expression(&mut self, depth: u32) -> Option<Value<'a>> {
        let mut value = self.operand(depth)?;
        loop {
            if self.takes('+') {
                let more = self.operand(depth)?;
                value = match (value, more) {
                    (Value::Text(a), Value::Text(b)) => {
                        let mut joined = a.into_owned();
                        joined.push_str(&b);
                        Value::Text(Cow::Owned(joined))
                    }
                    (Value::List(mut a), Value::List(b)) => {
                        a.extend(b);
                        Value::List(a)
                    }
                    _ => Value::Other,
                };
            } else if let Some(Token { kind: Kind::Mark('%' | '-' | '*' | '/' | '<' | '>' | '|' | '!'), .. }) =
                self.peek()
            {
                self.at = self.at.saturating_add(1);
                self.operand(depth)?;
                value = Value::Other;
            } else {
                return Some(value);
            }
        }
    }

    fn operand(&mut self, depth: u32) -> Option<Value<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let token = self.next()?;
        let mut value = match token.kind {
            Kind::Text(text) => {
                let mut text = tokens::unescape(text);
                // Strings side by side are one in Python, and an error in Starlark; read as one.
                while let Some(Token { kind: Kind::Text(more), .. }) = self.peek() {
                    self.at = self.at.saturating_add(1);
                    text.to_mut().push_str(&tokens::unescape(more));
                }
                Value::Text(text)
            }
            Kind::Mark('[') => Value::List(self.items(']', depth)?),
            Kind::Mark('(') => {
                let mut items = self.items(')', depth)?;
                if items.len() == 1 { items.pop()? } else { Value::List(items) }
            }
            Kind::Mark('{') => {
                self.items('}', depth)?;
                Value::Other
            }
            Kind::Mark('-' | '+' | '*') => {
                self.operand(depth.saturating_add(1))?;
                Value::Other
            }
            Kind::Name("True") => Value::True,
            Kind::Name("not") => {
                self.operand(depth.saturating_add(1))?;
                Value::Other
            }
            Kind::Name(name) => return self.named(name, token.line, depth),
            Kind::Mark(_) | Kind::End => return None,
        };
        while self.takes('.') || self.takes('[') {
            value = self.suffix(depth)?;
        }
        Some(value)
    }

    /// What follows a dot or an opening bracket: `.format(…)`, `[0]`. It is not worked out.
    fn suffix(&mut self, depth: u32) -> Option<Value<'a>> {
        let previous = self.tokens.get(self.at.saturating_sub(1))?.kind;
        if previous == Kind::Mark('[') {
            self.items(']', depth)?;
        } else {
            self.next()?;
            if self.takes('(') {
                self.items(')', depth)?;
            }
        }
        Some(Value::Other)
    }

    /// A name: a call when a bracket follows, else what was assigned to it.
    fn named(&mut self, first: &'a str, line: u32, depth: u32) -> Option<Value<'a>> {
        let mut name = first.to_owned();
        let mut value = self.assigned(first);
        loop {
            if self.takes('.') {
                let Kind::Name(part) = self.next()?.kind else { return None };
                name.push('.');
                name.push_str(part);
                value = Value::Other;
            } else if self.takes('(') {
                let (positional, named) = self.arguments(depth)?;
                value = Value::Call(Call { name: std::mem::take(&mut name), line, positional, named });
            } else if self.takes('[') {
                self.items(']', depth)?;
                value = Value::Other;
            } else {
                return Some(value);
            }
        }
    }

    /// What was assigned to a name, as long as that stays within bounds.
    fn assigned(&mut self, name: &str) -> Value<'a> {
        let Some(value) = self.names.get(name) else { return Value::Other };
        self.replaced = self.replaced.saturating_add(weight(value));
        if self.replaced > MAX_REPLACED { Value::Other } else { value.clone() }
    }

    #[expect(clippy::type_complexity, reason = "the two halves of a call, taken apart at once")]
    fn arguments(&mut self, depth: u32) -> Option<(Vec<Value<'a>>, Vec<(&'a str, Value<'a>)>)> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        while !self.takes(')') {
            let first = self.peek()?;
            if let (Kind::Name(name), Some(Kind::Mark('='))) =
                (first.kind, self.tokens.get(self.at.saturating_add(1)).map(|token| token.kind))
            {
                self.at = self.at.saturating_add(2);
                named.push((name, self.expression(depth.saturating_add(1))?));
            } else {
                positional.push(self.expression(depth.saturating_add(1))?);
            }
            if !self.takes(',') && self.peek()?.kind != Kind::Mark(')') {
                self.skip_to(')')?;
            }
        }
        Some((positional, named))
    }

    /// The items up to a closing bracket. Of a dictionary the keys and values, one after the other.
    fn items(&mut self, close: char, depth: u32) -> Option<Vec<Value<'a>>> {
        let mut items = Vec::new();
        while !self.takes(close) {
            items.push(self.expression(depth.saturating_add(1))?);
            if !self.takes(',') && !self.takes(':') && self.peek()?.kind != Kind::Mark(close) {
                // A comprehension or a condition.
                self.skip_to(close)?;
                items = vec![Value::Other];
            }
        }
        Some(items)
    }

    /// Goes to the bracket that closes what is open, and leaves it there.
    fn skip_to(&mut self, close: char) -> Option<()> {
        let mut open = 0_u32;
        loop {
            match self.peek()?.kind {
                Kind::Mark(mark) if open == 0 && mark == close => return Some(()),
                Kind::Mark('(' | '[' | '{') => open = open.saturating_add(1),
                Kind::Mark(')' | ']' | '}') => open = open.checked_sub(1)?,
                Kind::End => return None,
                _ => {}
            }
            self.at = self.at.saturating_add(1);
        }
    }
}

/// Bytes that a copy takes, more or less.
fn weight(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len().saturating_add(32),
        Value::List(items) => items.iter().map(weight).fold(32, usize::saturating_add),
        Value::Call(call) => {
            let held = call.positional.iter().chain(call.named.iter().map(|(_, value)| value));
            held.map(weight).fold(call.name.len().saturating_add(64), usize::saturating_add)
        }
        Value::True | Value::Other => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_their_arguments() {
        let text = "V = '1' + \".2\"\n# c\nbazel_dep(\n    name = \"a\",  # it\n    version = V,\n    dev_dependency = True,\n)\n\
                    m = use_extension(\"@x//:y.bzl\", \"maven\")\nm.install(artifacts = [\"g:a:1\", m.artifact(group = 'g')] + [],\n\
                    u = [f(x) for x in y], w = \"%s\" % V, d = {\"k\": [1]})\n";
        let (calls, faults) = calls(text);
        assert!(faults.is_empty(), "{faults:?}");
        let names: Vec<_> = calls.iter().map(|call| (call.name.as_str(), call.line)).collect();
        assert_eq!(names, [("bazel_dep", 3), ("use_extension", 8), ("m.install", 9)]);
        assert_eq!(calls[0].text("version"), Some("1.2"));
        assert!(calls[0].is_true("dev_dependency"));
        assert_eq!(calls[2].texts("artifacts").collect::<Vec<_>>(), ["g:a:1"]);
        assert_eq!(calls[2].get("w"), Some(&Value::Other));
    }

    #[test]
    fn a_bad_statement_costs_only_itself() {
        let (calls, faults) = calls("bazel_dep(name = )\n)\nbazel_dep(name = \"b\")\nx(\"unfinished\n");
        let names: Vec<_> = calls.iter().filter_map(|call| call.text("name")).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(faults, [1, 2, 4]);
    }

    #[test]
    fn depth_is_bounded() {
        for open in ["f(", "[", "-", "not "] {
            let text = open.repeat(1_000_000);
            let (calls, _) = calls(&text);
            assert!(calls.is_empty());
        }
    }
}
