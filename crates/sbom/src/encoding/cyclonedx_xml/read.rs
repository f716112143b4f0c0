//! XML to a tree, in one pass, following the plans of the version that the namespace names.

mod foreign;
mod items;
mod text;

use plimsoll_model::Limits;
use quick_xml::events::BytesStart;

use super::nodes::{Node, Nodes, Space, is_blank};
use super::table::{Content, ElementPlan, FieldPlan, ObjectPlan, Plans, Shape};
use super::{NAMESPACE, OTHER_ATTRIBUTES, OTHER_ELEMENTS};
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::json::lexer;
use crate::standard::{ObjectId, Standard, Type};
use crate::tree::{Members, Name, Pointer, Value};

/// Faults that are reported; more add nothing.
const MOST_FAULTS: usize = 1000;

/// Bytes of other namespaces that are kept of any document; of a long one, twice its length.
const KEPT_BYTES: usize = 1 << 16;

/// Reads a document.
pub(in crate::encoding) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let text = lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let mut nodes = Nodes::new(&text, limits)?;
    let unknown = || ReadError::Unknown { looked_for: vec!["a bom element in a CycloneDX namespace"] };
    let Node::Start(tag, at) = nodes.next()? else { return Err(unknown()) };
    let Space::Of(space) = nodes.space(tag.name()) else { return Err(unknown()) };
    let Some(name) = space.strip_prefix(NAMESPACE).filter(|_| tag.local_name().into_inner() == "bom") else {
        return Err(unknown());
    };
    let standard = Standard::cyclonedx();
    let Some((version, plans)) = standard.version(name).and_then(|version| Some((version, Plans::of(version)?))) else {
        return Err(ReadError::UnknownVersion { standard: "CycloneDX", version: name.to_owned() });
    };
    let mut reader = Reader::new(nodes, plans);
    let tree = reader.object(standard.root(), &tag, at)?;
    match reader.nodes.next()? {
        Node::Eof => {}
        _ => return Err(reader.nodes.syntax(at, "more after the document")),
    }
    Ok(Parsed { encoding: Encoding::CycloneDxXml, version, tree, faults: reader.faults })
}

/// A step to the value that is read.
enum Step {
    Member(&'static str),
    Item(usize),
}

struct Reader<'a> {
    nodes: Nodes<'a>,
    plans: &'static Plans,
    /// The namespace of the version.
    namespace: String,
    path: Vec<Step>,
    faults: Vec<Fault>,
    /// Objects that were in the place of references to them, until the list that they belong to is at its end.
    nested: Vec<Value>,
    /// Bytes of other namespaces that may still be kept.
    keep: usize,
}

/// The fields of an object while it is read: each by its place in the plan.
#[derive(Default)]
struct Slots {
    held: Vec<(usize, Value)>,
    /// What has no field.
    other: Members,
}

impl Slots {
    fn has(&self, field: usize) -> bool {
        self.held.iter().any(|(held, _)| *held == field)
    }

    fn get_mut(&mut self, field: usize) -> Option<&mut Value> {
        self.held.iter_mut().find(|(held, _)| *held == field).map(|(_, value)| value)
    }

    fn count(&self, field: usize) -> usize {
        let held = self.held.iter().find(|(held, _)| *held == field);
        held.and_then(|(_, value)| value.as_array()).map_or(0, <[Value]>::len)
    }

    fn items(&mut self, field: usize) -> Option<&mut Vec<Value>> {
        if !self.has(field) {
            self.held.push((field, Value::Array(Vec::new())));
        }
        self.get_mut(field)?.as_array_mut()
    }
}

impl<'a> Reader<'a> {
    fn new(nodes: Nodes<'a>, plans: &'static Plans) -> Self {
        let namespace = format!("{NAMESPACE}{}", plans.standard.version_name(plans.version));
        let keep = nodes.len().saturating_mul(2).saturating_add(KEPT_BYTES);
        Self { nodes, plans, namespace, path: Vec::new(), faults: Vec::new(), nested: Vec::new(), keep }
    }

    fn fault(&mut self, kind: FaultKind, at: usize, message: impl Into<String>) {
        self.report(kind, at, message, false);
    }

