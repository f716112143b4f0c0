//! How each version of CycloneDX is written as messages: `schemas/cyclonedx/protobuf.table`, made ready for use.
//!
//! The words of a field are described at the head of that table. One JSON object may be spread over several messages
//! (a [`Kind::Group`] belongs to the object around it), and the items of an array may each have a message around them
//! ([`Kind::Each`]).

use std::sync::OnceLock;

use crate::standard::{EnumId, Field, Object, ObjectId, Span, Spellings, Standard, Type, VersionIndex, Words};

/// The name of this spelling in the tables.
const SPELLING: &str = "protobuf";

/// The name of a second spelling that some objects have.
const DETAILED: &str = "protobuf-detailed";

/// One version, as messages.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// By [`MessageId`].
    messages: Vec<Message>,
    /// By [`EnumId`].
    enums: Vec<Names>,
    timestamp: Message,
}

/// The place of a message in its schema. Each object has one of the same number; other spellings of it come after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessageId(u16);

/// A message: its fields by number.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) slots: Vec<Slot>,
    /// What it says; `None` for a message that belongs to the object around it.
    pub(super) object: Option<&'static Object>,
    /// It may hold more than the table says, and is then an item of the list around it as well.
    pub(super) nested: bool,
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
    /// The message takes several, also where JSON has one.
    pub(super) repeated: bool,
    /// The member may be written in other places as well.
    pub(super) several: bool,
    /// Text that JSON wants in a format: when it is empty, nothing is said.
    pub(super) formatted: bool,
    /// Nothing there means the value of number 0.
    pub(super) zero: bool,
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
    /// `google.protobuf.Timestamp` for the start of a day.
    Day,
    Word(EnumId),
    Object(MessageId),
    /// A message of one of several objects, told apart by the fields that are there; true for an array of them.
    OneOf(Vec<(MessageId, bool)>),
    /// Text that JSON has an object around, with this one member.
    Member(&'static str),
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
        let plain = standard.objects().iter().map(|object| compiler.message(object, SPELLING));
        let detailed = compiler.detailed().into_iter().map(|object| compiler.message(object, DETAILED));
        let messages = plain.chain(detailed).collect::<Result<_, _>>()?;
        let slots = vec![scalar(1, "seconds", Form::Int64), scalar(2, "nanos", Form::Int32)];
        Ok(Self { messages, enums, timestamp: Message { slots, ..Message::default() } })
    }

    /// The message of the root of a document.
    pub(super) fn document(&self) -> MessageId {
        MessageId(Standard::cyclonedx().root().0)
    }

    pub(super) fn message(&self, id: MessageId) -> &Message {
        static NONE: Message = Message { slots: Vec::new(), object: None, nested: false };
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
    fn place(&mut self, path: &[Step<'_>], leaf: Leaf, nested: bool) -> Result<(), String> {
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
                inner.nested |= nested;
                inner.place(rest, leaf, nested)
            }
            _ => Err(format!("number {} is both a field and a message", step.number)),
        }
    }
}

impl Slot {
    pub(super) fn leaf(&self) -> Option<&Leaf> {
        if let Kind::Leaf(leaf) = &self.kind { Some(leaf) } else { None }
    }
}

/// Whether messages have a place for a member of an object.
pub(super) fn says(object: &Object, member: &str) -> bool {
    object.fields.iter().any(|field| field.name == member && field.spellings.of(SPELLING).is_some())
}

impl Leaf {
    /// Whether an object that has these members is written with this field.
    pub(super) fn applies(&self, has: impl Fn(&str) -> bool) -> bool {
        (self.when.is_empty() || self.when.iter().any(|name| has(name))) && !self.unless.iter().any(|name| has(name))
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
    /// The objects that have the second spelling, in order.
    fn detailed(&self) -> Vec<&'static Object> {
        self.standard.objects().iter().filter(|object| object.spellings.of(DETAILED).is_some()).collect()
    }

