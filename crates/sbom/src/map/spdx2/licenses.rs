//! Licences: expressions and free text.
//!
//! SPDX 2 has one expression for what is declared and one for what is concluded. Several statements become
//! `(A) AND (B)`; such a text is read as several statements again where one of them is a single licence, which nobody
//! writes in parentheses otherwise. Free text gets an id `LicenseRef-…` that is made from it, and its entry under
//! `hasExtractedLicensingInfos` names it, so that it is told from the custom licences of a document and comes back as
//! free text. Text is never made an expression, but for the name of a listed licence.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use plimsoll_model::License;

use super::words::{NOASSERTION, NONE, digest, id_part, is_document_id};
use crate::document::{CustomLicense, Document, LicenseClaim, LicenseForm, LicenseStatement, Unknown};
use crate::licenses as listed;
use crate::tree::{Members, Value};

/// The id that stands for a statement of free text.
fn free_id(text: &str, url: Option<&str>, full_text: Option<&str>) -> String {
    let key = match (url, full_text) {
        (None, None) => Cow::Borrowed(text),
        // A text that is there and empty is not the same as none.
        (url, Some("")) => Cow::Owned(format!("{text}\0{}\0\0", url.unwrap_or_default())),
        _ => Cow::Owned(format!("{text}\0{}\0{}", url.unwrap_or_default(), full_text.unwrap_or_default())),
    };
    let name: String = id_part(text).chars().take(30).collect();
    let name = name.trim_matches('-');
    format!("LicenseRef-{name}{}{}", if name.is_empty() { "" } else { "-" }, digest(&key, 6))
}

/// What `hasExtractedLicensingInfos` holds.
#[derive(Debug, Default)]
pub(super) struct Extracted {
    /// Free text, by id.
    free: HashMap<String, LicenseStatement>,
    /// The ids of free text that some expression names too.
    in_expressions: HashSet<String>,
    custom: Vec<CustomLicense>,
}

impl Extracted {
    /// Reads them.
    pub(super) fn read(tree: &Value) -> Self {
        let mut out = Self::default();
        for held in tree.items_of("hasExtractedLicensingInfos") {
            let Some(id) = held.text_of("licenseId") else { continue };
            let text = |name: &str| held.text_of(name).map(str::to_owned);
            let custom = CustomLicense {
                id: id.to_owned(),
                name: text("name"),
                text: text("extractedText").unwrap_or_default(),
                urls: held.items_of("seeAlsos").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                comment: text("comment"),
            };
            // We write such an entry where an expression names a licence that the document does not explain.
            let says_nothing = custom.name.is_none() && custom.urls.is_empty() && custom.comment.is_none();
            if says_nothing && custom.text == NOASSERTION {
                continue;
            }
            if let Some(statement) = free_statement(&custom) {
                out.free.insert(custom.id.clone(), statement);
            }
            out.custom.push(custom);
        }
        out
    }

    /// The custom licences, without those that only stand for free text.
    pub(super) fn into_custom(self) -> Vec<CustomLicense> {
        let Self { free, in_expressions, custom } = self;
        custom.into_iter().filter(|held| !free.contains_key(&held.id) || in_expressions.contains(&held.id)).collect()
    }

    /// Reads the text of a licence field; the statements, or what stands instead of them.
    pub(super) fn statements(
        &mut self,
        text: &str,
        claim: LicenseClaim,
        out: &mut Vec<LicenseStatement>,
    ) -> Option<Unknown> {
        let text = text.trim();
        match text {
            "" => return None,
            NONE => return Some(Unknown::None),
            NOASSERTION => return Some(Unknown::NoAssertion),
            _ => {}
        }
        match split_list(text) {
            Some(parts) => parts.into_iter().for_each(|part| out.push(self.statement(part, claim))),
            None => out.push(self.statement(text, claim)),
        }
        None
    }

    fn statement(&mut self, text: &str, claim: LicenseClaim) -> LicenseStatement {
        if let Some(free) = self.free.get(text) {
            return LicenseStatement { claim, ..free.clone() };
        }
        let is_id = !text.contains([' ', '(']) && {
            let license = License::declared(text);
            license.as_ref().and_then(listed::id) == Some(text)
        };
        if !is_id {
            for word in references(text).filter(|word| self.free.contains_key(*word)) {
                self.in_expressions.insert(word.to_owned());
            }
        }
        let form = if is_id { LicenseForm::Id } else { LicenseForm::Expression };
        LicenseStatement { text: text.to_owned(), form, claim, url: None, full_text: None }
    }
}

/// The free text that an entry stands for: its id is made from the rest.
fn free_statement(custom: &CustomLicense) -> Option<LicenseStatement> {
    let name = custom.name.as_deref()?;
    let full_text = (custom.text != name).then_some(custom.text.as_str());
    let (url, more) = (custom.urls.first().map(String::as_str), custom.urls.get(1));
    let ours = more.is_none() && custom.comment.is_none() && free_id(name, url, full_text) == custom.id;
    ours.then(|| LicenseStatement {
        text: name.to_owned(),
        form: LicenseForm::Name,
        claim: LicenseClaim::Unsaid,
        url: url.map(str::to_owned),
        full_text: full_text.map(str::to_owned),
    })
}

/// The parts of `(A) AND (B)` of which at least one is a single licence.
fn split_list(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let inner = rest.strip_prefix('(')?;
        let mut depth = 1_usize;
        let end = inner.bytes().position(|byte| {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })?;
        parts.push(inner.get(..end)?);
        rest = inner.get(end.saturating_add(1)..)?;
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(" AND ")?;
    }
    let single = |part: &&str| !part.is_empty() && !part.contains([' ', '(', ')']);
    (parts.len() > 1 && parts.iter().any(single)).then_some(parts)
}