    fn report(&mut self, kind: FaultKind, at: usize, message: impl Into<String>, advice: bool) {
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        let mut pointer = Pointer::root();
        for step in &self.path {
            match step {
                Step::Member(name) => pointer.push_member(name),
                Step::Item(at) => pointer.push_item(*at),
            }
        }
        let mut fault = Fault::new(kind, pointer, message).on_line(self.nodes.line(at));
        fault.advice = advice;
        self.faults.push(fault);
    }

    /// An object from its element, whose start was read; reads to its end.
    fn object(&mut self, id: ObjectId, tag: &BytesStart<'a>, at: usize) -> Result<Value, ReadError> {
        match self.plans.object(id) {
            Some(plan) => self.planned(plan, tag, at),
            None => self.nodes.skip().map(|()| Value::default()),
        }
    }

    fn planned(&mut self, plan: &'static ObjectPlan, tag: &BytesStart<'a>, at: usize) -> Result<Value, ReadError> {
        let mut slots = Slots::default();
        let text = plan.text.and_then(|field| Some((field, plan.fields.get(field)?)));
        if let Some((field, Type::Object(id))) = text.map(|(field, plan)| (field, &plan.field.kind)) {
            // The element is that field's own.
            self.push(plan, field);
            let value = self.object(*id, tag, at)?;
            self.path.pop();
            slots.held.push((field, value));
            return Ok(self.finish(plan, slots, at));
        }
        self.attributes(plan, tag, at, &mut slots)?;
        match text {
            Some((at_field, field)) => {
                self.push(plan, at_field);
                let content = self.content(at)?;
                // Whether there is no text or an empty one, XML does not say.
                let required = field.field.required.is_some_and(|span| span.has(self.plans.version));
                if required || plan.is_form || !content.is_empty() {
                    let value = self.scalar(field, &field.field.kind, content, at);
                    slots.held.push((at_field, value));
                }
                self.path.pop();
            }
            None => self.children(plan, &mut slots)?,
        }
        Ok(self.finish(plan, slots, at))
    }

    fn push(&mut self, plan: &ObjectPlan, field: usize) {
        self.path.push(Step::Member(plan.fields.get(field).map_or("", |field| field.field.name)));
    }

    /// Puts the fields in the order of the table.
    fn finish(&mut self, plan: &ObjectPlan, mut slots: Slots, at: usize) -> Value {
        for (field, held) in plan.fields.iter().enumerate() {
            if let Some(text) = held.implied.or(held.default.filter(|_| !slots.has(field))) {
                let text = if text == "VERSION" { self.plans.standard.version_name(self.plans.version) } else { text };
                let value = match held.field.kind {
                    Type::Integer | Type::Number => Value::Number(text.into()),
                    _ => Value::text(text),
                };
                slots.held.push((field, value));
            } else if !slots.has(field) && (held.required || plan.lacks_leader(held, &slots)) {
                self.fault(FaultKind::Missing, at, format!("{} must be there", held.field.name));
            }
        }
        slots.held.sort_by_key(|(field, _)| *field);
        let name = |field: usize| Name::from(plan.fields.get(field).map_or("", |field| field.field.name));
        let known = slots.held.into_iter().map(|(field, value)| (name(field), value));
        Value::Object(known.chain(slots.other).collect())
    }

    fn attributes(
        &mut self,
        plan: &ObjectPlan,
        tag: &BytesStart<'a>,
        at: usize,
        slots: &mut Slots,
    ) -> Result<(), ReadError> {
        for attribute in self.nodes.attributes(tag, at)? {
            let name = attribute.name.into_inner();
            if let Some(held) = plan.attributes.iter().find(|held| held.name == name) {
                let Some(field) = plan.fields.get(held.field) else { continue };
                self.push(plan, held.field);
                let value = self.scalar(field, &field.field.kind, attribute.value, at);
                self.path.pop();
                slots.held.push((held.field, value));
            } else {
                self.other_attribute(OTHER_ATTRIBUTES.into(), plan.foreign, attribute, at, &mut slots.other)?;
            }
        }
        Ok(())
    }

    /// The next element within the one that is read; text between elements is a fault, blanks are not.
    fn next_child(&mut self) -> Result<Option<(BytesStart<'a>, usize)>, ReadError> {
        loop {
            let here = self.nodes.offset();
            match self.nodes.next()? {
                Node::Start(tag, at) => return Ok(Some((tag, at))),
                Node::Text(text) if is_blank(&text) => {}
                Node::Text(_) => self.fault(FaultKind::Type, here, "text where elements are expected"),
                Node::End | Node::Eof => return Ok(None),
            }
        }
    }

