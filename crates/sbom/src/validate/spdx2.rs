//! What the text of SPDX 2.2 and 2.3 demands beyond its schema: ids that are unique and found, licenses that are
//! expressions, instants in UTC, checksums of their length.
//!
//! Where the clauses say "shall" it is a fault, where they recommend, or the schema and they disagree, it is advice.
//! The walk follows the table, so a rule is tied to a word of it, not to a path.

mod expression;
mod objects;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use plimsoll_model::Limits;

use super::Verdict;
use super::words::quote;
use crate::encoding::Encoding;
use crate::fault::{Fault, FaultKind};
use crate::json::lexer::{Event, Lexer, Lines};
use crate::standard::{Field, Object, Pattern, Standard, Type, VersionIndex};
use crate::tree::{Members, Pointer, Value};

use expression::Expression;

/// Faults that are reported; past that nobody reads them.
const MOST_FAULTS: usize = 10_000;

/// What the words of a document mean to each other.
#[derive(Default)]
struct Names<'t> {
    /// The ids of elements, with the object that they are.
    elements: HashMap<&'t str, &'static str>,
    licenses: HashSet<&'t str>,
    documents: HashSet<&'t str>,
}

struct Checker<'t> {
    standard: &'static Standard,
    version: VersionIndex,
    names: Names<'t>,
    /// Ids that were met, to find the second.
    seen: HashSet<&'t str>,
    at: Pointer,
    faults: Vec<Fault>,
}

/// Adds to a verdict what the text of the standard has against the document.
pub(super) fn complete(mut verdict: Verdict, tree: &Value, text: Option<&str>) -> Verdict {
    let mut found = check(tree, verdict.version);
    if let Some(text) = text.filter(|_| !found.is_empty()) {
        locate(&mut found, text);
    }
    verdict.faults.extend(found);
    if text.is_some() {
        verdict.faults.sort_by_key(|fault| fault.line);
    }
    soften(verdict.encoding, &mut verdict.faults);
    verdict.valid = verdict.faults.iter().all(|fault| fault.advice);
    verdict
}

/// What the text of the standard has against a document.
fn check(tree: &Value, version: VersionIndex) -> Vec<Fault> {
    let standard = Standard::spdx2();
    let (Some(document), Some(object)) = (tree.as_object(), standard.object(standard.root())) else {
        return Vec::new();
    };
    let mut checker = Checker {
        standard,
        version,
        names: names(document),
        seen: HashSet::new(),
        at: Pointer::root(),
        faults: Vec::new(),
    };
    checker.object(object, document);
    checker.faults
}

/// Gives faults the lines of their places in JSON.
fn locate(faults: &mut [Fault], text: &str) {
    let mut wanted: HashMap<Pointer, Vec<usize>> = HashMap::new();
    for (at, fault) in faults.iter().enumerate() {
        wanted.entry(fault.pointer.clone()).or_default().push(at);
    }
    let mut lexer = Lexer::new(text, &Limits::DEFAULT);
    let mut lines = Lines::new(text);
    let mut here = Pointer::root();
    // For each open bracket the number of the item, of an array.
    let mut open: Vec<Option<usize>> = Vec::new();
    while let Ok(Some(event)) = lexer.next() {
        match event {
            Event::Name(name) => {
                here.push_member(&name);
                continue;
            }
            Event::EndObject | Event::EndArray => drop(open.pop()),
            _ => {
                if let Some(Some(number)) = open.last() {
                    here.push_item(*number);
                }
                for at in wanted.remove(&here).unwrap_or_default() {
                    if let Some(fault) = faults.get_mut(at) {
                        fault.line = Some(lines.line_of(lexer.offset()));
                    }
                }
                match event {
                    Event::BeginObject => open.push(None),
                    Event::BeginArray => open.push(Some(0)),
                    _ => {}
                }
                if matches!(event, Event::BeginObject | Event::BeginArray) {
                    continue;
                }
            }
        }
        // A value is complete.
        if let Some(last) = open.last_mut() {
            here.pop();
            if let Some(number) = last {
                *number = number.saturating_add(1);
            }
        }
    }
}

/// Softens what only the schema of JSON demands, for encodings that it is not about.
fn soften(encoding: Encoding, faults: &mut [Fault]) {
    if !matches!(encoding, Encoding::SpdxTagValue | Encoding::SpdxRdfXml) {
        return;
    }
    for fault in faults.iter_mut().filter(|fault| fault.kind == FaultKind::Missing) {
        let pointer = fault.pointer.as_str();
        // Clause 9.9 has the name of a snippet optional.
        fault.advice |= pointer.starts_with("/snippets/") && fault.message.contains("\"name\"");
    }
}

fn names(document: &Members) -> Names<'_> {
    let mut names = Names::default();
    names.elements.extend(document.get("SPDXID").and_then(Value::as_str).map(|id| (id, "document")));
    for (list, object) in [("packages", "package"), ("files", "file"), ("snippets", "snippet")] {
        for element in document.get(list).and_then(Value::as_array).into_iter().flatten() {
            names.elements.extend(element.text_of("SPDXID").map(|id| (id, object)));
        }
    }
    let all = |list: &str, name: &'static str| {
        let items = document.get(list).and_then(Value::as_array).unwrap_or_default();
        items.iter().filter_map(move |item| item.text_of(name))
    };
    names.licenses.extend(all("hasExtractedLicensingInfos", "licenseId"));
    names.documents.extend(all("externalDocumentRefs", "externalDocumentId"));
    names
}

