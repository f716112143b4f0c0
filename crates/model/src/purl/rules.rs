//! What each type of purl asks of its parts: `schemas/purl-types.tsv`, our own table of purl-spec's definitions.
//!
//! Where a definition requires a namespace that a scan may not know (the distribution of a `deb`, the host of a one-part
//! `golang` module), the table says `wanted`: a purl without it beats no purl. [`Purl::parse_strict`] asks for it.
//!
//! [`Purl::parse_strict`]: super::Purl::parse_strict

use std::sync::LazyLock;

/// What a type says about namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// There may be one.
    Optional,
    /// There must be one.
    Required,
    /// The standard requires one; it is read without where nothing strict is asked for.
    Wanted,
    /// There is none.
    Prohibited,
}

impl Presence {
    /// The word of the standard.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required | Self::Wanted => "required",
            Self::Prohibited => "prohibited",
        }
    }
}

/// What happens to the letters of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Letters {
    /// They stay as they are.
    Kept,
    /// They are put in lower case.
    Lower,
    /// They are put in upper case.
    Upper,
    /// They are put in lower case where `repository_url` names this server.
    LowerAt(&'static str),
}

/// A rule that only some types have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// `_` in names is `-` (PEP 503, in part).
    Dashes,
    /// What is no small letter, digit or `_` in names is `_`.
    Underscores,
    /// The namespace is the first part only; the rest is the name, slashes and all.
    PathName,
    /// The name is the id of a Chrome extension.
    ExtensionId,
    /// The version has one to four numbers.
    FourNumbers,
    /// The name is a CPAN distribution, not a module.
    Distribution,
    /// The type is not registered.
    Unregistered,
}

/// A qualifier that a type defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QualifierRule {
    /// Its key.
    pub key: &'static str,
    /// Whether there is no purl of the type without it.
    pub required: bool,
    /// What holds when it is absent.
    pub default: Option<&'static str>,
}

/// The rules of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurlType {
    /// The type: `npm`, `deb`, …
    pub id: &'static str,
    /// What it is for, in a few words.
    pub title: &'static str,
    /// Whether it has namespaces.
    pub namespace: Presence,
    /// The letters of namespaces.
    pub namespace_letters: Letters,
    /// The letters of names.
    pub name_letters: Letters,
    /// The letters of versions.
    pub version_letters: Letters,
    /// Its qualifiers. Others may be used as well.
    pub qualifiers: Vec<QualifierRule>,
    /// The repository that is meant when no qualifier names one.
    pub repository: Option<&'static str>,
    /// What else is worth knowing.
    pub note: Option<&'static str>,
    pub(super) page: Option<&'static str>,
    pub(super) download: Option<&'static str>,
    rules: Vec<Rule>,
}

const TABLE: &str = include_str!("../../../../schemas/purl-types.tsv");

/// The types by name; the first is for types that are not in the table, which keep everything as it is.
static TYPES: LazyLock<(PurlType, Vec<PurlType>)> = LazyLock::new(|| {
    let mut types: Vec<PurlType> = lines().filter_map(read).collect();
    types.sort_unstable_by_key(|held| held.id);
    (PurlType::plain(), types)
});

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The types that are known, sorted: the registered ones, and a few that are in use.
#[must_use]
pub fn purl_types() -> &'static [PurlType] {
    &TYPES.1
}

/// The rules of a type, given in lower case; unknown types keep everything as it is.
pub(super) fn rule(kind: &str) -> &'static PurlType {
    let (plain, types) = &*TYPES;
    types.binary_search_by_key(&kind, |held| held.id).ok().and_then(|at| types.get(at)).unwrap_or(plain)
}

