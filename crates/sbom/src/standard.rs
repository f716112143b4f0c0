//! The standards as data: what their documents may say, version by version, and how each encoding spells it.
//!
//! The tables are the files of `schemas/`; `schemas/README.md` describes their lines. They are compiled in as text and
//! read when first needed, which takes about a millisecond. Everything that reads, checks or writes a document follows
//! them, so a new version of a standard is new lines, not new code.

mod load;

use std::sync::OnceLock;

use regex::Regex;
use rustc_hash::FxHashSet;

/// A standard: every object, field and value that some version of it has.
#[derive(Debug)]
pub struct Standard {
    name: &'static str,
    versions: Vec<&'static str>,
    root: ObjectId,
    root_type: Type,
    objects: Vec<Object>,
    enums: Vec<Enumeration>,
    variants: Vec<Variants>,
    patterns: Vec<Pattern>,
    names: FxHashSet<&'static str>,
}

/// A version of a standard, by its place in [`Standard::versions`]: later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionIndex(pub(crate) u8);

/// A range of versions, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub since: VersionIndex,
    /// The last.
    pub until: VersionIndex,
}

impl Span {
    /// Every version.
    pub const ALWAYS: Self = Self { since: VersionIndex(0), until: VersionIndex(u8::MAX) };

    /// Whether a version lies in it.
    #[must_use]
    pub fn has(self, version: VersionIndex) -> bool {
        self.since <= version && version <= self.until
    }
}

/// The place of an object in its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) u16);

/// The place of an enumeration in its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumId(pub(crate) u16);

/// The place of a choice of objects in its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantsId(pub(crate) u16);

/// The place of a pattern in its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PatternId(pub(crate) u16);

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// Any text.
    String,
    /// Text that matches a pattern.
    Pattern(PatternId),
    /// An RFC 3339 instant.
    DateTime,
    /// An RFC 3339 date.
    Date,
    /// An IRI reference (RFC 3987).
    Iri,
    /// An absolute URI (RFC 3986).
    Uri,
    /// A mail address.
    Email,
    /// An identifier of the SPDX licence list, of a licence or an exception.
    SpdxLicense,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Any value.
    Any,
    /// The name that an element has in its document.
    Ref,
    /// The name of an element of this or another document.
    Link,
    /// One of a list of words.
    Enum(EnumId),
    /// An object.
    Object(ObjectId),
    /// One of several objects.
    Variants(VariantsId),
    /// An array.
    Array(Box<Self>),
    /// One of several types, told apart by the kind of the value.
    Either(Vec<Self>),
}

/// Words that a table gives for one thing: `NAME` or `NAME=VALUE`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub(crate) Vec<(&'static str, &'static str)>);

impl Words {
    /// The value of a word; empty for a word without one, `None` when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|(word, _)| *word == name).map(|(_, value)| *value)
    }

    /// Whether the word is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().copied()
    }
}

/// What the encodings add, by name of the encoding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spellings(pub(crate) Vec<(&'static str, Words)>);

impl Spellings {
    /// What one encoding adds.
    #[must_use]
    pub fn of(&self, encoding: &str) -> Option<&Words> {
        self.all(encoding).next()
    }

    /// All that one encoding adds: a line for each range of versions.
    pub fn all(&self, encoding: &str) -> impl Iterator<Item = &Words> {
        self.0.iter().filter(move |(name, _)| *name == encoding).map(|(_, words)| words)
    }
}

/// A field of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it may be.
    pub kind: Type,
    /// The versions that have it in this form.
    pub during: Span,
    /// The versions that demand it.
    pub required: Option<Span>,
    /// Since when it should not be used.
    pub deprecated: Option<VersionIndex>,
    /// Least length, count or value, as the type has it.
    pub min: Option<f64>,
    /// Greatest length, count or value.
    pub max: Option<f64>,
    /// The items differ from each other.
    pub unique: bool,
    /// The only value.
    pub constant: Option<&'static str>,
    /// The least value of the items.
    pub item_min: Option<f64>,
    /// The versions in which the text has no line breaks.
    pub one_line: Option<Span>,
    /// The versions in which a name of an element may be empty.
    pub empty: Option<Span>,
    /// Without the field, the members that the object does not have are those of one of these.
    pub otherwise: Option<VariantsId>,
    /// Other words of its line.
    pub words: Words,
    /// What encodings add.
    pub spellings: Spellings,
}

