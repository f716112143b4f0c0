//! Policies of other tools, converted to ours: Kyverno's `verifyImages` and `ImageValidatingPolicy`, Sigstore's `ClusterImagePolicy`.
//!
//! What comes out is never weaker than what went in. A construct that cannot be converted is named with its path; where leaving it
//! out would let something pass that the original refuses, a rule is written in its place that nothing satisfies. Where the original
//! accepts one of several things, those that cannot be converted are left out, which is stricter.
//!
//! Sources: <https://kyverno.io/docs/policy-types/cluster-policy/verify-images/>,
//! <https://kyverno.io/docs/policy-types/image-validating-policy/>, <https://docs.sigstore.dev/policy-controller/overview/>. What
//! surprises: in Kyverno `*` crosses a `/`, in Sigstore's it does not; both search with regular expressions where we match the whole text; a
//! Kyverno policy that does not say `Enforce` only audits.

mod cluster_image_policy;
mod expression;
mod identity;
mod image_validating;
mod images;
mod keys;
mod kyverno;
mod place;
mod rules;
mod write;

use plimsoll_model::Limits;
use plimsoll_syntax::yaml;

use keys::Keys;
use place::{Place, Remarks};
use rules::Rule;

/// The most rules that are written.
const MAX_RULES: usize = 2_000;
/// The most images that one rule names.
const MAX_IMAGES: usize = 500;
/// The most that all rules name.
const MAX_PATTERNS: usize = 20_000;

/// Whose policies are converted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum From {
    /// All that are known.
    #[default]
    Any,
    /// `ClusterPolicy`, `Policy` and `ImageValidatingPolicy` of Kyverno.
    Kyverno,
    /// `ClusterImagePolicy` of Sigstore's policy-controller.
    Sigstore,
}

/// What came of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The policy, as TOML.
    pub policy: String,
    /// The policies that were read.
    pub sources: Vec<Source>,
    /// What was not converted, in the order of the files.
    pub remarks: Vec<Remark>,
}

/// A policy that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The file, as it was named.
    pub file: String,
    /// Its line there.
    pub line: u32,
    /// `ClusterPolicy` and the like.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// How many rules it became.
    pub rules: usize,
}

/// A construct that was not converted, or not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remark {
    /// The file, as it was named.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Where: `spec.rules[0].verifyImages[1].attestors[0].entries[0].certificates`.
    pub path: String,
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// What leaving it out would let pass, where it would.
    pub weakens: Option<&'static str>,
    /// What was done about it.
    pub effect: Effect,
}

/// What was done about a construct that was not converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// A rule stands in its place that nothing satisfies.
    Denies,
    /// It was left out, and the policy refuses more without it.
    Stricter,
    /// Nothing is lost; somebody should know.
    Noted,
}

impl Effect {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Denies => "denies",
            Self::Stricter => "stricter",
            Self::Noted => "noted",
        }
    }
}

impl Imported {
    /// Whether all was converted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.remarks.iter().all(|remark| remark.effect == Effect::Noted)
    }
}

/// Why nothing was converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is not YAML.
    #[error("{file}{}: not valid YAML", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Syntax {
        /// The file, as it was named.
        file: String,
        /// The line of the fault, from 1.
        line: Option<u32>,
        /// What the reader says.
        #[source]
        source: plimsoll_syntax::Error,
    },
    /// There is no policy in it.
    #[error("{file}: it has no policy that is known{}", found(.kinds))]
    NoPolicy {
        /// The file, as it was named.
        file: String,
        /// What there is.
        kinds: Vec<String>,
    },
    /// There is too much in it.
    #[error("{file}: it would become more than {MAX_RULES} rules, or rules of more than {MAX_IMAGES} images")]
    TooMany {
        /// The file, as it was named.
        file: String,
    },
    /// What was written is not a policy.
    #[error("the policy that was written cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
}

fn found(kinds: &[String]) -> String {
    if kinds.is_empty() { String::new() } else { format!("; it has {}", kinds.join(", ")) }
}