    fn children(&mut self, plan: &'static ObjectPlan, slots: &mut Slots) -> Result<(), ReadError> {
        let mut next = 0_usize;
        while let Some((tag, at)) = self.next_child()? {
            if !self.is_ours(&tag) {
                next = plan.elements.len();
                self.other_element(OTHER_ELEMENTS.into(), plan.foreign, &tag, at, &mut slots.other)?;
                continue;
            }
            let name = tag.local_name().into_inner();
            let Some((place, element)) = find(&plan.elements, name, next) else {
                let quoted = text::quoted(name);
                self.fault(FaultKind::Unknown, at, format!("{quoted} is no element of {}", plan.name));
                self.nodes.skip()?;
                continue;
            };
            if place < next && !plan.unordered {
                self.fault(FaultKind::Order, at, format!("{} comes too late", element.name));
            }
            next = next.max(place);
            self.element(plan, element, &tag, at, slots)?;
        }
        Ok(())
    }

    /// Whether an element is of the namespace of the document.
    fn is_ours(&self, tag: &BytesStart<'_>) -> bool {
        self.nodes.space(tag.name()) == Space::Of(self.namespace.as_str())
    }

    fn element(
        &mut self,
        plan: &'static ObjectPlan,
        element: &'static ElementPlan,
        tag: &BytesStart<'a>,
        at: usize,
        slots: &mut Slots,
    ) -> Result<(), ReadError> {
        let Some((at_field, content)) = &element.content else {
            self.fields_of_attributes(plan, element, tag, at, slots)?;
            return self.nothing(at);
        };
        let Some(field) = plan.fields.get(*at_field) else { return self.nodes.skip() };
        self.push(plan, *at_field);
        let twice = slots.has(*at_field)
            && match content {
                Content::Value(_) => true,
                Content::Item(_) | Content::Wrapped(_) if field.single => {
                    self.fault(FaultKind::Duplicate, at, format!("{} is there twice", element.name));
                    false
                }
                Content::Item(_) | Content::Wrapped(_) => false,
                Content::Wrapper(wrapper) => !wrapper.repeated,
            };
        if twice {
            self.fault(FaultKind::Duplicate, at, format!("{} is there twice; the first one counts", element.name));
            self.nodes.skip()?;
            self.path.pop();
            return Ok(());
        }
        match content {
            Content::Value(shape) => {
                if !element.attributes.is_empty() {
                    self.fields_of_attributes(plan, element, tag, at, slots)?;
                    let text = self.content(at)?;
                    let value = self.scalar(field, shape.kind, text, at);
                    slots.held.push((*at_field, value));
                } else if let Some(value) = self.value(field, *shape, tag, at)? {
                    slots.held.push((*at_field, value));
                }
            }
            Content::Item(shape) => {
                let number = slots.count(*at_field);
                self.path.push(Step::Item(number));
                let value = match shape.attribute.filter(|_| field.nested) {
                    Some(name) => self.nested(plan, name, tag, at)?,
                    None => self.value(field, *shape, tag, at)?,
                };
                self.path.pop();
                if let Some(value) = value
                    && let Some(items) = slots.items(*at_field)
                {
                    items.push(value);
                }
            }
            Content::Wrapped(wrapper) => {
                let number = slots.count(*at_field);
                self.path.push(Step::Item(number));
                let mut inner = Slots::default();
                self.wrapper((*at_field, field), wrapper, tag, at, &mut inner)?;
                self.path.pop();
                let value = inner.held.pop().map(|(_, value)| value);
                if let Some(value) = value
                    && let Some(items) = slots.items(*at_field)
                {
                    items.push(value);
                }
            }
            Content::Wrapper(wrapper) => self.wrapper((*at_field, field), wrapper, tag, at, slots)?,
        }
        self.path.pop();
        Ok(())
    }

    fn fields_of_attributes(
        &mut self,
        plan: &ObjectPlan,
        element: &ElementPlan,
        tag: &BytesStart<'a>,
        at: usize,
        slots: &mut Slots,
    ) -> Result<(), ReadError> {
        for attribute in self.nodes.attributes(tag, at)? {
            let name = attribute.name.into_inner();
            let held = element.attributes.iter().find(|held| held.name == name);
            match held.and_then(|held| Some((held.field, plan.fields.get(held.field)?))) {
                Some((number, field)) if !slots.has(number) => {
                    let value = self.scalar(field, &field.field.kind, attribute.value, at);
                    slots.held.push((number, value));
                }
                Some(_) => {}
                None => self.unknown_attribute(&attribute, at),
            }
        }
        Ok(())
    }

