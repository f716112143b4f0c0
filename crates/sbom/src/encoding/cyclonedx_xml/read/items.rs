//! Elements around items.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

use super::super::table::{FieldPlan, ObjectPlan, Wrapper};
use super::super::{OTHER_ATTRIBUTES, OTHER_ELEMENTS};
use super::{Reader, Slots, Step, text};
use crate::encoding::ReadError;
use crate::fault::FaultKind;
use crate::tree::Value;

impl<'a> Reader<'a> {
    /// The items of a field from the element around them, whose start was read; reads to its end.
    pub(super) fn wrapper(
        &mut self,
        (at_field, field): (usize, &'static FieldPlan),
        wrapper: &'static Wrapper,
        tag: &BytesStart<'a>,
        at: usize,
        slots: &mut Slots,
    ) -> Result<(), ReadError> {
        if let Some(shape) = wrapper.otherwise
            && self.starts_otherwise(wrapper)?
        {
            if let Some(value) = self.value(field, shape, tag, at)? {
                slots.held.push((at_field, value));
            }
            return Ok(());
        }
        for attribute in self.nodes.attributes(tag, at)? {
            let key = Cow::Owned(format!("{OTHER_ATTRIBUTES}/{}", field.field.name));
            self.other_attribute(key, wrapper.foreign, attribute, at, &mut slots.other)?;
        }
        let mut items = Vec::new();
        let mut first = None;
        let mut foreign_seen = false;
        while let Some((tag, at)) = self.next_child()? {
            if !self.is_ours(&tag) {
                let key = Cow::Owned(format!("{OTHER_ELEMENTS}/{}", field.field.name));
                foreign_seen = true;
                if items.is_empty() && wrapper.foreign.elements && !wrapper.foreign.last {
                    self.fault(FaultKind::Order, at, "an element of another namespace before the first item");
                }
                self.other_element(key, wrapper.foreign, &tag, at, &mut slots.other)?;
                continue;
            }
            if foreign_seen && wrapper.foreign.last {
                self.fault(FaultKind::Order, at, "an item after an element of another namespace");
            }
            if let Some((form, plan)) = self.form(wrapper, &tag) {
                let mixed = plan.uniform && *first.get_or_insert(form) != form;
                let lone = plan.alone && plan.forms.first().is_some_and(|first| first.element != form);
                if mixed || (lone && !items.is_empty()) {
                    self.fault(
                        FaultKind::Order,
                        at,
                        format!("{form} after other items, which this version does not have"),
                    );
                }
            }
            if wrapper.many {
                self.path.push(Step::Item(items.len()));
            }
            if let Some(value) = self.item(field, wrapper, &tag, at)? {
                items.push(value);
            }
            if wrapper.many {
                self.path.pop();
            }
        }
        if wrapper.many {
            items.append(&mut self.nested);
            if let Some(held) = slots.items(at_field) {
                held.append(&mut items);
            }
            return Ok(());
        }
        let mut items = items.into_iter();
        if let Some(value) = items.next() {
            slots.held.push((at_field, value));
        }
        if items.next().is_some() {
            self.fault(FaultKind::Duplicate, at, "more than one element; the first one counts");
        }
        Ok(())
    }

    /// The form that an element is, and the object that has it.
    fn form(&self, wrapper: &Wrapper, tag: &BytesStart<'_>) -> Option<(&'static str, &'static ObjectPlan)> {
        let plan = self.plans.object(wrapper.forms?)?;
        let form = plan.forms.iter().find(|form| form.element == tag.local_name().into_inner())?;
        Some((form.element, plan))
    }

    fn item(
        &mut self,
        field: &FieldPlan,
        wrapper: &'static Wrapper,
        tag: &BytesStart<'a>,
        at: usize,
    ) -> Result<Option<Value>, ReadError> {
        let name = tag.local_name().into_inner();
        if let Some((_, shape)) = wrapper.items.iter().find(|(item, _)| *item == name) {
            return self.value(field, *shape, tag, at);
        }
        let forms = wrapper.forms.and_then(|id| self.plans.object(id)).map(|plan| plan.forms.as_slice());
        if let Some(form) = forms.unwrap_or_default().iter().find(|form| form.element == name) {
            return self.planned(&form.plan, tag, at).map(Some);
        }
        let quoted = text::quoted(name);
        self.fault(FaultKind::Unknown, at, format!("{quoted} is no item of {}", field.field.name));
        self.nodes.skip()?;
        Ok(None)
    }
}
