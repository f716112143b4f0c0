//! How each version of CycloneDX is written as messages: `schemas/cyclonedx/protobuf.table`, made ready for use.
//!
//! The words of a field are described at the head of that table. One JSON object may be spread over several messages
//! (a [`Kind::Group`] belongs to the object around it), and the items of an array may each have a message around them
//! ([`Kind::Each`]).

use std::sync::OnceLock;

use crate::standard::{EnumId, Field, Object, ObjectId, Span, Spellings, Standard, Type, VersionIndex, Words};

/// The name of this spelling in the tables.
const SPELLING: &str = "protobuf";

/// One version, as messages.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// By [`ObjectId`].
    messages: Vec<Message>,
    /// By [`EnumId`].
    enums: Vec<Names>,
    timestamp: Message,
}

/// A message: its fields by number.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) slots: Vec<Slot>,
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u32,
    /// As the text form has it.
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
}

/// What a field of a message is to the object that the message is made from.
#[derive(Debug)]
pub(super) enum Kind {
    /// A member of the object.
    Leaf(Leaf),
    /// A message that JSON does not have: its fields are members of the same object.
    Group(Message),
    /// The items of one member, each in a message of its own.
    Each(Message),
}

/// How a member is written.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The place of the member in [`Object::fields`].
    pub(super) field: usize,
    pub(super) form: Form,
    /// JSON has an array.
    pub(super) list: bool,
    /// The message takes one, also where JSON has an array.
    pub(super) single: bool,
    /// Nothing there means the value of number 0.
    pub(super) zero: bool,
    /// The version has it; one that it does not have is read, so that it can be told, and not written.
    pub(super) current: bool,
    /// Written here only when the object has one of these members.
    pub(super) when: Vec<&'static str>,
    /// Written elsewhere when the object has one of these members.
    pub(super) unless: Vec<&'static str>,
}

/// What a value is in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Boolean,
    Int32,
    Int64,
    Float,
    Double,
    /// `google.protobuf.Timestamp`.
    Instant,
    Word(EnumId),
    Object(ObjectId),
    /// A message of one of several objects, told apart by the fields that are there; true for an array of them.
    OneOf(Vec<(ObjectId, bool)>),
}

/// The values of an enumeration.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Number, name in the text form, value in JSON.
    values: Vec<(i64, Box<str>, &'static str)>,
    /// The name of number 0 where it stands for nothing.
    null: Option<Box<str>>,
}

impl Schema {
    /// That of a version of CycloneDX.
    pub(super) fn of(version: VersionIndex) -> &'static Self {
        static SCHEMAS: [OnceLock<Schema>; 16] = [const { OnceLock::new() }; 16];
        static NONE: OnceLock<Schema> = OnceLock::new();
        // A test compiles every version; a wrong table would give a schema without messages.
        SCHEMAS
            .get(usize::from(version.0))
            .unwrap_or(&NONE)
            .get_or_init(|| Self::compile(Standard::cyclonedx(), version).unwrap_or_default())
    }

    /// Reads the spelling of every object and enumeration.
    pub(super) fn compile(standard: &'static Standard, version: VersionIndex) -> Result<Self, String> {
        let enums: Vec<Names> = standard.enumerations().iter().map(Names::compile).collect::<Result<_, _>>()?;
        let compiler = Compiler { standard, version, enums: &enums };
        let messages = standard.objects().iter().map(|object| compiler.message(object)).collect::<Result<_, _>>()?;
        let timestamp = Message { slots: vec![scalar(1, "seconds", Form::Int64), scalar(2, "nanos", Form::Int32)] };
        Ok(Self { messages, enums, timestamp })
    }

    pub(super) fn message(&self, id: ObjectId) -> &Message {
        static NONE: Message = Message { slots: Vec::new() };
        self.messages.get(usize::from(id.0)).unwrap_or(&NONE)
    }

    /// `google.protobuf.Timestamp`.
    pub(super) fn timestamp(&self) -> &Message {
        &self.timestamp
    }

    pub(super) fn names(&self, id: EnumId) -> &Names {
        static NONE: Names = Names { values: Vec::new(), null: None };
        self.enums.get(usize::from(id.0)).unwrap_or(&NONE)
    }
}

impl Message {
    pub(super) fn slot(&self, number: u32) -> Option<(usize, &Slot)> {
        let at = self.slots.binary_search_by_key(&number, |slot| slot.number).ok()?;
        self.slots.get(at).map(|slot| (at, slot))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| *slot.name == *name)
    }

    /// Puts a field at the end of its path.
    fn place(&mut self, path: &[Step<'_>], leaf: Leaf) -> Result<(), String> {
        let [step, rest @ ..] = path else { return Err("a field without a number".into()) };
        let at = match self.slots.binary_search_by_key(&step.number, |slot| slot.number) {
            Ok(at) if rest.is_empty() => {
                return Err(format!("number {} of {} is taken by field {at}", step.number, step.name));
            }
            Ok(at) => at,
            Err(at) => {
                let kind = match (rest.is_empty(), step.each) {
                    (true, _) => {
                        let slot = Slot { number: step.number, name: step.name.into(), kind: Kind::Leaf(leaf) };
                        self.slots.insert(at, slot);
                        return Ok(());
                    }
                    (false, true) => Kind::Each(Self::default()),
                    (false, false) => Kind::Group(Self::default()),
                };
                self.slots.insert(at, Slot { number: step.number, name: step.name.into(), kind });
                at
            }
        };
        match self.slots.get_mut(at) {
            Some(Slot { kind: Kind::Group(inner) | Kind::Each(inner), name, .. }) if **name == *step.name => {
                inner.place(rest, leaf)
            }
            _ => Err(format!("number {} is both a field and a message", step.number)),
        }
    }
}

