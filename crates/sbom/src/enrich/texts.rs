//! Licences of components whose licence texts lie at hand.

use super::Work;
use super::facts::is_missing;
use crate::license_text::{MatchKind, identify_licenses};
use crate::map::StandardKind;
use crate::merge::label;
use crate::tree::{Members, Value};

/// The text of a licence file, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseText {
    /// The name of the component, or its package URL.
    pub name: String,
    /// Its version; any when there is none.
    pub version: Option<String>,
    /// The text.
    pub text: String,
    /// What to call the file in marks and reports.
    pub label: String,
}

impl Work<'_> {
    /// Adds what the texts say, as a conclusion, to a component that names no licence.
    pub(super) fn license_texts(&mut self, mine: &mut Members, texts: &[LicenseText]) {
        let value = Value::Object(mine.clone());
        let name = value.text_of("name").unwrap_or_default();
        let full = value.text_of("group").map_or_else(|| name.to_owned(), |group| format!("{group}/{name}"));
        let version = value.text_of("version").or_else(|| value.text_of("versionInfo"));
        let purl = value.text_of("purl").unwrap_or_default();
        let meant = |text: &&LicenseText| {
            let named = !text.name.is_empty() && (text.name == name || text.name == full || text.name == purl);
            named && text.version.as_deref().is_none_or(|held| version == Some(held))
        };
        for text in texts.iter().filter(meant) {
            let missing = match self.standard {
                StandardKind::CycloneDx => is_missing(mine.get("licenses")),
                StandardKind::Spdx2 => is_missing(mine.get("licenseConcluded")),
                StandardKind::Spdx3 => false,
            };
            if !missing {
                continue;
            }
            // A licence that stands among others, or only in a header, is less than what the component is under.
            let mut found: Vec<String> = identify_licenses(&text.text)
                .into_iter()
                .filter(|held| matches!(held.kind, MatchKind::Whole | MatchKind::Contained | MatchKind::Tag))
                .map(|held| held.expression)
                .collect();
            found.dedup();
            if found.is_empty() {
                self.notes.push(format!("{}: no known licence", text.label));
                continue;
            }
            let one =
                |held: &String| if held.contains(' ') && found.len() > 1 { format!("({held})") } else { held.clone() };
            let expression = found.iter().map(one).collect::<Vec<_>>().join(" AND ");
            self.conclude(mine, &expression);
            self.note(mine, &label(&value), "licenses", &expression, (&text.label, "name"));
        }
    }

    fn conclude(&self, mine: &mut Members, expression: &str) {
        if self.standard == StandardKind::Spdx2 {
            mine.set_text("licenseConcluded", expression);
            return;
        }
        let version = self.parsed.version;
        let says_who = self.standard.table().is_within("1.6..", version);
        let mut item = Members::new();
        if expression.contains(' ') {
            item.set_text("expression", expression);
            if says_who {
                item.set_text("acknowledgement", "concluded");
            }
        } else {
            let mut license = Members::new();
            let listed = !expression.contains("Ref-") && !expression.ends_with('+');
            license.set_text(if listed { "id" } else { "name" }, expression);
            if says_who {
                license.set_text("acknowledgement", "concluded");
            }
            item.set("license", Value::Object(license));
        }
        mine.set("licenses", Value::Array(vec![Value::Object(item)]));
    }
}
