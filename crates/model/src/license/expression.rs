//! SPDX licence expressions (SPDX 2.3 Annex D, SPDX 3.0 Annex B) in canonical form.
//!
//! Ids match without regard to case, operators are all capitals or all small letters; the canonical form has ids as the
//! licence list spells them, operators in capitals, single spaces, and no parentheses that change nothing. Deprecated ids
//! are valid and stay. `NONE` and `NOASSERTION` are no licences, so nothing can be combined with them.
//!
//! Reading is linear, within [`MAX_TEXT`], [`MAX_TERMS`] and [`MAX_DEPTH`]. Nothing here multiplies an expression out:
//! that is exponential, and a few hundred bytes are enough to make it never end.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::aliases;

/// Bytes of an expression. Longer text is the body of a licence.
const MAX_TEXT: usize = 4096;
/// Licences in an expression.
const MAX_TERMS: usize = 256;
/// Parentheses within parentheses.
const MAX_DEPTH: usize = 16;

/// Whether names that are no ids may stand in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Only ids.
    Ids,
    /// Also names with one meaning, from the table.
    Aliases,
}

/// The canonical form of an expression; `None` when it is not one.
pub(super) fn canonical(text: &str, names: Names) -> Option<String> {
    expression(text, names).map(|expression| expression.to_string())
}

/// Whether an expression holds when its terms do; `None` when it is none. Every term is asked for, so that all that do not hold are
/// known.
pub(super) fn holds(text: &str, term: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
    expression(text, Names::Ids).map(|expression| expression.holds(term))
}

/// An expression. Lists hold two or more, and no list of their own kind.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    /// One licence, as it is written in the canonical form.
    Term(String),
    /// `a WITH b`, as it is written in the canonical form.
    With(String),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Expression {
    #[expect(clippy::unnecessary_fold, reason = "`all` and `any` do not ask for every term")]
    fn holds(&self, term: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Self::Term(text) | Self::With(text) => term(text),
            Self::And(items) => items.iter().fold(true, |held, item| item.holds(term) && held),
            Self::Or(items) => items.iter().fold(false, |held, item| item.holds(term) || held),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (items, operator) = match self {
            Self::Term(text) | Self::With(text) => return f.write_str(text),
            Self::And(items) => (items, " AND "),
            Self::Or(items) => (items, " OR "),
        };
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                f.write_str(operator)?;
            }
            // AND binds closer than OR.
            match (self, item) {
                (Self::And(_), Self::Or(_)) => write!(f, "({item})")?,
                _ => item.fmt(f)?,
            }
        }
        Ok(())
    }
}

fn expression(text: &str, names: Names) -> Option<Expression> {
    if text.len() > MAX_TEXT || text.contains('\n') {
        return None;
    }
    let tokens = tokens(text);
    let read = |names| {
        let mut parser = Parser { tokens: &tokens, names, terms: 0 };
        parser.any(0).filter(|_| parser.tokens.is_empty())
    };
    // By the letter first; then as one name, as names have words like `or` and parentheses in them.
    read(Names::Ids).or_else(|| named(text, names)).or_else(|| if names == Names::Aliases { read(names) } else { None })
}

