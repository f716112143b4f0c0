//! What became of each part of a purl, and why.

use super::percent::{Encoded, decode};
use super::rules::{Letters, PurlType, Rule};
use super::split::{Raw, split};
use super::{Purl, PurlFault};

/// A part of a purl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PurlPart {
    /// The type.
    Type,
    /// The namespace.
    Namespace,
    /// The name.
    Name,
    /// The version.
    Version,
    /// A qualifier, as `key=value`.
    Qualifier,
    /// The subpath.
    Subpath,
}

impl PurlPart {
    /// The word of the standard.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Namespace => "namespace",
            Self::Name => "name",
            Self::Version => "version",
            Self::Qualifier => "qualifier",
            Self::Subpath => "subpath",
        }
    }
}

/// What became of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartNote {
    /// Which one.
    pub part: PurlPart,
    /// As it is written, percent-decoded where that gives text.
    pub written: String,
    /// As it is in canonical form, decoded; `None` when it is left out of it, or there is none.
    pub canonical: Option<String>,
    /// What was done to it and by which rule, in plain words; empty when it stayed as it is.
    pub notes: Vec<String>,
}

/// What became of a text that is or should be a purl.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurlExplanation {
    /// Its canonical form, when it can be read at all.
    pub purl: Option<Purl>,
    /// What the standard has against the text, and where. A text with a fault may have a canonical form nonetheless.
    pub fault: Option<PurlFault>,
    /// The rules of its type, when the table has it.
    pub purl_type: Option<&'static PurlType>,
    /// Its parts, in the order of the text.
    pub parts: Vec<PartNote>,
}

impl PurlExplanation {
    /// Explains a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let purl = Purl::parse(text).ok();
        let fault = Purl::parse_strict(text).err();
        let Ok(raw) = split(text) else { return Self { purl, fault, purl_type: None, parts: Vec::new() } };
        let purl_type = PurlType::find(&raw.kind.to_ascii_lowercase());
        let parts = parts(&raw, purl.as_ref(), purl_type);
        Self { purl, fault, purl_type, parts }
    }
}

fn parts(raw: &Raw<'_>, purl: Option<&Purl>, rules: Option<&PurlType>) -> Vec<PartNote> {
    let letters = |pick: fn(&PurlType) -> Letters| rules.map_or(Letters::Kept, pick);
    let kept_in_name: &[u8] = if rules.is_some_and(|rules| rules.has(Rule::PathName)) { b"/" } else { b"" };
    let mut out = vec![kind(raw, purl, rules)];
    if let Some(namespace) = raw.namespace {
        let canonical = purl.and_then(Purl::namespace);
        out.push(part(PurlPart::Namespace, namespace, canonical, b"/", letters(|rules| rules.namespace_letters)));
    }
    out.push(part(PurlPart::Name, raw.name, purl.map(Purl::name), kept_in_name, letters(|rules| rules.name_letters)));
    if let Some(version) = raw.version {
        let canonical = purl.and_then(Purl::version);
        out.push(part(PurlPart::Version, version, canonical, b"", letters(|rules| rules.version_letters)));
    }
    out.extend(raw.qualifiers.iter().map(|pair| qualifier(pair, purl, rules)));
    if let Some(subpath) = raw.subpath {
        out.push(part(PurlPart::Subpath, subpath, purl.and_then(Purl::subpath), b"/", Letters::Kept));
    }
    out
}

fn kind(raw: &Raw<'_>, purl: Option<&Purl>, rules: Option<&PurlType>) -> PartNote {
    let mut notes = Vec::new();
    if rules.is_none_or(|rules| rules.has(Rule::Unregistered)) {
        notes.push("not a registered type".to_owned());
    }
    if purl.is_some_and(|purl| purl.kind() != raw.kind) {
        notes.push("put in lower case, as all types are".to_owned());
    }
    PartNote {
        part: PurlPart::Type,
        written: raw.kind.to_owned(),
        canonical: purl.map(|purl| purl.kind().to_owned()),
        notes,
    }
}

fn part(part: PurlPart, raw: &str, canonical: Option<&str>, kept: &[u8], letters: Letters) -> PartNote {
    let written = decode(raw).unwrap_or_else(|_| raw.to_owned());
    let mut notes = Vec::new();
    match canonical {
        Some(canonical) if *canonical != *written => notes.push(change(part, &written, canonical, letters)),
        Some(canonical) if Encoded(canonical, kept).to_string() != raw => {
            notes.push(format!("written {} in canonical form", Encoded(canonical, kept)));
        }
        _ => {}
    }
    PartNote { part, written, canonical: canonical.map(str::to_owned), notes }
}

/// What turned a part into its canonical form.
fn change(part: PurlPart, written: &str, canonical: &str, letters: Letters) -> String {
    let same_letters = written.to_lowercase() == canonical.to_lowercase();
    match (part, letters) {
        (PurlPart::Subpath, _) => "empty parts, . and .. are left out".to_owned(),
        (_, Letters::Upper) if same_letters => "put in upper case, as the type says".to_owned(),
        (_, Letters::LowerAt(server)) if same_letters => format!("put in lower case, as {server} ignores case"),
        _ if same_letters => "put in lower case, as the type says".to_owned(),
        (PurlPart::Namespace, _) => "empty parts are left out".to_owned(),
        _ => "spelled as the type says".to_owned(),
    }
}

fn qualifier(pair: &str, purl: Option<&Purl>, rules: Option<&PurlType>) -> PartNote {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let lower = key.to_ascii_lowercase();
    let decoded = decode(value).unwrap_or_else(|_| value.to_owned());
    let held = purl.and_then(|purl| purl.qualifier(&lower));
    let mut notes = Vec::new();
    if purl.is_some() && held.is_none() {
        notes.push("left out, as it is empty".to_owned());
    }
    if held.is_some() && lower != key {
        notes.push("key put in lower case, as all keys are".to_owned());
    }
    if let Some(held) = held.filter(|held| Encoded(held, b"").to_string() != value) {
        notes.push(format!("value written {} in canonical form", Encoded(held, b"")));
    }
    let rule = rules.and_then(|rules| rules.qualifiers.iter().find(|rule| rule.key == lower));
    if rule.and_then(|rule| rule.default).is_some_and(|default| held == Some(default)) {
        notes.push("this is what holds without it".to_owned());
    }
    PartNote {
        part: PurlPart::Qualifier,
        written: format!("{key}={decoded}"),
        canonical: held.map(|held| format!("{lower}={held}")),
        notes,
    }
}
