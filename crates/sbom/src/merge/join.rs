//! Several values of one thing made one, guided by the tables.
//!
//! Lists are united, their items told apart by [`table::key`]; objects of [`table::is_mixed`] are joined member by member;
//! of anything else that differs one value is chosen by the policy, and the others are kept as marks or told.

use std::collections::HashMap;

use super::content::content;
use super::names::{Names, marked};
use super::schema::Schema;
use super::values::{self, canonical_purl, covers, member_order, one_extension, says_nothing, size};
use super::{Conflict, OnConflict, label, table};
use crate::map::StandardKind;
use crate::marks::Marker;
use crate::standard::{Object, Type};
use crate::tree::{Members, Value, compact_with};

/// The prefix of marks that keep a value which another document's took the place of.
pub(crate) const OTHER: &str = "plimsoll:merge:other:";

/// Objects that are one thing when their names are.
const THINGS: &[&str] = &["package", "file", "snippet", "extracted-license", "external-document"];

/// Objects that marks are set on.
const BEARERS: &[&str] =
    &["metadata", "component", "service", "vulnerability", "document", "package", "file", "snippet"];

/// Lists whose items are joined even when one document alone has them, as its own names may have become one.
const ALWAYS: &[&str] =
    &["dependencies", "relationships", "packages", "files", "snippets", "hasExtractedLicensingInfos"];

/// What one input has.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) input: usize,
    pub(super) value: Value,
}

pub(super) struct Joiner<'a> {
    pub(super) names: &'a mut Names,
    pub(super) schema: Schema,
    pub(super) standard: StandardKind,
    pub(super) policy: OnConflict,
    pub(super) marker: Marker,
    /// The inputs in the order of their time, as ranks.
    pub(super) times: Vec<usize>,
    pub(super) conflicts: Vec<Conflict>,
    /// Signatures that no longer hold.
    pub(super) signatures: usize,
    path: Vec<&'static str>,
    bearers: Vec<Bearer>,
}

/// An object that is being joined and can hold marks.
struct Bearer {
    label: String,
    depth: usize,
    marks: Vec<(String, String)>,
}

impl<'a> Joiner<'a> {
    pub(super) fn new(
        names: &'a mut Names,
        schema: Schema,
        standard: StandardKind,
        policy: OnConflict,
        marker: Marker,
        times: Vec<usize>,
    ) -> Self {
        Self {
            names,
            schema,
            standard,
            policy,
            marker,
            times,
            conflicts: Vec::new(),
            signatures: 0,
            path: Vec::new(),
            bearers: Vec::new(),
        }
    }

    /// One value of several.
    pub(super) fn join(&mut self, mut parts: Vec<Part>, kind: &'static Type, member: &'static str) -> Value {
        parts.retain(|part| !matches!(part.value, Value::Null));
        let alone = parts.len() == 1 && !ALWAYS.contains(&member);
        let Some(first) = parts.first() else { return Value::Null };
        if alone {
            return parts.pop().map(|part| part.value).unwrap_or_default();
        }
        if parts.len() > 1 && self.all_equal(&parts, kind) {
            // One may have names where another has none.
            let most = parts.iter().map(|part| size(&part.value)).max();
            let chosen = parts.iter().find(|part| Some(size(&part.value)) == most);
            let chosen = chosen.map(|part| part.value.clone()).unwrap_or_default();
            for part in &parts {
                self.unite(&chosen, &part.value, kind);
            }
            return chosen;
        }
        let object = self.schema.object(kind, &first.value);
        if let Some(object) = object.filter(|object| self.is_mixed(object)) {
            let same = |part: &Part| self.schema.object(kind, &part.value).is_some_and(|held| held.name == object.name);
            if parts.iter().all(same) {
                return self.object(parts, object);
            }
        }
        let lists = parts.iter().filter(|part| part.value.as_array().is_some()).count();
        let item = parts.iter().find_map(|part| self.schema.item(kind, &part.value));
        if let Some(item) = item.filter(|_| lists > 0) {
            for part in &mut parts {
                if part.value.as_array().is_none() {
                    part.value = Value::Array(vec![std::mem::take(&mut part.value)]);
                }
            }
            return self.array(parts, item);
        }
        self.choose(parts, kind, member)
    }

    fn is_mixed(&self, object: &'static Object) -> bool {
        table::is_mixed(object.name)
            || (self.standard == StandardKind::Spdx3 && self.schema.name_member(object) == Some("spdxId"))
    }

    fn all_equal(&self, parts: &[Part], kind: &'static Type) -> bool {
        let mut contents = parts.iter().map(|part| self.content(&part.value, kind));
        let first = contents.next();
        contents.all(|other| Some(other) == first)
    }

