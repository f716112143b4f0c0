//! Messages to a tree.
//!
//! Fields that the table does not know are kept as they are in [`UNKNOWN_FIELDS`], and said as advice. A field whose
//! bytes are not of the kind that its number stands for is kept in the same way, as protobuf itself does, but is a fault.

use std::collections::VecDeque;

use data_encoding::BASE64;

use super::table::{Form, Kind, Leaf, Message, MessageId, Schema};
use super::wire::{Payload, Slice, WireError, put_bytes};
use super::{UNKNOWN_FIELDS, instant};
use crate::encoding::ReadError;
use crate::fault::{Fault, FaultKind};
use crate::standard::{Object, Span, VersionIndex};
use crate::tree::{Members, Pointer, Value};

/// Faults that are reported.
const MOST_FAULTS: usize = 1000;

pub(super) struct Reader<'a> {
    schema: &'static Schema,
    version: VersionIndex,
    most_depth: u32,
    pointer: Pointer,
    /// Items of a list that stand within other items, to be read after those.
    hoisted: Vec<Slice<'a>>,
    faults: Vec<Fault>,
}

/// What was found for one object.
#[derive(Default)]
struct Held {
    /// By place of the member in the object's table.
    values: Vec<(usize, Value)>,
    unknown: Vec<u8>,
}

impl Held {
    fn set(&mut self, field: usize, value: Value) {
        match self.values.iter_mut().find(|(held, _)| *held == field) {
            Some((_, held)) => *held = value,
            None => self.values.push((field, value)),
        }
    }

    fn list(&mut self, field: usize) -> Option<&mut Vec<Value>> {
        let at = match self.values.iter().position(|(held, _)| *held == field) {
            Some(at) => at,
            None => {
                self.values.push((field, Value::Array(Vec::new())));
                self.values.len().saturating_sub(1)
            }
        };
        self.values.get_mut(at).and_then(|(_, value)| value.as_array_mut())
    }

    fn count(&self, field: usize) -> usize {
        let held = self.values.iter().find(|(held, _)| *held == field);
        held.and_then(|(_, value)| value.as_array()).map_or(0, <[Value]>::len)
    }

    fn has(&self, field: usize) -> bool {
        self.values.iter().any(|(held, _)| *held == field)
    }
}

