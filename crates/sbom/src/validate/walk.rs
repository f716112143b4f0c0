//! A tree held against the table of its standard.
//!
//! It follows types alone: presence, kinds, values, patterns and counts. What spans several places of a document is for
//! the rules of its standard. Readers bound how deep a tree is, so the recursion is bounded too.

use plimsoll_model::printable;

use crate::fault::{Fault, FaultKind};
use crate::standard::{Field, Object, Standard, Type, VariantsId, VersionIndex};
use crate::tree::{Members, Pointer, Value};

/// Faults after which no more are looked for.
const MOST_FAULTS: usize = 1000;

/// What is wrong with a tree as the table has it.
pub(crate) fn walk(tree: &Value, standard: &'static Standard, version: VersionIndex) -> Vec<Fault> {
    let mut walker = Walker { standard, version, faults: Vec::new() };
    walker.value(tree, &Type::Object(standard.root()), &mut Pointer::root());
    walker.faults
}

struct Walker {
    standard: &'static Standard,
    version: VersionIndex,
    faults: Vec<Fault>,
}

impl Walker {
    fn fault(&mut self, kind: FaultKind, at: &Pointer, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, at.clone(), message));
        }
    }

    fn value(&mut self, value: &Value, kind: &Type, at: &mut Pointer) {
        match (kind, value) {
            (Type::Any, _) => {}
            (Type::Either(types), _) => self.either(value, types, at),
            (Type::Array(item), Value::Array(items)) => {
                for (number, held) in items.iter().enumerate() {
                    at.push_item(number);
                    self.value(held, item, at);
                    at.pop();
                }
            }
            (Type::Object(id), Value::Object(members)) => {
                if let Some(object) = self.standard.object(*id) {
                    self.object(members, object, at);
                }
            }
            (Type::Variants(id), Value::Object(members)) => self.variants(members, *id, at),
            (Type::Integer, Value::Number(text)) if !is_whole(text) => {
                self.fault(FaultKind::Type, at, "expected a whole number");
            }
            (_, Value::String(text)) if is_text(kind) => {
                if let Some((kind, message)) = self.text_fault(text, kind) {
                    self.fault(kind, at, message);
                }
            }
            _ if fits(kind, value) => {}
            _ => self.fault(FaultKind::Type, at, format!("expected {}, not {}", words(kind), value.kind())),
        }
    }

    /// A value of one of several types: told by its kind, and among types of text by which one takes it.
    fn either(&mut self, value: &Value, types: &[Type], at: &mut Pointer) {
        if let Value::String(text) = value {
            let mut first = None;
            for kind in types.iter().filter(|kind| is_text(kind)) {
                match self.text_fault(text, kind) {
                    None => return,
                    fault => first = first.or(fault),
                }
            }
            if let Some((kind, message)) = first {
                return self.fault(kind, at, message);
            }
        }
        match types.iter().find(|kind| fits(kind, value)) {
            Some(kind) => self.value(value, kind, at),
            None => {
                let expected: Vec<_> = types.iter().map(words).collect();
                let message = format!("expected {}, not {}", expected.join(" or "), value.kind());
                self.fault(FaultKind::Type, at, message);
            }
        }
    }

    fn variants(&mut self, members: &Members, id: VariantsId, at: &mut Pointer) {
        let Some(variants) = self.standard.variants(id) else { return };
        let Some(by) = members.get(variants.by) else {
            return self.fault(FaultKind::Missing, at, format!("{} is missing", variants.by));
        };
        let chosen = by.as_str().and_then(|name| variants.choice(name, self.version));
        match chosen.and_then(|id| self.standard.object(id)) {
            Some(object) => self.object(members, object, at),
            None => {
                let message = match by.as_str() {
                    Some(name) => format!("{} is not one of the types that may be here", quoted(name)),
                    None => format!("expected a string, not {}", by.kind()),
                };
                at.push_member(variants.by);
                self.fault(FaultKind::Value, at, message);
                at.pop();
            }
        }
    }

    fn object(&mut self, members: &Members, object: &Object, at: &mut Pointer) {
        let mut otherwise = None;
        for field in object.fields_in(self.version) {
            match members.get(field.name) {
                Some(value) => {
                    at.push_member(field.name);
                    self.value(value, &field.kind, at);
                    self.bounds(value, field, at);
                    at.pop();
                }
                None if field.required.is_some_and(|during| during.has(self.version)) => {
                    self.fault(FaultKind::Missing, at, format!("{} is missing", field.name));
                }
                None => otherwise = otherwise.or(field.otherwise),
            }
        }
        let rest = || members.iter().filter(|(name, _)| object.field(name, self.version).is_none());
        if let Some(id) = otherwise {
            let rest = rest().map(|(name, value)| (name.to_owned().into(), value.clone())).collect();
            self.variants(&rest, id, at);
        } else if !object.open.is_some_and(|during| during.has(self.version)) {
            let unknown: Vec<_> = rest().map(|(name, _)| name).collect();
            for name in unknown {
                at.push_member(name);
                self.fault(FaultKind::Unknown, at, format!("{} has no member of this name", object.name));
                at.pop();
            }
        }
    }

    fn bounds(&mut self, value: &Value, field: &Field, at: &Pointer) {
        if let (Some(constant), Some(text)) = (field.constant, value.as_str())
            && constant != text
        {
            self.fault(FaultKind::Value, at, format!("expected {}", quoted(constant)));
        }
        let amount = match value {
            Value::Array(items) => u32::try_from(items.len()).map_or(f64::INFINITY, f64::from),
            Value::Number(text) => text.parse().unwrap_or(f64::NAN),
            Value::String(text) => u32::try_from(text.chars().count()).map_or(f64::INFINITY, f64::from),
            _ => return,
        };
        if let Some(min) = field.min.filter(|min| amount < *min) {
            self.fault(FaultKind::Range, at, format!("expected at least {min}"));
        }
        if let Some(max) = field.max.filter(|max| amount > *max) {
            self.fault(FaultKind::Range, at, format!("expected at most {max}"));
        }
    }

    fn text_fault(&self, text: &str, kind: &Type) -> Option<(FaultKind, String)> {
        match kind {
            Type::Pattern(id) => {
                let pattern = self.standard.pattern(*id)?;
                let message = || format!("{} is not of the form {}", quoted(text), pattern.name);
                (!pattern.matches(text)).then(|| (FaultKind::Format, message()))
            }
            Type::Enum(id) => {
                let values = self.standard.enumeration(*id)?;
                let message = || format!("{} is not a value of {}", quoted(text), values.name);
                values.value(text, self.version).is_none().then(|| (FaultKind::Value, message()))
            }
            _ => None,
        }
    }
}

