//! Reads the tables. Fixed input that a test covers: a wrong line is an error for us, never for a user.

use std::collections::HashMap;

use rustc_hash::FxHashSet;

use super::{
    EnumId, EnumValue, Enumeration, Field, Object, ObjectId, Pattern, PatternId, Rule, RuleKind, Span, Spellings,
    Standard, Type, Variants, VariantsId, VersionIndex, Words,
};

/// The files of a standard: name and text.
type Tables = &'static [(&'static str, &'static str)];

macro_rules! tables {
    ($directory:literal: $($file:literal),+) => {
        &[$((concat!($directory, "/", $file), include_str!(concat!("../../../../schemas/", $directory, "/", $file)))),+]
    };
}

pub(super) const CYCLONEDX: Tables = tables!("cyclonedx": "objects.table", "xml.table", "protobuf.table");
pub(super) const SPDX2: Tables = tables!("spdx-2": "objects.table", "tag-value.table", "rdf.table");
pub(super) const SPDX3: Tables = tables!("spdx-3": "objects.table");

/// A line of a table that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("schemas/{file} line {line}: {message}")]
pub(super) struct TableError {
    file: &'static str,
    line: usize,
    message: String,
}

/// Reads the tables of a standard; a wrong one gives an empty standard, which a test excludes.
pub(super) fn load(tables: Tables) -> Standard {
    read(tables).unwrap_or_else(|_| Builder::default().standard)
}

pub(super) fn read(tables: Tables) -> Result<Standard, TableError> {
    let mut builder = Builder::default();
    // Names first, so that a type may name what comes later.
    for (_, text) in tables {
        builder.declare(text);
    }
    for (file, text) in tables {
        builder.section = Section::None;
        for (at, line) in text.lines().enumerate() {
            let fault = |message| TableError { file, line: at.saturating_add(1), message };
            builder.line(line).map_err(fault)?;
        }
    }
    builder.inherit();
    builder.descend();
    Ok(builder.standard)
}

