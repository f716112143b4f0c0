//! A tree to messages, and what of it does not come back.
//!
//! Fields are written in the order of their numbers, numbers in as few bytes as they take, numbers of an array in one
//! field. What the tree has is written also when it is what protobuf takes a missing field for (`""`, 0): every reader
//! takes that, and ours gives back what there was.

use std::slice;

use data_encoding::BASE64;

use super::table::{Form, Kind, Leaf, Message, MessageId, Schema, says};
use super::wire::{Payload, Slice, put_bytes, put_fixed32, put_fixed64, put_integer, put_unsigned, put_varint};
use super::{MOST_DEPTH, UNKNOWN_FIELDS, instant, read};
use crate::encoding::Omission;
use crate::standard::{Object, VersionIndex};
use crate::tree::{Members, Pointer, Value};

const NO_FIELD: &str = "protobuf has no field for it";
const NO_VALUE: &str = "protobuf cannot say this value";
const NO_ITEM: &str = "protobuf has no place for this item";
const NO_ITEMS: &str = "protobuf cannot tell an array without items from none";

pub(super) struct Writer {
    schema: &'static Schema,
    pointer: Pointer,
    lost: Vec<Omission>,
}

/// What became of a member.
#[derive(Clone)]
enum Taken {
    No,
    Whole,
    Items(Vec<bool>),
}

/// An object that is being written.
struct Open<'a> {
    object: &'static Object,
    /// Its own message, in which all its fields are found.
    message: &'static Message,
    members: &'a Members,
    /// By place of the member.
    taken: Vec<Taken>,
    depth: u32,
}

impl<'a> Open<'a> {
    fn name(&self, leaf: &Leaf) -> &'static str {
        self.object.fields.get(leaf.field).map(|field| field.name).unwrap_or_default()
    }

    /// The value of a field that is to be written there, and its place among the members.
    fn member(&self, leaf: &Leaf) -> Option<(usize, &'a Value)> {
        let name = self.name(leaf);
        let (at, (_, value)) = self.members.iter().enumerate().find(|(_, (held, _))| *held == name)?;
        leaf.applies(|name| self.members.has(name)).then_some((at, value))
    }

    fn take(&mut self, at: usize, taken: Taken) {
        if let Some(held) = self.taken.get_mut(at) {
            *held = taken;
        }
    }

    fn take_item(&mut self, at: usize, item: usize, count: usize) {
        let Some(held) = self.taken.get_mut(at) else { return };
        if let Taken::Items(items) = held {
            if let Some(taken) = items.get_mut(item) {
                *taken = true;
            }
        } else {
            *held = Taken::Items((0..count).map(|at| at == item).collect());
        }
    }
}

impl Writer {
    pub(super) fn new(version: VersionIndex) -> Self {
        Self { schema: Schema::of(version), pointer: Pointer::root(), lost: Vec::new() }
    }

    /// The bytes of a document, and the places of what they do not say.
    pub(super) fn document(mut self, tree: &Value) -> (Vec<u8>, Vec<Omission>) {
        let bytes = match tree {
            Value::Object(members) => self.object(self.schema.document(), members, 1),
            _ => {
                self.lose(NO_VALUE);
                Vec::new()
            }
        };
        (bytes, self.lost)
    }

    fn object(&mut self, id: MessageId, members: &Members, depth: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let message = self.schema.message(id);
        let Some(object) = message.object else { return out };
        let taken = vec![Taken::No; members.len()];
        let mut open = Open { object, message, members, taken, depth };
        self.slots(&mut open, message, &mut out);
        for (taken, (name, value)) in open.taken.iter().zip(members.iter()) {
            if name == UNKNOWN_FIELDS && append_unknown(message, value, &mut out) {
                continue;
            }
            self.pointer.push_member(name);
            match taken {
                // The only value of a field need not be said.
                Taken::No if is_constant(object, name, value) => {}
                Taken::No if value.as_array().is_some_and(<[Value]>::is_empty) => self.lose(NO_ITEMS),
                Taken::No if !says(object, name) => self.lose(NO_FIELD),
                Taken::No => self.lose(NO_VALUE),
                Taken::Whole => {}
                Taken::Items(items) => {
                    for (at, _) in items.iter().enumerate().filter(|(_, taken)| !**taken) {
                        self.lost.push(Omission { pointer: self.pointer.item(at), message: NO_ITEM });
                    }
                }
            }
            self.pointer.pop();
        }
        out
    }

    fn lose(&mut self, message: &'static str) {
        self.lost.push(Omission { pointer: self.pointer.clone(), message });
    }

