//! What was taken out is nowhere else.

use regex::{Regex, RegexBuilder};

use super::Work;
use crate::tree::{Pointer, Value};

/// Members that say what another component is. They are not changed, as that would make it another; they are reported.
const IDENTITY: &[&str] = &[
    "name",
    "group",
    "version",
    "purl",
    "cpe",
    "bom-ref",
    "SPDXID",
    "spdxId",
    "versionInfo",
    "referenceLocator",
    "software_packageUrl",
    "identifier",
    "fileName",
    "ref",
    "dependsOn",
    "provides",
    "assemblies",
    "dependencies",
    "spdxElementId",
    "relatedSpdxElement",
    "from",
    "to",
    "element",
    "rootElement",
    "type",
];

impl Work<'_> {
    /// Replaces what is secret in every text; returns what could not be replaced, and where.
    pub(super) fn scrub(&mut self, tree: &mut Value) -> Vec<(String, String)> {
        // The longest first, so that a part of a text does not spoil the whole.
        let mut secrets: Vec<(String, String)> =
            self.secrets.iter().map(|(text, stand_in)| (text.clone(), stand_in.clone())).collect();
        secrets.sort_by(|one, other| other.0.len().cmp(&one.0.len()).then(one.0.cmp(&other.0)));
        // Text in links is percent-encoded, in SPDX ids cut to letters and digits.
        let encoded: Vec<(String, String)> = secrets
            .iter()
            .flat_map(|(text, stand_in)| {
                let escaped = text.replace('@', "%40").replace('/', "%2F");
                let plain = text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
                [escaped, plain]
                    .into_iter()
                    .filter(move |other| other != text && other.len() > 5)
                    .map(|other| (other, stand_in.clone()))
            })
            .collect();
        secrets.extend(encoded);
        let mut left = Vec::new();
        // Few texts hold a secret; the rest is passed over quickly.
        let hints: Vec<Regex> = secrets.chunks(1000).filter_map(hint).collect();
        let sought = Sought { secrets: &secrets, hints: &hints };
        walk(tree, "", &mut Pointer::root(), &sought, &mut left);
        left.sort();
        left.dedup();
        left
    }
}

/// What is looked for.
struct Sought<'a> {
    secrets: &'a [(String, String)],
    /// Expressions one of which a text matches that has a secret.
    hints: &'a [Regex],
}

fn hint(secrets: &[(String, String)]) -> Option<Regex> {
    let words: Vec<String> = secrets.iter().map(|(secret, _)| regex::escape(secret)).collect();
    RegexBuilder::new(&words.join("|")).size_limit(1 << 28).build().ok()
}

fn walk(value: &mut Value, member: &str, at: &mut Pointer, sought: &Sought<'_>, left: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            if !sought.hints.iter().any(|hint| hint.is_match(text)) {
                return;
            }
            if let Some(next) = replaced(text, sought.secrets) {
                if IDENTITY.contains(&member) {
                    let found = sought.secrets.iter().find(|(secret, _)| find(text, secret).is_some());
                    left.extend(found.map(|(secret, _)| (secret.clone(), at.to_string())));
                } else {
                    *text = next.into();
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                at.push_item(place);
                walk(item, member, at, sought, left);
                at.pop();
            }
        }
        Value::Object(members) => {
            for (name, held) in members.iter_mut() {
                let name = name.to_owned();
                at.push_member(&name);
                walk(held, &name, at, sought, left);
                at.pop();
            }
        }
        _ => {}
    }
}

/// The text without secrets; `None` when it has none.
fn replaced(text: &str, secrets: &[(String, String)]) -> Option<String> {
    let mut out: Option<String> = None;
    for (secret, stand_in) in secrets {
        let mut rest = out.as_deref().unwrap_or(text);
        let mut next = String::new();
        let mut changed = false;
        while let Some(at) = find(rest, secret) {
            next.push_str(rest.get(..at).unwrap_or_default());
            next.push_str(stand_in);
            rest = rest.get(at.saturating_add(secret.len())..).unwrap_or_default();
            changed = true;
        }
        if changed {
            next.push_str(rest);
            out = Some(next);
        }
    }
    out
}

/// Where a secret stands as a word of its own; a long one anywhere.
fn find(text: &str, secret: &str) -> Option<usize> {
    let long = secret.len() >= 8;
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(secret).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at.saturating_add(secret.len())..).and_then(|after| after.chars().next());
        long || (boundary(before) && boundary(after))
    })
}