    /// A value from its element, whose start was read; reads to its end.
    fn value(
        &mut self,
        field: &FieldPlan,
        shape: Shape,
        tag: &BytesStart<'a>,
        at: usize,
    ) -> Result<Option<Value>, ReadError> {
        if let Some(name) = shape.attribute {
            return self.attribute_value(field, shape.kind, name, tag, at);
        }
        let object = shape.kinds().find_map(|kind| if let Type::Object(id) = kind { Some(*id) } else { None });
        let text = shape.kinds().find(|kind| is_text(kind));
        match (object, text) {
            (Some(id), Some(_)) if self.holds_elements()? => self.object(id, tag, at).map(Some),
            (_, Some(kind)) => self.text_value(field, kind, tag, at).map(Some),
            (Some(id), None) => self.object(id, tag, at).map(Some),
            (None, None) => self.text_value(field, shape.kind, tag, at).map(Some),
        }
    }

    /// An object where a reference to it may be: the reference. An object that says more is kept as one of its own.
    fn nested(
        &mut self,
        plan: &'static ObjectPlan,
        attribute: &str,
        tag: &BytesStart<'a>,
        at: usize,
    ) -> Result<Option<Value>, ReadError> {
        let object = self.planned(plan, tag, at)?;
        let field = plan.attributes.iter().find(|held| held.name == attribute);
        let name = field.and_then(|held| plan.fields.get(held.field)).map_or("", |field| field.field.name);
        let value = object.get(name).cloned();
        if value.is_none() {
            self.fault(FaultKind::Missing, at, format!("the attribute {attribute} must be there"));
        }
        if object.as_object().is_some_and(|members| members.len() > 1) {
            self.nested.push(object);
        }
        Ok(value)
    }

    fn text_value(
        &mut self,
        field: &FieldPlan,
        kind: &Type,
        tag: &BytesStart<'a>,
        at: usize,
    ) -> Result<Value, ReadError> {
        for attribute in self.nodes.attributes(tag, at)? {
            self.unknown_attribute(&attribute, at);
        }
        let text = self.content(at)?;
        Ok(self.scalar(field, kind, text, at))
    }

    /// The value of an attribute of an element that has nothing else.
    fn attribute_value(
        &mut self,
        field: &FieldPlan,
        kind: &Type,
        name: &str,
        tag: &BytesStart<'a>,
        at: usize,
    ) -> Result<Option<Value>, ReadError> {
        let mut value = None;
        for attribute in self.nodes.attributes(tag, at)? {
            if attribute.name.into_inner() == name {
                value = Some(self.scalar(field, kind, attribute.value, at));
            } else {
                self.unknown_attribute(&attribute, at);
            }
        }
        if value.is_none() {
            self.fault(FaultKind::Missing, at, format!("the attribute {name} must be there"));
        }
        self.nothing(at)?;
        Ok(value)
    }
}

impl ObjectPlan {
    /// Whether there are elements but not the one that the schema wants before them.
    fn lacks_leader(&self, field: &FieldPlan, slots: &Slots) -> bool {
        let Some(other) = field.leads else { return false };
        let has_other = self.fields.iter().enumerate().any(|(at, held)| held.field.name == other && slots.has(at));
        let of_slots = |element: &ElementPlan| element.content.as_ref().is_some_and(|(at, _)| slots.has(*at));
        !has_other && self.elements.iter().any(of_slots)
    }
}

/// The element of a name, looked for first where it should be.
fn find<'p>(elements: &'p [ElementPlan], name: &str, from: usize) -> Option<(usize, &'p ElementPlan)> {
    let later = elements.iter().enumerate().skip(from).find(|(_, element)| element.name == name);
    later.or_else(|| elements.iter().enumerate().take(from).find(|(_, element)| element.name == name))
}

/// Whether values of a type are text in XML.
fn is_text(kind: &Type) -> bool {
    !matches!(kind, Type::Object(_) | Type::Variants(_) | Type::Array(_) | Type::Either(_))
}
