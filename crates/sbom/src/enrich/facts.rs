//! Which facts are added, member by member.

use super::{Added, ENRICHED, Work};
use crate::map::StandardKind;
use crate::merge::label;
use crate::tree::compact;
use crate::tree::{Members, Value};

/// Members that are added when there is none: the name for reports, and the member of each standard.
const SINGLE: &[(&str, StandardKind, &[&str])] = &[
    ("licenses", StandardKind::CycloneDx, &["licenses"]),
    ("supplier", StandardKind::CycloneDx, &["supplier"]),
    ("manufacturer", StandardKind::CycloneDx, &["manufacturer"]),
    ("author", StandardKind::CycloneDx, &["authors", "author"]),
    ("publisher", StandardKind::CycloneDx, &["publisher"]),
    ("scope", StandardKind::CycloneDx, &["scope"]),
    ("copyright", StandardKind::CycloneDx, &["copyright"]),
    ("description", StandardKind::CycloneDx, &["description"]),
    ("version", StandardKind::CycloneDx, &["version"]),
    ("purl", StandardKind::CycloneDx, &["purl"]),
    ("cpe", StandardKind::CycloneDx, &["cpe"]),
    ("swid", StandardKind::CycloneDx, &["swid"]),
    ("mime-type", StandardKind::CycloneDx, &["mime-type"]),
    ("licenses", StandardKind::Spdx2, &["licenseConcluded"]),
    ("licenses", StandardKind::Spdx2, &["licenseDeclared"]),
    ("supplier", StandardKind::Spdx2, &["supplier"]),
    ("author", StandardKind::Spdx2, &["originator"]),
    ("copyright", StandardKind::Spdx2, &["copyrightText"]),
    ("description", StandardKind::Spdx2, &["description"]),
    ("summary", StandardKind::Spdx2, &["summary"]),
    ("version", StandardKind::Spdx2, &["versionInfo"]),
    ("url", StandardKind::Spdx2, &["homepage"]),
    ("url", StandardKind::Spdx2, &["downloadLocation"]),
    ("purpose", StandardKind::Spdx2, &["primaryPackagePurpose"]),
    ("releaseDate", StandardKind::Spdx2, &["releaseDate"]),
    ("copyright", StandardKind::Spdx3, &["software_copyrightText"]),
    ("description", StandardKind::Spdx3, &["description"]),
    ("summary", StandardKind::Spdx3, &["summary"]),
    ("version", StandardKind::Spdx3, &["software_packageVersion"]),
    ("url", StandardKind::Spdx3, &["software_homePage"]),
    ("url", StandardKind::Spdx3, &["software_downloadLocation"]),
    ("purl", StandardKind::Spdx3, &["software_packageUrl"]),
];

/// Lists to which items are added that are not there: the name for reports, the list, and what tells items apart. Of
/// digests there is one for each algorithm: a second would contradict the first.
const LISTS: &[(&str, StandardKind, &str, &[&str])] = &[
    ("hashes", StandardKind::CycloneDx, "hashes", &["alg"]),
    ("externalReferences", StandardKind::CycloneDx, "externalReferences", &["type", "url"]),
    ("hashes", StandardKind::Spdx2, "checksums", &["algorithm"]),
    ("externalReferences", StandardKind::Spdx2, "externalRefs", &["referenceType", "referenceLocator"]),
    ("hashes", StandardKind::Spdx3, "verifiedUsing", &["algorithm"]),
];

impl Work<'_> {
    /// Adds to a component what another document says of it.
    pub(super) fn facts(&mut self, mine: &mut Members, theirs: &Value, source: &str, how: &'static str) {
        let element = label(&Value::Object(mine.clone()));
        for (field, standard, members) in SINGLE {
            if *standard != self.standard || members.iter().any(|member| !is_missing(mine.get(member))) {
                continue;
            }
            let found = members
                .iter()
                .find_map(|member| Some((*member, theirs.get(member).filter(|held| !is_missing(Some(held)))?)));
            let Some((member, value)) = found else { continue };
            let text = compact(value);
            if text.contains("LicenseRef-") && self.standard == StandardKind::Spdx2 {
                self.notes.push(format!("{element}: a licence that only {source} has the text of is not added"));
                continue;
            }
            // Names of the other document mean nothing here.
            let mut value = value.clone();
            without_names(&mut value);
            mine.set(member, value);
            self.note(mine, &element, field, &text, (source, how));
        }
        for (field, standard, list, key) in LISTS {
            if *standard != self.standard {
                continue;
            }
            let words = |item: &Value| -> Vec<String> {
                key.iter().map(|name| item.text_of(name).unwrap_or_default().to_owned()).collect()
            };
            for item in theirs.items_of(list) {
                let held = mine.get(list).and_then(Value::as_array).unwrap_or_default();
                let named = words(item).iter().any(|word| !word.is_empty());
                if !named || held.iter().any(|held| words(held) == words(item)) {
                    continue;
                }
                // Two locators of one kind of identifier would contradict each other.
                let is_purl = |held: &Value| held.text_of("referenceType") == Some("purl");
                if is_purl(item) && held.iter().any(is_purl) {
                    continue;
                }
                let mut item = item.clone();
                let text = compact(&item);
                without_names(&mut item);
                crate::marks::add(mine, list, item);
                self.note(mine, &element, field, &text, (source, how));
            }
        }
    }

    /// Marks a fact and reports it.
    pub(super) fn note(
        &mut self,
        mine: &mut Members,
        element: &str,
        field: &str,
        value: &str,
        (source, how): (&str, &'static str),
    ) {
        self.marker.mark(mine, &format!("{ENRICHED}{field}"), source);
        let value: String = value.chars().take(200).collect();
        self.added.push(Added {
            element: element.to_owned(),
            field: field.to_owned(),
            value,
            source: source.to_owned(),
            matched_by: how,
        });
    }
}

/// Whether nothing is said: not there, empty, or a word for not knowing.
pub(super) fn is_missing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty() || text.as_ref() == "NOASSERTION",
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        _ => false,
    }
}

fn without_names(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in ["bom-ref", "@id"] {
                members.remove(name);
            }
            members.iter_mut().for_each(|(_, held)| without_names(held));
        }
        Value::Array(items) => items.iter_mut().for_each(without_names),
        _ => {}
    }
}