/// Converts policies. `files` are their names and texts.
///
/// # Errors
/// A file is no YAML, or has no policy of these tools.
pub fn import(files: &[(String, String)], from: From) -> Result<Imported, ImportError> {
    let mut converted = Converted::default();
    for (file, text) in files {
        let documents = yaml::parse(text, &Limits::DEFAULT).map_err(|source| ImportError::Syntax {
            file: file.clone(),
            line: source.line(),
            source,
        })?;
        let before = converted.sources.len();
        let mut others = Vec::new();
        for document in &documents {
            converted.document(&Place::root(file, document), from, &mut others)?;
        }
        if converted.sources.len() == before {
            return Err(ImportError::NoPolicy { file: file.clone(), kinds: others });
        }
    }
    let policy = write::policy(&converted.sources, &converted.rules, &converted.keys);
    let mut none = |_: &str| Err("it names a file".to_owned());
    crate::Policy::parse("policy", &policy, &mut none)
        .map_err(|error| ImportError::Unreadable { reason: error.to_string() })?;
    Ok(Imported { policy, sources: converted.sources, remarks: converted.remarks.all })
}

/// What was converted so far.
#[derive(Default)]
struct Converted {
    sources: Vec<Source>,
    rules: Vec<Rule>,
    keys: Keys,
    remarks: Remarks,
}

type Read = fn(&Place<'_>, &mut Keys, &mut Remarks) -> Vec<Rule>;

impl Converted {
    fn document(&mut self, root: &Place<'_>, from: From, others: &mut Vec<String>) -> Result<(), ImportError> {
        let Some(kind) = root.get("kind").and_then(|kind| kind.text().map(str::to_owned)) else { return Ok(()) };
        if kind == "List" {
            let items = root.get("items").map(|items| items.items()).unwrap_or_default();
            return items.iter().try_for_each(|item| self.item(item, from, others));
        }
        self.item(root, from, others)
    }

    fn item(&mut self, root: &Place<'_>, from: From, others: &mut Vec<String>) -> Result<(), ImportError> {
        let text = |key: &str| root.get(key).and_then(|value| value.text().map(str::to_owned)).unwrap_or_default();
        let (kind, group) = (text("kind"), text("apiVersion"));
        let group = group.split('/').next().unwrap_or_default();
        let known: Option<(&'static str, From, Read)> = match (group, kind.as_str()) {
            ("kyverno.io", "ClusterPolicy") => Some(("ClusterPolicy", From::Kyverno, kyverno::read)),
            ("kyverno.io", "Policy") => Some(("Policy", From::Kyverno, kyverno::read)),
            ("policies.kyverno.io", "ImageValidatingPolicy") => {
                Some(("ImageValidatingPolicy", From::Kyverno, image_validating::read))
            }
            ("policies.kyverno.io", "NamespacedImageValidatingPolicy") => {
                Some(("NamespacedImageValidatingPolicy", From::Kyverno, image_validating::read))
            }
            ("policy.sigstore.dev", "ClusterImagePolicy") => {
                Some(("ClusterImagePolicy", From::Sigstore, cluster_image_policy::read))
            }
            _ => None,
        };
        let Some((kind, _, read)) = known.filter(|(_, of, _)| from == From::Any || from == *of) else {
            let message = format!("a {} is no policy about images of the tools that are asked for", word(&kind));
            self.remarks.noted(root, message);
            if others.len() < 8 {
                others.push(word(&kind));
            }
            return Ok(());
        };
        let rules = read(root, &mut self.keys, &mut self.remarks);
        let too_many = || ImportError::TooMany { file: root.file().to_owned() };
        if self.rules.len().saturating_add(rules.len()) > MAX_RULES
            || rules.iter().any(|rule| rule.images.len() > MAX_IMAGES)
            || self.rules.iter().chain(&rules).map(|rule| rule.images.len()).sum::<usize>() > MAX_PATTERNS
        {
            return Err(too_many());
        }
        self.sources.push(Source {
            file: root.file().to_owned(),
            line: root.line(),
            kind,
            name: name(root),
            rules: rules.len(),
        });
        self.rules.extend(rules);
        Ok(())
    }
}

/// The name of a resource.
fn name(root: &Place<'_>) -> String {
    let name = root.get("metadata").and_then(|metadata| metadata.get("name"));
    name.and_then(|name| name.text().map(word)).unwrap_or_default()
}

/// A word of the file, short enough to be told.
fn word(text: &str) -> String {
    plimsoll_model::printable(&text.chars().take(80).collect::<String>())
}

#[cfg(test)]
mod tests;
