//! A tree to XML, following the plans of a version.
//!
//! What the version or XML has no place for is left out and reported. Text cannot forge markup: what has a meaning is
//! escaped, and characters that are invisible or reorder text are written as references.

mod out;

use std::io::{self, Write};

use super::table::{Content, ElementPlan, ObjectPlan, Plans, Shape, Space, Wrapper};
use super::{NAMESPACE, OTHER, OTHER_ATTRIBUTES, OTHER_ELEMENTS};
use crate::encoding::Omission;
use crate::standard::{ObjectId, Standard, Type, VersionIndex};
use crate::tree::{Members, Pointer, Value};
use out::Out;

/// Losses that are reported; more add nothing.
const MOST_LOST: usize = 1000;

/// Writes a tree as a document of a version, and gives what it could not write.
///
/// # Errors
/// Writing fails.
pub(in crate::encoding) fn write(
    tree: &Value,
    version: VersionIndex,
    out: &mut dyn Write,
) -> io::Result<Vec<Omission>> {
    let standard = Standard::cyclonedx();
    let Some(plans) = Plans::of(version) else { return Ok(Vec::new()) };
    let namespace = format!("{NAMESPACE}{}", standard.version_name(version));
    let mut writer = Writer {
        out: Out::new(out, namespace.clone()),
        plans,
        path: Vec::new(),
        space: Space::Preserve,
        lost: Vec::new(),
    };
    writer.out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    writer.out.open("bom");
    writer.out.attribute("xmlns", &namespace);
    match (plans.object(standard.root()), tree) {
        (Some(plan), Value::Object(members)) => writer.object(plan, members)?,
        _ => writer.lose("not an object"),
    }
    writer.out.close("bom")?;
    writer.out.finish()?;
    Ok(writer.lost)
}

/// A step to the value that is written.
#[derive(Clone, Copy)]
enum Step<'t> {
    Member(&'t str),
    Item(usize),
}

struct Writer<'t, 'o> {
    out: Out<'o>,
    plans: &'static Plans,
    path: Vec<Step<'t>>,
    /// The white space rules of the field that is written.
    space: Space,
    lost: Vec<Omission>,
}

