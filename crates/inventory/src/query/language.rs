//! The language of questions: what is typed after `find`, into the search box and into the API.
//!
//! ```text
//! pkg:npm/lodash@<4.17.21 AND env:prod AND NOT team:payments
//! ```
//!
//! Terms stand beside each other (`AND`, which may be left out), with `OR`, `NOT` and parentheses; `NOT` binds closest, then `AND`.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use plimsoll_model::Digest;

use super::affected::{Affected, Resolve};
use super::lexer::{self, Word, WordKind};
use super::names::{glob, path_glob};
use super::{ArtifactTime, ComponentQuery, Query};
use crate::error::InventoryError;

/// How deep parentheses and `NOT` may nest.
const DEEPEST: usize = 64;

/// How many terms there may be.
const MOST: usize = 1000;

/// Words before a colon that mean something; others are names of labels.
const WORDS: &[&str] = &[
    "advisory",
    "artifact",
    "built",
    "class",
    "deployed",
    "environment",
    "first-seen",
    "label",
    "layer",
    "license",
    "package",
    "path",
];

/// Names of labels that are not taken for slips of the pen.
const LABELS: &[&str] = &["owner", "service", "team"];

/// Why a question cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct QueryError {
    /// Where, in bytes from the beginning.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.at.saturating_add(1))?;
        self.suggestion.as_ref().map_or(Ok(()), |suggestion| write!(f, "; {suggestion}"))
    }
}

impl From<QueryError> for InventoryError {
    fn from(error: QueryError) -> Self {
        Self::Query(error.to_string())
    }
}

impl Query {
    /// Reads a question. Ids of advisories are looked up in `advisories`.
    ///
    /// # Errors
    /// It cannot be understood, or an advisory is not known.
    pub fn parse(text: &str, advisories: Option<&dyn Resolve>) -> Result<Self, QueryError> {
        let words = lexer::words(text).map_err(|at| QueryError {
            at,
            message: "a quotation mark is not closed".to_owned(),
            suggestion: None,
        })?;
        if words.len() > MOST {
            return Err(error(0, "too many terms".to_owned()));
        }
        if words.is_empty() {
            return Ok(Self::Everything);
        }
        let mut parser = Parser { words: &words, at: 0, end: text.len(), advisories };
        let query = parser.any(0)?;
        match parser.peek() {
            None => Ok(query),
            Some(word) => Err(error(word.at, "there is no ( for this )".to_owned())),
        }
    }
}

type Parsed<T> = Result<T, QueryError>;

fn error(at: usize, message: String) -> QueryError {
    QueryError { at, message, suggestion: None }
}

struct Parser<'p> {
    words: &'p [Word],
    at: usize,
    end: usize,
    advisories: Option<&'p dyn Resolve>,
}

