//! A standard's tables as one version has them, laid out for checking.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::encoding::Encoding;
use crate::standard::{
    EnumId, Field, Object, ObjectId, Pattern, Rule, RuleKind, Standard, VariantsId, VersionIndex, Words,
};

/// One version of a standard.
pub(super) struct Plan {
    pub(super) standard: &'static Standard,
    pub(super) encoding: Encoding,
    pub(super) version: VersionIndex,
    shapes: Vec<Shape>,
    enums: Vec<FxHashSet<&'static str>>,
}

/// An object.
pub(super) struct Shape {
    pub(super) id: ObjectId,
    pub(super) name: &'static str,
    pub(super) slots: Vec<Slot>,
    pub(super) required: u128,
    pub(super) rules: Vec<PlannedRule>,
    /// Members whose value a rule asks for: slot, value, and the bit that is set when it is that.
    pub(super) watched: Vec<(usize, &'static str, u32)>,
    /// It has rules in code, which see its texts.
    pub(super) captured: bool,
    /// It says which element depends on which.
    pub(super) edges: bool,
    pub(super) open: bool,
    lookup: FxHashMap<&'static str, u8>,
}

/// A field of an object.
pub(super) struct Slot {
    pub(super) field: &'static Field,
    /// The encoding does not require it, though the table does.
    pub(super) optional: bool,
    /// The items of the array differ from each other. The schemas of XML do not demand it.
    pub(super) unique: bool,
    /// The encoding takes any text, though the table does not.
    pub(super) any_text: bool,
    pub(super) pattern: Option<&'static Pattern>,
    pub(super) one_line: bool,
    pub(super) empty: bool,
    pub(super) deprecated: bool,
    pub(super) role: Role,
}

/// What a reference says about dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    None,
    /// It is the one that depends.
    From,
    /// It is what is depended on.
    To,
}

/// A rule, its members as bits.
pub(super) struct PlannedRule {
    pub(super) kind: RuleKind,
    pub(super) members: Vec<Member>,
    /// As the table has them.
    pub(super) names: &'static [&'static str],
}

/// What a rule asks for: members that are there, and bits of values.
pub(super) struct Member {
    seen: u128,
    flags: u32,
}

impl Member {
    /// Whether it is there.
    pub(super) fn holds(&self, seen: u128, flags: u32) -> bool {
        seen & self.seen == self.seen && flags & self.flags == self.flags
    }
}

impl Plan {
    pub(super) fn new(encoding: Encoding, version: VersionIndex) -> Self {
        let standard = encoding.standard();
        let shapes = standard.objects().iter().enumerate();
        let shapes = shapes.map(|(at, object)| Shape::new(encoding, version, at, object)).collect();
        let values = |held: &'static crate::standard::Enumeration| {
            held.values.iter().filter(|value| value.during.has(version)).map(|value| value.name).collect()
        };
        let enums = standard.enumerations().iter().map(values).collect();
        Self { standard, encoding, version, shapes, enums }
    }

    /// Without the rules that an encoding cannot keep, as it has no place for one of their members.
    pub(super) fn without(mut self, is_beyond: impl Fn(&Object, &Rule) -> bool) -> Self {
        for (shape, object) in self.shapes.iter_mut().zip(self.standard.objects()) {
            let beyond = |planned: &PlannedRule| {
                let is_it = |rule: &&Rule| rule.kind == planned.kind && rule.members == planned.names;
                object.rules.iter().find(is_it).is_some_and(|rule| is_beyond(object, rule))
            };
            shape.rules.retain(|planned| !beyond(planned));
        }
        self
    }

    pub(super) fn shape(&self, id: ObjectId) -> Option<&Shape> {
        self.shapes.get(usize::from(id.0))
    }

    /// How many sorts of objects there are.
    pub(super) fn len(&self) -> usize {
        self.shapes.len()
    }

    pub(super) fn has_value(&self, id: EnumId, value: &str) -> bool {
        self.enums.get(usize::from(id.0)).is_some_and(|values| values.contains(value))
    }

    /// The values of an enumeration, in the order of the table.
    pub(super) fn values(&self, id: EnumId) -> impl Iterator<Item = &'static str> {
        let values = self.standard.enumeration(id).map(|held| held.values.as_slice()).unwrap_or_default();
        values.iter().filter(|value| value.during.has(self.version)).map(|value| value.name)
    }

    /// The object for the value of the member that tells.
    pub(super) fn choice(&self, id: VariantsId, value: &str) -> Option<ObjectId> {
        self.standard.variants(id).and_then(|variants| variants.choice(value, self.version))
    }
}

