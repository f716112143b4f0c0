//! What a tree holds that only XML can say, and that JSON leaves out.

use super::OTHER;
use crate::encoding::Omission;
use crate::standard::{Object, Standard, Type, VersionIndex};
use crate::tree::{Members, Pointer, Value};

/// What JSON leaves out: the tree without it when there is any, and where it was.
pub(crate) fn without(tree: &Value, version: VersionIndex) -> Option<(Value, Vec<Omission>)> {
    let standard = Standard::cyclonedx();
    let mut finder = Finder { standard, version, at: Pointer::root(), found: Vec::new() };
    finder.members(tree.as_object()?, standard.object(standard.root()));
    if finder.found.is_empty() {
        return None;
    }
    let mut rest = tree.clone();
    for omission in &finder.found {
        remove(&mut rest, &omission.pointer);
    }
    Some((rest, finder.found))
}

struct Finder {
    standard: &'static Standard,
    version: VersionIndex,
    at: Pointer,
    found: Vec<Omission>,
}

impl Finder {
    fn members(&mut self, members: &Members, object: Option<&'static Object>) {
        for (name, value) in members.iter() {
            let field = object.and_then(|object| object.field(name, self.version));
            self.at.push_member(name);
            if name.starts_with(OTHER) || field.is_some_and(|field| field.words.get("not") == Some("json")) {
                self.found.push(Omission { pointer: self.at.clone(), message: "only XML has a place for it" });
            } else {
                self.look(value, field.map(|field| &field.kind));
            }
            self.at.pop();
        }
    }

    /// Readers bound how deep a tree is, so this recursion is bounded too.
    fn look(&mut self, value: &Value, kind: Option<&'static Type>) {
        match value {
            Value::Object(members) => self.members(members, kind.and_then(|kind| self.object_of(kind))),
            Value::Array(items) => {
                let item = kind.and_then(item_of);
                for (at, value) in items.iter().enumerate() {
                    self.at.push_item(at);
                    self.look(value, item);
                    self.at.pop();
                }
            }
            _ => {}
        }
    }

    fn object_of(&self, kind: &'static Type) -> Option<&'static Object> {
        match kind {
            Type::Object(id) => self.standard.object(*id),
            Type::Either(kinds) => kinds.iter().find_map(|kind| self.object_of(kind)),
            _ => None,
        }
    }
}

fn item_of(kind: &'static Type) -> Option<&'static Type> {
    match kind {
        Type::Array(item) => Some(item),
        Type::Either(kinds) => kinds.iter().find_map(item_of),
        _ => None,
    }
}

fn remove(tree: &mut Value, pointer: &Pointer) {
    let mut steps: Vec<_> = pointer.steps().collect();
    let Some(last) = steps.pop() else { return };
    let mut value = tree;
    for step in steps {
        let next = match value {
            Value::Object(members) => members.get_mut(&step),
            Value::Array(items) => step.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
            _ => None,
        };
        let Some(next) = next else { return };
        value = next;
    }
    if let Value::Object(members) = value {
        members.remove(&last);
    }
}
