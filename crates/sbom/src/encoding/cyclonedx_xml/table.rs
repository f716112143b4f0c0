//! How XML spells the objects of a version: the words of `schemas/cyclonedx/xml.table` (described in
//! `schemas/README.md`), made ready for reading and writing.

use std::sync::OnceLock;

use crate::standard::{Field, Object, ObjectId, Standard, Type, VersionIndex, Words};

/// The name that the tables have for this encoding.
const ENCODING: &str = "xml";

/// Every object of a version, by its [`ObjectId`].
#[derive(Debug)]
pub(super) struct Plans {
    pub(super) standard: &'static Standard,
    pub(super) version: VersionIndex,
    objects: Vec<ObjectPlan>,
}

/// How an object is spelled.
#[derive(Debug, Default)]
pub(super) struct ObjectPlan {
    pub(super) name: &'static str,
    /// Its fields, in the order of the table.
    pub(super) fields: Vec<FieldPlan>,
    pub(super) attributes: Vec<AttributePlan>,
    /// The field whose value is the content of the element.
    pub(super) text: Option<usize>,
    /// The elements in it, in the order that the schema demands.
    pub(super) elements: Vec<ElementPlan>,
    pub(super) foreign: Foreign,
    /// The elements may come in any order.
    pub(super) unordered: bool,
    /// Instead of all that: the elements that it may be, each a plan of its own.
    pub(super) forms: Vec<Form>,
    /// All items of an array have the same form.
    pub(super) uniform: bool,
    /// It is a form: its text is there, even an empty one.
    pub(super) is_form: bool,
    /// An item of another form than the first one is the only one.
    pub(super) alone: bool,
}

/// One of the elements that an object without an element of its own may be.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) element: &'static str,
    pub(super) plan: ObjectPlan,
}

/// What a schema says about elements and attributes that it does not name.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Elements of other namespaces: after all others, or where there are items, after any of them.
    pub(super) elements: bool,
    /// They come after all items, of which there need be none.
    pub(super) last: bool,
    /// Attributes of other namespaces.
    pub(super) attributes: bool,
    /// Attributes without a namespace too.
    pub(super) any_attribute: bool,
}

/// White space of text (XML Schema part 2, 4.3.6).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// Stays as it is.
    #[default]
    Preserve,
    /// Each character becomes a space.
    Replace,
    /// Runs become one space, none at the ends.
    Collapse,
}

/// A field.
#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) field: &'static Field,
    pub(super) space: Space,
    /// What an empty element or attribute means.
    pub(super) empty: Option<&'static str>,
    /// What a missing one means.
    pub(super) default: Option<&'static str>,
    /// What the encoding itself says: it is in every document, and never written.
    pub(super) implied: Option<&'static str>,
    /// XML must have it, or the field that this names, when there is another element.
    pub(super) leads: Option<&'static str>,
    /// XML must have it.
    pub(super) required: bool,
    /// It has a place in XML.
    pub(super) written: bool,
    /// An item may be an object like the one it is in.
    pub(super) nested: bool,
    /// There is one element at most, though the value is an array.
    pub(super) single: bool,
}

/// An attribute and the field that it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributePlan {
    pub(super) name: &'static str,
    pub(super) field: usize,
}

/// An element in an object.
#[derive(Debug)]
pub(super) struct ElementPlan {
    pub(super) name: &'static str,
    /// What its content holds.
    pub(super) content: Option<(usize, Content)>,
    /// The fields that its attributes hold, for one whose content is text.
    pub(super) attributes: Vec<AttributePlan>,
}

/// What the content of an element is.
#[derive(Debug)]
pub(super) enum Content {
    /// The value.
    Value(Shape),
    /// An item; there is an element for each.
    Item(Shape),
    /// An item in an element of its own; there is one around each.
    Wrapped(Wrapper),
    /// The items, each with its element.
    Wrapper(Wrapper),
}

