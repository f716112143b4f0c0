//! The walk over the events: a frame for each open bracket, and what each event must be there.

mod frame;
mod members;

use std::borrow::Cow;

use plimsoll_model::Limits;
use rustc_hash::FxHashSet;

use super::Counts;
use super::events::Events;
use super::faults::Sink;
use super::hash;
use super::plan::{Plan, Role, Shape, Slot};
use super::references::References;
use super::scalar::{Wrong, check_number, check_text};
use super::unions::{self, Chosen, alternatives, takes_text};
use super::words::{expected, list, nearest, quote};
use crate::encoding::Encoding;
use crate::fault::FaultKind;
use crate::json::lexer::{Event, LexError};
use crate::standard::{ObjectId, Type};
use crate::tree::Pointer;
use frame::{AnyFrame, ArrayFrame, Frame, Holder, ObjectFrame};

/// The state of a walk.
pub(super) struct Checker<'a, 'p> {
    plan: &'p Plan,
    frames: Vec<Frame<'a, 'p>>,
    sink: Sink,
    references: References<'a>,
    counts: Vec<u64>,
    /// Deprecated fields that were told, by object and name.
    told: FxHashSet<(ObjectId, &'static str)>,
    most_items: usize,
    /// Names that are there twice are only advised against.
    lenient: bool,
    /// Items that are there twice are only advised against.
    bags: bool,
}

/// What is asked of a value: its type and the field that it is the value of; `item` when it is one of several.
#[derive(Clone, Copy)]
struct Asked<'p> {
    kind: &'static Type,
    slot: Option<&'p Slot>,
    item: bool,
}

static ANY: Type = Type::Any;

impl<'a, 'p> Checker<'a, 'p> {
    pub(super) fn new(plan: &'p Plan, encoding: Encoding, limits: &Limits) -> Self {
        let most_items = usize::try_from(limits.entries).unwrap_or(usize::MAX);
        Self {
            plan,
            frames: Vec::new(),
            sink: Sink::default(),
            references: References::new(most_items),
            counts: vec![0; plan.len()],
            told: FxHashSet::default(),
            most_items,
            // The XML schema of CycloneDX demands that they differ; its JSON test files have some that do not.
            lenient: plan.standard.name() == "cyclonedx" && encoding != Encoding::CycloneDxXml,
            // Protobuf knows lists only; one of its official test files has an item twice.
            bags: encoding.is_protobuf(),
        }
    }

    /// Checks all events.
    pub(super) fn run(&mut self, events: &mut impl Events<'a>) -> Result<(), LexError> {
        while let Some(event) = events.next()? {
            let at = events.at();
            match event {
                Event::Name(name) => self.name(name, at),
                Event::BeginObject => self.begin_object(events, at),
                Event::BeginArray => self.begin_array(events, at),
                Event::EndObject | Event::EndArray => self.end(),
                Event::String(text) => self.text(text, at),
                Event::Number(text) => self.number(text, at),
                Event::Boolean(value) => self.constant(value, at),
                Event::Null => self.null(at),
            }
        }
        Ok(())
    }

    /// Ends the walk: what was found, and how much there was.
    pub(super) fn finish(mut self, events: &mut dyn Events<'a>) -> (Sink, Counts) {
        self.references.check(self.plan.standard.name(), events, &mut self.sink);
        let objects = self.plan.standard.objects().iter().zip(&self.counts);
        let counts = objects.filter(|(_, count)| **count > 0).map(|(object, count)| (object.name, *count));
        (self.sink, Counts(counts.collect()))
    }

    /// How many things of one sort are kept.
    pub(super) const fn most_items(&self) -> usize {
        self.most_items
    }

    /// The place of the value that comes or has just come.
    pub(super) fn here(&self) -> Pointer {
        frame::pointer(&self.frames)
    }

    fn fault(&mut self, at: usize, kind: FaultKind, message: String) {
        let frames = &self.frames;
        self.sink.fault(at, kind, || frame::pointer(frames), message);
    }

    fn wrong(&mut self, at: usize, (kind, message): Wrong) {
        self.fault(at, kind, message);
    }

    fn wrong_type(&mut self, at: usize, asked: Asked<'_>, found: &str) {
        let message = format!("must be {}, not {found}", expected(self.plan.standard, asked.kind));
        self.fault(at, FaultKind::Type, message);
    }