/// Why a field gives no value.
enum Refused {
    /// The bytes are of another kind.
    Kind(&'static str),
    /// It is more than the type can be.
    Range(&'static str),
    /// It is not a message.
    Error(ReadError),
}

pub(super) fn syntax(error: impl std::fmt::Display, pointer: &Pointer) -> ReadError {
    ReadError::Syntax(Box::new(Fault::new(FaultKind::Syntax, pointer.clone(), error.to_string())))
}

impl<'a> Reader<'a> {
    pub(super) fn new(version: VersionIndex, most_depth: u32) -> Self {
        Self {
            schema: Schema::of(version),
            version,
            most_depth,
            pointer: Pointer::root(),
            hoisted: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// The tree of a whole document.
    pub(super) fn document(mut self, bytes: &'a [u8]) -> Result<(Value, Vec<Fault>), ReadError> {
        let tree = self.object(self.schema.document(), &[Slice::new(bytes)], 1)?;
        Ok((tree, self.faults))
    }

    fn fault(&mut self, kind: FaultKind, message: impl FnOnce() -> String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, self.pointer.clone(), message()));
        }
    }

    fn advise(&mut self, kind: FaultKind, message: impl FnOnce() -> String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, self.pointer.clone(), message()).as_advice());
        }
    }

    /// Reads an object. Several parts are one message: what protobuf says of a field that is there twice.
    fn object(&mut self, id: MessageId, parts: &[Slice<'a>], depth: u32) -> Result<Value, ReadError> {
        let message = self.schema.message(id);
        let Some(object) = message.object else { return Ok(Value::Null) };
        let mut held = Held::default();
        self.fill(object, message, parts, depth, &mut held)?;
        self.add_defaults(object, message, &mut held);
        held.values.sort_by_key(|(field, _)| *field);
        let name = |field: usize| object.fields.get(field).map(|field| field.name).unwrap_or_default();
        let mut members: Members = held.values.into_iter().map(|(field, value)| (name(field).into(), value)).collect();
        if !held.unknown.is_empty() {
            members.push(UNKNOWN_FIELDS, Value::text(BASE64.encode(&held.unknown)));
        }
        Ok(Value::Object(members))
    }

    /// Adds what is not in the bytes: members of one value, and numbers that are 0.
    fn add_defaults(&self, object: &'static Object, message: &Message, held: &mut Held) {
        for (at, field) in object.fields.iter().enumerate() {
            if let (Some(constant), true) = (field.constant, self.requires(field.required, field.during))
                && !held.has(at)
            {
                held.set(at, Value::text(constant));
            }
        }
        for slot in &message.slots {
            let Kind::Leaf(leaf) = &slot.kind else { continue };
            let Some(field) = object.fields.get(leaf.field) else { continue };
            if leaf.zero && self.requires(field.required, field.during) && !held.has(leaf.field) {
                let value = match &leaf.form {
                    Form::Word(names) => self.schema.names(*names).value(0).map(Value::text),
                    Form::Boolean => Some(Value::Boolean(false)),
                    _ => Some(Value::Number("0".into())),
                };
                if let Some(value) = value {
                    held.set(leaf.field, value);
                }
            }
        }
    }

    fn requires(&self, required: Option<Span>, during: Span) -> bool {
        during.has(self.version) && required.is_some_and(|span| span.has(self.version))
    }

    /// Reads the fields of a message into the object that it belongs to.
    fn fill(
        &mut self,
        object: &'static Object,
        message: &'static Message,
        parts: &[Slice<'a>],
        depth: u32,
        held: &mut Held,
    ) -> Result<(), ReadError> {
        if depth > self.most_depth {
            let text = format!("more than {} messages within each other", self.most_depth);
            return Err(ReadError::Limit(Box::new(Fault::new(FaultKind::Limit, self.pointer.clone(), text))));
        }
        let mut found: Vec<Vec<(Payload<'a>, &'a [u8])>> = vec![Vec::new(); message.slots.len()];
        let mut unknown = None;
        for entry in parts.iter().flat_map(|part| part.entries()) {
            let entry = entry.map_err(|error| syntax(error, &self.pointer))?;
            match message.slot(entry.number).and_then(|(at, _)| found.get_mut(at)) {
                Some(found) => found.push((entry.payload, entry.raw)),
                None => {
                    held.unknown.extend_from_slice(entry.raw);
                    unknown.get_or_insert(entry);
                }
            }
        }
        if let Some(entry) = unknown {
            let text = || format!("field {} at byte {} is not known; it is kept as it is", entry.number, entry.offset);
            self.advise(FaultKind::Unknown, text);
        }
        for (slot, found) in message.slots.iter().zip(found) {
            if found.is_empty() {
                continue;
            }
            match &slot.kind {
                Kind::Leaf(leaf) => self.member(object, leaf, &found, depth, held)?,
                Kind::Group(inner) => {
                    let parts: Vec<_> = found.iter().filter_map(|found| self.message_part(found, held)).collect();
                    self.group(object, (slot.number, inner), &parts, depth, held)?;
                }
                Kind::Each(inner) => {
                    for found in &found {
                        let Some(part) = self.message_part(found, held) else { continue };
                        let (unknown, faults) = (held.unknown.len(), self.faults.len());
                        self.group(object, (slot.number, inner), &[part], depth, held)?;
                        if self.is_item(inner, part)? {
                            // There it is all said.
                            self.hoisted.push(part);
                            held.unknown.truncate(unknown);
                            self.faults.truncate(faults);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads a message that JSON does not have. What is not known of it is kept with a message around it.
    fn group(
        &mut self,
        object: &'static Object,
        (number, inner): (u32, &'static Message),
        parts: &[Slice<'a>],
        depth: u32,
        held: &mut Held,
    ) -> Result<(), ReadError> {
        let outer = std::mem::take(&mut held.unknown);
        self.fill(object, inner, parts, depth.saturating_add(1), held)?;
        let unknown = std::mem::replace(&mut held.unknown, outer);
        if !unknown.is_empty() {
            put_bytes(&mut held.unknown, number, &unknown);
        }
        Ok(())
    }

    /// Whether an item says more than the reference to it: then it is an item of the list around it as well.
    fn is_item(&self, inner: &Message, part: Slice<'a>) -> Result<bool, ReadError> {
        if !inner.nested {
            return Ok(false);
        }
        for entry in part.entries() {
            if inner.slot(entry.map_err(|error| syntax(error, &self.pointer))?.number).is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The bytes of a field that is a message.
    fn message_part(&mut self, found: &(Payload<'a>, &'a [u8]), held: &mut Held) -> Option<Slice<'a>> {
        if let (Payload::Bytes(part), _) = found {
            return Some(*part);
        }
        self.mismatch("a message", found.1, held);
        None
    }

    fn mismatch(&mut self, wanted: &str, raw: &[u8], held: &mut Held) {
        held.unknown.extend_from_slice(raw);
        self.fault(FaultKind::Type, || format!("the data is not {wanted}; it is kept as it is"));
    }

    fn member(
        &mut self,
        object: &'static Object,
        leaf: &'static Leaf,
        found: &[(Payload<'a>, &'a [u8])],
        depth: u32,
        held: &mut Held,
    ) -> Result<(), ReadError> {
        self.pointer.push_member(object.fields.get(leaf.field).map(|field| field.name).unwrap_or_default());
        let done = if leaf.list { self.items(leaf, found, depth, held) } else { self.one(leaf, found, depth, held) };
        self.pointer.pop();
        done
    }

    /// Reads a member that is not an array. The last of several values counts, and several messages are one; but where
    /// protobuf has an array, they are its items, and JSON has the first.
    fn one(
        &mut self,
        leaf: &'static Leaf,
        mut found: &[(Payload<'a>, &'a [u8])],
        depth: u32,
        held: &mut Held,
    ) -> Result<(), ReadError> {
        if leaf.several && held.has(leaf.field) {
            self.advise(FaultKind::Duplicate, || "it is there in another form as well, which is kept".to_owned());
            found.iter().for_each(|(_, raw)| held.unknown.extend_from_slice(raw));
            return Ok(());
        }
        let first = found.iter().position(|(payload, _)| matches!(payload, Payload::Bytes(_)));
        if let (true, Some(first)) = (leaf.repeated && found.len() > 1, first) {
            self.advise(FaultKind::Duplicate, || format!("the first of {} counts; the others are kept", found.len()));
            let others = found.iter().enumerate().filter(|(at, _)| *at != first);
            others.for_each(|(_, (_, raw))| held.unknown.extend_from_slice(raw));
            found = found.get(first..=first).unwrap_or_default();
        }
        if let Form::Object(_) | Form::OneOf(_) = leaf.form {
            let parts: Vec<_> = found.iter().filter_map(|found| self.message_part(found, held)).collect();
            if let Some(value) = self.message(&leaf.form, &parts, depth)? {
                held.set(leaf.field, value);
            }
            return Ok(());
        }
        let Some((payload, raw)) = found.last() else { return Ok(()) };
        if leaf.formatted && matches!(payload, Payload::Bytes(Slice { bytes: [], .. })) {
            held.unknown.extend_from_slice(raw);
            self.advise(FaultKind::Format, || "empty text, which says nothing".to_owned());
            return Ok(());
        }
        if let Some(value) = self.scalar_or_fault(&leaf.form, *payload, raw, held)? {
            held.set(leaf.field, value);
        }
        Ok(())
    }

    /// Reads the items of an array.
    fn items(
        &mut self,
        leaf: &'static Leaf,
        found: &[(Payload<'a>, &'a [u8])],
        depth: u32,
        held: &mut Held,
    ) -> Result<(), ReadError> {
        if leaf.single && found.len() > 1 {
            // Other readers would make one message of them.
            self.advise(FaultKind::Duplicate, || format!("this version takes one; all {} are read", found.len()));
        }
        let outer = std::mem::take(&mut self.hoisted);
        let mut waiting: VecDeque<_> = found.iter().copied().collect();
        while let Some((payload, raw)) = waiting.pop_front() {
            self.pointer.push_item(held.count(leaf.field));
            match (&leaf.form, payload) {
                (Form::Object(_) | Form::OneOf(_), _) => {
                    if let Some(part) = self.message_part(&(payload, raw), held)
                        && let Some(value) = self.message(&leaf.form, &[part], depth)?
                        && let Some(items) = held.list(leaf.field)
                    {
                        items.push(value);
                    }
                    waiting.extend(self.hoisted.drain(..).map(|part| (Payload::Bytes(part), part.bytes)));
                }
                (form, Payload::Bytes(packed)) if form.is_packed() => {
                    self.packed(leaf, packed, held)?;
                }
                (form, payload) => {
                    if let Some(value) = self.scalar_or_fault(form, payload, raw, held)?
                        && let Some(items) = held.list(leaf.field)
                    {
                        items.push(value);
                    }
                }
            }
            self.pointer.pop();
        }
        self.hoisted = outer;
        Ok(())
    }

    /// Numbers one after the other in one field.
    fn packed(&mut self, leaf: &'static Leaf, mut rest: Slice<'a>, held: &mut Held) -> Result<(), ReadError> {
        while !rest.bytes.is_empty() {
            let payload = match leaf.form {
                Form::Float => rest.fixed32().map(Payload::Fixed32),
                Form::Double => rest.fixed64().map(Payload::Fixed64),
                _ => rest.varint().map(Payload::Varint),
            };
            let payload = payload.map_err(|error| syntax(error, &self.pointer))?;
            // One that cannot be said in JSON is lost, which is said.
            if let Some(value) = self.scalar_or_fault(&leaf.form, payload, &[], held)?
                && let Some(items) = held.list(leaf.field)
            {
                items.push(value);
            }
        }
        Ok(())
    }

    /// Reads a message; for one of several objects, the one that has most of the fields that are there.
    fn message(&mut self, form: &'static Form, parts: &[Slice<'a>], depth: u32) -> Result<Option<Value>, ReadError> {
        let depth = depth.saturating_add(1);
        let choices = match form {
            _ if parts.is_empty() => return Ok(None),
            Form::Object(id) => return self.object(*id, parts, depth).map(Some),
            Form::OneOf(choices) => choices,
            _ => return Ok(None),
        };
        let known = |id: MessageId| {
            let message = self.schema.message(id);
            let entries = parts.iter().flat_map(|part| part.entries()).flatten();
            entries.filter(|entry| message.slot(entry.number).is_some()).count()
        };
        // Of two that have as many, the first.
        let Some((id, list)) = choices.iter().rev().max_by_key(|(id, _)| known(*id)) else { return Ok(None) };
        if !list {
            return self.object(*id, parts, depth).map(Some);
        }
        let items = parts.iter().map(|part| self.object(*id, &[*part], depth));
        Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
    }

    fn scalar_or_fault(
        &mut self,
        form: &Form,
        payload: Payload<'a>,
        raw: &[u8],
        held: &mut Held,
    ) -> Result<Option<Value>, ReadError> {
        match self.scalar(form, payload) {
            Ok(value) => return Ok(value),
            Err(Refused::Kind(wanted)) => self.mismatch(wanted, raw, held),
            Err(Refused::Range(text)) => {
                held.unknown.extend_from_slice(raw);
                self.fault(FaultKind::Range, || text.to_owned());
            }
            Err(Refused::Error(error)) => return Err(error),
        }
        Ok(None)
    }

    /// The value of a field that is not a message of ours; `None` for a number that stands for nothing.
    fn scalar(&mut self, form: &Form, payload: Payload<'a>) -> Result<Option<Value>, Refused> {
        Ok(Some(match (form, payload) {
            (Form::Text, Payload::Bytes(part)) => match std::str::from_utf8(part.bytes) {
                Ok(text) => Value::text(text),
                Err(error) => {
                    let at = part.offset.saturating_add(error.valid_up_to());
                    self.fault(FaultKind::Format, || format!("text that is not UTF-8, at byte {at}"));
                    Value::text(&*String::from_utf8_lossy(part.bytes))
                }
            },
            (Form::Boolean, Payload::Varint(value)) => Value::Boolean(value != 0),
            // Longer numbers are cut, as protobuf does.
            (Form::Int32, Payload::Varint(value)) => number(low32(value)),
            (Form::Int64, Payload::Varint(value)) => number(value.cast_signed()),
            (Form::Float, Payload::Fixed32(bits)) => finite(f64::from(f32::from_bits(bits)), f32::from_bits(bits))?,
            (Form::Double, Payload::Fixed64(bits)) => finite(f64::from_bits(bits), f64::from_bits(bits))?,
            (Form::Word(id), Payload::Varint(value)) => {
                let (names, value) = (self.schema.names(*id), i64::from(low32(value)));
                match names.value(value) {
                    Some(word) => Value::text(word),
                    None if names.is_null(value) => return Ok(None),
                    None => {
                        self.fault(FaultKind::Value, || format!("{value} is not one of the numbers that there are"));
                        number(value)
                    }
                }
            }
            (Form::Member(name), payload) => {
                let member = self.scalar(&Form::Text, payload)?;
                Value::Object(member.into_iter().map(|value| ((*name).into(), value)).collect())
            }
            (Form::Instant, Payload::Bytes(part)) => Value::text(self.instant(part)?),
            (Form::Day, Payload::Bytes(part)) => {
                let text = self.instant(part)?;
                let (day, time) = text.split_once('T').unwrap_or((&text, ""));
                if time != "00:00:00Z" {
                    self.advise(FaultKind::Range, || format!("a day with a time, {time}, which is left out"));
                }
                Value::text(day)
            }
            (Form::Text | Form::Instant | Form::Day, _) => return Err(Refused::Kind("text or a message")),
            (Form::Boolean | Form::Int32 | Form::Int64 | Form::Word(_), _) => {
                return Err(Refused::Kind("a whole number"));
            }
            _ => return Err(Refused::Kind("a number")),
        }))
    }

    fn instant(&self, part: Slice<'a>) -> Result<String, Refused> {
        let (seconds, nanos) = instant(part).map_err(|error| match error {
            Some(error) => Refused::Error(syntax(error, &self.pointer)),
            None => Refused::Kind("an instant"),
        })?;
        instant::text(seconds, nanos).ok_or(Refused::Range("an instant outside of the years 1 to 9999"))
    }
}

/// Seconds and nanoseconds of a timestamp; an error without a reason for a message that is none.
pub(super) fn instant(part: Slice<'_>) -> Result<(i64, i64), Option<WireError>> {
    let (mut seconds, mut nanos) = (0, 0);
    for entry in part.entries() {
        let entry = entry.map_err(Some)?;
        match (entry.number, entry.payload) {
            (1, Payload::Varint(value)) => seconds = value.cast_signed(),
            (2, Payload::Varint(value)) => nanos = i64::from(low32(value)),
            _ => return Err(None),
        }
    }
    Ok((seconds, nanos))
}

/// The low half of a number, with its sign.
fn low32(value: u64) -> i32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default().cast_signed()
}

fn number(value: impl std::fmt::Display) -> Value {
    Value::Number(value.to_string().into())
}

/// The shortest decimal that gives the same bits.
fn finite(value: f64, shown: impl std::fmt::Display) -> Result<Value, Refused> {
    if value.is_finite() { Ok(number(shown)) } else { Err(Refused::Range("a number that JSON does not have")) }
}