/// An element around items.
#[derive(Debug)]
pub(super) struct Wrapper {
    pub(super) items: Vec<(&'static str, Shape)>,
    /// The items have no element of their own: they are forms of this object.
    pub(super) forms: Option<ObjectId>,
    /// The value is an array; else it is the one item.
    pub(super) many: bool,
    /// There may be several such elements, which together hold the items.
    pub(super) repeated: bool,
    /// What the element is when it does not start with an item.
    pub(super) otherwise: Option<Shape>,
    pub(super) foreign: Foreign,
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: &'static Type,
    /// Another type that it may be.
    pub(super) or: Option<&'static Type>,
    /// Text is in this attribute, not in the content.
    pub(super) attribute: Option<&'static str>,
}

impl Shape {
    fn of(kind: &'static Type) -> Self {
        Self { kind, or: None, attribute: None }
    }

    /// The types that it may be.
    pub(super) fn kinds(self) -> impl Iterator<Item = &'static Type> {
        let alternatives = match self.kind {
            Type::Either(kinds) => kinds.as_slice(),
            kind => std::slice::from_ref(kind),
        };
        alternatives.iter().chain(self.or)
    }
}

impl Plans {
    /// The plans of a version of CycloneDX; `None` for one that there is not.
    pub(super) fn of(version: VersionIndex) -> Option<&'static Self> {
        static PLANS: OnceLock<Vec<OnceLock<Plans>>> = OnceLock::new();
        let standard = Standard::cyclonedx();
        let all = PLANS.get_or_init(|| standard.versions().iter().map(|_| OnceLock::new()).collect());
        all.get(usize::from(version.0)).map(|plans| plans.get_or_init(|| Self::make(standard, version).0))
    }

    /// Makes the plans of a version; with what could not be understood, which a test keeps empty.
    fn make(standard: &'static Standard, version: VersionIndex) -> (Self, Vec<String>) {
        let mut maker = Maker { standard, version, problems: Vec::new() };
        let objects = standard.objects().iter().map(|object| maker.object(object)).collect();
        (Self { standard, version, objects }, maker.problems)
    }

    /// The plan of an object.
    pub(super) fn object(&self, id: ObjectId) -> Option<&ObjectPlan> {
        self.objects.get(usize::from(id.0))
    }
}

struct Maker {
    standard: &'static Standard,
    version: VersionIndex,
    problems: Vec<String>,
}

/// Words that are not the place of a field.
const FLAGS: &[&str] = &[
    "normalized",
    "token",
    "empty",
    "default",
    "implied",
    "required",
    "any",
    "attributes",
    "any-attributes",
    "nested",
    "optional",
    "leads",
    "pattern",
    "any-last",
    "any-text",
    "repeated",
    "single",
    "since",
    "until",
];

impl Maker {
    fn object(&mut self, object: &'static Object) -> ObjectPlan {
        let none = Words::default();
        let words = object.spellings.of(ENCODING).unwrap_or(&none);
        let Some(forms) = words.get("forms") else { return self.plan(object, words, None) };
        let forms = forms.split(',').filter_map(|form| {
            let (element, since) = form.split_once(':').unwrap_or((form, ""));
            let there = since.is_empty() || self.standard.version(since).is_some_and(|since| since <= self.version);
            there.then(|| Form { element, plan: self.plan(object, words, Some(element)) })
        });
        let forms = forms.collect();
        let alone = words.get("alone").is_some_and(|range| self.within(range));
        ObjectPlan { name: object.name, forms, uniform: alone || words.has("uniform"), alone, ..ObjectPlan::default() }
    }

    fn plan(&mut self, object: &'static Object, words: &Words, form: Option<&'static str>) -> ObjectPlan {
        let mut plan = ObjectPlan {
            name: object.name,
            foreign: self.foreign(words, form),
            unordered: words.has("unordered"),
            is_form: form.is_some(),
            ..ObjectPlan::default()
        };
        if words.has("-") {
            return plan;
        }
        for field in object.fields_in(self.version) {
            self.field(object, field, form, &mut plan);
        }
        plan
    }