impl<'t> Writer<'t, '_> {
    fn lose(&mut self, message: &'static str) {
        if self.lost.len() >= MOST_LOST {
            return;
        }
        let mut pointer = Pointer::root();
        for step in &self.path {
            match step {
                Step::Member(name) => pointer.push_member(name),
                Step::Item(at) => pointer.push_item(*at),
            }
        }
        self.lost.push(Omission { pointer, message });
    }

    fn lose_member(&mut self, name: &'t str, reason: &'static str) {
        self.path.push(Step::Member(name));
        self.lose(reason);
        self.path.pop();
    }

    /// The attributes and content of an object whose element is open.
    fn object(&mut self, plan: &'static ObjectPlan, members: &'t Members) -> io::Result<()> {
        let mut held: Vec<Option<&'t Value>> = vec![None; plan.fields.len()];
        let mut from = 0_usize;
        for (name, value) in members.iter() {
            if value_is_null(value) {
                continue;
            }
            // Members mostly come in the order of the table.
            let later = plan.fields.iter().enumerate().skip(from).find(|(_, field)| field.field.name == name);
            let found = later.or_else(|| plan.fields.iter().enumerate().find(|(_, field)| field.field.name == name));
            match found {
                Some((at, field)) if field.written => {
                    from = at;
                    if let Some(slot) = held.get_mut(at) {
                        *slot = Some(value);
                    }
                }
                Some((_, field)) if field.implied.is_some() => {}
                // The address of a JSON schema.
                Some((_, field)) if field.field.name.starts_with('$') => {}
                None if name.starts_with(OTHER) => {}
                _ => self.lose_member(name, "XML of this version has no place for it"),
            }
        }
        for attribute in &plan.attributes {
            if let Some(value) = held.get(attribute.field).copied().flatten() {
                self.member(plan, attribute.field, |writer| writer.attribute(attribute.name, value));
            }
        }
        self.other_attributes(members, OTHER_ATTRIBUTES);
        if let Some(at) = plan.text {
            let field = plan.fields.get(at);
            match (held.get(at).copied().flatten(), field.map(|field| &field.field.kind)) {
                (Some(Value::Object(members)), Some(Type::Object(id))) => {
                    if let Some(inner) = self.plans.object(*id) {
                        self.enter(plan, at);
                        self.object(inner, members)?;
                        self.path.pop();
                    }
                }
                (Some(value), _) => self.member(plan, at, |writer| writer.text(value)),
                (None, _) => {}
            }
            return Ok(());
        }
        for element in &plan.elements {
            self.element(plan, element, &held, members)?;
        }
        self.other_elements(members, OTHER_ELEMENTS)
    }

    /// Goes to a field.
    fn enter(&mut self, plan: &ObjectPlan, field: usize) {
        let Some(field) = plan.fields.get(field) else { return };
        self.path.push(Step::Member(field.field.name));
        self.space = field.space;
    }

    fn member(&mut self, plan: &ObjectPlan, field: usize, write: impl FnOnce(&mut Self)) {
        self.enter(plan, field);
        write(self);
        self.path.pop();
    }

    fn element(
        &mut self,
        plan: &'static ObjectPlan,
        element: &'static ElementPlan,
        held: &[Option<&'t Value>],
        members: &'t Members,
    ) -> io::Result<()> {
        let value = element.content.as_ref().and_then(|(at, _)| held.get(*at).copied().flatten());
        let attributes = element.attributes.iter().filter_map(|plan| Some((plan, held.get(plan.field).copied()??)));
        let attributes: Vec<_> = attributes.collect();
        let (Some(value), Some((at, content))) = (value, &element.content) else {
            if !attributes.is_empty() {
                self.out.open(element.name);
                for (attribute, value) in attributes {
                    self.member(plan, attribute.field, |writer| writer.attribute(attribute.name, value));
                }
                self.out.close(element.name)?;
            }
            return Ok(());
        };
        self.enter(plan, *at);
        match (content, value) {
            (Content::Value(shape), value) => {
                self.out.open(element.name);
                for (attribute, value) in attributes {
                    self.member(plan, attribute.field, |writer| writer.attribute(attribute.name, value));
                }
                self.space = plan.fields.get(*at).map_or(Space::Preserve, |field| field.space);
                self.value(*shape, value)?;
                self.out.close(element.name)?;
            }
            (Content::Item(shape), Value::Array(items)) => {
                if items.is_empty() {
                    self.lose("an empty list");
                }
                let single = plan.fields.get(*at).is_some_and(|field| field.single);
                for (number, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(number));
                    if single && number > 0 {
                        self.lose("XML of this version takes one");
                    } else {
                        self.named(element.name, *shape, item)?;
                    }
                    self.path.pop();
                }
            }
            (Content::Wrapped(wrapper), Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(number));
                    self.out.open(element.name);
                    self.item(wrapper, item)?;
                    self.out.close(element.name)?;
                    self.path.pop();
                }
            }
            (Content::Wrapped(_), _) => self.lose("not a list"),
            // One thing, where a list may be.
            (Content::Item(shape), value) => self.named(element.name, *shape, value)?,
            (Content::Wrapper(wrapper), value) => {
                self.out.open(element.name);
                self.wrapper(wrapper, value, members)?;
                self.out.close(element.name)?;
            }
        }
        self.path.pop();
        Ok(())
    }

    fn wrapper(&mut self, wrapper: &'static Wrapper, value: &'t Value, members: &'t Members) -> io::Result<()> {
        let name = self.path.last().map_or("", |step| if let Step::Member(name) = step { name } else { "" });
        if wrapper.foreign.attributes {
            self.other_attributes(members, &format!("{OTHER_ATTRIBUTES}/{name}"));
        }
        match (value, wrapper.otherwise) {
            (Value::Array(items), _) if wrapper.many => {
                let form = wrapper.forms.and_then(|id| self.plans.object(id));
                let uniform = form.filter(|plan| plan.uniform).and_then(|plan| {
                    plan.forms.iter().position(|form| items.iter().all(|item| fits_form(&form.plan, item)))
                });
                for (number, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(number));
                    match form {
                        Some(plan) => self.form(plan, uniform, item)?,
                        None => self.item(wrapper, item)?,
                    }
                    self.path.pop();
                }
            }
            (value, Some(shape)) => self.value(shape, value)?,
            (value, None) if !wrapper.many => self.item(wrapper, value)?,
            _ => self.lose("not a list"),
        }
        if wrapper.foreign.elements {
            self.other_elements(members, &format!("{OTHER_ELEMENTS}/{name}"))?;
        }
        Ok(())
    }

    fn form(&mut self, plan: &'static ObjectPlan, uniform: Option<usize>, item: &'t Value) -> io::Result<()> {
        let Value::Object(members) = item else {
            self.lose("not an object");
            return Ok(());
        };
        let form = match uniform {
            Some(at) => plan.forms.get(at),
            None => plan.forms.iter().find(|form| fits_form(&form.plan, item)).or(plan.forms.first()),
        };
        let Some(form) = form else { return Ok(()) };
        self.out.open(form.element);
        self.object(&form.plan, members)?;
        self.out.close(form.element)
    }

    fn item(&mut self, wrapper: &'static Wrapper, item: &'t Value) -> io::Result<()> {
        let found = wrapper.items.iter().find(|(_, shape)| wrapper.items.len() == 1 || self.fits(shape.kind, item));
        match found.or(wrapper.items.iter().find(|(_, shape)| is_object(shape.kind) == item.as_object().is_some())) {
            Some((name, shape)) => self.named(name, *shape, item),
            None => {
                self.lose("of a kind that XML has no element for");
                Ok(())
            }
        }
    }

    fn named(&mut self, name: &'static str, shape: Shape, value: &'t Value) -> io::Result<()> {
        self.out.open(name);
        self.value(shape, value)?;
        self.out.close(name)
    }

    /// A value into its element, which is open.
    fn value(&mut self, shape: Shape, value: &'t Value) -> io::Result<()> {
        if let Some(name) = shape.attribute {
            self.attribute(name, value);
            return Ok(());
        }
        let kind = shape.kinds().find(|kind| self.fits(kind, value));
        let id = kind.or_else(|| shape.kinds().find(|kind| is_object(kind)));
        match (value, id) {
            (Value::Object(members), Some(Type::Object(id))) => self.planned(*id, members),
            _ => {
                self.text(value);
                Ok(())
            }
        }
    }

    fn planned(&mut self, id: ObjectId, members: &'t Members) -> io::Result<()> {
        match self.plans.object(id) {
            Some(plan) => self.object(plan, members),
            None => Ok(()),
        }
    }

    /// Whether a value is of a type, as far as tells it from other types.
    fn fits(&self, kind: &Type, value: &Value) -> bool {
        match (kind, value) {
            (Type::Object(id), Value::Object(members)) => self.plans.object(*id).is_some_and(|plan| {
                members.iter().all(|(name, _)| {
                    name.starts_with(OTHER) || plan.fields.iter().any(|field| field.field.name == name)
                })
            }),
            (Type::Object(_), _) | (_, Value::Object(_)) => false,
            _ => true,
        }
    }

    /// Reports white space that is not read as it is written.
    fn check_space(&mut self, text: &str) {
        let breaks = text.contains(['\t', '\n', '\r']);
        let lost = match self.space {
            Space::Preserve => false,
            Space::Replace => breaks,
            Space::Collapse => breaks || text.starts_with(' ') || text.ends_with(' ') || text.contains("  "),
        };
        if lost {
            self.lose("white space that XML does not keep here");
        }
    }

    fn attribute(&mut self, name: &str, value: &Value) {
        match text_of(value) {
            Some(text) => {
                self.check_space(&text);
                if !self.out.attribute(name, &text) {
                    self.lose("a character that XML does not have");
                }
            }
            None => self.lose("not a text"),
        }
    }

    fn text(&mut self, value: &Value) {
        match text_of(value) {
            Some(text) => {
                self.check_space(&text);
                if !self.out.text(&text) {
                    self.lose("a character that XML does not have");
                }
            }
            None => self.lose("not a text"),
        }
    }

    fn other_attributes(&mut self, members: &'t Members, key: &str) {
        let Some(Value::Object(attributes)) = members.get(key) else { return };
        for (number, (name, value)) in attributes.iter().enumerate() {
            let written = value.as_str().is_some_and(|value| self.out.other_attribute(number, name, value));
            if !written {
                self.lose("an attribute that is none of another namespace");
            }
        }
    }

    fn other_elements(&mut self, members: &'t Members, key: &str) -> io::Result<()> {
        for raw in members.get(key).and_then(Value::as_array).unwrap_or_default() {
            let written = match raw.as_str() {
                Some(raw) => self.out.other_element(raw)?,
                None => false,
            };
            if !written {
                self.lose("an element that is none of another namespace");
            }
        }
        Ok(())
    }
}

fn value_is_null(value: &Value) -> bool {
    matches!(value, Value::Null)
}

fn is_object(kind: &Type) -> bool {
    matches!(kind, Type::Object(_) | Type::Variants(_))
}

/// Whether a form has a place for every member.
fn fits_form(plan: &ObjectPlan, item: &Value) -> bool {
    let Value::Object(members) = item else { return false };
    members.iter().all(|(name, _)| match name {
        OTHER_ELEMENTS => plan.foreign.elements,
        OTHER_ATTRIBUTES => plan.foreign.attributes,
        name if name.starts_with(OTHER) => true,
        name => plan.fields.iter().any(|field| field.field.name == name && field.written),
    })
}

/// The text of a value that is one in XML. Numbers lose their exponents, which XML Schema does not have.
fn text_of(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Value::String(text) => Some((&**text).into()),
        Value::Boolean(value) => Some(if *value { "true" } else { "false" }.into()),
        Value::Number(text) if text.contains(['e', 'E']) => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string().into())
        }
        Value::Number(text) => Some((&**text).into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