impl<'p> Parser<'p> {
    fn peek(&self) -> Option<&'p Word> {
        self.words.get(self.at)
    }

    fn is_word(&self, wanted: &str) -> bool {
        self.peek().is_some_and(|word| word.kind == WordKind::Term && word.text == wanted)
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn any(&mut self, depth: usize) -> Parsed<Query> {
        let mut parts = vec![self.all(depth)?];
        while self.is_word("OR") {
            self.skip();
            parts.push(self.all(depth)?);
        }
        Ok(only(parts, Query::Any))
    }

    fn all(&mut self, depth: usize) -> Parsed<Query> {
        let mut parts = vec![self.one(depth)?];
        loop {
            if self.is_word("AND") {
                self.skip();
            } else if self.is_word("OR") || self.peek().is_none_or(|word| word.kind == WordKind::Close) {
                return Ok(only(parts, Query::All));
            }
            parts.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Parsed<Query> {
        let Some(word) = self.peek() else {
            return Err(error(self.end, "a term is missing at the end".to_owned()));
        };
        if depth > DEEPEST {
            return Err(error(word.at, "parentheses are nested too deeply".to_owned()));
        }
        self.skip();
        match word.kind {
            WordKind::Open => {
                let query = self.any(depth.saturating_add(1))?;
                if self.peek().is_none_or(|word| word.kind != WordKind::Close) {
                    return Err(error(word.at, "this ( is not closed".to_owned()));
                }
                self.skip();
                Ok(query)
            }
            WordKind::Close => Err(error(word.at, "a term is missing before )".to_owned())),
            WordKind::Term if word.text == "NOT" => Ok(Query::Not(Box::new(self.one(depth.saturating_add(1))?))),
            WordKind::Term if matches!(word.text.as_str(), "AND" | "OR") => {
                Err(error(word.at, format!("a term is missing before {}", word.text)))
            }
            WordKind::Term if matches!(word.text.as_str(), "and" | "or" | "not") => {
                let suggestion =
                    Some(format!("write {}, or \"{}\" for a package", word.text.to_uppercase(), word.text));
                Err(QueryError { suggestion, ..error(word.at, format!("{:?} may be a word or a name", word.text)) })
            }
            WordKind::Term | WordKind::Quoted => self.term(word),
        }
    }

    fn term(&mut self, word: &Word) -> Parsed<Query> {
        let text = word.text.as_str();
        let wrong = |reason: &dyn fmt::Display| error(word.at, reason.to_string());
        if text.starts_with("pkg:") {
            let mut text = text.to_owned();
            // `pkg:npm/lodash <4.17.21`, also in several parts.
            while let Some(range) = self.peek().filter(|next| {
                next.kind == WordKind::Term
                    && (next.text.starts_with(['<', '>', '=', '^', '~', '!', '[']) || next.text.starts_with("vers:"))
            }) {
                text.push(' ');
                text.push_str(&range.text);
                self.skip();
            }
            return ComponentQuery::parse(&text).map(Query::Component).map_err(|reason| wrong(&reason));
        }
        if is_advisory(text) {
            return self.advisory(text, word);
        }
        let Some((key, value)) = text.split_once(':').filter(|(key, _)| is_name(key)) else {
            if text == "deployed" {
                return Ok(Query::Deployed(None));
            }
            if let Some(found) = bare_digest(text) {
                return Ok(Query::Digest(found));
            }
            glob(text).map_err(|reason| wrong(&reason))?;
            return ComponentQuery::parse(text).map(Query::Component).map_err(|reason| wrong(&reason));
        };
        if value.is_empty() {
            return Err(error(word.at, format!("nothing is said after {key}:")));
        }
        self.keyed(key, value, word)
    }

    fn keyed(&self, key: &str, value: &str, word: &Word) -> Parsed<Query> {
        let wrong = |reason: &dyn fmt::Display| error(word.at, reason.to_string());
        let pattern = |text: &str| match glob(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(reason) => Err(wrong(&reason)),
        };
        Ok(match key {
            "md5" | "sha1" | "sha256" | "sha384" | "sha512" => {
                Query::Digest(Digest::from_prefixed(&word.text).map_err(|reason| wrong(&reason))?)
            }
            "package" => ComponentQuery::parse(value).map(Query::Component).map_err(|reason| wrong(&reason))?,
            "license" | "licence" => Query::License(pattern(value)?),
            "path" | "file" => {
                path_glob(value).map_err(|reason| wrong(&reason))?;
                Query::Path(value.to_owned())
            }
            "class" => Query::Path(class_path(value)),
            "layer" => Query::Layer(Digest::from_prefixed(value).map_err(|reason| wrong(&reason))?),
            "artifact" | "name" => Query::Artifact(pattern(value)?),
            "deployed" => Query::Deployed(Some(pattern(value)?)),
            "advisory" => self.advisory(value, word)?,
            "env" | "environment" => Query::Label { name: "environment".to_owned(), value: pattern(value)? },
            "label" => {
                let Some((name, value)) = value.split_once(['=', ':']) else {
                    let suggestion = Some(format!("write label:{value}=VALUE, or label:{value}=* for any"));
                    return Err(QueryError {
                        suggestion,
                        ..error(word.at, "a label has a name and a value".to_owned())
                    });
                };
                Query::Label { name: name.to_owned(), value: pattern(value)? }
            }
            "first-seen" | "added" => when(ArtifactTime::Added, value).ok_or_else(|| not_a_time(key, word))?,
            "built" => when(ArtifactTime::Built, value).ok_or_else(|| not_a_time(key, word))?,
            _ => {
                if let Some(meant) = near(key) {
                    let suggestion = Some(format!("{meant}:{value}, or label:{key}={value} for a label of that name"));
                    return Err(QueryError { suggestion, ..error(word.at, format!("{key}: is not known")) });
                }
                Query::Label { name: key.to_owned(), value: pattern(value)? }
            }
        })
    }

    fn advisory(&self, id: &str, word: &Word) -> Parsed<Query> {
        let Some(advisories) = self.advisories else {
            return Err(error(word.at, format!("{id}: no advisories are at hand")));
        };
        let found = advisories.advisory(id).map_err(|reason| error(word.at, format!("{id}: {reason}")))?;
        if found.is_empty() {
            let suggestion = Some("update the advisories, or give the record as a file".to_owned());
            return Err(QueryError { suggestion, ..error(word.at, format!("no advisory is called {id}")) });
        }
        Ok(Query::Affected(Affected::by(id, found)))
    }
}

/// One part as it is, several as one.
fn only(mut parts: Vec<Query>, join: impl Fn(Vec<Query>) -> Query) -> Query {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        Some(part) => {
            parts.push(part);
            join(parts)
        }
        None => Query::Everything,
    }
}

/// A word that can stand before a colon.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

/// Whether a text has the shape of an advisory's id: `CVE-2021-44228`, `GHSA-jfh8-c2jp-5v3q`, `RHSA-2021:5093`.
fn is_advisory(text: &str) -> bool {
    let Some((database, rest)) = text.split_once('-') else { return false };
    let upper = database.len() >= 2 && database.bytes().all(|byte| byte.is_ascii_uppercase());
    let known = matches!(database, "GHSA" | "CVE" | "MAL" | "OSV");
    upper && (known || rest.starts_with(|c: char| c.is_ascii_digit())) && !rest.contains(['*', '@', '/'])
}

/// 64 hexadecimal digits are a SHA-256.
fn bare_digest(text: &str) -> Option<Digest> {
    let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| Digest::from_prefixed(&format!("sha256:{}", text.to_ascii_lowercase())).ok()).flatten()
}

