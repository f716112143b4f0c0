//! JSON to a tree.

use std::borrow::Cow;
use std::collections::HashSet;

use plimsoll_model::Limits;

use super::lexer::{Event, Lexer, Lines, text};
use super::peek::version;
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::standard::Standard;
use crate::tree::{Members, Name, Pointer, Value};

/// Members of an object up to which looking at each is faster than a set.
const FEW: usize = 24;

/// Duplicate members that are reported.
const MOST_FAULTS: usize = 1000;

/// Reads a document.
pub(crate) fn read(bytes: &[u8], encoding: Encoding, limits: &Limits) -> Result<Parsed, ReadError> {
    let text = text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let mut faults = Vec::new();
    let tree = tree(&text, encoding.standard(), limits, &mut faults)?;
    let version = version(&text, encoding)?;
    Ok(Parsed { encoding, version, tree, faults })
}

/// What is open while reading.
enum Open {
    Array(Vec<Value>),
    Object {
        members: Members,
        /// The names, once there are many.
        names: HashSet<Box<str>>,
        /// The member whose value comes; `None` for a duplicate, whose value is not kept.
        name: Option<Name>,
    },
}

/// The tree of a text. The second of two members of one name is a fault and is left out.
pub(crate) fn tree(
    text: &str,
    standard: &'static Standard,
    limits: &Limits,
    faults: &mut Vec<Fault>,
) -> Result<Value, ReadError> {
    let mut lexer = Lexer::new(text, limits);
    let mut lines = Lines::new(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = Value::Null;
    loop {
        let event = match lexer.next() {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(root),
            Err(error) => {
                let fault = Box::new(error.fault(text, place(&open)));
                return Err(if error.limit { ReadError::Limit(fault) } else { ReadError::Syntax(fault) });
            }
        };
        let value = match event {
            Event::BeginArray => {
                open.push(Open::Array(Vec::new()));
                continue;
            }
            Event::BeginObject => {
                open.push(Open::Object { members: Members::new(), names: HashSet::new(), name: None });
                continue;
            }
            Event::Name(name) => {
                let mut line = || lines.line_of(lexer.offset());
                if !begin_member(&mut open, &name, standard) && faults.len() < MOST_FAULTS {
                    let message = "a member of this name was there before; the first one counts";
                    let pointer = place(&open).member(&name);
                    faults.push(Fault::new(FaultKind::Duplicate, pointer, message).on_line(line()));
                }
                continue;
            }
            Event::EndArray | Event::EndObject => match open.pop() {
                Some(Open::Array(items)) => Value::Array(items),
                Some(Open::Object { members, .. }) => Value::Object(members),
                None => continue,
            },
            Event::String(text) => Value::String(text.into()),
            Event::Number(text) => Value::Number(text.into()),
            Event::Boolean(value) => Value::Boolean(value),
            Event::Null => Value::Null,
        };
        match open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object { members, name, .. }) => {
                if let Some(name) = name.take() {
                    members.push(name, value);
                }
            }
            None => root = value,
        }
    }
}

/// Takes a name; whether it is new.
fn begin_member(open: &mut [Open], name: &str, standard: &'static Standard) -> bool {
    let Some(Open::Object { members, names, name: next }) = open.last_mut() else { return true };
    let new = if members.len() < FEW {
        !members.has(name)
    } else {
        if names.is_empty() {
            names.extend(members.iter().map(|(name, _)| name.into()));
        }
        names.insert(name.into())
    };
    *next = new.then(|| match standard.known_name(name) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name.to_owned()),
    });
    new
}

/// Where the next value goes.
fn place(open: &[Open]) -> Pointer {
    let mut pointer = Pointer::root();
    for (depth, open_value) in open.iter().enumerate() {
        let innermost = depth.saturating_add(1) == open.len();
        match open_value {
            Open::Array(items) => pointer.push_item(items.len()),
            Open::Object { name: Some(name), .. } => pointer.push_member(name),
            // Inside a duplicate there is no place of its own.
            Open::Object { name: None, .. } if innermost => {}
            Open::Object { name: None, .. } => pointer.push_member("?"),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_tree(text: &str) -> (Value, Vec<Fault>) {
        let mut faults = Vec::new();
        (tree(text, Standard::cyclonedx(), &Limits::DEFAULT, &mut faults).unwrap(), faults)
    }

    #[test]
    fn keeps_order_and_numbers() {
        let (value, faults) = read_tree(r#"{"z": 1.50, "a": [true, null, {"x": "y"}]}"#);
        let members = value.as_object().unwrap();
        assert_eq!(members.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["z", "a"]);
        assert!(matches!(value.get("z"), Some(Value::Number(text)) if &**text == "1.50"));
        assert_eq!(value.at(&Pointer::parse("/a/2/x").unwrap()).and_then(Value::as_str), Some("y"));
        assert!(faults.is_empty());
    }

    #[test]
    fn refuses_duplicates_and_keeps_the_first() {
        let (value, faults) = read_tree("{\"a\": [{\"b\": 1,\n \"b\": {\"c\": 2},\n \"\\u0062\": 3}]}");
        let [first, second] = faults.as_slice() else { panic!("{faults:?}") };
        assert_eq!((first.kind, first.pointer.as_str(), first.line), (FaultKind::Duplicate, "/a/0/b", Some(2)));
        assert_eq!((second.pointer.as_str(), second.line), ("/a/0/b", Some(3)));
        assert_eq!(value, read_tree(r#"{"a": [{"b": 1}]}"#).0);
    }

    #[test]
    fn many_members_are_checked_too() {
        let members: Vec<String> = (0..100).map(|n| format!("\"m{n}\": {n}")).collect();
        let (value, faults) = read_tree(&format!("{{{}, \"m3\": 0, \"m70\": 0}}", members.join(",")));
        assert_eq!(value.as_object().unwrap().len(), 100);
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/m3", "/m70"]);
    }

    #[test]
    fn says_where_it_stopped() {
        let mut faults = Vec::new();
        let error = tree("{\"a\": [1,\n}", Standard::cyclonedx(), &Limits::DEFAULT, &mut faults).unwrap_err();
        assert_eq!(error.to_string(), "line 2: /a/1: expected a value here");
    }
}