    fn slots(&mut self, open: &mut Open<'_>, message: &'static Message, out: &mut Vec<u8>) {
        for slot in &message.slots {
            match &slot.kind {
                Kind::Leaf(leaf) => self.leaf(open, slot.number, leaf, out),
                // Deeper than any reader goes.
                _ if open.depth >= MOST_DEPTH => {}
                Kind::Group(inner) => {
                    let mut content = Vec::new();
                    open.depth = open.depth.saturating_add(1);
                    self.slots(open, inner, &mut content);
                    open.depth = open.depth.saturating_sub(1);
                    if !content.is_empty() {
                        put_bytes(out, slot.number, &content);
                    }
                }
                Kind::Each(inner) => self.each(open, slot.number, inner, out),
            }
        }
    }

    /// Writes the items of an array, each in a message of its own.
    fn each(&mut self, open: &mut Open<'_>, number: u32, inner: &'static Message, out: &mut Vec<u8>) {
        let leaves = || inner.slots.iter().filter_map(|slot| slot.leaf().map(|leaf| (slot.number, leaf)));
        let Some((at, value)) = leaves().find_map(|(_, leaf)| open.member(leaf)) else { return };
        let Some(name) = leaves().next().map(|(_, leaf)| open.name(leaf)) else { return };
        let items = value.as_array().unwrap_or(slice::from_ref(value));
        self.pointer.push_member(name);
        for (item_at, item) in items.iter().enumerate() {
            let Some((inner_number, leaf)) = leaves().find(|(_, leaf)| self.is_best(open, leaf, item)) else {
                continue;
            };
            self.pointer.push_item(item_at);
            let mut content = Vec::new();
            if self.value(inner_number, &leaf.form, item, open.depth.saturating_add(2), &mut content) {
                put_bytes(out, number, &content);
                open.take_item(at, item_at, items.len());
            }
            self.pointer.pop();
        }
        self.pointer.pop();
    }

    fn leaf(&mut self, open: &mut Open<'_>, number: u32, leaf: &'static Leaf, out: &mut Vec<u8>) {
        let Some((at, value)) = open.member(leaf) else { return };
        self.pointer.push_member(open.name(leaf));
        if leaf.list {
            self.items(open, (number, leaf), (at, value), out);
        } else if let (Form::OneOf(choices), Value::Array(items)) = (&leaf.form, value) {
            let choice = choices.iter().find(|(_, list)| *list).map(|(id, _)| Form::Object(*id));
            for (item_at, item) in items.iter().enumerate().take(if leaf.single { 1 } else { usize::MAX }) {
                self.pointer.push_item(item_at);
                let depth = open.depth.saturating_add(1);
                if choice.as_ref().is_some_and(|form| self.value(number, form, item, depth, out)) {
                    open.take_item(at, item_at, items.len());
                }
                self.pointer.pop();
            }
        } else if self.is_best(open, leaf, value)
            && self.value(number, &leaf.form, value, open.depth.saturating_add(1), out)
        {
            open.take(at, Taken::Whole);
        }
        self.pointer.pop();
    }

