//! Requirements of Python packages: names, extras, specifiers, URLs and markers.
//!
//! Follows the dependency specifiers of
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/> (PEP 508), and names are
//! normalised as PEP 503 says. The options and comments of a `requirements.txt` line are not part of a
//! requirement: cut them off first.

mod marker;

pub use marker::{Environment, Marker, Truth};

use super::Error;

/// The operators of a version specifier; none is a prefix of one after it.
const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// The name as written; see [`normalize`].
    pub name: &'a str,
    /// The extras as written.
    pub extras: Vec<&'a str>,
    /// The version specifier as written, without parentheses; empty when any version will do.
    pub specifier: &'a str,
    /// Where it comes from: a URL, or a path in files that pip reads.
    pub url: Option<&'a str>,
    /// When it applies; always when there is none.
    pub marker: Option<Marker<'a>>,
}

impl<'a> Requirement<'a> {
    /// Reads one requirement.
    ///
    /// # Errors
    /// It is not one. The line of the error is always 1.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let text = text.trim();
        let (name, rest) = split_name(text)?;
        let (extras, rest) = split_extras(rest.trim_start())?;
        let rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix('@') {
            let (url, rest) = split_url(rest.trim_start())?;
            return Ok(Self { name, extras, specifier: "", url: Some(url), marker: parse_marker(rest)? });
        }
        let end = memchr::memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
        let (specifier, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let specifier = check_specifier(specifier.trim())?;
        Ok(Self { name, extras, specifier, url: None, marker: parse_marker(rest)? })
    }

    /// The only version that will do, when the specifier names one.
    #[must_use]
    pub fn exact_version(&self) -> Option<&'a str> {
        exact_version(self.specifier)
    }
}

/// The name as PEP 503 compares it: lower case, with one `-` for each run of `-`, `_` and `.`.
#[must_use]
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut separator = false;
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            separator = true;
            continue;
        }
        if std::mem::take(&mut separator) {
            out.push('-');
        }
        out.push(character.to_ascii_lowercase());
    }
    if separator {
        out.push('-');
    }
    out
}

/// The only version that a specifier allows: of `==` without `.*`, or `===`.
#[must_use]
pub fn exact_version(specifier: &str) -> Option<&str> {
    specifier.split(',').find_map(|clause| {
        let clause = clause.trim();
        let version = clause.strip_prefix("===").or_else(|| clause.strip_prefix("=="))?.trim();
        (!version.is_empty() && !version.ends_with('*')).then_some(version)
    })
}

fn syntax(message: &str) -> Error {
    Error::syntax(1, message)
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn split_name(text: &str) -> Result<(&str, &str), Error> {
    let end = text.find(|character| !is_name_character(character)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let valid = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric());
    if valid { Ok((name, rest)) } else { Err(syntax("not a package name")) }
}

fn split_extras(text: &str) -> Result<(Vec<&str>, &str), Error> {
    let Some(rest) = text.strip_prefix('[') else { return Ok((Vec::new(), text)) };
    let (list, rest) = rest.split_once(']').ok_or_else(|| syntax("list of extras is not closed"))?;
    let extras: Vec<_> = list.split(',').map(str::trim).filter(|extra| !extra.is_empty()).collect();
    if extras.iter().all(|extra| extra.chars().all(is_name_character)) {
        Ok((extras, rest))
    } else {
        Err(syntax("not an extra"))
    }
}

/// A URL ends at white space: it may itself have a `;`.
fn split_url(text: &str) -> Result<(&str, &str), Error> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((url, rest)) if !url.is_empty() => Ok((url, rest)),
        _ => Err(syntax("no URL after '@'")),
    }
}

fn check_specifier(text: &str) -> Result<&str, Error> {
    let inner = match text.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')').ok_or_else(|| syntax("parenthesis is not closed"))?.trim(),
        None => text,
    };
    for clause in inner.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        let version = OPERATORS.iter().find_map(|operator| clause.strip_prefix(operator));
        let version = version.ok_or_else(|| syntax("not a version specifier"))?.trim();
        if version.is_empty() || version.contains(char::is_whitespace) {
            return Err(syntax("not a version"));
        }
    }
    Ok(inner)
}

fn parse_marker(text: &str) -> Result<Option<Marker<'_>>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let marker = text.strip_prefix(';').ok_or_else(|| syntax("text after the requirement"))?;
    Marker::parse(marker).map(Some)
}

#[cfg(test)]
mod tests;