/// The licences of an expression that no list has.
fn references(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split([' ', '(', ')']).map(|word| word.trim_end_matches('+'));
    words.filter(|word| word.starts_with("LicenseRef-"))
}

/// Collects the entries that a document needs while its licences are written.
pub(super) struct Extracting<'a> {
    documents: HashSet<&'a str>,
    known: HashSet<String>,
    entries: Vec<Value>,
    unexplained: Vec<String>,
}

impl<'a> Extracting<'a> {
    /// Starts with the custom licences of the document.
    pub(super) fn new(document: &'a Document) -> Self {
        let mut out = Self {
            documents: document.external_documents.iter().map(|held| held.id.as_str()).collect(),
            known: HashSet::new(),
            entries: Vec::new(),
            unexplained: Vec::new(),
        };
        for held in &document.custom_licenses {
            let legal = held.id.strip_prefix("LicenseRef-").is_some_and(is_id_string);
            let (id, name) = match legal {
                true => (held.id.clone(), held.name.as_deref()),
                false => (free_id(&held.id, None, None), held.name.as_deref().or(Some(held.id.as_str()))),
            };
            out.add(id, &held.text, name, &held.urls, held.comment.as_deref());
        }
        out
    }

    fn add(&mut self, id: String, text: &str, name: Option<&str>, urls: &[String], comment: Option<&str>) {
        if !self.known.insert(id.clone()) {
            return;
        }
        let mut members = Members::new();
        members.push("licenseId", Value::text(id));
        members.push("extractedText", Value::text(text));
        members.set_some("name", name);
        members.set_items("seeAlsos", urls.iter().map(|url| Value::text(url.as_str())).collect());
        members.set_some("comment", comment);
        self.entries.push(Value::Object(members));
    }

    /// The expression of one field for all statements of some claims; `None` when there are none.
    pub(super) fn join<'s>(&mut self, statements: impl Iterator<Item = &'s LicenseStatement>) -> Option<String> {
        let statements: Vec<&LicenseStatement> = statements.collect();
        match statements.as_slice() {
            [] => None,
            [only] if matches!(only.text.as_str(), NONE | NOASSERTION) => Some(only.text.clone()),
            [only] => Some(self.operand(only)),
            several => {
                let parts: Vec<String> = several.iter().map(|held| format!("({})", self.operand(held))).collect();
                Some(parts.join(" AND "))
            }
        }
    }

    /// One statement as a part of an expression.
    pub(super) fn operand(&mut self, statement: &LicenseStatement) -> String {
        let text = statement.text.trim();
        let expression = match statement.form {
            LicenseForm::Id | LicenseForm::Expression => self.is_expression(text),
            LicenseForm::Name => statement.full_text.is_none() && is_listed(text),
        };
        if expression {
            self.unexplained.extend(references(text).map(str::to_owned));
            return text.to_owned();
        }
        let (url, full) = (statement.url.as_deref(), statement.full_text.as_deref());
        let id = free_id(&statement.text, url, full);
        let urls: Vec<String> = statement.url.iter().cloned().collect();
        self.add(id.clone(), full.unwrap_or(&statement.text), Some(&statement.text), &urls, None);
        id
    }

    /// Whether a text is an expression of SPDX 2 (2.3 Annex D). Ids that no list has are let through, as lists grow; so
    /// are operators in small letters. A licence of another document must be of one that this names.
    fn is_expression(&self, text: &str) -> bool {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let (mut open, mut operand, mut with) = (0_usize, true, false);
        for word in spaced.split_whitespace() {
            let operator = ["AND", "OR", "WITH"].iter().find(|operator| operator.eq_ignore_ascii_case(word));
            operand = match (word, operator, operand) {
                ("(", _, true) if !with => {
                    open = open.saturating_add(1);
                    true
                }
                (")", _, false) if open > 0 => {
                    open = open.saturating_sub(1);
                    false
                }
                (_, Some(operator), false) => {
                    if with && *operator == "WITH" {
                        return false;
                    }
                    with = *operator == "WITH";
                    true
                }
                (_, None, true) if with && is_id_string(word) && !word.starts_with("AdditionRef-") => false,
                (_, None, true) if !with && self.is_license(word) => false,
                _ => return false,
            };
        }
        open == 0 && !operand
    }

    fn is_license(&self, word: &str) -> bool {
        match word.split_once(':') {
            Some((document, license)) => {
                let known = is_document_id(document) && self.documents.contains(document);
                known && license.strip_prefix("LicenseRef-").is_some_and(is_id_string)
            }
            None if matches!(word, NONE | NOASSERTION) || word.starts_with("AdditionRef-") => false,
            None => match word.strip_prefix("LicenseRef-") {
                Some(rest) => is_id_string(rest),
                None => is_id_string(word.strip_suffix('+').unwrap_or(word)),
            },
        }
    }

    /// All entries. Licences that expressions name and nothing explains come last.
    pub(super) fn finish(&mut self) -> Vec<Value> {
        for id in std::mem::take(&mut self.unexplained) {
            self.add(id, NOASSERTION, None, &[], None);
        }
        std::mem::take(&mut self.entries)
    }
}

fn is_id_string(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

fn is_listed(text: &str) -> bool {
    !text.contains(' ') && License::declared(text).as_ref().and_then(listed::id) == Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_and_none_are_two_licences() {
        let ids = [None, Some(""), Some("text")].map(|text| free_id("a licence", Some("https://a/l"), text));
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]) && ids[0] != ids[2], "{ids:?}");
    }
}