/// A rule over the members of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub kind: RuleKind,
    /// The members, or for [`RuleKind::Code`] the name of the rule. `A+B` is both together, `A:VALUE` is A with that value.
    pub members: Vec<&'static str>,
    /// The versions that have it.
    pub during: Span,
    /// Other words of its line.
    pub words: Words,
}

/// The sorts of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleKind {
    /// Exactly one of the members is there.
    OneOf,
    /// At least one is.
    AnyOf,
    /// At most one is.
    AtMostOne,
    /// With the first must be the second.
    Needs,
    /// An item that has the member is the only one of its array.
    Alone,
    /// A rule in code.
    Code,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its name in the table; documents do not have it.
    pub name: &'static str,
    /// Its fields, those of the object that it extends first.
    pub fields: Vec<Field>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// The versions that take members that are not listed.
    pub open: Option<Span>,
    /// It is only there to be extended.
    pub is_abstract: bool,
    /// What it extends.
    pub extends: Option<ObjectId>,
    /// Other words of its line.
    pub words: Words,
    /// What encodings add.
    pub spellings: Spellings,
}

impl Object {
    /// The field of a name in a version.
    #[must_use]
    pub fn field(&self, name: &str, version: VersionIndex) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name && field.during.has(version))
    }

    /// Whether a version takes members that are not listed.
    #[must_use]
    pub fn is_open(&self, version: VersionIndex) -> bool {
        self.open.is_some_and(|span| span.has(version))
    }

    /// The fields of a version.
    pub fn fields_in(&self, version: VersionIndex) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.during.has(version))
    }
}

/// A list of values.
#[derive(Debug, Clone)]
pub struct Enumeration {
    /// Its name in the table.
    pub name: &'static str,
    /// Its values.
    pub values: Vec<EnumValue>,
    /// Other words of its line.
    pub words: Words,
    /// What encodings add.
    pub spellings: Spellings,
}

impl Enumeration {
    /// The value of a name in a version.
    #[must_use]
    pub fn value(&self, name: &str, version: VersionIndex) -> Option<&EnumValue> {
        self.values.iter().find(|value| value.name == name && value.during.has(version))
    }
}

/// One of the values.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// As JSON has it.
    pub name: &'static str,
    /// The versions that have it.
    pub during: Span,
    /// Other words of its line.
    pub words: Words,
    /// What encodings add.
    pub spellings: Spellings,
}

/// A choice of objects by the value of a member.
#[derive(Debug, Clone)]
pub struct Variants {
    /// Its name in the table.
    pub name: &'static str,
    /// The member whose value tells.
    pub by: &'static str,
    /// It has a choice for each object that is or extends this one.
    pub of: Option<ObjectId>,
    /// Value and object.
    pub choices: Vec<(&'static str, ObjectId, Span)>,
}

/// A pattern for strings.
#[derive(Debug)]
pub struct Pattern {
    /// Its name in the table.
    pub name: &'static str,
    /// The expression, as the table has it.
    pub source: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Whether the text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        // A test compiles every pattern of every table, so there always is one.
        self.regex.get_or_init(|| Regex::new(self.source).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl Variants {
    /// The object for a value in a version.
    #[must_use]
    pub fn choice(&self, value: &str, version: VersionIndex) -> Option<ObjectId> {
        let found = self.choices.iter().find(|(name, _, during)| *name == value && during.has(version));
        found.map(|(_, object, _)| *object)
    }
}

impl Standard {
    /// CycloneDX 1.0 to 1.7.
    #[must_use]
    pub fn cyclonedx() -> &'static Self {
        static TABLE: OnceLock<Standard> = OnceLock::new();
        TABLE.get_or_init(|| load::load(load::CYCLONEDX))
    }

    /// SPDX 2.2 and 2.3.
    #[must_use]
    pub fn spdx2() -> &'static Self {
        static TABLE: OnceLock<Standard> = OnceLock::new();
        TABLE.get_or_init(|| load::load(load::SPDX2))
    }