    /// What the words allow; those of a form start with its name and a colon.
    fn foreign(&self, words: &Words, form: Option<&str>) -> Foreign {
        let named = |word: &str, name: &str| match form {
            Some(form) => word.split_once(':').is_some_and(|(of, word)| of == form && word == name),
            None => word == name,
        };
        let now = |name| words.iter().any(|(word, range)| named(word, name) && self.within(range));
        let any_attribute = now("any-attributes");
        let last = now("any-last");
        Foreign { elements: last || now("any"), last, attributes: any_attribute || now("attributes"), any_attribute }
    }

    fn within(&self, range: &str) -> bool {
        self.standard.is_within(range, self.version)
    }

    fn field(&mut self, object: &Object, field: &'static Field, form: Option<&str>, plan: &mut ObjectPlan) {
        let none = Words::default();
        let words = field.spellings.all(ENCODING).find(|words| self.in_force(words)).unwrap_or(&none);
        let mut place = match form {
            Some(form) => words.get(form).unwrap_or("-"),
            None => {
                words.iter().next().map(|(word, _)| word).filter(|word| !FLAGS.contains(word)).unwrap_or(field.name)
            }
        };
        for (word, _) in words.iter().skip(usize::from(form.is_none())) {
            let known = FLAGS.contains(&word)
                || object.spellings.of(ENCODING).is_some_and(|words| {
                    let form = word.split(':').next();
                    words.get("forms").is_some_and(|forms| forms.split([',', ':']).any(|name| Some(name) == form))
                });
            if !known {
                self.problems.push(format!("{}.{}: {word}", object.name, field.name));
            }
        }
        let at = plan.fields.len();
        plan.fields.push(FieldPlan {
            field,
            space: space(words, &field.kind),
            empty: words.get("empty"),
            default: words.get("default"),
            implied: words.get("implied"),
            required: words.iter().any(|(word, range)| {
                let of_form = form.is_some_and(|form| word.strip_suffix(":required") == Some(form));
                (word == "required" || of_form) && self.within(range)
            }),
            nested: words.has("nested"),
            leads: words.get("leads"),
            written: place != "-",
            single: words.get("single").is_some_and(|range| self.within(range)),
        });
        let mut attribute = None;
        match place {
            "-" => return,
            "." => {
                plan.text = Some(at);
                return;
            }
            _ => {}
        }
        if let Some((element, name)) = place.split_once('@') {
            let name = if name.is_empty() { field.name } else { name };
            if element.is_empty() {
                plan.attributes.push(AttributePlan { name, field: at });
                return;
            }
            (place, attribute) = (element, Some(name));
        }
        self.element(object, field, at, (place, attribute), words, plan);
    }

    fn in_force(&self, words: &Words) -> bool {
        let end = |word| words.get(word).and_then(|name| self.standard.version(name));
        end("since").is_none_or(|since| since <= self.version) && end("until").is_none_or(|until| self.version <= until)
    }

