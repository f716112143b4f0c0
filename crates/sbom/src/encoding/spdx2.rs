//! What the encodings of SPDX 2 share.

use std::borrow::Cow;

use crate::encoding::{Encoding, Omissions, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::standard::{EnumValue, Enumeration, Field, Object, Standard, Type, VersionIndex};
use crate::tree::{Name, Pointer, Value};

/// Faults that one reader reports.
const MOST_FAULTS: usize = 1000;

/// The faults of one reading. Past a thousand they are not worth their memory.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, kind: FaultKind, pointer: Pointer, line: u32, message: impl Into<String>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault::new(kind, pointer, message).on_line(line));
        }
    }
    pub(super) fn advise(&mut self, kind: FaultKind, pointer: Pointer, line: u32, message: impl Into<String>) {
        self.add(kind, pointer, line, message);
        if let Some(fault) = self.0.last_mut() {
            fault.advice = true;
        }
    }
}

/// The field of an object, in any version: readers do not judge.
pub(super) fn field(object: Option<&'static Object>, name: &str) -> Option<&'static Field> {
    object?.fields.iter().find(|field| field.name == name)
}

/// The object that a value of this type is.
pub(super) fn object_of(kind: Option<&'static Type>) -> Option<&'static Object> {
    if let Some(Type::Object(id)) = kind { Standard::spdx2().object(*id) } else { None }
}

/// The name of a member, borrowed from the tables when it is known.
pub(super) fn member_name(name: &str) -> Name {
    Standard::spdx2().known_name(name).map_or_else(|| Name::Owned(name.to_owned()), Name::Borrowed)
}

/// Text as the value that a field expects: a boolean or a number when it is one, else text.
pub(super) fn scalar(kind: Option<&Type>, text: &str) -> Value {
    match (kind, text) {
        (Some(Type::Boolean), "true") => Value::Boolean(true),
        (Some(Type::Boolean), "false") => Value::Boolean(false),
        (Some(Type::Integer | Type::Number), _) if is_integer(text) => Value::Number(text.into()),
        _ => Value::text(text),
    }
}

/// SPDX 2 has no other numbers.
fn is_integer(text: &str) -> bool {
    const MOST_DIGITS: usize = 19;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leads = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && digits.len() <= MOST_DIGITS && !leads && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The version that a tree names in `spdxVersion`.
fn version(tree: &Value) -> Result<VersionIndex, ReadError> {
    let standard = Standard::spdx2();
    let said = tree.text_of("spdxVersion").ok_or(ReadError::Unknown { looked_for: vec!["spdxVersion"] })?;
    let name = said.strip_prefix("SPDX-").unwrap_or(said);
    let unknown = || ReadError::UnknownVersion { standard: standard.name(), version: said.chars().take(40).collect() };
    standard.version(name).ok_or_else(unknown)
}

/// A document whose tree is whole.
pub(super) fn parsed(encoding: Encoding, tree: Value, faults: Faults) -> Result<Parsed, ReadError> {
    Ok(Parsed { encoding, version: version(&tree)?, tree, faults: faults.0 })
}

/// The spelling of a value in the JSON of a version, where it has several.
pub(super) fn preferred<'t>(list: &'static Enumeration, text: &'t str, version: &str) -> &'t str {
    let same =
        |value: &&EnumValue| value.words.get("same-as") == Some(text) && value.words.get("preferred") == Some(version);
    list.values.iter().find(same).map_or(text, |value| value.name)
}

/// A document whose tree is whole, from an encoding that is not spelled as JSON is.
pub(super) fn parsed_respelled(encoding: Encoding, tree: Value, faults: Faults) -> Result<Parsed, ReadError> {
    let mut parsed = parsed(encoding, tree, faults)?;
    let Some(list) = Standard::spdx2().enumerations().iter().find(|list| list.name == "reference-category") else {
        return Ok(parsed);
    };
    let version = Standard::spdx2().version_name(parsed.version);
    let packages = parsed.tree.as_object_mut().and_then(|document| document.get_mut("packages")?.as_array_mut());
    for package in packages.into_iter().flatten().filter_map(Value::as_object_mut) {
        let references = package.get_mut("externalRefs").and_then(Value::as_array_mut).into_iter().flatten();
        for reference in references.filter_map(Value::as_object_mut) {
            if let Some(Value::String(held)) = reference.get_mut("referenceCategory") {
                *held = preferred(list, held, version).into();
            }
        }
    }
    Ok(parsed)
}

/// What the reader of a syntax says, as ours.
pub(super) fn syntax_error(error: &plimsoll_syntax::Error) -> ReadError {
    use plimsoll_syntax::Error;
    let limit = matches!(error, Error::TooDeep { .. } | Error::TooManyNodes);
    let kind = if limit { FaultKind::Limit } else { FaultKind::Syntax };
    let mut fault = Fault::new(kind, Pointer::root(), error.to_string());
    fault.line = error.line();
    if limit { ReadError::Limit(Box::new(fault)) } else { ReadError::Syntax(Box::new(fault)) }
}

/// Text of the document in a message: cut short, and harmless on a terminal.
pub(crate) fn quote(text: &str) -> String {
    const MOST: usize = 60;
    let cut: String = text.chars().take(MOST).collect();
    if cut.len() < text.len() { format!("{cut:?}…") } else { format!("{cut:?}") }
}

/// Text without the characters that a text format cannot hold; they become U+FFFD.
pub(super) fn without<'t>(text: &'t str, forbidden: fn(char) -> bool, omissions: &mut Omissions) -> Cow<'t, str> {
    if !text.contains(forbidden) {
        return Cow::Borrowed(text);
    }
    omissions.note("control characters become U+FFFD");
    Cow::Owned(text.replace(forbidden, "\u{fffd}"))
}
