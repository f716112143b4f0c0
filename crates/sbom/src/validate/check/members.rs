//! The members of objects: known, once, all there, and as the rules want them together.

use super::*;
use crate::standard::RuleKind;
use crate::validate::plan::{PlannedRule, bit};
use crate::validate::rules;

impl<'a> Checker<'a, '_> {
    /// The name of a member; its value follows.
    pub(super) fn name(&mut self, name: Cow<'a, str>, at: usize) {
        let new = match self.frames.last_mut().map(|frame| &mut frame.holder) {
            Some(Holder::Object(object)) => {
                let known = object.begin_member(&name);
                object.name = Some(name.clone());
                match known {
                    Known::New => return self.deprecated(at),
                    Known::Twice => false,
                    Known::Not if object.unlisted.insert(name.clone()) => {
                        if object.shape.open {
                            return;
                        }
                        let names = object.shape.slots.iter().map(|slot| slot.field.name);
                        let near = nearest(&name, names);
                        let message = format!("{} is not a member of {}{near}", quote(&name), object.shape.name);
                        return self.fault(at, FaultKind::Unknown, message);
                    }
                    Known::Not => false,
                }
            }
            Some(Holder::Any(any)) => {
                any.name = Some(name.clone());
                any.names.insert(name)
            }
            _ => return,
        };
        if !new {
            self.fault(at, FaultKind::Duplicate, "a member of this name was there before".to_owned());
        }
    }

    fn deprecated(&mut self, at: usize) {
        let Some(Frame { holder: Holder::Object(object), .. }) = self.frames.last() else { return };
        let Some(slot) = object.slot.filter(|slot| slot.deprecated) else { return };
        if self.told.insert((object.shape.id, slot.field.name)) {
            let since = slot.field.deprecated.map_or("", |since| self.plan.standard.version_name(since));
            let message = format!("{} is deprecated since {since}", quote(slot.field.name));
            let frames = &self.frames;
            self.sink.advice(at, FaultKind::Semantic, || frame::pointer(frames), message);
        }
    }

    pub(super) fn end_object(&mut self, at: usize, object: &ObjectFrame<'a, '_>) {
        if object.shape.edges {
            self.references.edge(object.links);
        }
        self.missing(at, object.shape, object.seen);
        if let Some((shape, seen)) = object.also {
            self.missing(at, shape, seen);
            self.rules(at, shape, seen, 0, object);
        }
        self.rules(at, object.shape, object.seen, object.flags, object);
    }

    fn missing(&mut self, at: usize, shape: &Shape, seen: u128) {
        let missing = shape.required & !seen;
        if missing == 0 {
            return;
        }
        for (place, slot) in shape.slots.iter().enumerate() {
            if missing & bit(place) != 0 {
                let message = format!("{} is missing, which {} needs", quote(slot.field.name), shape.name);
                self.fault(at, FaultKind::Missing, message);
            }
        }
    }

    fn rules(&mut self, at: usize, shape: &Shape, seen: u128, flags: u32, object: &ObjectFrame<'a, '_>) {
        for rule in &shape.rules {
            match broken(rule, seen, flags) {
                Some(message) => self.fault(at, FaultKind::Members, message),
                None if rule.kind == RuleKind::Alone => {
                    let there = rule.members.iter().any(|member| member.holds(seen, flags));
                    if let Some(Frame { holder: Holder::Array(array), .. }) = self.frames.last_mut().filter(|_| there) {
                        array.alone = true;
                    }
                }
                None if rule.kind == RuleKind::Code => {
                    let check = rule.names.first().and_then(|name| rules::named(name));
                    if let Some(wrong) = check.and_then(|check| check(&object.texts)) {
                        self.wrong(at, wrong);
                    }
                }
                None => {}
            }
        }
    }
}

/// What a rule over members has to say.
fn broken(rule: &PlannedRule, seen: u128, flags: u32) -> Option<String> {
    let holds: Vec<bool> = rule.members.iter().map(|member| member.holds(seen, flags)).collect();
    let count = holds.iter().filter(|holds| **holds).count();
    let names = rule.names;
    match rule.kind {
        RuleKind::OneOf if count == 0 => Some(format!("one of {} is needed", list(names, "or"))),
        RuleKind::OneOf | RuleKind::AtMostOne if count > 1 => {
            let there: Vec<&str> =
                names.iter().zip(&holds).filter(|(_, holds)| **holds).map(|(name, _)| *name).collect();
            Some(format!("{} exclude each other", list(&there, "and")))
        }
        RuleKind::AnyOf if count == 0 => Some(format!("at least one of {} is needed", list(names, "or"))),
        RuleKind::Needs => match (holds.as_slice(), names) {
            ([true, false, ..], [name, needed, ..]) => Some(format!("{name} needs {needed}")),
            _ => None,
        },
        _ => None,
    }
}

/// What is known of a member.
enum Known {
    New,
    Twice,
    Not,
}

impl ObjectFrame<'_, '_> {
    /// Looks up a member.
    fn begin_member(&mut self, name: &str) -> Known {
        self.place = self.shape.index(name);
        if let Some(place) = self.place {
            self.slot = self.shape.slots.get(place);
            let new = self.seen & bit(place) == 0;
            self.seen |= bit(place);
            return if new { Known::New } else { Known::Twice };
        }
        self.slot = None;
        let Some((shape, seen)) = &mut self.also else { return Known::Not };
        let Some(place) = shape.index(name) else { return Known::Not };
        self.slot = shape.slots.get(place);
        let new = *seen & bit(place) == 0;
        *seen |= bit(place);
        if new { Known::New } else { Known::Twice }
    }
}