impl Leaf {
    /// Whether an object that has these members is written with this field.
    pub(super) fn applies(&self, has: impl Fn(&str) -> bool) -> bool {
        self.current
            && (self.when.is_empty() || self.when.iter().any(|name| has(name)))
            && !self.unless.iter().any(|name| has(name))
    }
}

impl Names {
    fn compile(held: &crate::standard::Enumeration) -> Result<Self, String> {
        let Some(words) = held.spellings.of(SPELLING) else { return Ok(Self::default()) };
        let prefix = words.get("prefix").ok_or_else(|| format!("{} has no prefix", held.name))?;
        let mut values = Vec::new();
        for value in &held.values {
            let Some(words) = value.spellings.of(SPELLING) else { continue };
            let number = words.iter().find_map(|(word, _)| word.parse().ok());
            let number = number.ok_or_else(|| format!("{} {} has no number", held.name, value.name))?;
            let name = words.get("as").map_or_else(|| shouted(value.name), str::to_owned);
            values.push((number, format!("{prefix}{name}").into_boxed_str(), value.name));
        }
        Ok(Self { values, null: words.get("null").map(|name| format!("{prefix}{name}").into_boxed_str()) })
    }

    /// The value of a number, as JSON has it.
    pub(super) fn value(&self, number: i64) -> Option<&'static str> {
        self.values.iter().find(|(held, ..)| *held == number).map(|(.., value)| *value)
    }

    /// The number of a value of JSON.
    pub(super) fn number(&self, value: &str) -> Option<i64> {
        self.values.iter().find(|(.., held)| *held == value).map(|(number, ..)| *number)
    }

    /// The number of a name of the text form.
    pub(super) fn number_of_name(&self, name: &str) -> Option<i64> {
        let named = self.values.iter().find(|(_, held, _)| **held == *name).map(|(number, ..)| *number);
        named.or_else(|| self.null.as_deref().filter(|null| *null == name).map(|_| 0))
    }

    /// The name of a number in the text form.
    pub(super) fn name(&self, number: i64) -> Option<&str> {
        let null = if number == 0 { self.null.as_deref() } else { None };
        null.or_else(|| self.values.iter().find(|(held, ..)| *held == number).map(|(_, name, _)| &**name))
    }

    /// Whether number 0 stands for nothing.
    pub(super) fn is_null(&self, number: i64) -> bool {
        number == 0 && self.null.is_some()
    }

    fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// A step to a field: the messages around it and its own number.
struct Step<'a> {
    number: u32,
    name: &'a str,
    /// Each item has a message of its own here.
    each: bool,
}

struct Compiler<'a> {
    standard: &'static Standard,
    version: VersionIndex,
    enums: &'a [Names],
}