impl Shape {
    fn new(encoding: Encoding, version: VersionIndex, at: usize, object: &'static Object) -> Self {
        let fields = object.fields_in(version).filter(|field| is_for(&field.words, encoding));
        let slots: Vec<Slot> = fields.take(128).map(|field| Slot::new(encoding, version, field)).collect();
        let mut lookup = FxHashMap::default();
        let mut required = 0;
        for (at, slot) in slots.iter().enumerate() {
            lookup.insert(slot.field.name, u8::try_from(at).unwrap_or_default());
            if slot.field.required.is_some_and(|span| span.has(version)) && !slot.optional {
                required |= bit(at);
            }
        }
        let mut shape = Self {
            id: ObjectId(u16::try_from(at).unwrap_or_default()),
            name: object.name,
            required,
            rules: Vec::new(),
            watched: Vec::new(),
            captured: false,
            edges: slots.iter().any(|slot| slot.role != Role::None),
            open: object.is_open(version),
            slots,
            lookup,
        };
        for rule in object.rules.iter().filter(|rule| rule.during.has(version) && is_for(&rule.words, encoding)) {
            shape.captured |= rule.kind == RuleKind::Code;
            let members = if rule.kind == RuleKind::Code { &[] } else { rule.members.as_slice() };
            let members = members.iter().map(|member| shape.member(member)).collect();
            shape.rules.push(PlannedRule { kind: rule.kind, members, names: &rule.members });
        }
        shape
    }

    /// `A`, `A+B` or `A:VALUE`. One that the version does not have never is there.
    fn member(&mut self, text: &'static str) -> Member {
        let mut member = Member { seen: 0, flags: 0 };
        for part in text.split('+') {
            let (name, value) = part.split_once(':').map_or((part, None), |(name, value)| (name, Some(value)));
            let Some(slot) = self.index(name) else { return Member { seen: u128::MAX, flags: u32::MAX } };
            member.seen |= bit(slot);
            if let Some(value) = value {
                let flag = 1_u32.checked_shl(u32::try_from(self.watched.len()).unwrap_or(u32::MAX)).unwrap_or(0);
                self.watched.push((slot, value, flag));
                member.flags |= flag;
            }
        }
        member
    }

    /// The place of a field.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.lookup.get(name).map(|at| usize::from(*at))
    }
}

impl Slot {
    fn new(encoding: Encoding, version: VersionIndex, field: &'static Field) -> Self {
        let standard = encoding.standard();
        let xml = encoding == Encoding::CycloneDxXml;
        let spelling = field.spellings.of("xml").filter(|_| xml);
        let pattern = field.words.get("pattern").or_else(|| spelling?.get("pattern"));
        let optional = spelling.and_then(|words| words.get("optional"));
        Self {
            field,
            optional: optional.is_some_and(|range| standard.is_within(range, version)),
            unique: field.unique && !xml,
            any_text: spelling.is_some_and(|words| words.has("any-text")),
            pattern: pattern.and_then(|name| standard.patterns().iter().find(|pattern| pattern.name == name)),
            one_line: field.one_line.is_some_and(|span| span.has(version)),
            empty: field.empty.is_some_and(|span| span.has(version)),
            deprecated: field.deprecated.is_some_and(|since| since <= version),
            role: match field.words.get("edge") {
                Some("from") => Role::From,
                Some("to") => Role::To,
                _ => Role::None,
            },
        }
    }
}

/// Whether a field or rule is for an encoding: `only=json`, `not=xml`.
fn is_for(words: &Words, encoding: Encoding) -> bool {
    let named = |word| words.get(word).map(|name| encoding.name().ends_with(name));
    named("only").unwrap_or(true) && !named("not").unwrap_or(false)
}

/// The bit of a slot.
pub(super) fn bit(at: usize) -> u128 {
    u32::try_from(at).ok().and_then(|at| 1_u128.checked_shl(at)).unwrap_or(0)
}