impl PurlType {
    /// The rules of a type, given in lower case.
    #[must_use]
    pub fn find(kind: &str) -> Option<&'static Self> {
        Some(rule(kind)).filter(|found| !found.id.is_empty())
    }

    /// Whether it has a rule.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    fn plain() -> Self {
        Self {
            id: "",
            title: "",
            namespace: Presence::Optional,
            namespace_letters: Letters::Kept,
            name_letters: Letters::Kept,
            version_letters: Letters::Kept,
            qualifiers: Vec::new(),
            repository: None,
            note: None,
            page: None,
            download: None,
            rules: Vec::new(),
        }
    }

    /// The name by the rules of the type that are not about letters.
    pub(super) fn respell(&self, name: String) -> String {
        let plain = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '_');
        if self.has(Rule::Dashes) {
            name.replace('_', "-")
        } else if self.has(Rule::Underscores) && !name.chars().all(plain) {
            name.chars().map(|character| if plain(character) { character } else { '_' }).collect()
        } else {
            name
        }
    }

    pub(super) fn permits_name(&self, name: &str) -> bool {
        self.rules.iter().all(|rule| match rule {
            // Chrome spells the 128 bits of an extension's id with sixteen letters.
            Rule::ExtensionId => name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'a'..=b'p')),
            // `::` stands in names of modules.
            Rule::Distribution => !name.contains("::"),
            _ => true,
        })
    }

    pub(super) fn permits_version(&self, version: &str) -> bool {
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        !self.has(Rule::FourNumbers) || version.split('.').count() <= 4 && version.split('.').all(number)
    }
}

/// Reads a line of the table; `None` when it is not one, which a test rules out.
fn read(line: &'static str) -> Option<PurlType> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (id, title) = (next()?, next()?);
    let namespace = presence(next()?)?;
    let (namespace_letters, name_letters, version_letters) = (letters(next()?)?, letters(next()?)?, letters(next()?)?);
    let rules = words(next()?).map(rule_word).collect::<Option<_>>()?;
    let qualifiers = words(next()?).map(qualifier).collect();
    let (repository, page, download, note) = (given(next()?), given(next()?), given(next()?), given(next()?));
    next().is_none().then_some(PurlType {
        id,
        title,
        namespace,
        namespace_letters,
        name_letters,
        version_letters,
        qualifiers,
        repository,
        note,
        page,
        download,
        rules,
    })
}

fn given(field: &'static str) -> Option<&'static str> {
    Some(field).filter(|field| *field != "-")
}

fn words(field: &'static str) -> impl Iterator<Item = &'static str> {
    given(field).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

fn presence(word: &str) -> Option<Presence> {
    Some(match word {
        "optional" => Presence::Optional,
        "required" => Presence::Required,
        "wanted" => Presence::Wanted,
        "prohibited" => Presence::Prohibited,
        _ => return None,
    })
}

fn letters(word: &'static str) -> Option<Letters> {
    Some(match word {
        "kept" => Letters::Kept,
        "lower" => Letters::Lower,
        "upper" => Letters::Upper,
        _ => Letters::LowerAt(word.strip_prefix("lower@")?),
    })
}

fn rule_word(word: &str) -> Option<Rule> {
    Some(match word {
        "dashes" => Rule::Dashes,
        "underscores" => Rule::Underscores,
        "path-name" => Rule::PathName,
        "extension-id" => Rule::ExtensionId,
        "four-numbers" => Rule::FourNumbers,
        "distribution" => Rule::Distribution,
        "unregistered" => Rule::Unregistered,
        _ => return None,
    })
}

fn qualifier(word: &'static str) -> QualifierRule {
    match (word.strip_suffix('!'), word.split_once('=')) {
        (Some(key), _) => QualifierRule { key, required: true, default: None },
        (None, Some((key, value))) => QualifierRule { key, required: false, default: Some(value) },
        (None, None) => QualifierRule { key: word, required: false, default: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_found() {
        for line in lines() {
            let read = read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(PurlType::find(read.id), Some(&read));
        }
        assert_eq!(purl_types().len(), lines().count());
        assert!(purl_types().is_sorted_by(|one, next| one.id < next.id));
        assert_eq!(purl_types().iter().filter(|held| !held.has(Rule::Unregistered)).count(), 42);
    }

    #[test]
    fn an_unknown_type_keeps_everything() {
        assert_eq!(PurlType::find("no-such-type"), None);
        assert_eq!(*rule("no-such-type"), PurlType::plain());
    }
}