    fn items(
        &mut self,
        open: &mut Open<'_>,
        (number, leaf): (u32, &'static Leaf),
        (at, value): (usize, &Value),
        out: &mut Vec<u8>,
    ) {
        let items = value.as_array().unwrap_or(slice::from_ref(value));
        let mut packed = Vec::new();
        let mut any = false;
        for (item_at, item) in items.iter().enumerate() {
            if leaf.single && any {
                break;
            }
            self.pointer.push_item(item_at);
            let mut content = Vec::new();
            if self.is_best(open, leaf, item)
                && self.value(number, &leaf.form, item, open.depth.saturating_add(1), &mut content)
            {
                match Slice::new(&content).entries().next() {
                    Some(Ok(entry)) if leaf.form.is_packed() && !leaf.single => entry.put_payload(&mut packed),
                    _ => out.extend_from_slice(&content),
                }
                any = true;
                open.take_item(at, item_at, items.len());
            }
            self.pointer.pop();
        }
        if !packed.is_empty() {
            put_bytes(out, number, &packed);
        }
        if any && value.as_array().is_none() {
            open.take(at, Taken::Whole);
        }
    }

    /// Whether a value goes to this field and not to another that its member may be written in.
    fn is_best(&self, open: &Open<'_>, leaf: &'static Leaf, value: &Value) -> bool {
        let Some(mine) = self.fit(&leaf.form, value) else { return false };
        if !leaf.several {
            return true;
        }
        let mut before = true;
        let mut others = Vec::new();
        leaves_of(open.message, leaf.field, &mut others);
        others.into_iter().filter(|other| other.applies(|name| open.members.has(name))).all(|other| {
            if std::ptr::eq(other, leaf) {
                before = false;
                return true;
            }
            // Of two that fit as well, the first.
            self.fit(&other.form, value).is_none_or(|theirs| theirs < mine || (theirs == mine && !before))
        })
    }

    /// How much of a value a form takes; `None` for nothing.
    fn fit(&self, form: &Form, value: &Value) -> Option<usize> {
        match (form, value) {
            (Form::Object(id), Value::Object(members)) => Some(self.fit_members(*id, members)),
            (Form::OneOf(_), Value::Object(_) | Value::Array(_))
            | (Form::Text, Value::String(_))
            | (Form::Boolean, Value::Boolean(_))
            | (Form::Float | Form::Double | Form::Int32 | Form::Int64 | Form::Word(_), Value::Number(_)) => Some(0),
            (Form::Instant | Form::Day, Value::String(text)) => instant_of(form, text).map(|_| 0),
            (Form::Word(id), Value::String(text)) => self.schema.names(*id).number(text).map(|_| 0),
            (Form::Member(name), Value::Object(members)) => members.get(name).and_then(Value::as_str).map(|_| {
                // Better than an object that has the member among others.
                usize::from(members.len() == 1).saturating_mul(usize::MAX)
            }),
            _ => None,
        }
    }

    fn fit_members(&self, id: MessageId, members: &Members) -> usize {
        let message = self.schema.message(id);
        let Some(object) = message.object else { return 0 };
        let takes = |name: &str, value: &Value| {
            let mut leaves = Vec::new();
            for (at, field) in object.fields.iter().enumerate() {
                if field.name == name {
                    leaves_of(message, at, &mut leaves);
                }
            }
            let first = value.as_array().and_then(<[Value]>::first).unwrap_or(value);
            leaves.into_iter().any(|leaf| match (&leaf.form, first) {
                (Form::Object(_) | Form::OneOf(_) | Form::Member(_), first) => matches!(first, Value::Object(_)),
                (form, first) => self.fit(form, first).is_some(),
            })
        };
        members.iter().filter(|(name, value)| takes(name, value)).count()
    }

    /// Writes a field; false when the form cannot say the value.
    fn value(&mut self, number: u32, form: &Form, value: &Value, depth: u32, out: &mut Vec<u8>) -> bool {
        match (form, value) {
            (Form::Text, Value::String(text)) => put_bytes(out, number, text.as_bytes()),
            (Form::Boolean, Value::Boolean(value)) => put_unsigned(out, number, u64::from(*value)),
            (Form::Int32 | Form::Word(_), Value::Number(text)) => {
                let Some(value) = integer(text).filter(|value| i32::try_from(*value).is_ok()) else { return false };
                put_integer(out, number, value);
            }
            (Form::Int64, Value::Number(text)) => {
                let Some(value) = integer(text) else { return false };
                put_integer(out, number, value);
            }
            (Form::Float, Value::Number(text)) => {
                let Some(value) = text.parse::<f32>().ok().filter(|value| value.is_finite()) else { return false };
                put_fixed32(out, number, value.to_bits());
                if Value::Number(value.to_string().into()) != Value::Number(text.clone()) {
                    self.lose("rounded to 32 bits");
                }
            }
            (Form::Double, Value::Number(text)) => {
                let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else { return false };
                put_fixed64(out, number, value.to_bits());
            }
            (Form::Word(id), Value::String(text)) => {
                let Some(value) = self.schema.names(*id).number(text) else { return false };
                put_integer(out, number, value);
            }
            (Form::Instant | Form::Day, Value::String(text)) => return self.instant(number, form, text, out),
            (Form::Object(_) | Form::OneOf(_), _) if depth > MOST_DEPTH => return false,
            (Form::Object(id), Value::Object(members)) => {
                let content = self.object(*id, members, depth);
                put_bytes(out, number, &content);
            }
            (Form::OneOf(choices), Value::Object(members)) => {
                let choices = choices.iter().filter(|(_, list)| !list).map(|(id, _)| *id);
                // Of several that fit as well, the first.
                let Some(id) = choices.rev().max_by_key(|id| self.fit_members(*id, members)) else { return false };
                let content = self.object(id, members, depth);
                put_bytes(out, number, &content);
            }
            (Form::Member(name), Value::Object(members)) => {
                let Some(text) = members.get(name).and_then(Value::as_str) else { return false };
                put_bytes(out, number, text.as_bytes());
                for (other, _) in members.iter().filter(|(held, _)| held != name) {
                    self.lost.push(Omission { pointer: self.pointer.member(other), message: NO_FIELD });
                }
            }
            _ => return false,
        }
        true
    }

    /// Writes an instant. One that comes back as another text, for it is not in UTC, is lost as it was.
    fn instant(&mut self, number: u32, form: &Form, text: &str, out: &mut Vec<u8>) -> bool {
        let Some((seconds, nanos)) = instant_of(form, text) else { return false };
        let mut content = Vec::new();
        if seconds != 0 {
            put_integer(&mut content, 1, seconds);
        }
        if nanos != 0 {
            put_integer(&mut content, 2, nanos);
        }
        put_bytes(out, number, &content);
        let back = instant::text(seconds, nanos).unwrap_or_default();
        let back = if *form == Form::Day { back.strip_suffix("T00:00:00Z").unwrap_or(&back) } else { &back };
        if back != text {
            self.lose("written as protobuf has instants, without an offset");
        }
        true
    }
}

fn instant_of(form: &Form, text: &str) -> Option<(i64, i64)> {
    match form {
        Form::Day if text.len() == "2026-01-01".len() => instant::parse(&format!("{text}T00:00:00Z")),
        _ => instant::parse(text),
    }
}

/// A whole number, however it is written.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let value: f64 = text.parse().ok()?;
        // Up to here a double has every whole number.
        let exact = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
        exact.then(|| format!("{value:.0}").parse().ok())?
    })
}

