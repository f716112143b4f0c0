//! Which of several types a value is meant to be.

use super::events::Events;
use super::plan::{Plan, Shape};
use crate::json::lexer::Event;
use crate::standard::{ObjectId, Type, VariantsId};

/// The alternatives of a type; of one that is no choice, itself.
pub(super) fn alternatives(kind: &'static Type) -> &'static [Type] {
    if let Type::Either(kinds) = kind { kinds } else { std::slice::from_ref(kind) }
}

/// Whether a type is one of texts.
pub(super) const fn takes_text(kind: &Type) -> bool {
    matches!(
        kind,
        Type::String
            | Type::Pattern(_)
            | Type::DateTime
            | Type::Date
            | Type::Iri
            | Type::Uri
            | Type::Email
            | Type::SpdxLicense
            | Type::Ref
            | Type::Link
            | Type::Enum(_)
    )
}

/// What an object is meant to be.
pub(super) enum Chosen<'p> {
    /// No type here is one of objects.
    Nothing,
    /// This.
    Shape(&'p Shape),
    /// This, but the second fits as well, which must not be.
    Several(&'p Shape, &'p Shape),
    /// The member that tells what it is does not.
    Untold(&'static str, Option<String>, VariantsId),
}

/// Chooses among the alternatives for the object that has just begun.
pub(super) fn object<'a, 'p>(plan: &'p Plan, kinds: &'static [Type], events: &dyn Events<'a>) -> Chosen<'p> {
    let mut objects = kinds.iter().filter_map(|kind| match kind {
        Type::Object(id) => plan.shape(*id),
        _ => None,
    });
    let variants = kinds.iter().find_map(|kind| if let Type::Variants(id) = kind { Some(*id) } else { None });
    let first = objects.next();
    if let Some(id) = variants {
        let (by, value, chosen) = told(plan, id, events);
        return match (chosen.and_then(|id| plan.shape(id)), first) {
            (Some(shape), _) | (None, Some(shape)) => Chosen::Shape(shape),
            (None, None) => Chosen::Untold(by, value, id),
        };
    }
    let Some(first) = first else { return Chosen::Nothing };
    let others: Vec<&Shape> = objects.collect();
    if others.is_empty() {
        return Chosen::Shape(first);
    }
    fitting(first, &others, events)
}

/// The choice that a member tells: its name, its value, and what it stands for.
pub(super) fn told<'a>(
    plan: &Plan,
    id: VariantsId,
    events: &dyn Events<'a>,
) -> (&'static str, Option<String>, Option<ObjectId>) {
    let by = plan.standard.variants(id).map_or("", |variants| variants.by);
    let mut value = None;
    events.look(&mut |name, text| {
        if name == by {
            value = text.map(str::to_owned);
        }
        name != by
    });
    let chosen = value.as_deref().and_then(|value| plan.choice(id, value));
    (by, value, chosen)
}

/// The shape whose members these are: one that has them all and misses none.
fn fitting<'a, 'p>(first: &'p Shape, others: &[&'p Shape], events: &dyn Events<'a>) -> Chosen<'p> {
    let mut shapes: Vec<(&Shape, u128, usize)> = Vec::new();
    shapes.push((first, 0, 0));
    shapes.extend(others.iter().map(|shape| (*shape, 0, 0)));
    events.look(&mut |name, _| {
        for (shape, seen, unknown) in &mut shapes {
            match shape.index(name) {
                Some(at) => *seen |= super::plan::bit(at),
                None if shape.open => {}
                None => *unknown = unknown.saturating_add(1),
            }
        }
        true
    });
    let mut fits = shapes.iter().filter(|(shape, seen, unknown)| *unknown == 0 && shape.required & !seen == 0);
    if let Some((shape, ..)) = fits.next() {
        return match fits.next() {
            Some((other, ..)) => Chosen::Several(shape, other),
            None => Chosen::Shape(shape),
        };
    }
    // The one with the fewest members that it does not know, then the one that misses least.
    let missing = |shape: &Shape, seen: u128| (shape.required & !seen).count_ones();
    let best = shapes.iter().min_by_key(|(shape, seen, unknown)| (*unknown, missing(shape, *seen)));
    Chosen::Shape(best.map_or(first, |(shape, ..)| shape))
}

/// The type of the items of the array that has just begun; of several types of arrays, its first item tells.
pub(super) fn items<'a>(kinds: &'static [Type], events: &dyn Events<'a>) -> Option<&'static Type> {
    let mut arrays = kinds.iter().filter_map(|kind| if let Type::Array(item) = kind { Some(&**item) } else { None });
    let first = arrays.next()?;
    let Some(second) = arrays.next() else { return Some(first) };
    let Some(event) = events.first() else { return Some(first) };
    let mut all = [first, second].into_iter().chain(arrays);
    Some(all.find(|kind| alternatives(kind).iter().any(|kind| takes(kind, &event))).unwrap_or(first))
}

/// Whether a type takes a value that begins so.
fn takes(kind: &Type, event: &Event<'_>) -> bool {
    match event {
        Event::BeginObject => matches!(kind, Type::Object(_) | Type::Variants(_) | Type::Any),
        Event::BeginArray => matches!(kind, Type::Array(_) | Type::Any),
        Event::String(_) => takes_text(kind) || *kind == Type::Any,
        Event::Number(_) => matches!(kind, Type::Integer | Type::Number | Type::Any),
        Event::Boolean(_) => matches!(kind, Type::Boolean | Type::Any),
        _ => *kind == Type::Any,
    }
}
