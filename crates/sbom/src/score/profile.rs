//! Profiles: which fields are asked for. See `schemas/README.md` for the form of the tables.

use std::sync::OnceLock;

use super::check::{self, Check};

/// The tables: adding a profile is a file and a line here. What a table includes comes before it.
const TABLES: &[&str] = &[
    include_str!("../../../../schemas/profiles/cisa-2026.table"),
    include_str!("../../../../schemas/profiles/ntia-2021.table"),
    include_str!("../../../../schemas/profiles/bsi-2.1.table"),
    include_str!("../../../../schemas/profiles/cra.table"),
    include_str!("../../../../schemas/profiles/fsct-3.table"),
    include_str!("../../../../schemas/profiles/openchain-telco.table"),
    include_str!("../../../../schemas/profiles/sbomqs.table"),
];

/// What a set of fields asks of a document.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Profile {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Where it can be read.
    pub source: &'static str,
    /// What a reader of its scores must know.
    pub note: Option<&'static str>,
    /// The words for required, recommended and optional.
    pub words: Option<[&'static str; 3]>,
    /// Its categories; none for a profile whose fields all count alike.
    pub groups: Vec<Group>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    unknown_counts: bool,
}

/// A category of fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// How much it counts.
    pub weight: f64,
    /// What it is.
    pub title: &'static str,
}

/// One field.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Field {
    /// Its name, unique in the profile.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// How binding it is.
    pub requirement: Requirement,
    /// How much it counts; 0 for what is only shown.
    pub weight: f64,
    /// Its name in sbomqs, where that has it.
    pub key: Option<&'static str>,
    /// The place of its category in [`Profile::groups`].
    pub group: Option<usize>,
    /// Which components it asks about.
    pub among: Among,
    /// Whether what is said to be unknown satisfies it.
    pub unknown_counts: bool,
    pub(super) check: &'static Check,
    /// The only standard that it is asked of.
    pub(super) only: Option<&'static str>,
}

impl Field {
    /// Whether it asks about components, not about the document.
    #[must_use]
    pub fn is_of_components(&self) -> bool {
        self.check.is_of_components()
    }

    /// The name of its check.
    #[must_use]
    pub fn check(&self) -> &'static str {
        self.check.name
    }
}

/// How binding a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Requirement {
    /// It must be there.
    Required,
    /// It should be there.
    Recommended,
    /// It may be there.
    Optional,
    /// It must be there if there is such a thing, which the document cannot tell.
    IfExists,
}

impl Requirement {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Recommended => "recommended",
            Self::Optional => "optional",
            Self::IfExists => "if-exists",
        }
    }
}

/// Which components a field asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Among {
    /// All of them.
    All,
    /// What the document is about, and what that needs or holds directly.
    Direct,
    /// What the document is about.
    Root,
}

impl Profile {
    /// All profiles, the one that is used without being asked for first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        static PROFILES: OnceLock<Vec<Profile>> = OnceLock::new();
        // Fixed input that a test reads: a table with a wrong line is left out here and found there.
        PROFILES.get_or_init(|| {
            let mut out = Vec::new();
            for table in TABLES {
                let read = read(table, &out);
                out.extend(read.ok());
            }
            out
        })
    }

    /// The profile of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|profile| profile.name == name)
    }

    /// Its word for how binding a field is.
    #[must_use]
    pub fn word(&self, requirement: Requirement) -> &'static str {
        let own = self.words.and_then(|words| words.get(requirement as usize).copied());
        own.unwrap_or(requirement.word())
    }
}

/// Reads a table. The error names the line.
fn read(table: &'static str, known: &[Profile]) -> Result<Profile, String> {
    let mut profile = Profile::default();
    for (number, line) in table.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        profile
            .line(word, rest, known)
            .ok_or_else(|| format!("{} line {}: {line}", profile.name, number.saturating_add(1)))?;
    }
    Ok(profile)
}

impl Profile {
    fn line(&mut self, word: &'static str, rest: &'static str, known: &[Self]) -> Option<()> {
        match word {
            "profile" => self.name = rest,
            "title" => self.title = rest,
            "source" => self.source = rest,
            "note" => self.note = Some(rest),
            "unknown" if rest == "counts" => self.unknown_counts = true,
            "words" => self.words = Some(rest.split(' ').collect::<Vec<_>>().try_into().ok()?),
            "include" => {
                let included = known.iter().find(|profile| profile.name == rest)?;
                self.fields.extend(included.fields.iter().cloned());
            }
            "group" => {
                let (name, rest) = rest.split_once(' ')?;
                let (weight, title) = rest.split_once(' ')?;
                self.groups.push(Group { name, weight: weight.parse().ok()?, title });
            }
            "field" => {
                let field = self.field(rest)?;
                self.fields.push(field);
            }
            _ => return None,
        }
        Some(())
    }

    fn field(&self, line: &'static str) -> Option<Field> {
        let (facts, title) = line.split_once(" : ")?;
        let mut words = facts.split(' ');
        let (name, check, requirement) = (words.next()?, check::named(words.next()?)?, words.next()?);
        let requirement = match requirement {
            "required" => Requirement::Required,
            "recommended" => Requirement::Recommended,
            "optional" => Requirement::Optional,
            "if-exists" => Requirement::IfExists,
            _ => return None,
        };
        let mut field = Field {
            name,
            title,
            requirement,
            weight: if requirement == Requirement::Required { 1.0 } else { 0.0 },
            key: None,
            group: self.groups.len().checked_sub(1),
            among: Among::All,
            unknown_counts: self.unknown_counts,
            check,
            only: None,
        };
        for word in words {
            match word.split_once('=')? {
                ("weight", weight) => field.weight = weight.parse().ok()?,
                ("key", key) => field.key = Some(key),
                ("only", standard) => field.only = Some(standard),
                ("of", "root") => field.among = Among::Root,
                ("of", "direct") => field.among = Among::Direct,
                ("unknown", "counts") => field.unknown_counts = true,
                _ => return None,
            }
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_table_reads() {
        let mut known = Vec::new();
        for table in TABLES {
            let profile = read(table, &known).unwrap();
            assert!(!profile.title.is_empty() && profile.source.starts_with("https://"), "{}", profile.name);
            let names: HashSet<_> = profile.fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), profile.fields.len(), "{}: a name is there twice", profile.name);
            assert!(profile.groups.is_empty() || profile.fields.iter().all(|field| field.group.is_some()));
            known.push(profile);
        }
        assert_eq!(Profile::all().len(), TABLES.len());
        assert!(read("profile x\nfield a no-such-check required : A", &[]).is_err());
    }

    #[test]
    fn sizes_are_those_of_the_publications() {
        let required = |name: &str| {
            let fields = Profile::named(name).unwrap().fields.iter();
            fields.filter(|field| field.requirement == Requirement::Required).count()
        };
        assert_eq!(required("cisa-2026"), 17);
        assert_eq!(required("ntia-2021"), 8);
        let sbomqs = Profile::named("sbomqs").unwrap();
        assert_eq!(sbomqs.groups.iter().map(|group| group.weight).sum::<f64>(), 82.0);
        for at in 0..sbomqs.groups.len() {
            let weights = sbomqs.fields.iter().filter(|field| field.group == Some(at)).map(|field| field.weight);
            assert!((weights.sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