impl<'t> Checker<'t> {
    fn fault(&mut self, kind: FaultKind, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, self.at.clone(), message));
        }
    }

    fn advise(&mut self, kind: FaultKind, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, self.at.clone(), message).as_advice());
        }
    }

    /// Readers bound how deep a tree is, and the table how deep this goes.
    fn object(&mut self, object: &'static Object, members: &'t Members) {
        for (name, value) in members.iter() {
            let Some(field) = object.field(name, self.version) else { continue };
            self.at.push_member(name);
            self.field(object, field, &field.kind, value);
            self.at.pop();
        }
        objects::check(self, object.name, members);
    }

    fn field(&mut self, object: &Object, field: &'static Field, kind: &'static Type, value: &'t Value) {
        match (kind, value) {
            (Type::Array(item), Value::Array(values)) => {
                for (at, value) in values.iter().enumerate() {
                    self.at.push_item(at);
                    self.field(object, field, item, value);
                    self.at.pop();
                }
            }
            (Type::Object(id), Value::Object(members)) => {
                if let Some(object) = self.standard.object(*id) {
                    self.object(object, members);
                }
            }
            (_, Value::String(text)) => self.text(object, field, kind, text),
            _ => {}
        }
    }

    fn text(&mut self, object: &Object, field: &Field, kind: &Type, text: &'t str) {
        match kind {
            // Of any standard a name is not empty, which is told elsewhere.
            Type::Ref | Type::Link if text.is_empty() => return,
            Type::Ref | Type::Link => {
                let pattern = field.words.get("pattern").and_then(|name| self.pattern(name));
                if pattern.is_some_and(|pattern| !pattern.matches(text)) {
                    return self.fault(FaultKind::Format, "not SPDXRef- with letters, digits, `.` and `-`");
                }
                if *kind == Type::Link {
                    self.reference(text);
                }
            }
            Type::DateTime if !is_instant(text) => {
                self.fault(FaultKind::Format, "not an instant in UTC, YYYY-MM-DDThh:mm:ssZ");
            }
            _ => {}
        }
        // The ids of elements are compared for every standard.
        if field.words.get("names").is_some_and(|names| names != "element") && !self.seen.insert(text) {
            self.fault(FaultKind::Unique, "another has this id");
        }
        if let Some(sort) = field.words.get("license") {
            self.license(sort, text);
        }
        objects::check_text(self, object.name, field.name, text);
    }

    fn pattern(&self, name: &str) -> Option<&'static Pattern> {
        self.standard.patterns().iter().find(|pattern| pattern.name == name)
    }

    /// The name of an element of this or another document.
    fn reference(&mut self, text: &str) {
        match text.split_once(':') {
            _ if matches!(text, "NONE" | "NOASSERTION") => {}
            Some((document, _)) if !self.names.documents.contains(document) => {
                self.fault(FaultKind::Reference, "no external document has this name");
            }
            None if !self.names.elements.contains_key(text) => {
                self.fault(FaultKind::Reference, "no element of the document has this id");
            }
            _ => {}
        }
    }

    fn license(&mut self, sort: &str, text: &str) {
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(message) => return self.fault(FaultKind::Format, format!("not a license expression: {message}")),
        };
        if sort == "item" && expression.is_compound() {
            self.advise(FaultKind::Semantic, "one license a value is meant here, not an expression");
        }
        for (document, license) in &expression.references {
            match document {
                Some(document) if !self.names.documents.contains(document) => {
                    self.fault(FaultKind::Reference, "no external document has this name");
                }
                None if !self.names.licenses.contains(license) => {
                    let known = "hasExtractedLicensingInfos has no license of this name";
                    self.fault(FaultKind::Reference, known);
                }
                _ => {}
            }
        }
        if !expression.unlisted.is_empty() {
            let message = format!("not on the list of licenses: {}", quote(&expression.unlisted.join(", ")));
            self.advise(FaultKind::Value, message);
        }
    }
}

/// Clause 6.9: UTC, to the second, and no more.
fn is_instant(text: &str) -> bool {
    let [y, y2, y3, y4, b'-', m, m2, b'-', d, d2, b'T', h, h2, b':', i, i2, b':', s, s2, b'Z'] = text.as_bytes() else {
        return false;
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| {
            let digit = char::from(**digit).to_digit(10)?;
            sum.checked_mul(10)?.checked_add(digit)
        })
    };
    let parts = [
        number(&[y, y2, y3, y4]),
        number(&[m, m2]),
        number(&[d, d2]),
        number(&[h, h2]),
        number(&[i, i2]),
        number(&[s, s2]),
    ];
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)] = parts else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day) && hour < 24 && minute < 60 && second <= 60
}