    /// Unites the names in two values of one content.
    fn unite(&mut self, one: &Value, other: &Value, kind: &'static Type) {
        match (one, other) {
            (Value::Object(mine), Value::Object(theirs)) => {
                let Some(object) = self.schema.object(kind, one) else { return };
                let named = self.schema.name_member(object);
                for (name, value) in mine.iter() {
                    let Some(theirs) = theirs.get(name) else { continue };
                    if Some(name) == named {
                        self.unite_tokens(value, theirs);
                    } else if let Some(field) = self.schema.field(object, name) {
                        self.unite(value, theirs, &field.kind);
                    }
                }
            }
            (Value::Array(mine), Value::Array(theirs)) => {
                let Some(item) = self.schema.item(kind, one) else { return };
                mine.iter().zip(theirs).for_each(|(one, other)| self.unite(one, other, item));
            }
            _ => {}
        }
    }

    fn unite_tokens(&mut self, one: &Value, other: &Value) {
        let token = |value: &Value| value.as_str().and_then(marked);
        if let (Some(one), Some(other)) = (token(one), token(other)) {
            self.names.unite(one, other);
        }
    }

    fn object(&mut self, parts: Vec<Part>, object: &'static Object) -> Value {
        let bears = BEARERS.contains(&object.name)
            || (self.standard == StandardKind::Spdx3 && self.schema.name_member(object) == Some("spdxId"));
        if bears {
            let label = parts.first().map(|part| label(&part.value)).unwrap_or_default();
            self.bearers.push(Bearer { label, depth: self.path.len(), marks: Vec::new() });
        }
        let several = parts.len() > 1;
        let order: Vec<String> = member_order(&parts);
        let first_has_all =
            parts.first().and_then(|part| part.value.as_object()).is_some_and(|first| first.len() == order.len());
        let mut parts: Vec<(usize, Members)> = parts
            .into_iter()
            .filter_map(|part| if let Value::Object(members) = part.value { Some((part.input, members)) } else { None })
            .collect();
        let named = self.schema.name_member(object);
        let mut joined = Members::new();
        for name in order {
            let mut values = Vec::new();
            for (input, members) in &mut parts {
                values.extend(members.remove(&name).map(|value| Part { input: *input, value }));
            }
            if name == "signature" && several {
                self.signatures = self.signatures.saturating_add(values.len());
                continue;
            }
            let Some(field) = self.schema.field(object, &name) else {
                // What the table does not know is kept as it is.
                let value = self.choose(values, &Type::Any, "extension");
                joined.push(name, value);
                continue;
            };
            let value = if Some(name.as_str()) == named {
                let first = values.first().map(|part| part.value.clone()).unwrap_or_default();
                values.iter().skip(1).for_each(|part| self.unite_tokens(&first, &part.value));
                first
            } else {
                self.path.push(field.name);
                let value = self.join(values, &field.kind, field.name);
                self.path.pop();
                value
            };
            joined.push(field.name, value);
        }
        if !first_has_all {
            let place = |name: &str| object.fields.iter().position(|field| field.name == name).unwrap_or(usize::MAX);
            joined.sort_by_key(place);
        }
        if bears && self.standard == StandardKind::Spdx3 {
            one_extension(&mut joined);
        }
        if bears && let Some(mut bearer) = self.bearers.pop() {
            bearer.marks.sort();
            for (name, value) in bearer.marks {
                self.marker.mark(&mut joined, &name, &value);
            }
        }
        Value::Object(joined)
    }

    fn array(&mut self, parts: Vec<Part>, item: &'static Type) -> Value {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut buckets: Vec<Vec<Part>> = Vec::new();
        for part in parts {
            let Value::Array(items) = part.value else { continue };
            for value in items {
                let place = *places.entry(self.key(&value, item)).or_insert(buckets.len());
                let part = Part { input: part.input, value };
                match buckets.get_mut(place) {
                    Some(bucket) => bucket.push(part),
                    None => buckets.push(vec![part]),
                }
            }
        }
        let mut items: Vec<Value> = Vec::with_capacity(buckets.len());
        for mut bucket in buckets {
            if bucket.len() > 1 {
                items.push(self.join(bucket, item, "item"));
            } else {
                items.extend(bucket.pop().map(|part| part.value));
            }
        }
        let is_license = items.first().and_then(|first| self.schema.object(item, first));
        if is_license.is_some_and(|object| object.name == "license-choice") {
            values::licenses(&mut items, self.schema);
        }
        Value::Array(items)
    }

    /// What tells an item of a list from the others.
    fn key(&self, value: &Value, kind: &'static Type) -> String {
        let Some(object) = self.schema.object(kind, value) else { return self.content(value, kind) };
        let token = self.schema.name_member(object).and_then(|name| marked(value.text_of(name)?));
        let by_token = THINGS.contains(&object.name) || self.standard == StandardKind::Spdx3;
        if let Some(token) = token.filter(|_| by_token) {
            return format!("#{}", self.names.find(token));
        }
        let Some(members) = table::key(object.name) else { return self.content(value, kind) };
        let mut key = String::new();
        let mut found = false;
        for path in members {
            let held = path.split('/').try_fold(value, |value, step| value.get(step));
            key.push('\u{1f}');
            if let Some(held) = held {
                found = true;
                key.push_str(&self.content(held, &Type::Any));
            }
        }
        if found { key } else { self.content(value, kind) }
    }