#[derive(Default)]
enum Section {
    #[default]
    None,
    Object(usize),
    Enum(usize),
    Variants(usize),
    ObjectSpelling(usize, &'static str),
    EnumSpelling(usize, &'static str),
}

struct Builder {
    standard: Standard,
    section: Section,
    objects: HashMap<&'static str, u16>,
    enums: HashMap<&'static str, u16>,
    variants: HashMap<&'static str, u16>,
    patterns: HashMap<&'static str, u16>,
}

impl Default for Builder {
    fn default() -> Self {
        let standard = Standard {
            name: "",
            versions: Vec::new(),
            root: ObjectId(0),
            root_type: Type::Object(ObjectId(0)),
            objects: Vec::new(),
            enums: Vec::new(),
            variants: Vec::new(),
            patterns: Vec::new(),
            names: FxHashSet::default(),
        };
        Self {
            standard,
            section: Section::None,
            objects: HashMap::new(),
            enums: HashMap::new(),
            variants: HashMap::new(),
            patterns: HashMap::new(),
        }
    }
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl Builder {
    fn declare(&mut self, text: &'static str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(first), Some(name)) = (words.next(), words.next()) else { continue };
            match first {
                "object" => {
                    self.objects.insert(name, index(self.standard.objects.len()));
                    self.standard.objects.push(Object {
                        name,
                        fields: Vec::new(),
                        rules: Vec::new(),
                        open: None,
                        is_abstract: false,
                        extends: None,
                        words: Words::default(),
                        spellings: Spellings::default(),
                    });
                }
                "enum" => {
                    self.enums.insert(name, index(self.standard.enums.len()));
                    let (values, words, spellings) = (Vec::new(), Words::default(), Spellings::default());
                    self.standard.enums.push(Enumeration { name, values, words, spellings });
                }
                "variants" => {
                    self.variants.insert(name, index(self.standard.variants.len()));
                    self.standard.variants.push(Variants { name, by: "", of: None, choices: Vec::new() });
                }
                "pattern" => {
                    self.patterns.insert(name, index(self.standard.patterns.len()));
                    let source = line.splitn(3, char::is_whitespace).nth(2).unwrap_or_default().trim();
                    self.standard.patterns.push(Pattern { name, source, regex: std::sync::OnceLock::new() });
                }
                _ => {}
            }
        }
    }

    fn line(&mut self, line: &'static str) -> Result<(), String> {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { return Ok(()) };
        if first.starts_with('#') {
            return Ok(());
        }
        let rest: Vec<&'static str> = words.collect();
        let second = rest.first().copied().unwrap_or_default();
        match first {
            "standard" => self.standard.name = second,
            "versions" => self.standard.versions = rest,
            "root" => {
                self.standard.root = ObjectId(self.find(&self.objects, second)?);
                self.standard.root_type = Type::Object(self.standard.root);
            }
            "pattern" => {}
            "object" => self.begin_object(second, rest.get(1..).unwrap_or_default())?,
            "enum" => {
                let at = usize::from(self.find(&self.enums, second)?);
                if let Some(held) = self.standard.enums.get_mut(at) {
                    held.words = split(rest.get(1..).unwrap_or_default());
                }
                self.section = Section::Enum(at);
            }
            "variants" => {
                let at = usize::from(self.find(&self.variants, second)?);
                let words = split(rest.get(1..).unwrap_or_default());
                let of = words.get("of").map(|name| self.find(&self.objects, name).map(ObjectId)).transpose()?;
                if let Some(held) = self.standard.variants.get_mut(at) {
                    held.by = words.get("by").ok_or("variants without by=")?;
                    held.of = of;
                }
                self.section = Section::Variants(at);
            }
            "spelling" => self.begin_spelling(&rest)?,
            // A dot keeps a name from being read as the start of a section.
            _ => self.entry(first.strip_prefix('.').unwrap_or(first), &rest)?,
        }
        Ok(())
    }

    fn find(&self, names: &HashMap<&'static str, u16>, name: &str) -> Result<u16, String> {
        names.get(name).copied().ok_or_else(|| format!("nothing is named {name}"))
    }

    fn begin_object(&mut self, name: &'static str, words: &[&'static str]) -> Result<(), String> {
        let at = usize::from(self.find(&self.objects, name)?);
        let words = split(words);
        let open = words.get("open").map(|range| self.range(range)).transpose()?;
        let extends = words.get("extends").map(|parent| self.find(&self.objects, parent).map(ObjectId)).transpose()?;
        if let Some(held) = self.standard.objects.get_mut(at) {
            held.extends = extends;
            held.open = open;
            held.is_abstract = words.has("abstract");
            held.words = words;
        }
        self.section = Section::Object(at);
        Ok(())
    }

    fn begin_spelling(&mut self, rest: &[&'static str]) -> Result<(), String> {
        let [encoding, of, words @ ..] = rest else { return Err("spelling needs an encoding and an object".into()) };
        let words = split(words);
        if let Some(name) = of.strip_prefix("enum:") {
            let at = usize::from(self.find(&self.enums, name)?);
            if let Some(held) = self.standard.enums.get_mut(at) {
                held.spellings.0.push((encoding, words));
            }
            self.section = Section::EnumSpelling(at, encoding);
        } else {
            let at = usize::from(self.find(&self.objects, of)?);
            if let Some(held) = self.standard.objects.get_mut(at) {
                held.spellings.0.push((encoding, words));
            }
            self.section = Section::ObjectSpelling(at, encoding);
        }
        Ok(())
    }

    fn entry(&mut self, first: &'static str, rest: &[&'static str]) -> Result<(), String> {
        match self.section {
            Section::None => Err(format!("{first} outside of a section")),
            Section::Object(at) => {
                if let Some(rule) = first.strip_prefix('!') {
                    let rule = self.rule(rule, rest)?;
                    self.standard.objects.get_mut(at).ok_or("no object")?.rules.push(rule);
                } else {
                    let field = self.field(first, rest)?;
                    self.standard.names.insert(first);
                    self.standard.objects.get_mut(at).ok_or("no object")?.fields.push(field);
                }
                Ok(())
            }
            Section::Enum(at) => {
                let words = split(rest);
                let during = self.span(&words)?;
                let value = EnumValue { name: first, during, words, spellings: Spellings::default() };
                self.standard.enums.get_mut(at).ok_or("no enum")?.values.push(value);
                Ok(())
            }
            Section::Variants(at) => {
                let object = ObjectId(self.find(&self.objects, rest.first().copied().unwrap_or_default())?);
                let during = self.span(&split(rest.get(1..).unwrap_or_default()))?;
                self.standard.variants.get_mut(at).ok_or("no variants")?.choices.push((first, object, during));
                Ok(())
            }
            Section::ObjectSpelling(at, encoding) => {
                let object = self.standard.objects.get_mut(at).ok_or("no object")?;
                let mut found = false;
                for field in object.fields.iter_mut().filter(|field| field.name == first) {
                    field.spellings.0.push((encoding, split(rest)));
                    found = true;
                }
                if found { Ok(()) } else { Err(format!("{} has no field {first}", object.name)) }
            }
            Section::EnumSpelling(at, encoding) => {
                let held = self.standard.enums.get_mut(at).ok_or("no enum")?;
                let mut found = false;
                for value in held.values.iter_mut().filter(|value| value.name == first) {
                    value.spellings.0.push((encoding, split(rest)));
                    found = true;
                }
                if found { Ok(()) } else { Err(format!("{} has no value {first}", held.name)) }
            }
        }
    }

    fn rule(&self, name: &str, rest: &[&'static str]) -> Result<Rule, String> {
        let kind = match name {
            "one-of" => RuleKind::OneOf,
            "any-of" => RuleKind::AnyOf,
            "at-most-one" => RuleKind::AtMostOne,
            "needs" => RuleKind::Needs,
            "alone" => RuleKind::Alone,
            "rule" => RuleKind::Code,
            _ => return Err(format!("no rule is named {name}")),
        };
        let (words, members): (Vec<_>, Vec<_>) = rest.iter().copied().partition(|word| word.contains('='));
        let words = split(&words);
        Ok(Rule { kind, members, during: self.span(&words)?, words })
    }

    fn field(&self, name: &'static str, rest: &[&'static str]) -> Result<Field, String> {
        let [kind, words @ ..] = rest else { return Err(format!("{name} has no type")) };
        let words = split(words);
        let number = |word: &str| -> Result<Option<f64>, String> {
            words.get(word).map(|text| text.parse().map_err(|_| format!("{text} is no number"))).transpose()
        };
        let range = |word: &str| words.get(word).map(|range| self.range(range)).transpose();
        let during = self.span(&words)?;
        Ok(Field {
            name,
            kind: self.kind(kind)?,
            during,
            required: range("required")?,
            deprecated: words.get("deprecated").map(|version| self.version(version)).transpose()?,
            min: number("min")?,
            max: number("max")?,
            unique: words.has("unique"),
            constant: words.get("const"),
            item_min: number("item-min")?,
            one_line: range("one-line")?,
            empty: range("empty")?,
            otherwise: words.get("else").map(|name| self.find(&self.variants, name).map(VariantsId)).transpose()?,
            words,
            spellings: Spellings::default(),
        })
    }

    fn version(&self, name: &str) -> Result<VersionIndex, String> {
        self.standard.version(name).ok_or_else(|| format!("no version is named {name}"))
    }

    fn span(&self, words: &Words) -> Result<Span, String> {
        let end = |word, default| words.get(word).map_or(Ok(default), |name| self.version(name));
        Ok(Span { since: end("since", Span::ALWAYS.since)?, until: end("until", Span::ALWAYS.until)? })
    }

    /// `V..W`, `V..`, `..W` or nothing, which is always.
    fn range(&self, text: &str) -> Result<Span, String> {
        let Some((since, until)) = text.split_once("..") else {
            return if text.is_empty() { Ok(Span::ALWAYS) } else { Err(format!("{text} is no range")) };
        };
        let end = |name: &str, default| if name.is_empty() { Ok(default) } else { self.version(name) };
        Ok(Span { since: end(since, Span::ALWAYS.since)?, until: end(until, Span::ALWAYS.until)? })
    }

    fn kind(&self, text: &'static str) -> Result<Type, String> {
        let alternatives = alternatives(text);
        if let [_, _, ..] = alternatives.as_slice() {
            return Ok(Type::Either(alternatives.into_iter().map(|one| self.kind(one)).collect::<Result<_, _>>()?));
        }
        if let Some(item) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return Ok(Type::Array(Box::new(self.kind(item)?)));
        }
        if let Some(pattern) = text.strip_prefix("string~") {
            return self.find(&self.patterns, pattern).map(|at| Type::Pattern(PatternId(at)));
        }
        if let Some(name) = text.strip_prefix("enum:") {
            return self.find(&self.enums, name).map(|at| Type::Enum(EnumId(at)));
        }
        Ok(match text {
            "string" => Type::String,
            "date-time" => Type::DateTime,
            "date" => Type::Date,
            "spdx-license" => Type::SpdxLicense,
            "iri" => Type::Iri,
            "uri" => Type::Uri,
            "email" => Type::Email,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "any" => Type::Any,
            "ref" => Type::Ref,
            "link" => Type::Link,
            _ => match self.variants.get(text) {
                Some(at) => Type::Variants(VariantsId(*at)),
                None => Type::Object(ObjectId(self.find(&self.objects, text)?)),
            },
        })
    }