/// Whether a type is written as a string.
const fn is_text(kind: &Type) -> bool {
    matches!(
        kind,
        Type::String
            | Type::Pattern(_)
            | Type::DateTime
            | Type::Iri
            | Type::Uri
            | Type::Email
            | Type::Ref
            | Type::Link
            | Type::Enum(_)
    )
}

/// Whether a value is of the kind that a type is written as.
fn fits(kind: &Type, value: &Value) -> bool {
    match value {
        Value::Null => *kind == Type::Any,
        Value::Boolean(_) => matches!(kind, Type::Boolean | Type::Any),
        Value::Number(_) => matches!(kind, Type::Number | Type::Integer | Type::Any),
        Value::String(_) => is_text(kind) || *kind == Type::Any,
        Value::Array(_) => matches!(kind, Type::Array(_) | Type::Any),
        Value::Object(_) => matches!(kind, Type::Object(_) | Type::Variants(_) | Type::Any),
    }
}

const fn words(kind: &Type) -> &'static str {
    match kind {
        Type::Boolean => "a boolean",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Array(_) => "an array",
        Type::Object(_) | Type::Variants(_) => "an object",
        _ => "a string",
    }
}

/// `1.0` and `1e3` are whole too (JSON Schema 2020-12, "integer").
fn is_whole(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(|value| value.fract() == 0.0)
}

/// Text of a document, cut short.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("\"{}…\"", printable(text.get(..end).unwrap_or_default())),
        None => format!("\"{}\"", printable(text)),
    }
}
