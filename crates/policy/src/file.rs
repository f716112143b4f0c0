//! TOML with a schema: every key is known, every fault has its line, and what may have been meant is said.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use plimsoll_model::Limits;
use plimsoll_syntax::toml::{self, Document, Kind, Table, Value};

use crate::PolicyError;
use crate::words::{nearest, quote};

/// Parses a file.
pub(crate) fn parse<'t>(file: &str, text: &'t str) -> Result<Document<'t>, PolicyError> {
    toml::parse(text, &Limits::DEFAULT).map_err(|source| PolicyError::Syntax {
        file: file.to_owned(),
        line: source.line(),
        source,
    })
}

/// Which end of a day is meant.
#[derive(Clone, Copy)]
pub(crate) enum Edge {
    /// Its first moment, in UTC.
    Begin,
    /// The first moment after it.
    End,
}

/// A table of which all keys are known.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'d> {
    file: &'d str,
    table: Table<'d>,
    /// Where it is, for messages: `builder`, `expect.ref`. Empty for the file itself.
    path: String,
}

impl<'d> Fields<'d> {
    /// The file itself, which begins with `version = 1`.
    pub(crate) fn root(file: &'d str, document: &'d Document<'_>, known: &[&str]) -> Result<Self, PolicyError> {
        let fields = Self::new(file, document.root(), "", known)?;
        match fields.integer("version")? {
            Some(1) => Ok(fields),
            Some(other) => Err(fields.fault("version", format!("version {other} is not known: this release reads 1"))),
            None => Err(fields.fault("version", "the file does not say `version = 1`")),
        }
    }

    /// A table; a key that is not one of these is an error.
    pub(crate) fn new(file: &'d str, table: Table<'d>, path: &str, known: &[&str]) -> Result<Self, PolicyError> {
        let fields = Self::any(file, table, path);
        match table.iter().find(|(key, _)| !known.contains(key)) {
            Some((key, value)) => {
                let place = if path.is_empty() { String::new() } else { format!(" in [{path}]") };
                let problem = format!("{} is not a key{place}{}", quote(key), nearest(key, known));
                Err(fields.fault_at(value.line(), problem))
            }
            None => Ok(fields),
        }
    }

    /// A table whose keys are names that the author chose.
    pub(crate) fn any(file: &'d str, table: Table<'d>, path: &str) -> Self {
        Self { file, table, path: path.to_owned() }
    }

    /// The file, as it was named.
    pub(crate) fn file(&self) -> &'d str {
        self.file
    }

    /// Its keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'d str, Value<'d>)> + use<'d> {
        self.table.iter()
    }

    /// A value, whatever it is.
    pub(crate) fn value(&self, key: &str) -> Option<Value<'d>> {
        self.table.get(key)
    }

    /// The line of a key, or of the table when it is not there.
    pub(crate) fn line(&self, key: &str) -> u32 {
        self.table.get(key).map_or_else(|| self.table.line(), Value::line)
    }

    /// That something is wrong with a key.
    pub(crate) fn fault(&self, key: &str, problem: impl Into<String>) -> PolicyError {
        self.fault_at(self.line(key), problem)
    }

    /// That something is wrong on a line.
    pub(crate) fn fault_at(&self, line: u32, problem: impl Into<String>) -> PolicyError {
        PolicyError::Invalid { file: self.file.to_owned(), line: line.max(1), problem: problem.into() }
    }

    fn kind(&self, key: &str, wanted: &str) -> PolicyError {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.fault(key, format!("{path} has to be {wanted}"))
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'d str>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(Some(text)),
            _ => Err(self.kind(key, "a text that is not empty")),
        }
    }

    /// A text that has to be there.
    pub(crate) fn need_text(&self, key: &str) -> Result<&'d str, PolicyError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// That a key has to be there.
    pub(crate) fn missing(&self, key: &str) -> PolicyError {
        let place = if self.path.is_empty() { "the file".to_owned() } else { format!("[{}]", self.path) };
        self.fault(key, format!("{place} has no {key}"))
    }

    /// One text or a list of them.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<&'d str>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let bad = || self.kind(key, "a text or a list of texts");
        if value.kind() == Kind::String {
            return Ok(self.text(key)?.into_iter().collect());
        }
        let list = value.as_array().ok_or_else(bad)?;
        let texts: Option<Vec<&str>> =
            list.iter().map(|item| item.as_str().filter(|text| !text.trim().is_empty())).collect();
        texts.filter(|texts| !texts.is_empty()).ok_or_else(bad)
    }

    /// A whole number.
    pub(crate) fn integer(&self, key: &str) -> Result<Option<i64>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        value.as_integer().map(Some).ok_or_else(|| self.kind(key, "a whole number"))
    }

    /// A whole number between two others.
    pub(crate) fn within(&self, key: &str, least: u8, most: u8) -> Result<Option<u8>, PolicyError> {
        let Some(number) = self.integer(key)? else { return Ok(None) };
        let number = u8::try_from(number).ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| self.kind(key, &format!("a number from {least} to {most}")))
    }

    /// Yes or no.
    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.kind(key, "true or false"))
    }

    /// A table, of which all keys are known.
    pub(crate) fn table(&self, key: &str, known: &[&str]) -> Result<Option<Fields<'d>>, PolicyError> {
        let Some(table) = self.map(key)? else { return Ok(None) };
        Self::new(self.file, table.table, &table.path, known).map(Some)
    }

    /// A table whose keys are names that the author chose.
    pub(crate) fn map(&self, key: &str) -> Result<Option<Fields<'d>>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let table = value.as_table().ok_or_else(|| self.kind(key, "a table"))?;
        Ok(Some(Self::any(self.file, table, &path)))
    }

    /// A day or a time, as TOML's own type or as text, that has to be there.
    pub(crate) fn day(&self, key: &str, edge: Edge) -> Result<Timestamp, PolicyError> {
        let value = self.value(key).ok_or_else(|| self.missing(key))?;
        let text = match value.kind() {
            Kind::Datetime => value.as_datetime(),
            _ => value.as_str(),
        };
        let text = text.unwrap_or_default();
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(time);
        }
        let date = if text.len() == "2026-12-31".len() { text.parse::<Date>().ok() } else { None };
        let date = match edge {
            Edge::Begin => date,
            Edge::End => date.and_then(|date| date.tomorrow().ok()),
        };
        let time = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp());
        time.ok_or_else(|| self.fault(key, format!("{key} has to be a day such as 2026-12-31, or an RFC 3339 time")))
    }

    /// One table of `[key]` or `key = {}`, or those of `[[key]]` or `key = [{}]`, of which all keys are known.
    pub(crate) fn one_or_more(&self, key: &str, known: &[&str]) -> Result<Vec<Fields<'d>>, PolicyError> {
        match self.table.get(key).map(Value::kind) {
            Some(Kind::Table) => Ok(self.table(key, known)?.into_iter().collect()),
            _ => self.tables(key, known),
        }
    }

    /// The tables of `[[key]]`, of which all keys are known.
    pub(crate) fn tables(&self, key: &str, known: &[&str]) -> Result<Vec<Fields<'d>>, PolicyError> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let bad = || self.kind(key, &format!("tables, each under [[{key}]]"));
        let list = value.as_array().ok_or_else(bad)?;
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        list.iter().map(|item| Self::new(self.file, item.as_table().ok_or_else(bad)?, &path, known)).collect()
    }
}