    /// SPDX 3.0.1.
    #[must_use]
    pub fn spdx3() -> &'static Self {
        static TABLE: OnceLock<Standard> = OnceLock::new();
        TABLE.get_or_init(|| load::load(load::SPDX3))
    }

    /// Its name in the table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The names of its versions, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[&'static str] {
        &self.versions
    }

    /// The version of a name.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<VersionIndex> {
        let at = self.versions.iter().position(|version| *version == name)?;
        u8::try_from(at).ok().map(VersionIndex)
    }

    /// Whether a version is in `V..W`, of which either end may be left out, or everything.
    #[must_use]
    pub fn is_within(&self, range: &str, version: VersionIndex) -> bool {
        let (since, until) = range.split_once("..").unwrap_or((range, range));
        let end = |name: &str, default| self.version(name).unwrap_or(default);
        let span = Span { since: end(since, Span::ALWAYS.since), until: end(until, Span::ALWAYS.until) };
        span.has(version)
    }

    /// The name of a version; empty for one of another standard.
    #[must_use]
    pub fn version_name(&self, version: VersionIndex) -> &'static str {
        self.versions.get(usize::from(version.0)).copied().unwrap_or_default()
    }

    /// The last version.
    #[must_use]
    pub fn latest(&self) -> VersionIndex {
        VersionIndex(u8::try_from(self.versions.len().saturating_sub(1)).unwrap_or_default())
    }

    /// What a document is.
    #[must_use]
    pub fn root(&self) -> ObjectId {
        self.root
    }

    /// What a document is, as a type.
    #[must_use]
    pub fn root_type(&self) -> &Type {
        &self.root_type
    }

    /// All objects.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// All enumerations.
    #[must_use]
    pub fn enumerations(&self) -> &[Enumeration] {
        &self.enums
    }

    /// An object. Ids come from this standard, so there always is one.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(usize::from(id.0))
    }

    /// An object by its name in the table.
    #[must_use]
    pub fn object_named(&self, name: &str) -> Option<(ObjectId, &Object)> {
        let at = self.objects.iter().position(|object| object.name == name)?;
        Some((ObjectId(u16::try_from(at).ok()?), self.objects.get(at)?))
    }

    /// An enumeration.
    #[must_use]
    pub fn enumeration(&self, id: EnumId) -> Option<&Enumeration> {
        self.enums.get(usize::from(id.0))
    }

    /// A choice of objects.
    #[must_use]
    pub fn variants(&self, id: VariantsId) -> Option<&Variants> {
        self.variants.get(usize::from(id.0))
    }

    /// A choice of objects by its name in the table.
    #[must_use]
    pub fn variants_named(&self, name: &str) -> Option<(VariantsId, &Variants)> {
        let at = self.variants.iter().position(|variants| variants.name == name)?;
        Some((VariantsId(u16::try_from(at).ok()?), self.variants.get(at)?))
    }

    /// A pattern.
    #[must_use]
    pub fn pattern(&self, id: PatternId) -> Option<&Pattern> {
        self.patterns.get(usize::from(id.0))
    }

    /// A name that some object has for a field, as the tables hold it. The set is fixed, so a weak hash does no harm.
    #[must_use]
    pub fn known_name(&self, name: &str) -> Option<&'static str> {
        self.names.get(name).copied()
    }

    /// All patterns.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_loads_and_every_pattern_compiles() {
        for tables in [load::CYCLONEDX, load::SPDX2, load::SPDX3] {
            let standard = load::read(tables).unwrap_or_else(|error| panic!("{error}"));
            for pattern in standard.patterns() {
                assert!(Regex::new(pattern.source).is_ok(), "{}", pattern.name);
            }
        }
    }
}