    fn element(
        &mut self,
        object: &Object,
        field: &'static Field,
        at: usize,
        (place, attribute): (&'static str, Option<&'static str>),
        words: &Words,
        plan: &mut ObjectPlan,
    ) {
        let (name, content) = if let Some(name) = place.strip_prefix('*') {
            if let Some((name, items)) = name.split_once('/') {
                let wrapper = self.wrapper(object, field, (items, attribute), words);
                (name, Content::Wrapped(Wrapper { many: false, ..wrapper }))
            } else if let Some(item) = items_of(&field.kind) {
                (name, Content::Item(Shape { attribute, ..item }))
            } else {
                self.problems.push(format!("{}.{} is no array", object.name, field.name));
                return;
            }
        } else if let Some((name, items)) = place.split_once('/') {
            let name = if name.is_empty() { field.name } else { name };
            (name, Content::Wrapper(self.wrapper(object, field, (items, attribute), words)))
        } else if let (Some(attribute), false) = (attribute, matches!(field.kind, Type::Array(_))) {
            let attribute = AttributePlan { name: attribute, field: at };
            match plan.elements.iter_mut().find(|element| element.name == place) {
                Some(element) => element.attributes.push(attribute),
                None => plan.elements.push(ElementPlan { name: place, content: None, attributes: vec![attribute] }),
            }
            return;
        } else if let Some(id) = item_of(&field.kind).and_then(|kind| self.formed(kind)) {
            // The items are elements of several names.
            let foreign = self.foreign(words, None);
            let (items, repeated) = (Vec::new(), false);
            (
                place,
                Content::Wrapper(Wrapper { items, forms: Some(id), many: true, repeated, otherwise: None, foreign }),
            )
        } else {
            if matches!(field.kind, Type::Array(_)) {
                self.problems.push(format!("{}.{} does not say its items", object.name, field.name));
            }
            (place, Content::Value(Shape { attribute, ..Shape::of(&field.kind) }))
        };
        match plan.elements.iter_mut().find(|element| element.name == name && element.content.is_none()) {
            Some(element) => element.content = Some((at, content)),
            None => plan.elements.push(ElementPlan { name, content: Some((at, content)), attributes: Vec::new() }),
        }
    }

    fn formed(&self, kind: &Type) -> Option<ObjectId> {
        let Type::Object(id) = kind else { return None };
        self.standard.object(*id)?.spellings.of(ENCODING)?.has("forms").then_some(*id)
    }

    fn wrapper(
        &mut self,
        object: &Object,
        field: &'static Field,
        (items, attribute): (&'static str, Option<&'static str>),
        words: &Words,
    ) -> Wrapper {
        let many = item_of(&field.kind).is_some();
        let item = items_of(&field.kind).unwrap_or(Shape::of(&field.kind));
        let otherwise = match &field.kind {
            Type::Either(kinds) if many => {
                kinds.iter().find(|kind| matches!(kind, Type::Object(_) | Type::Variants(_)))
            }
            _ => None,
        };
        let names: Vec<&'static str> = items.split('|').collect();
        let items = match (item.kind, names.as_slice()) {
            (_, [name]) => vec![(*name, Shape { attribute, ..item })],
            (Type::Either(kinds), names) if kinds.len() == names.len() => {
                names.iter().zip(kinds).map(|(name, kind)| (*name, Shape { attribute, ..Shape::of(kind) })).collect()
            }
            _ => {
                self.problems.push(format!("{}.{}: items and types differ in number", object.name, field.name));
                Vec::new()
            }
        };
        let otherwise = otherwise.map(Shape::of);
        Wrapper {
            items,
            forms: None,
            many,
            repeated: words.has("repeated"),
            otherwise,
            foreign: self.foreign(words, None),
        }
    }
}

/// The items of an array, also of one that may be something else.
fn item_of(kind: &'static Type) -> Option<&'static Type> {
    match kind {
        Type::Array(item) => Some(item),
        Type::Either(kinds) => kinds.iter().find_map(item_of),
        _ => None,
    }
}

/// The items of an array, or of either of two arrays.
fn items_of(kind: &'static Type) -> Option<Shape> {
    let first = Shape::of(item_of(kind)?);
    let Type::Either(kinds) = kind else { return Some(first) };
    let or = kinds.iter().filter_map(item_of).find(|item| *item != first.kind);
    Some(Shape { or, ..first })
}

/// White space: as the words say, else as the type of the schema that goes with ours has it.
fn space(words: &Words, kind: &Type) -> Space {
    match kind {
        _ if words.has("normalized") => Space::Replace,
        _ if words.has("token") => Space::Collapse,
        Type::Iri | Type::Uri | Type::DateTime => Space::Collapse,
        Type::Array(item) => space(words, item),
        _ => Space::Preserve,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_table_is_understood() {
        let standard = Standard::cyclonedx();
        for version in standard.versions() {
            let (_, problems) = Plans::make(standard, standard.version(version).unwrap());
            assert_eq!(problems, Vec::<String>::new(), "{version}");
        }
    }
}