    /// Puts the fields and rules of what is extended before an object's own.
    fn inherit(&mut self) {
        for at in 0..self.standard.objects.len() {
            let mut chain = Vec::new();
            let mut next = self.standard.objects.get(at).and_then(|object| object.extends);
            // A chain is never longer than there are objects, even if a table were circular.
            while let Some(id) = next.filter(|_| chain.len() < self.standard.objects.len()) {
                chain.push(usize::from(id.0));
                next = self.standard.object(id).and_then(|object| object.extends);
            }
            // A parent that comes earlier has its own inheritance already; take only the nearest done one.
            let Some(parent) = chain.first().copied() else { continue };
            let (fields, rules) = match self.standard.objects.get(parent) {
                Some(parent) => (parent.fields.clone(), parent.rules.clone()),
                None => continue,
            };
            if let Some(object) = self.standard.objects.get_mut(at) {
                let own = std::mem::take(&mut object.fields);
                object.fields =
                    fields.into_iter().filter(|held| !own.iter().any(|new| new.name == held.name)).collect();
                object.fields.extend(own);
                object.rules.splice(0..0, rules);
            }
        }
    }

    /// Gives `variants … of=OBJECT` a choice for each object that is or extends it, by the name of the object.
    fn descend(&mut self) {
        let standard = &self.standard;
        let is_a = |at: usize, of: ObjectId| {
            let mut next = u16::try_from(at).ok().map(ObjectId);
            let mut steps = 0_usize;
            while let Some(id) = next.filter(|id| *id != of && steps < standard.objects.len()) {
                next = standard.object(id).and_then(|object| object.extends);
                steps = steps.saturating_add(1);
            }
            next == Some(of)
        };
        let choices = standard.variants.iter().map(|variants| {
            let Some(of) = variants.of else { return Vec::new() };
            let objects = standard.objects.iter().enumerate();
            let concrete = objects.filter(|(at, object)| !object.is_abstract && is_a(*at, of));
            concrete.map(|(at, object)| (object.name, ObjectId(index(at)), Span::ALWAYS)).collect()
        });
        let choices: Vec<Vec<_>> = choices.collect();
        for (variants, choices) in self.standard.variants.iter_mut().zip(choices) {
            variants.choices.extend(choices);
        }
    }
}

fn split(words: &[&'static str]) -> Words {
    Words(words.iter().map(|word| word.split_once('=').unwrap_or((word, ""))).collect())
}

/// The parts between `|` that are not inside brackets.
fn alternatives(text: &'static str) -> Vec<&'static str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '|' && depth == 0
    })
    .collect()
}