fn named(text: &str, names: Names) -> Option<Expression> {
    if names == Names::Ids {
        return None;
    }
    expression(aliases::find(text)?, Names::Ids)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    With,
    /// Words between operators and parentheses.
    Text(String),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => {
                out.push(if first == '(' { Token::Open } else { Token::Close });
                1
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let ends = |character: char| character.is_whitespace() || matches!(character, '(' | ')');
                let length = rest.find(ends).unwrap_or(rest.len());
                push_word(&mut out, rest.get(..length).unwrap_or_default());
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

fn push_word(out: &mut Vec<Token>, word: &str) {
    match (word, out.last_mut()) {
        ("AND" | "and", _) => out.push(Token::And),
        ("OR" | "or", _) => out.push(Token::Or),
        ("WITH" | "with", _) => out.push(Token::With),
        (_, Some(Token::Text(text))) => {
            text.push(' ');
            text.push_str(word);
        }
        _ => out.push(Token::Text(word.to_owned())),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    names: Names,
    terms: usize,
}

impl Parser<'_> {
    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.first() == Some(token);
        if found {
            self.tokens = self.tokens.get(1..).unwrap_or_default();
        }
        found
    }

    fn text(&mut self) -> Option<&str> {
        let (Token::Text(text), rest) = self.tokens.split_first()? else { return None };
        self.tokens = rest;
        Some(text)
    }

    fn any(&mut self, depth: usize) -> Option<Expression> {
        let mut items = Vec::new();
        loop {
            match self.all(depth)? {
                Expression::Or(inner) => items.extend(inner),
                item => items.push(item),
            }
            if !self.take(&Token::Or) {
                return one_or(items, Expression::Or);
            }
        }
    }

    fn all(&mut self, depth: usize) -> Option<Expression> {
        let mut items = Vec::new();
        loop {
            match self.operand(depth)? {
                Expression::And(inner) => items.extend(inner),
                item => items.push(item),
            }
            if !self.take(&Token::And) {
                return one_or(items, Expression::And);
            }
        }
    }

    fn operand(&mut self, depth: usize) -> Option<Expression> {
        if self.take(&Token::Open) {
            let inner = self.any(depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?)?;
            return self.take(&Token::Close).then_some(inner);
        }
        self.terms = self.terms.checked_add(1).filter(|terms| *terms <= MAX_TERMS)?;
        let names = self.names;
        let text = self.text()?;
        let license = license(text).map(Expression::Term).or_else(|| named(text, names))?;
        if !self.take(&Token::With) {
            return Some(license);
        }
        // Only a single licence has an exception.
        let Expression::Term(license) = license else { return None };
        let exception = exception(self.text()?)?;
        Some(Expression::With(format!("{license} WITH {exception}")))
    }
}

fn one_or(mut items: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Option<Expression> {
    if items.len() > 1 { Some(many(items)) } else { items.pop() }
}

/// An id, an id with `+`, or a reference, as the canonical form has it.
fn license(text: &str) -> Option<String> {
    static IDS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        let licenses = spdx::identifiers::LICENSES.iter().map(|license| license.name);
        // Words of the library's own: they say that there is no licence, or that it is not known.
        let licenses = licenses.filter(|name| !matches!(*name, "NONE" | "NOASSERTION"));
        licenses.map(|name| (name.to_ascii_lowercase(), name)).collect()
    });
    let lower = text.to_ascii_lowercase();
    // Some deprecated ids end in '+' themselves.
    if let Some(id) = IDS.get(&lower) {
        return Some((*id).to_owned());
    }
    if let Some(id) = lower.strip_suffix('+').and_then(|base| IDS.get(base)) {
        let settled = id.ends_with("-only") || id.ends_with("-or-later") || id.ends_with('+');
        return (!settled).then(|| format!("{id}+"));
    }
    reference(text, "LicenseRef-").then(|| text.to_owned())
}

/// An exception, as the canonical form has it. `AdditionRef-` came with SPDX 3.0.
fn exception(text: &str) -> Option<String> {
    static IDS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        let exceptions = spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name);
        exceptions.map(|name| (name.to_ascii_lowercase(), name)).collect()
    });
    let id = IDS.get(&text.to_ascii_lowercase()).map(|id| (*id).to_owned());
    id.or_else(|| reference(text, "AdditionRef-").then(|| text.to_owned()))
}

/// `LicenseRef-x`, `DocumentRef-y:LicenseRef-x`, with at least one character each.
fn reference(text: &str, prefix: &str) -> bool {
    let id = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    let (document, local) = text.split_once(':').map_or((None, text), |(document, local)| (Some(document), local));
    document.is_none_or(|document| document.strip_prefix("DocumentRef-").is_some_and(id))
        && local.strip_prefix(prefix).is_some_and(id)
}