/// The places where a member may be written, also within messages that JSON does not have.
fn leaves_of<'a>(message: &'a Message, field: usize, found: &mut Vec<&'a Leaf>) {
    for slot in &message.slots {
        match &slot.kind {
            Kind::Leaf(leaf) if leaf.field == field => found.push(leaf),
            Kind::Leaf(_) => {}
            Kind::Group(inner) | Kind::Each(inner) => leaves_of(inner, field, found),
        }
    }
}

fn is_constant(object: &Object, name: &str, value: &Value) -> bool {
    let mut fields = object.fields.iter().filter(|field| field.name == name);
    fields.any(|field| field.required.is_some() && field.constant.is_some() && field.constant == value.as_str())
}

/// Appends fields that a reader kept; false when they are no fields, or would be read as members.
fn append_unknown(message: &Message, value: &Value, out: &mut Vec<u8>) -> bool {
    let Some(bytes) = value.as_str().and_then(|text| BASE64.decode(text.as_bytes()).ok()) else { return false };
    if !stays_unknown(message, Slice::new(&bytes)) {
        return false;
    }
    out.extend_from_slice(&bytes);
    true
}

fn stays_unknown(message: &Message, part: Slice<'_>) -> bool {
    part.entries().all(|entry| {
        let Ok(entry) = entry else { return false };
        let Some((_, slot)) = message.slot(entry.number) else { return true };
        match (&slot.kind, entry.payload) {
            (Kind::Leaf(leaf), payload) => leaf.repeated || leaf.several || !leaf.takes(payload),
            (Kind::Group(inner) | Kind::Each(inner), Payload::Bytes(part)) => stays_unknown(inner, part),
            _ => true,
        }
    })
}

impl Leaf {
    /// Whether a payload is read as a value.
    fn takes(&self, payload: Payload<'_>) -> bool {
        match (&self.form, payload) {
            (form, Payload::Bytes(_)) if self.list && form.is_packed() => true,
            (Form::Text | Form::Member(_), Payload::Bytes(part)) => !self.formatted || !part.bytes.is_empty(),
            (Form::Instant | Form::Day, Payload::Bytes(part)) => {
                read::instant(part).is_ok_and(|(seconds, nanos)| instant::text(seconds, nanos).is_some())
            }
            (Form::Object(_) | Form::OneOf(_), Payload::Bytes(_)) => true,
            (Form::Boolean | Form::Int32 | Form::Int64 | Form::Word(_), Payload::Varint(_)) => true,
            (Form::Float, Payload::Fixed32(bits)) => f32::from_bits(bits).is_finite(),
            (Form::Double, Payload::Fixed64(bits)) => f64::from_bits(bits).is_finite(),
            _ => false,
        }
    }
}

impl super::wire::Entry<'_> {
    /// Appends what is after the number.
    fn put_payload(&self, out: &mut Vec<u8>) {
        match self.payload {
            Payload::Varint(value) => put_varint(out, value),
            Payload::Fixed32(value) => out.extend_from_slice(&value.to_le_bytes()),
            Payload::Fixed64(value) => out.extend_from_slice(&value.to_le_bytes()),
            Payload::Bytes(part) => out.extend_from_slice(part.bytes),
        }
    }
}
