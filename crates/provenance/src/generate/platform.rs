//! What the engine has to know of a platform, and which one this is.

use std::fmt;

use plimsoll_verify::Claim;

use super::field::Field;
use super::known::Known;
use super::{GenerateError, PLATFORMS};

/// A platform, as its tables describe it.
pub struct Platform {
    /// Its name on the command line.
    pub(crate) id: &'static str,
    /// Its name for people.
    pub(crate) name: &'static str,
    /// What the environment looks like there: all of it has to hold.
    pub(crate) signs: &'static [Sign],
    /// Who issues its tokens, by the beginning of `iss`.
    pub(crate) issuers: &'static [&'static str],
    /// What it tells.
    pub(crate) fields: &'static [Field],
    /// What follows from that: `source_uri`, `source_ref`, `commit`, and whatever else the templates name.
    pub(crate) derive: fn(&mut Known) -> Result<(), GenerateError>,
    /// The type of the build: a URI, as a template.
    pub(crate) build_type: &'static str,
    /// Who builds: a URI, as a template.
    pub(crate) builder_id: &'static str,
    /// Where the source is, as the first of the resolved dependencies names it: templates, the first that can be filled.
    pub(crate) source: &'static [&'static str],
    /// What goes where: pointers into the predicate (RFC 6901), and templates. One that cannot be filled is left out.
    pub(crate) slots: &'static [(&'static str, &'static str)],
    /// What the certificate must say, where it says it: templates.
    pub(crate) certificate: &'static [(Claim, &'static str)],
    /// Where it is said how each field was authenticated.
    pub(crate) marks: Marks,
    /// Whether there is none without a source and a commit.
    pub(crate) needs_source: bool,
}

/// Where it is said how each field was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Marks {
    /// In the predicate: `buildDefinition.internalParameters.plimsoll.authenticated`.
    InPredicate,
    /// Only in the report: the predicate is as another tool writes it.
    InReport,
}

/// A sign of a platform in the environment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    /// The variable says yes.
    Yes(&'static str),
    /// The variable is set.
    Set(&'static str),
    /// The variable is not set.
    Unset(&'static str),
}

/// Looks variables up. Empty ones count as not set.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

pub(crate) fn look_up(variables: &Lookup<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}

impl Platform {
    /// Its name on the command line: `github`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Its name for people: `GitHub Actions`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it is said how each field was authenticated.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The type of its builds, with the names of what varies in braces.
    #[must_use]
    pub fn build_type(&self) -> &'static str {
        self.build_type
    }

    /// The platform with this name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<&'static Self, GenerateError> {
        PLATFORMS.iter().copied().find(|platform| platform.id == name).ok_or_else(|| {
            let known: Vec<&str> = PLATFORMS.iter().map(|platform| platform.id).collect();
            GenerateError::Platform { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Every variable that is read for it, and no other is.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.fields.iter().map(|field| field.variable).filter(|name| !name.is_empty());
        self.signs.iter().map(|sign| sign.variable()).chain(fields)
    }

    /// Every claim that is read for it.
    pub fn claims(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|field| field.claim).filter(|name| !name.is_empty())
    }

    fn is_here(&self, variables: &Lookup<'_>) -> bool {
        !self.signs.is_empty() && self.signs.iter().all(|sign| sign.holds(variables))
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Platform({})", self.id)
    }
}

impl Sign {
    fn variable(self) -> &'static str {
        match self {
            Self::Yes(name) | Self::Set(name) | Self::Unset(name) => name,
        }
    }

    fn holds(self, variables: &Lookup<'_>) -> bool {
        let value = look_up(variables, self.variable());
        match self {
            Self::Yes(_) => value.is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1"),
            Self::Set(_) => value.is_some(),
            Self::Unset(_) => value.is_none(),
        }
    }
}

/// The platform whose environment this is; `local` where it is none that is known.
///
/// # Errors
/// It is that of several.
pub fn detect(variables: &dyn Fn(&str) -> Option<String>) -> Result<&'static Platform, GenerateError> {
    let here: Vec<&'static Platform> =
        PLATFORMS.iter().copied().filter(|platform| platform.is_here(variables)).collect();
    match here.as_slice() {
        [] => Platform::named("local"),
        [one] => Ok(one),
        several => {
            let names: Vec<&str> = several.iter().map(|platform| platform.name).collect();
            Err(GenerateError::Ambiguous { platforms: names.join(" and ") })
        }
    }
}