    fn message(&self, object: &'static Object, spelling: &str) -> Result<Message, String> {
        let mut message = Message { object: Some(object), ..Message::default() };
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
            let entries: Vec<&Words> = spelled(&field.spellings, spelling).collect();
            let when: Vec<&'static str> = entries.iter().flat_map(|words| list(words, "when")).collect();
            let leaves = entries.iter().map(|words| self.leaf(at, field, words)).collect::<Result<Vec<_>, _>>();
            let leaves = leaves.map_err(|what| fault(field, &what))?;
            let several = leaves.iter().flatten().count() > 1;
            for (words, leaf) in entries.iter().zip(leaves) {
                let Some(mut leaf) = leaf else { continue };
                leaf.several = several;
                if leaf.when.is_empty() {
                    leaf.unless.clone_from(&when);
                }
                let mut numbers = words.iter().map(|(word, _)| word);
                let numbers = numbers.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
                let numbers = numbers.ok_or_else(|| fault(field, "no number"))?;
                let names = words.get("as").map_or_else(|| field.name.replace('-', "_"), str::to_owned);
                let path = steps(numbers, &names).ok_or_else(|| fault(field, "numbers and names do not match"))?;
                message.place(&path, leaf, words.has("nested")).map_err(|what| fault(field, &what))?;
            }
        }
        Ok(message)
    }

    /// What a line says of a field; `None` when this version has no such field or type.
    fn leaf(&self, at: usize, field: &'static Field, words: &Words) -> Result<Option<Leaf>, String> {
        let end = |word: &str, default| match words.get(word) {
            Some(name) => self.standard.version(name).ok_or_else(|| format!("no version {name}")),
            None => Ok(default),
        };
        let during = Span { since: end("since", Span::ALWAYS.since)?, until: end("until", Span::ALWAYS.until)? };
        if !field.during.has(self.version) || !during.has(self.version) {
            return Ok(None);
        }
        let Some((form, list)) = self.form(&field.kind, words)? else { return Ok(None) };
        Ok(Some(Leaf {
            field: at,
            form,
            list,
            single: self.during("single", words)?,
            repeated: self.during("repeated", words)?,
            several: false,
            formatted: matches!(field.kind, Type::Email | Type::Uri | Type::Pattern(_)),
            zero: words.has("zero"),
            when: self::list(words, "when").collect(),
            unless: Vec::new(),
        }))
    }

    /// Whether a word holds in this version: always, or for the range that it names.
    fn during(&self, word: &str, words: &Words) -> Result<bool, String> {
        let Some(range) = words.get(word).filter(|range| !range.is_empty()) else { return Ok(words.has(word)) };
        let (since, until) = range.split_once("..").ok_or_else(|| format!("{word} takes a range"))?;
        let end = |name: &str, default| {
            if name.is_empty() { Some(default) } else { self.standard.version(name) }
        };
        let ends = (end(since, Span::ALWAYS.since), end(until, Span::ALWAYS.until));
        let (Some(since), Some(until)) = ends else { return Err(format!("{range} names no versions")) };
        Ok(Span { since, until }.has(self.version))
    }

    /// What a type is in a message, and whether JSON has an array of it.
    fn form(&self, kind: &Type, words: &Words) -> Result<Option<(Form, bool)>, String> {
        if let Type::Either(kinds) = kind {
            return self.either(kinds, words);
        }
        if let Type::Array(item) = kind {
            return Ok(self.form(item, words)?.map(|(form, _)| (form, true)));
        }
        if words.get("of").is_some_and(|name| !self.is_named(kind, name)) {
            return Ok(None);
        }
        if let Some(member) = words.get("member") {
            return Ok(Some((Form::Member(member), false)));
        }
        let form = match kind {
            Type::Boolean => Form::Boolean,
            Type::Integer if words.has("int64") => Form::Int64,
            Type::Integer => Form::Int32,
            Type::Number if words.has("float") => Form::Float,
            Type::Number => Form::Double,
            Type::DateTime => Form::Instant,
            Type::Date => Form::Day,
            Type::Enum(id) if self.enums.get(usize::from(id.0)).is_some_and(|names| !names.values.is_empty()) => {
                Form::Word(*id)
            }
            Type::Object(id) => Form::Object(self.message_of(*id, words)?),
            Type::Variants(_) | Type::Any => return Err("a type that no message has".into()),
            _ => Form::Text,
        };
        Ok(Some((form, false)))
    }

    fn message_of(&self, id: ObjectId, words: &Words) -> Result<MessageId, String> {
        if words.get("spelled") != Some(DETAILED) {
            return Ok(MessageId(id.0));
        }
        let object = self.standard.object(id);
        let after = self.detailed().iter().position(|held| object.is_some_and(|object| object.name == held.name));
        let at = after.ok_or("no such spelling")?.saturating_add(self.standard.objects().len());
        u16::try_from(at).map(MessageId).map_err(|_| "too many messages".into())
    }

    fn either(&self, kinds: &[Type], words: &Words) -> Result<Option<(Form, bool)>, String> {
        let forms: Vec<_> =
            kinds.iter().filter_map(|kind| self.form(kind, words).transpose()).collect::<Result<_, _>>()?;
        match forms.as_slice() {
            [] => Ok(None),
            [form] => Ok(Some(form.clone())),
            // One, or an array of them: the array says both.
            [(one, _), (other, _)] if one == other => Ok(Some((one.clone(), true))),
            _ => {
                let objects = forms.iter().map(|(form, list)| match form {
                    Form::Object(id) => Ok((*id, *list)),
                    _ => Err("alternatives without of=".to_owned()),
                });
                Ok(Some((Form::OneOf(objects.collect::<Result<_, _>>()?), false)))
            }
        }
    }

    fn is_named(&self, kind: &Type, name: &str) -> bool {
        match kind {
            Type::Object(id) => self.standard.object(*id).is_some_and(|object| object.name == name),
            Type::String | Type::Pattern(_) | Type::Ref | Type::Link => name == "string",
            _ => false,
        }
    }
}

/// What the table says of a field, line by line.
fn spelled<'a>(spellings: &'a Spellings, spelling: &str) -> impl Iterator<Item = &'a Words> {
    spellings.0.iter().filter(move |(encoding, _)| *encoding == spelling).map(|(_, words)| words)
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
    let leaf = Leaf {
        field: 0,
        form,
        list: false,
        single: true,
        repeated: false,
        several: false,
        formatted: false,
        zero: false,
        when,
        unless,
    };
    Slot { number, name: name.into(), kind: Kind::Leaf(leaf) }
}

impl Form {
    /// Whether several values may stand in one field.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Self::Boolean | Self::Int32 | Self::Int64 | Self::Float | Self::Double | Self::Word(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_compiles() {
        let standard = Standard::cyclonedx();
        for version in standard.versions() {
            let version = standard.version(version).unwrap();
            let schema = Schema::compile(standard, version).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(schema.message(schema.document()).named("spec_version").map(|slot| slot.number), Some(1));
        }
    }
}
