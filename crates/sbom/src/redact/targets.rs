//! Which components are withheld, and what is left of them.

use regex::Regex;

use super::{REDACTED, WITHHELD, Withheld, Work};
use crate::map::StandardKind;
use crate::tree::{Members, Value};

/// A pattern for package URLs or names: `*` is any text, `?` one character.
#[derive(Debug, Clone)]
pub struct ComponentPattern {
    text: String,
    regex: Regex,
}

impl ComponentPattern {
    /// Reads a pattern; `None` when it is too large.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), regex: glob(text)? })
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a component is meant.
    fn matches(&self, target: &Target) -> bool {
        let mut texts = target.purls.iter().chain([&target.name, &target.full, &target.label]);
        texts.any(|text| self.regex.is_match(text))
    }
}

/// A glob as an expression over the whole text.
pub(super) fn glob(text: &str) -> Option<Regex> {
    let mut out = String::from("(?s)^");
    for character in text.chars() {
        match character {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out.push('$');
    Regex::new(&out).ok()
}

/// What a component is called.
struct Target {
    purls: Vec<String>,
    cpes: Vec<String>,
    name: String,
    full: String,
    label: String,
    id: Option<String>,
}

impl Target {
    fn new(value: &Value, standard: StandardKind) -> Self {
        let text = |name: &str| value.text_of(name).unwrap_or_default().to_owned();
        let mut target = Self {
            purls: Vec::new(),
            cpes: Vec::new(),
            name: text(if value.get("fileName").is_some() { "fileName" } else { "name" }),
            full: String::new(),
            label: crate::merge::label(value),
            id: ["bom-ref", "SPDXID", "spdxId"].iter().find_map(|name| value.text_of(name)).map(str::to_owned),
        };
        let group = value.text_of("group").filter(|group| !group.is_empty());
        target.full = group.map_or_else(|| target.name.clone(), |group| format!("{group}/{}", target.name));
        match standard {
            StandardKind::CycloneDx => {
                target.purls.extend(value.text_of("purl").map(str::to_owned));
                target.cpes.extend(value.text_of("cpe").map(str::to_owned));
            }
            StandardKind::Spdx2 => {
                for held in value.items_of("externalRefs") {
                    let locator = held.text_of("referenceLocator").unwrap_or_default().to_owned();
                    match held.text_of("referenceType") {
                        Some("purl") => target.purls.push(locator),
                        Some("cpe22Type" | "cpe23Type") => target.cpes.push(locator),
                        _ => {}
                    }
                }
            }
            StandardKind::Spdx3 => {
                target.purls.extend(value.text_of("software_packageUrl").map(str::to_owned));
                for held in value.items_of("externalIdentifier") {
                    let text = held.text_of("identifier").unwrap_or_default().to_owned();
                    if held.text_of("externalIdentifierType") == Some("packageUrl") {
                        target.purls.push(text);
                    } else {
                        target.cpes.push(text);
                    }
                }
            }
        }
        target
    }

    /// What it is, for its pseudonym: the same in every document that knows it by its package URL.
    fn identity(&self) -> &str {
        self.purls.first().unwrap_or(&self.label)
    }
}

impl Work<'_> {
    /// Withholds the components that match.
    pub(super) fn components(&mut self, tree: &mut Value) {
        if self.redaction.components.is_empty() {
            return;
        }
        self.value(tree, "");
    }

    fn is_meant(&self, target: &Target) -> bool {
        let any = |patterns: &[ComponentPattern]| patterns.iter().any(|pattern| pattern.matches(target));
        any(&self.redaction.components) && !any(&self.redaction.keep)
    }

    /// Whether an item of a list is a component.
    fn is_component(&self, list: &str, value: &Value) -> bool {
        match self.standard {
            StandardKind::CycloneDx => {
                matches!(list, "components" | "component" | "services" | "ancestors" | "descendants" | "variants")
            }
            StandardKind::Spdx2 => matches!(list, "packages" | "files"),
            StandardKind::Spdx3 => {
                matches!(value.text_of("type"), Some("software_Package" | "software_File"))
            }
        }
    }

    /// Depth is that of the reader.
    fn value(&mut self, value: &mut Value, list: &str) {
        match value {
            Value::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for mut item in std::mem::take(items) {
                    self.value(&mut item, list);
                    if self.is_component(list, &item) {
                        let (stays, inner) = self.component(&mut item);
                        if stays {
                            kept.push(item);
                        }
                        // What stood in a component that is gone stands where that stood.
                        kept.extend(inner);
                    } else {
                        kept.push(item);
                    }
                }
                *items = kept;
            }
            Value::Object(members) => {
                for (name, held) in members.iter_mut() {
                    let name = name.to_owned();
                    self.value(held, &name);
                    if held.as_object().is_some() && self.is_component(&name, held) && name == "component" {
                        // What the document is about keeps its place.
                        self.pseudonymous(held);
                    }
                }
            }
            _ => {}
        }
    }

    /// Withholds a component if it is meant. Whether it stays, and what it leaves behind.
    fn component(&mut self, item: &mut Value) -> (bool, Vec<Value>) {
        if !self.redaction.remove {
            self.pseudonymous(item);
            return (true, Vec::new());
        }
        let target = Target::new(item, self.standard);
        if !self.is_meant(&target) {
            return (true, Vec::new());
        }
        self.removed.extend(target.id.clone());
        self.withheld.push(Withheld { element: target.label.clone(), what: "component".to_owned(), pseudonym: None });
        self.keep_secret(&target, None);
        let inner = match item {
            Value::Object(members) => match members.remove("components").or_else(|| members.remove("services")) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        (false, inner)
    }

    fn pseudonymous(&mut self, item: &mut Value) {
        let target = Target::new(item, self.standard);
        if !self.is_meant(&target) {
            return;
        }
        if self.redaction.salt.len() < 16 {
            // Only what the document is about is left to do when components are removed.
            self.notes.push(
                "what the document is about matches and cannot be removed; give a salt to withhold it".to_owned(),
            );
            return;
        }
        let pseudonym = self.pseudonym(target.identity());
        let Value::Object(members) = item else { return };
        let mut left = Members::new();
        let id = self.rename(&target, &pseudonym);
        // What makes an object one of its kind, and what stands within it.
        const KEPT: &[&str] =
            &["type", "components", "services", "scope", "filesAnalyzed", "primaryPackagePurpose", "creationInfo"];
        for (name, held) in std::mem::take(members) {
            match name.as_ref() {
                "bom-ref" | "SPDXID" | "spdxId" => left.push(name, Value::text(id.clone())),
                "name" => left.push(name, Value::text(pseudonym.clone())),
                "fileName" => left.push(name, Value::text(format!("./{pseudonym}"))),
                "downloadLocation" | "licenseConcluded" | "licenseDeclared" | "copyrightText" => {
                    left.push(name, Value::text("NOASSERTION"));
                }
                "checksums" if target_is_file(&left) => {
                    // A file must have one; a digest of the pseudonym says nothing of the file.
                    left.push(name, Value::Array(vec![checksum(&pseudonym)]));
                }
                kept if KEPT.contains(&kept) => left.push(name, held),
                _ => {}
            }
        }
        self.marker.mark(&mut left, REDACTED, "withheld");
        *members = left;
        let what = "component".to_owned();
        self.withheld.push(Withheld { element: target.label.clone(), what, pseudonym: Some(pseudonym.clone()) });
        self.keep_secret(&target, Some(&pseudonym));
    }

    fn rename(&mut self, target: &Target, pseudonym: &str) -> String {
        let Some(id) = &target.id else { return pseudonym.to_owned() };
        let now = match self.standard {
            StandardKind::CycloneDx => pseudonym.to_owned(),
            StandardKind::Spdx2 => format!("SPDXRef-{pseudonym}"),
            StandardKind::Spdx3 => format!("urn:plimsoll:{pseudonym}"),
        };
        if let Some(held) = self.renamed.get(id) {
            return held.clone();
        }
        // Two components may be one thing; they still have names of their own.
        let count = self.given.entry(now.clone()).or_default();
        *count = count.saturating_add(1);
        let name = if *count == 1 { now } else { format!("{now}-{count}") };
        self.renamed.insert(id.clone(), name.clone());
        name
    }

    /// Nothing by which it could be known is left anywhere.
    fn keep_secret(&mut self, target: &Target, pseudonym: Option<&str>) {
        let stand_in = pseudonym.unwrap_or(WITHHELD).to_owned();
        let texts = target
            .purls
            .iter()
            .chain(&target.cpes)
            .chain([&target.full, &target.name, &target.label])
            .chain(&target.id);
        for text in texts.filter(|text| text.chars().count() > 1) {
            self.secrets.entry(text.clone()).or_insert_with(|| stand_in.clone());
        }
        // Without the version it is still known.
        for purl in &target.purls {
            if let Ok(parsed) = plimsoll_model::Purl::parse(purl) {
                let bare = purl.split(['@', '?', '#']).next().unwrap_or_default();
                let full = parsed.namespace().map(|space| format!("{space}/{}", parsed.name()));
                for text in [Some(bare.to_owned()), full].into_iter().flatten().filter(|text| text.len() > 4) {
                    self.secrets.entry(text).or_insert_with(|| stand_in.clone());
                }
            }
        }
    }
}

fn target_is_file(left: &Members) -> bool {
    left.has("fileName")
}

fn checksum(pseudonym: &str) -> Value {
    use sha1::{Digest as _, Sha1};
    let digest: String = Sha1::digest(pseudonym.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut members = Members::new();
    members.set_text("algorithm", "SHA1");
    members.set_text("checksumValue", digest);
    Value::Object(members)
}
