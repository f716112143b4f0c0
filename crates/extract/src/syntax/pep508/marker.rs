//! Environment markers: read, and evaluated in an environment of which not all need be known.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{normalize, syntax};
use crate::syntax::Error;

/// Parentheses within parentheses.
const MAX_DEPTH: usize = 64;

/// The variables that a marker may name. `extras` and `dependency_groups` came with lock files (PEP 751).
const VARIABLES: [&str; 14] = [
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
    "extra",
    "extras",
    "dependency_groups",
];

/// The outcome of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It depends on a variable that is not known.
    Unknown,
}

impl Truth {
    /// `None` when it is not known.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

/// What is known of the environment: values of marker variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// An environment of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The same with a variable, such as `python_version` or `sys_platform`.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.0.insert(variable.to_owned(), value.to_owned());
        self
    }

    fn get(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(String::as_str)
    }
}

/// A condition on the environment, such as `python_version >= "3.8"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker<'a>(Expression<'a>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression<'a> {
    Compare(Operand<'a>, Operator, Operand<'a>),
    All(Vec<Expression<'a>>),
    Any(Vec<Expression<'a>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand<'a> {
    Variable(&'a str),
    Literal(&'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
    Identical,
    In,
    NotIn,
}

const SYMBOLS: [(&str, Operator); 8] = [
    ("===", Operator::Identical),
    ("==", Operator::Equal),
    ("~=", Operator::Compatible),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl<'a> Marker<'a> {
    /// Reads a marker, without the `;` before it.
    ///
    /// # Errors
    /// It is not one. The line of the error is always 1.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let mut cursor = Cursor { rest: text };
        let expression = cursor.any(0)?;
        cursor.space();
        if cursor.rest.is_empty() { Ok(Self(expression)) } else { Err(syntax("text after the marker")) }
    }

    /// Whether it holds in an environment, when these extras are asked for.
    #[must_use]
    pub fn evaluate(&self, environment: &Environment, extras: &[&str]) -> Truth {
        evaluate(&self.0, environment, extras)
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn peek_word(&self) -> (&'a str, &'a str) {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.')).unwrap_or(rest.len());
        rest.split_at_checked(end).unwrap_or((rest, ""))
    }

    fn word(&mut self, word: &str) -> bool {
        let (found, rest) = self.peek_word();
        if found == word {
            self.rest = rest;
        }
        found == word
    }

    fn any(&mut self, depth: usize) -> Result<Expression<'a>, Error> {
        let first = self.all(depth)?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression<'a>, Error> {
        let first = self.term(depth)?;
        let mut parts = vec![first];
        while self.word("and") {
            parts.push(self.term(depth)?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn term(&mut self, depth: usize) -> Result<Expression<'a>, Error> {
        if self.symbol("(") {
            if depth >= MAX_DEPTH {
                return Err(Error::TooDeep { line: 1 });
            }
            let inner = self.any(depth.saturating_add(1))?;
            return if self.symbol(")") { Ok(inner) } else { Err(syntax("parenthesis is not closed")) };
        }
        let left = self.operand()?;
        let operator = self.operator()?;
        Ok(Expression::Compare(left, operator, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand<'a>, Error> {
        self.space();
        for quote in ['"', '\''] {
            if let Some(rest) = self.rest.strip_prefix(quote) {
                let (text, rest) = rest.split_once(quote).ok_or_else(|| syntax("string is not closed"))?;
                self.rest = rest;
                return Ok(Operand::Literal(text));
            }
        }
        let (word, rest) = self.peek_word();
        let name = modern_name(word);
        if !VARIABLES.contains(&name) {
            return Err(syntax("not a marker variable"));
        }
        self.rest = rest;
        Ok(Operand::Variable(name))
    }

    fn operator(&mut self) -> Result<Operator, Error> {
        for (symbol, operator) in SYMBOLS {
            if self.symbol(symbol) {
                return Ok(operator);
            }
        }
        if self.word("in") {
            return Ok(Operator::In);
        }
        if self.word("not") && self.word("in") {
            return Ok(Operator::NotIn);
        }
        Err(syntax("not a marker operator"))
    }
}

/// Names from before PEP 508 that setuptools wrote.
fn modern_name(word: &str) -> &str {
    match word {
        "os.name" => "os_name",
        "sys.platform" => "sys_platform",
        "platform.machine" => "platform_machine",
        "platform.version" => "platform_version",
        "platform.python_implementation" | "python_implementation" => "platform_python_implementation",
        other => other,
    }
}

fn one_or<'a>(mut parts: Vec<Expression<'a>>, join: fn(Vec<Expression<'a>>) -> Expression<'a>) -> Expression<'a> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn evaluate(expression: &Expression<'_>, environment: &Environment, extras: &[&str]) -> Truth {
    match expression {
        Expression::Compare(left, operator, right) => compare(*left, *operator, *right, environment, extras),
        Expression::All(parts) => join(parts, Truth::False, environment, extras),
        Expression::Any(parts) => join(parts, Truth::True, environment, extras),
    }
}

/// `decisive` when a part is; else unknown when a part is; else what all parts are.
fn join(parts: &[Expression<'_>], decisive: Truth, environment: &Environment, extras: &[&str]) -> Truth {
    let mut outcome = decisive.not();
    for part in parts {
        match evaluate(part, environment, extras) {
            truth if truth == decisive => return decisive,
            Truth::Unknown => outcome = Truth::Unknown,
            _ => {}
        }
    }
    outcome
}

fn compare(
    left: Operand<'_>,
    operator: Operator,
    right: Operand<'_>,
    environment: &Environment,
    extras: &[&str],
) -> Truth {
    use Operand::{Literal, Variable};
    match (left, right) {
        (Variable("extra"), Literal(name)) | (Literal(name), Variable("extra")) => {
            let asked = Truth::from(has_extra(extras, name));
            match operator {
                Operator::Equal | Operator::Identical => asked,
                Operator::NotEqual => asked.not(),
                _ => Truth::Unknown,
            }
        }
        (Literal(name), Variable("extras")) => {
            let asked = Truth::from(has_extra(extras, name));
            match operator {
                Operator::In => asked,
                Operator::NotIn => asked.not(),
                _ => Truth::Unknown,
            }
        }
        _ => match (value(left, environment), value(right, environment)) {
            (Some(left), Some(right)) => compare_values(left, operator, right),
            _ => Truth::Unknown,
        },
    }
}

fn has_extra(extras: &[&str], name: &str) -> bool {
    let name = normalize(name);
    extras.iter().any(|extra| normalize(extra) == name)
}

fn value<'v>(operand: Operand<'v>, environment: &'v Environment) -> Option<&'v str> {
    match operand {
        Operand::Literal(text) => Some(text),
        Operand::Variable(name) => environment.get(name),
    }
}

fn compare_values(left: &str, operator: Operator, right: &str) -> Truth {
    match operator {
        Operator::In => return right.contains(left).into(),
        Operator::NotIn => return (!right.contains(left)).into(),
        Operator::Identical => return (left == right).into(),
        _ => {}
    }
    if let (Some(version), Some(prefix)) = (Version::parse(left), right.strip_suffix(".*").and_then(Version::parse)) {
        let matches = Truth::from(version.starts_with(&prefix.release));
        return match operator {
            Operator::Equal => matches,
            Operator::NotEqual => matches.not(),
            _ => Truth::Unknown,
        };
    }
    let versions = Version::parse(left).zip(Version::parse(right));
    let order = versions.as_ref().map_or_else(|| left.cmp(right), |(left, right)| left.compare(right));
    match operator {
        Operator::Equal => order.is_eq().into(),
        Operator::NotEqual => order.is_ne().into(),
        Operator::Less => order.is_lt().into(),
        Operator::LessEqual => order.is_le().into(),
        Operator::Greater => order.is_gt().into(),
        Operator::GreaterEqual => order.is_ge().into(),
        // PEP 440: `~= 2.2.1` is `>= 2.2.1, == 2.2.*`.
        Operator::Compatible => match versions {
            Some((left, right)) => match right.release.split_last() {
                Some((_, prefix)) if !prefix.is_empty() => (order.is_ge() && left.starts_with(prefix)).into(),
                _ => Truth::Unknown,
            },
            None => Truth::Unknown,
        },
        Operator::In | Operator::NotIn | Operator::Identical => Truth::Unknown,
    }
}

/// As much of a PEP 440 version as versions of Python and platforms need: the release, and whether it is before
/// or after it.
struct Version {
    release: Vec<u64>,
    phase: i8,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (release, suffix) = text.split_at_checked(end)?;
        let release = release.trim_end_matches('.');
        let release = release.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let suffix = suffix.trim_start_matches(['-', '_', '.']);
        let phase = match suffix {
            "" => 0,
            _ if suffix.starts_with('+') => 0,
            _ if ["a", "b", "c", "rc", "dev", "pre"].iter().any(|tag| suffix.starts_with(tag)) => -1,
            _ if suffix.starts_with("post") => 1,
            // Not a version: a kernel release such as "6.1.0-13-amd64".
            _ => return None,
        };
        Some(Self { release, phase })
    }

    /// The part of the release at an index; absent ones are zero.
    fn at(&self, index: usize) -> u64 {
        self.release.get(index).copied().unwrap_or(0)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let parts = self.release.len().max(other.release.len());
        let release = (0..parts).map(|part| self.at(part).cmp(&other.at(part))).find(|order| order.is_ne());
        release.unwrap_or_else(|| self.phase.cmp(&other.phase))
    }

    fn starts_with(&self, prefix: &[u64]) -> bool {
        prefix.iter().enumerate().all(|(index, part)| self.at(index) == *part)
    }
}
