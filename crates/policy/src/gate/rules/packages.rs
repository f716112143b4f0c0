//! `[packages]`: packages that may not be in an artifact.
//!
//! ```toml
//! [packages]
//! deny = [
//!     { match = "pkg:npm/event-stream", range = "vers:npm/3.3.6", reason = "malicious" },
//!     { match = "pkg:maven/org.apache.logging.log4j/log4j-core", range = "vers:maven/<2.17.1" },
//! ]
//! ```
//!
//! A component whose version cannot be compared with the range is refused too, with a code of its own.

use plimsoll_model::Purl;
use plimsoll_sbom::document::Element;
use plimsoll_version::{Range, Scheme};

use super::{Keys, Rule, RuleKind};
use crate::file::Fields;
use crate::gate::context::{Contents, Context};
use crate::gate::{GateCheck, GateCode};
use crate::words::quote;
use crate::{Name, NamePattern, PolicyError};

const KEYS: &[&str] = &["deny"];
const DENY: &[&str] = &["match", "range", "reason"];
pub(super) const KIND: RuleKind = RuleKind { name: "packages", keys: KEYS, within: &[("deny", DENY)], read };

#[derive(Debug)]
struct Packages {
    deny: Vec<Denied>,
}

#[derive(Debug)]
struct Denied {
    package: NamePattern,
    range: Option<(String, Range)>,
    reason: Option<String>,
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let mut deny = Vec::new();
    for table in fields.one_or_more("deny", DENY)? {
        let text = table.need_text("match")?;
        let package = NamePattern::parse(text).map_err(|problem| table.fault("match", problem))?;
        if !text.starts_with("pkg:") {
            return Err(table.fault("match", format!("{} is no package: it begins with pkg:", quote(text))));
        }
        let range = match table.text("range")? {
            Some(text) => {
                let range = Range::parse(text).map_err(|error| table.fault("range", error.to_string()))?;
                Some((text.to_owned(), range))
            }
            None => None,
        };
        deny.push(Denied { package, range, reason: table.text("reason")?.map(str::to_owned) });
    }
    if deny.is_empty() {
        return Err(fields.missing("deny"));
    }
    Ok(Box::new(Packages { deny }))
}

impl Rule for Packages {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let (contents, mut checks) = context.contents();
        let mut seen = std::collections::BTreeSet::new();
        for contents in &contents {
            for (_, element) in contents.document.components() {
                for check in self.deny.iter().filter_map(|denied| denied.judge(element, contents)) {
                    if seen.insert((check.about.clone(), check.message.clone())) {
                        checks.push(check);
                    }
                }
            }
        }
        if checks.is_empty() {
            let count: usize = contents.iter().map(|contents| contents.document.components().count()).sum();
            checks.push(GateCheck::passed("packages", format!("none of {count} components is refused")));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let told = self.deny.iter().map(|denied| {
            let range = denied.range.as_ref().map(|(text, _)| format!(" in {text}")).unwrap_or_default();
            let reason = denied.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("{}{range} may not be in it{reason}.", denied.package.as_str())
        });
        (told.collect(), Vec::new())
    }

    fn needs_contents(&self) -> bool {
        true
    }
}

impl Denied {
    fn judge(&self, element: &Element, contents: &Contents<'_>) -> Option<GateCheck> {
        let purl = element.purls.iter().find_map(|text| Purl::parse(text).ok())?;
        self.package.matches(&Name::package(&purl))?;
        let version = purl.version().or(element.version.as_deref()).unwrap_or_default();
        let code = match &self.range {
            None => GateCode::PackageDenied,
            Some((_, range)) if range.contains(version) => GateCode::PackageDenied,
            Some(_) if is_comparable(&purl, version) => return None,
            Some(_) => GateCode::PackageUndecided,
        };
        let reason = self.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let range = self.range.as_ref().map_or_else(|| self.package.as_str().to_owned(), |(text, _)| text.clone());
        let message = format!("{} ({}){reason}", code.means(), contents.claim);
        let about = element.purls.first().cloned().unwrap_or_default();
        Some(
            GateCheck::failed("packages", code, message)
                .about(about)
                .between(format!("not in {range}"), if version.is_empty() { "no version" } else { version })
                .at(contents.place),
        )
    }
}

fn is_comparable(purl: &Purl, version: &str) -> bool {
    !version.is_empty() && Scheme::for_purl_type(purl.kind()).is_none_or(|scheme| scheme.is_valid(version))
}