/// The file of a Java class: `JndiLookup` in any package, `org.x.JndiLookup` in this one.
fn class_path(name: &str) -> String {
    let name = name.strip_suffix(".class").unwrap_or(name);
    if name.contains(['.', '/']) { format!("**/{}.class", name.replace('.', "/")) } else { format!("{name}.class") }
}

/// `>2026-01-01`, `>=…`, `<…`, `<=…`, or a day or a moment from which on.
fn when(time: ArtifactTime, text: &str) -> Option<Query> {
    let (operator, rest) = ["<=", ">=", "<", ">"]
        .iter()
        .find_map(|operator| Some((*operator, text.strip_prefix(operator)?)))
        .unwrap_or((">=", text));
    let (first, after) = span(rest.trim())?;
    let (from, until) = match operator {
        "<" => (None, Some(first)),
        "<=" => (None, Some(after)),
        ">" => (Some(after), None),
        _ => (Some(first), None),
    };
    Some(Query::When { time, from, until })
}

/// The first moment of a day or second, and the first after it.
fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some((moment, moment.checked_add(1.second()).ok()?));
    }
    let day: Date = text.parse().ok()?;
    let start = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
    Some((start(day)?, start(day.tomorrow().ok()?)?))
}

fn not_a_time(key: &str, word: &Word) -> QueryError {
    let suggestion = Some(format!("write {key}:>2026-01-31"));
    QueryError { suggestion, ..error(word.at, format!("{:?} is no time", word.text)) }
}

/// The word that may have been meant, if one is near and this is no usual label.
fn near(key: &str) -> Option<&'static str> {
    if LABELS.contains(&key) {
        return None;
    }
    WORDS
        .iter()
        .copied()
        .filter(|word| distance(key, word) <= 2 && key.len() > 3)
        .min_by_key(|word| distance(key, word))
}

/// How many letters have to be added, removed or changed.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(32).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (number, own) in left.chars().take(32).enumerate() {
        let mut diagonal = number;
        let mut before = number.saturating_add(1);
        let mut next = vec![before];
        for (other, up) in right.iter().zip(row.iter().skip(1)) {
            let changed = diagonal.saturating_add(usize::from(own != *other));
            before = changed.min(up.saturating_add(1)).min(before.saturating_add(1));
            diagonal = *up;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