impl Compiler<'_> {
    fn message(&self, object: &'static Object) -> Result<Message, String> {
        let mut message = Message::default();
        let fault = |field: &Field, what: &str| format!("protobuf: {} of {}: {what}", field.name, object.name);
        for (at, field) in object.fields.iter().enumerate() {
            // A field with a line for each of its types is one field here, that of the version or else the last.
            let best = object
                .fields
                .iter()
                .rposition(|other| other.name == field.name && other.during.has(self.version))
                .or_else(|| object.fields.iter().rposition(|other| other.name == field.name));
            if best != Some(at) {
                continue;
            }
            let entries: Vec<&Words> = spelled(&field.spellings).collect();
            let when: Vec<&'static str> = entries.iter().flat_map(|words| list(words, "when")).collect();
            for words in &entries {
                let mut leaf = self.leaf(at, field, words).map_err(|what| fault(field, &what))?;
                if leaf.when.is_empty() {
                    leaf.unless.clone_from(&when);
                }
                let numbers = words.iter().map(|(word, _)| word).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
                let numbers = numbers.ok_or_else(|| fault(field, "no number"))?;
                let names = words.get("as").map_or_else(|| field.name.replace('-', "_"), str::to_owned);
                let path = steps(numbers, &names).ok_or_else(|| fault(field, "numbers and names do not match"))?;
                message.place(&path, leaf).map_err(|what| fault(field, &what))?;
            }
        }
        Ok(message)
    }

    fn leaf(&self, at: usize, field: &'static Field, words: &Words) -> Result<Leaf, String> {
        let end = |word: &str, default| match words.get(word) {
            Some(name) => self.standard.version(name).ok_or_else(|| format!("no version {name}")),
            None => Ok(default),
        };
        let during = Span { since: end("since", Span::ALWAYS.since)?, until: end("until", Span::ALWAYS.until)? };
        let single = match words.get("single") {
            None => false,
            Some("") => true,
            Some(range) => {
                let (since, until) = range.split_once("..").ok_or("single takes a range")?;
                let bound = |name: &str, default| {
                    if name.is_empty() { Some(default) } else { self.standard.version(name) }
                };
                let since = bound(since, Span::ALWAYS.since).ok_or("no such version")?;
                Span { since, until: bound(until, Span::ALWAYS.until).ok_or("no such version")? }.has(self.version)
            }
        };
        let (form, list) = self.form(&field.kind, words)?;
        Ok(Leaf {
            field: at,
            form,
            list,
            single,
            zero: words.has("zero"),
            current: field.during.has(self.version) && during.has(self.version),
            when: self::list(words, "when").collect(),
            unless: Vec::new(),
        })
    }

    /// What a type is in a message, and whether JSON has an array of it.
    fn form(&self, kind: &Type, words: &Words) -> Result<(Form, bool), String> {
        Ok(match kind {
            Type::Array(item) => (self.form(item, words)?.0, true),
            Type::Either(kinds) => return self.either(kinds, words),
            Type::Boolean => (Form::Boolean, false),
            Type::Integer if words.has("int64") => (Form::Int64, false),
            Type::Integer => (Form::Int32, false),
            Type::Number if words.has("float") => (Form::Float, false),
            Type::Number => (Form::Double, false),
            Type::DateTime if !words.has("string") => (Form::Instant, false),
            Type::Enum(id) if !self.enums.get(usize::from(id.0)).is_none_or(Names::is_empty) && !words.has("string") => {
                (Form::Word(*id), false)
            }
            Type::Object(id) => (Form::Object(*id), false),
            Type::Variants(id) => {
                let held = self.standard.variants(*id).ok_or("no variants")?;
                (Form::OneOf(held.choices.iter().map(|(_, object, _)| (*object, false)).collect()), false)
            }
            Type::Any => return Err("any value has no form".into()),
            _ => (Form::Text, false),
        })
    }

    fn either(&self, kinds: &[Type], words: &Words) -> Result<(Form, bool), String> {
        let mut forms = Vec::new();
        for kind in kinds {
            let form = self.form(kind, words)?;
            if words.get("of").is_none_or(|name| self.is_named(kind, name)) {
                forms.push(form);
            }
        }
        match forms.as_slice() {
            [] => Err("of= names no alternative".into()),
            [form] => Ok(form.clone()),
            // One, or an array of them: the array says both.
            [(one, _), (other, _)] if one == other => Ok((one.clone(), true)),
            _ => {
                let objects = forms.iter().map(|(form, list)| match form {
                    Form::Object(id) => Ok((*id, *list)),
                    _ => Err("alternatives without of=".to_owned()),
                });
                Ok((Form::OneOf(objects.collect::<Result<_, _>>()?), false))
            }
        }
    }

    fn is_named(&self, kind: &Type, name: &str) -> bool {
        match kind {
            Type::Array(item) => self.is_named(item, name),
            Type::Object(id) => self.standard.object(*id).is_some_and(|object| object.name == name),
            Type::Enum(_) => name == "enum",
            Type::String | Type::Pattern(_) | Type::Ref | Type::Link | Type::Iri | Type::Uri => name == "string",
            Type::Number | Type::Integer => name == "number",
            Type::Boolean => name == "boolean",
            _ => false,
        }
    }
}

/// What the table says of a field, line by line.
fn spelled(spellings: &Spellings) -> impl Iterator<Item = &Words> {
    spellings.0.iter().filter(|(encoding, _)| *encoding == SPELLING).map(|(_, words)| words)
}

/// The names of a word that lists them, with commas.
fn list<'a>(words: &'a Words, word: &str) -> impl Iterator<Item = &'static str> + use<'a> {
    words.get(word).into_iter().flat_map(|names| names.split(','))
}

/// `2*.1` and `dependencies.ref`.
fn steps<'a>(numbers: &str, names: &'a str) -> Option<Vec<Step<'a>>> {
    let count = numbers.split('.').count();
    if count != names.split('.').count() {
        return None;
    }
    let step = |(number, name): (&str, &'a str)| {
        let (number, each) = number.strip_suffix('*').map_or((number, false), |number| (number, true));
        Some(Step { number: number.parse().ok()?, name, each })
    };
    numbers.split('.').zip(names.split('.')).map(step).collect()
}

/// `operating-system` as `OPERATING_SYSTEM`.
fn shouted(value: &str) -> String {
    value.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn scalar(number: u32, name: &str, form: Form) -> Slot {
    let (when, unless) = (Vec::new(), Vec::new());
    let leaf = Leaf { field: 0, form, list: false, single: true, zero: false, current: true, when, unless };
    Slot { number, name: name.into(), kind: Kind::Leaf(leaf) }
}
