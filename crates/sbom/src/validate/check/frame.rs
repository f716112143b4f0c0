//! What is kept for each open bracket.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::hash;
use super::super::plan::{Shape, Slot};
use crate::standard::Type;
use crate::tree::Pointer;

/// An open bracket.
pub(super) struct Frame<'a, 'p> {
    pub(super) at: usize,
    /// The hash of what came so far.
    pub(super) hash: u64,
    /// Whether anyone wants it.
    pub(super) hashed: bool,
    pub(super) holder: Holder<'a, 'p>,
}

/// What it opened.
pub(super) enum Holder<'a, 'p> {
    Object(Box<ObjectFrame<'a, 'p>>),
    Array(ArrayFrame<'p>),
    /// An object or array that nothing is known of.
    Any(AnyFrame<'a>),
}

pub(super) struct ObjectFrame<'a, 'p> {
    pub(super) shape: &'p Shape,
    /// The shape of members that it does not have, and which of those came.
    pub(super) also: Option<(&'p Shape, u128)>,
    pub(super) seen: u128,
    /// Bits of values that rules ask for.
    pub(super) flags: u32,
    /// The member whose value comes or came last.
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) slot: Option<&'p Slot>,
    /// The place of that field, for one of the shape itself.
    pub(super) place: Option<usize>,
    pub(super) unlisted: Names<'a>,
    pub(super) texts: Vec<(&'static str, Cow<'a, str>)>,
    /// References before it.
    pub(super) links: usize,
}

pub(super) struct ArrayFrame<'p> {
    pub(super) item: &'static Type,
    pub(super) slot: Option<&'p Slot>,
    pub(super) count: usize,
    /// Hash, number and place of each item.
    pub(super) unique: Option<Vec<(u64, usize, usize)>>,
    /// An item wants to be the only one.
    pub(super) alone: bool,
}

#[derive(Default)]
pub(super) struct AnyFrame<'a> {
    pub(super) is_object: bool,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) names: Names<'a>,
    pub(super) count: usize,
}

/// Names that came, to find those that come twice.
#[derive(Default)]
pub(super) struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    /// Takes a name; whether it is new.
    pub(super) fn insert(&mut self, name: Cow<'a, str>) -> bool {
        const FEW: usize = 24;
        if !self.many.is_empty() {
            return self.many.insert(name);
        }
        if self.few.contains(&name) {
            return false;
        }
        self.few.push(name);
        if self.few.len() > FEW {
            self.many.extend(self.few.drain(..));
        }
        true
    }
}

impl<'a, 'p> ObjectFrame<'a, 'p> {
    pub(super) fn new(shape: &'p Shape, also: Option<&'p Shape>, links: usize) -> Self {
        Self {
            shape,
            also: also.map(|shape| (shape, 0)),
            seen: 0,
            flags: 0,
            name: None,
            slot: None,
            place: None,
            unlisted: Names::default(),
            texts: Vec::new(),
            links,
        }
    }

    /// Notes a value that a rule asks for.
    pub(super) fn watch(&mut self, value: &str) {
        for (place, wanted, flag) in &self.shape.watched {
            if Some(*place) == self.place && *wanted == value {
                self.flags |= flag;
            }
        }
    }

    /// Keeps text for rules in code.
    pub(super) fn capture(&mut self, text: Cow<'a, str>) {
        if let Some(slot) = self.slot.filter(|_| self.shape.captured) {
            self.texts.push((slot.field.name, text));
        }
    }
}

impl<'p> ArrayFrame<'p> {
    pub(super) fn new(item: &'static Type, slot: Option<&'p Slot>, unique: bool) -> Self {
        Self { item, slot, count: 0, unique: unique.then(Vec::new), alone: false }
    }
}

impl Frame<'_, '_> {
    /// Whether its items must differ.
    pub(super) fn is_unique(&self) -> bool {
        matches!(&self.holder, Holder::Array(ArrayFrame { unique: Some(_), .. }))
    }

    /// Takes a value that is complete.
    pub(super) fn take(&mut self, at: usize, value: u64, most: usize) {
        match &mut self.holder {
            Holder::Object(object) if self.hashed => {
                self.hash = self.hash.wrapping_add(member(object.name.as_deref(), value));
            }
            Holder::Object(_) => {}
            Holder::Array(array) => {
                if let Some(items) = array.unique.as_mut().filter(|items| items.len() < most) {
                    items.push((value, array.count, at));
                }
                array.count = array.count.saturating_add(1);
                self.hash = hash::mix(self.hash, value);
            }
            Holder::Any(any) => {
                any.count = any.count.saturating_add(1);
                self.hash = if any.is_object {
                    self.hash.wrapping_add(member(any.name.as_deref(), value))
                } else {
                    hash::mix(self.hash, value)
                };
            }
        }
    }
}

/// The hash of a member.
fn member(name: Option<&str>, value: u64) -> u64 {
    hash::mix(hash::text(name.unwrap_or_default()), value)
}

/// Where the value that comes, or came last, is.
pub(super) fn pointer(frames: &[Frame<'_, '_>]) -> Pointer {
    let mut pointer = Pointer::root();
    for frame in frames {
        match &frame.holder {
            Holder::Object(object) => object.name.iter().for_each(|name| pointer.push_member(name)),
            Holder::Array(array) => pointer.push_item(array.count),
            Holder::Any(any) if any.is_object => any.name.iter().for_each(|name| pointer.push_member(name)),
            Holder::Any(any) => pointer.push_item(any.count),
        }
    }
    pointer
}