    /// A text that equal values share, whatever things are named in them.
    fn content(&self, value: &Value, kind: &'static Type) -> String {
        content(self.names, self.schema, value, kind)
    }

    /// One of several values that differ.
    fn choose(&mut self, mut parts: Vec<Part>, kind: &'static Type, member: &'static str) -> Value {
        if member == "creationInfo" {
            // Who made an element is not said of what is made here; that of the document is made anew.
            let by_content = |part: &Part| self.order(&part.value);
            parts.sort_by_cached_key(by_content);
            return parts.into_iter().next().map(|part| part.value).unwrap_or_default();
        }
        if parts.iter().any(|part| !says_nothing(&part.value)) {
            parts.retain(|part| !says_nothing(&part.value));
        }
        // In an order that does not depend on that of the inputs, unless the policy goes by it.
        if !matches!(self.policy, OnConflict::First | OnConflict::Last) {
            parts.sort_by_cached_key(|part| self.order(&part.value));
        }
        let mut distinct: Vec<(Part, String, String)> = Vec::new();
        for part in parts {
            let text = self.text(&part.value);
            let key = if member == "purl" { canonical_purl(&text) } else { self.content(&part.value, kind) };
            match distinct.iter_mut().find(|(_, held, _)| *held == key) {
                // Of several spellings of one package URL the canonical one is taken.
                Some(held) if member == "purl" && text == key => *held = (part, key, text),
                Some(held) if self.policy == OnConflict::Last => held.0.input = part.input,
                Some(_) => {}
                None => distinct.push((part, key, text)),
            }
        }
        if distinct.len() > 1 {
            self.drop_covered(&mut distinct);
        }
        let winner = distinct.iter().enumerate().max_by_key(|(at, (part, _, text))| {
            let rank = table::rank(member, text).map_or(0, |rank| usize::MAX.saturating_sub(rank));
            let place = match self.policy {
                OnConflict::First => usize::MAX.saturating_sub(part.input),
                OnConflict::Last => part.input.saturating_add(1),
                OnConflict::Newest => self.times.get(part.input).copied().unwrap_or_default(),
                OnConflict::Union | OnConflict::Fail => 0,
            };
            // The longest says most; beyond that the order is any that does not depend on the inputs.
            (rank, place, text.len(), std::cmp::Reverse(text.clone()), std::cmp::Reverse(*at))
        });
        let Some(winner) = winner.map(|(at, _)| at) else { return Value::Null };
        let (kept, _, text) = distinct.swap_remove(winner);
        if !distinct.is_empty() {
            distinct.sort_by(|one, other| one.2.cmp(&other.2));
            let ranked = table::rank(member, &text).is_some() || table::is_circumstance(member);
            self.tell(kept.input, text, distinct.into_iter().map(|(part, _, text)| (part.input, text)), ranked);
        }
        kept.value
    }

    /// A text to sort by: what the document has, and for names what is named, as one name may be that of several things.
    fn order(&self, value: &Value) -> String {
        compact_with(value, &|text| self.names.resolve_tied(text))
    }

    /// A value as its document has it.
    fn text(&self, value: &Value) -> String {
        compact_with(value, &|text| self.names.resolve_original(text))
    }

    /// A value that another one says and more is no other value.
    fn drop_covered(&self, distinct: &mut Vec<(Part, String, String)>) {
        let values: Vec<Value> = distinct.iter().map(|(part, ..)| part.value.clone()).collect();
        let mut at = 0_usize;
        distinct.retain(|(part, ..)| {
            let covered = values.iter().enumerate().any(|(other, value)| other != at && covers(value, &part.value));
            at = at.saturating_add(1);
            !covered
        });
    }

    fn tell(&mut self, kept: usize, text: String, others: impl Iterator<Item = (usize, String)>, ranked: bool) {
        let depth = self.bearers.last().map_or(0, |bearer| bearer.depth);
        let field = self.path.get(depth..).unwrap_or_default().join(".");
        let others: Vec<(usize, String)> = others.collect();
        let keeps = matches!(self.policy, OnConflict::Union | OnConflict::Fail);
        if let Some(bearer) = self.bearers.last_mut().filter(|_| keeps) {
            let name = format!("{OTHER}{field}");
            bearer.marks.extend(others.iter().map(|(_, text)| (name.clone(), text.clone())));
        }
        if !ranked {
            let element = self.bearers.last().map(|bearer| bearer.label.clone()).unwrap_or_default();
            let kept = (kept, text);
            self.conflicts.push(Conflict { element, field, kept, others });
        }
    }
}