    /// What is asked of the next value.
    fn asked(&self) -> Asked<'p> {
        let any = Asked { kind: &ANY, slot: None, item: false };
        match self.frames.last().map(|frame| &frame.holder) {
            None => Asked { kind: self.plan.standard.root_type(), slot: None, item: false },
            Some(Holder::Object(object)) => match object.slot {
                Some(slot) => Asked { kind: &slot.field.kind, slot: Some(slot), item: false },
                None => any,
            },
            Some(Holder::Array(array)) => Asked { kind: array.item, slot: array.slot, item: true },
            Some(Holder::Any(_)) => any,
        }
    }

    fn hashed(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.hashed || frame.is_unique())
    }

    /// A value is complete.
    fn done(&mut self, at: usize, hash: u64) {
        let most = self.most_items;
        if let Some(frame) = self.frames.last_mut() {
            frame.take(at, hash, most);
        }
    }

    fn text(&mut self, text: Cow<'a, str>, at: usize) {
        let asked = self.asked();
        let hash = if self.hashed() { hash::text(&text) } else { 0 };
        self.check_text(&text, asked, at);
        if let Some(Frame { holder: Holder::Object(object), .. }) = self.frames.last_mut() {
            object.watch(&text);
            object.capture(text.clone());
        }
        match alternatives(asked.kind).iter().find(|kind| matches!(kind, Type::Ref | Type::Link)) {
            Some(Type::Ref) if !text.is_empty() && !self.references.name(text.clone()) => {
                let message = format!("another element is named {}", quote(&text));
                let frames = &self.frames;
                let told = if self.lenient { Sink::advice } else { Sink::fault };
                told(&mut self.sink, at, FaultKind::Reference, || frame::pointer(frames), message);
            }
            Some(Type::Link) => self.references.link(text, at, asked.slot.map_or(Role::None, |slot| slot.role)),
            _ => {}
        }
        self.done(at, hash);
    }

    fn check_text(&mut self, text: &str, asked: Asked<'_>, at: usize) {
        let mut wrong = None;
        for kind in alternatives(asked.kind) {
            if *kind == Type::Any {
                return;
            }
            if !takes_text(kind) {
                continue;
            }
            match check_text(self.plan, kind, asked.slot, asked.item, text) {
                Ok(()) => return,
                Err(found) => wrong = wrong.or(Some(found)),
            }
        }
        match wrong {
            Some(wrong) => self.wrong(at, wrong),
            None => self.wrong_type(at, asked, "a string"),
        }
    }

    fn number(&mut self, text: &str, at: usize) {
        let asked = self.asked();
        let hash = if self.hashed() { hash::number(text) } else { 0 };
        let kinds = alternatives(asked.kind);
        match kinds.iter().find(|kind| matches!(kind, Type::Integer | Type::Number | Type::Any)) {
            Some(Type::Any) => {}
            Some(kind) => {
                if let Err(wrong) = check_number(kind, asked.slot, asked.item, text) {
                    self.wrong(at, wrong);
                }
            }
            None => self.wrong_type(at, asked, "a number"),
        }
        self.done(at, hash);
    }

    fn constant(&mut self, value: bool, at: usize) {
        let asked = self.asked();
        if !alternatives(asked.kind).iter().any(|kind| matches!(kind, Type::Boolean | Type::Any)) {
            self.wrong_type(at, asked, "a boolean");
        }
        if let Some(Frame { holder: Holder::Object(object), .. }) = self.frames.last_mut() {
            object.watch(if value { "true" } else { "false" });
        }
        self.done(at, hash::constant(if value { 2 } else { 1 }));
    }

    fn null(&mut self, at: usize) {
        let asked = self.asked();
        if !alternatives(asked.kind).contains(&Type::Any) {
            self.wrong_type(at, asked, "null");
        }
        self.done(at, hash::constant(0));
    }

    fn begin_object(&mut self, events: &impl Events<'a>, at: usize) {
        let asked = self.asked();
        let kinds = alternatives(asked.kind);
        let hashed = self.hashed();
        let shape = match unions::object(self.plan, kinds, events) {
            Chosen::Shape(shape) => Some(shape),
            Chosen::Several(shape, other) => {
                let message = format!("may be {} or {}: it must be told which", shape.name, other.name);
                self.fault(at, FaultKind::Members, message);
                Some(shape)
            }
            Chosen::Untold(by, value, id) => {
                let choices = self.plan.standard.variants(id).map(|held| held.choices.as_slice()).unwrap_or_default();
                let (kind, message) = match value {
                    None => (FaultKind::Missing, format!("\"{by}\" is missing, which tells what this is")),
                    Some(value) => {
                        let near = nearest(&value, choices.iter().map(|(name, ..)| *name));
                        (FaultKind::Value, format!("{} is no \"{by}\" that may be here{near}", quote(&value)))
                    }
                };
                self.fault(at, kind, message);
                None
            }
            Chosen::Nothing => {
                if !kinds.contains(&Type::Any) {
                    self.wrong_type(at, asked, "an object");
                }
                None
            }
        };
        let holder = match shape {
            Some(shape) => {
                if let Some(count) = self.counts.get_mut(usize::from(shape.id.0)) {
                    *count = count.saturating_add(1);
                }
                let also = self.also(shape, events);
                Holder::Object(Box::new(ObjectFrame::new(shape, also, self.references.links())))
            }
            None => Holder::Any(AnyFrame { is_object: true, ..AnyFrame::default() }),
        };
        self.frames.push(Frame { at, hash: 0, hashed, holder });
    }

    /// The shape of the members that an object does not have, where a table says `else=`.
    fn also(&mut self, shape: &Shape, events: &impl Events<'a>) -> Option<&'p Shape> {
        let slot = shape.slots.iter().find(|slot| slot.field.otherwise.is_some())?;
        let mut there = false;
        events.look(&mut |name, _| {
            there |= name == slot.field.name;
            !there
        });
        let variants = slot.field.otherwise.filter(|_| !there)?;
        let (.., chosen) = unions::told(self.plan, variants, events);
        chosen.and_then(|id| self.plan.shape(id))
    }

    fn begin_array(&mut self, events: &impl Events<'a>, at: usize) {
        let asked = self.asked();
        let hashed = self.hashed();
        let kinds = alternatives(asked.kind);
        let holder = match unions::items(kinds, events) {
            Some(item) => {
                let unique = !asked.item && asked.slot.is_some_and(|slot| slot.unique);
                Holder::Array(ArrayFrame::new(item, asked.slot, unique))
            }
            None => {
                if !kinds.contains(&Type::Any) {
                    self.wrong_type(at, asked, "an array");
                }
                Holder::Any(AnyFrame::default())
            }
        };
        self.frames.push(Frame { at, hash: 0, hashed, holder });
    }

    /// The innermost bracket closes.
    fn end(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        let hash = match &mut frame.holder {
            Holder::Object(object) => {
                self.end_object(frame.at, object);
                hash::mix(5, frame.hash)
            }
            Holder::Array(array) => {
                self.end_array(frame.at, array);
                hash::mix(4, frame.hash)
            }
            Holder::Any(any) => hash::mix(if any.is_object { 5 } else { 4 }, frame.hash),
        };
        self.done(frame.at, hash);
    }

    fn end_array(&mut self, at: usize, array: &mut ArrayFrame<'_>) {
        if array.alone && array.count > 1 {
            self.fault(at, FaultKind::Members, "one of the items must be the only one".to_owned());
        }
        if let Some(field) = array.slot.map(|slot| slot.field) {
            let count = u32::try_from(array.count).map_or(f64::INFINITY, f64::from);
            if let Some(min) = field.min.filter(|min| count < *min) {
                self.fault(at, FaultKind::Range, format!("has {count} items; at least {min} are needed"));
            }
            if let Some(max) = field.max.filter(|max| count > *max) {
                self.fault(at, FaultKind::Range, format!("has {count} items; at most {max} may be there"));
            }
        }
        if array.count > self.most_items && array.unique.is_some() {
            let message = format!("has too many items to compare; the first {} differ or are told", self.most_items);
            self.fault(at, FaultKind::Limit, message);
        }
        let mut items = array.unique.take().unwrap_or_default();
        items.sort_unstable();
        for pair in items.windows(2) {
            if let [(one, first, _), (other, second, at)] = pair
                && one == other
            {
                let message = format!("the same as item {first}");
                let frames = &self.frames;
                let told = if self.bags { Sink::advice } else { Sink::fault };
                told(&mut self.sink, *at, FaultKind::Unique, || frame::pointer(frames).item(*second), message);
            }
        }
    }
}
