//! CSAF documents as advisories.
//!
//! A vendor of a distribution lists, for each vulnerability, the packages that are mended, those that are affected and
//! those that are not, each as a component of a platform. "Fixed in 1.4-2" then means that everything before it is
//! affected; for packages of other ecosystems it only means that version. The platform says which release is meant, and
//! a package of a distribution whose platform is not known is left out and told: it would match everywhere.

use std::collections::BTreeMap;

use plimsoll_model::Purl;
use plimsoll_syntax::json::Loose;
use plimsoll_version::{Comparator, Range};

use super::wire::{Document, Root, Scores, Vulnerability};
use crate::ecosystem::{ECOSYSTEMS, Ecosystem};
use crate::record::{
    Advisory, Affected, RangeEvent, RangeKind, Reference, Severity, SeverityKind, Status, VersionRange,
};
use crate::vex::{Identifiers, Nuance, VexFault, VexResponse, VexStatement, VexStatus};

/// Makes the advisories of a document.
pub(super) fn advisories(root: &Root<'_>, statements: &[VexStatement], faults: &mut Vec<VexFault>) -> Vec<Advisory> {
    let mut all: Vec<(String, Advisory)> = Vec::new();
    // The statements of a vulnerability stand together, in the order of the document.
    let mut rest = statements.iter().peekable();
    for (at, wire) in root.vulnerabilities.items().iter().enumerate() {
        let Some(wire) = wire.get() else { continue };
        let place = format!("/vulnerabilities/{at}/");
        let mut entries = Entries::default();
        let mut id = None;
        while let Some(statement) = rest.next_if(|statement| statement.pointer.starts_with(&place)) {
            id.get_or_insert(&*statement.vulnerability.id);
            entries.add(statement, faults);
        }
        if let Some(id) = id {
            all.push((id.to_owned(), one(wire, entries)));
        }
    }
    join(root, all)
}

/// One advisory where all vulnerabilities are about the same packages, else one for each.
fn join(root: &Root<'_>, mut all: Vec<(String, Advisory)>) -> Vec<Advisory> {
    let head = root.document.get();
    let tracking = head.and_then(|document| document.tracking.get());
    let own = tracking.and_then(|tracking| tracking.id.as_str()).unwrap_or("CSAF").to_owned();
    let same = all.windows(2).all(|pair| matches!(pair, [(_, one), (_, next)] if one.affected == next.affected));
    if same && all.len() > 1 {
        let mut rest = all.split_off(1);
        if let Some((_, first)) = all.first_mut() {
            first.upstream.extend(rest.iter().map(|(id, _)| id.clone()));
            first.severities.extend(rest.iter_mut().flat_map(|(_, next)| std::mem::take(&mut next.severities)));
            first.severities.dedup();
        }
    }
    let single = all.len() == 1;
    all.into_iter()
        .map(|(vulnerability, mut advisory)| {
            // A document about one CVE is named by it, and so are those of everybody else.
            let publisher = advisory.affected.first().and_then(|entry| entry.ecosystem.purl_place());
            let publisher =
                publisher.map(|(_, namespace)| namespace).filter(|namespace| !matches!(*namespace, "" | "*"));
            let publisher = publisher.unwrap_or("CSAF").to_ascii_uppercase();
            advisory.id = match (own == vulnerability, single) {
                (true, _) => format!("{publisher}-{own}"),
                (false, true) => own.clone(),
                (false, false) => format!("{own}-{vulnerability}"),
            };
            advisory.upstream.insert(0, vulnerability);
            if let Some(head) = head {
                describe(&mut advisory, head);
            }
            advisory
        })
        .collect()
}

/// What the document says of all its vulnerabilities.
fn describe(advisory: &mut Advisory, head: &Document<'_>) {
    if let Some(publisher) = head.publisher.get().and_then(|publisher| publisher.name.as_str()) {
        publisher.clone_into(&mut advisory.database);
    }
    if let Some(title) = head.title.as_str() {
        title.clone_into(&mut advisory.summary);
    }
    if let Some(tracking) = head.tracking.get() {
        advisory.published = tracking.initial.as_str().and_then(|time| time.parse().ok());
        advisory.modified = tracking.current.as_str().and_then(|time| time.parse().ok());
    }
    if let Some(word) = head.severity.get().and_then(|severity| severity.text.as_str()) {
        advisory.severities.push(Severity::from_word(word));
    }
    for reference in head.references.items().iter().filter_map(Loose::get) {
        if let Some(url) = reference.url.as_str() {
            let kind = if reference.category.as_str() == Some("self") { "ADVISORY" } else { "WEB" };
            advisory.references.push(Reference::new(kind, url));
        }
    }
}

/// The advisory of one vulnerability, still without a name.
fn one(wire: &Vulnerability<'_>, entries: Entries) -> Advisory {
    let mut advisory = Advisory::new("");
    advisory.affected = entries.list();
    let ids = wire.ids.items().iter().filter_map(Loose::get).filter_map(|id| id.text.as_str());
    advisory.related = ids.map(str::to_owned).collect();
    let notes = || wire.notes.items().iter().filter_map(Loose::get);
    let described = notes().find(|note| note.category.as_str() == Some("description")).or_else(|| notes().next());
    advisory.details = described.and_then(|note| note.text.as_str()).unwrap_or_default().to_owned();
    let metrics = wire.metrics.items().iter().filter_map(Loose::get).filter_map(|metric| metric.content.get());
    for scores in wire.scores.items().iter().filter_map(Loose::get).chain(metrics) {
        add_scores(&mut advisory.severities, scores);
    }
    advisory
}

fn add_scores(out: &mut Vec<Severity>, scores: &Scores<'_>) {
    let kinds =
        [(SeverityKind::CvssV2, &scores.v2), (SeverityKind::CvssV3, &scores.v3), (SeverityKind::CvssV4, &scores.v4)];
    for (kind, cvss) in kinds {
        let Some(vector) = cvss.get().and_then(|cvss| cvss.vector.as_str()) else { continue };
        // A score is given for each product, and mostly is the same.
        if out.last().is_none_or(|last| last.text() != vector) {
            out.push(Severity::from_vector(kind, vector));
        }
    }
}

/// Entries by ecosystem, name and status: packages of several architectures are one.
#[derive(Default)]
struct Entries(BTreeMap<(String, String, Status), Affected>);

impl Entries {
    fn list(self) -> Vec<Affected> {
        self.0.into_values().collect()
    }

    fn add(&mut self, statement: &VexStatement, faults: &mut Vec<VexFault>) {
        let source = |part: &Identifiers| part.purls.iter().any(is_source);
        let parts =
            || statement.products.iter().map(|product| product.subcomponents.first().unwrap_or(&product.identifiers));
        // Distributions speak of source packages; those that list them list what is built from them as well.
        let sources = parts().any(source);
        for product in &statement.products {
            let part = product.subcomponents.first().unwrap_or(&product.identifiers);
            let is_rpm = part.purls.iter().any(|purl| purl.kind() == "rpm");
            if sources && is_rpm && !source(part) {
                continue;
            }
            let platforms = &product.identifiers.cpes;
            let Some((purl, ecosystem)) = part.purls.iter().find_map(|purl| Some((purl, ecosystem(purl, platforms)?)))
            else {
                let message = format!("{} has no place in an ecosystem that is known", product.identifiers.label());
                faults.push(VexFault::warning(&statement.pointer, "ecosystem", message));
                continue;
            };
            if !part.understood {
                let message = format!("{} was not understood", part.label());
                faults.push(VexFault::warning(&statement.pointer, "ecosystem", message));
                if statement.status.clears() {
                    continue;
                }
            }
            self.add_one(statement, purl, part.range.as_ref(), ecosystem);
        }
    }

    fn add_one(&mut self, statement: &VexStatement, purl: &Purl, range: Option<&Range>, ecosystem: Ecosystem) {
        let system = is_system(purl);
        let first = matches!(statement.nuance, Some(Nuance::FirstFixed));
        let before = statement.status == VexStatus::Fixed && purl.version().is_some() && (system || first);
        let will_stay = [VexResponse::WillNotFix, VexResponse::CanNotFix];
        let status = match statement.status {
            VexStatus::NotAffected => Status::NotAffected,
            VexStatus::Fixed if before => Status::Affected,
            VexStatus::Fixed => Status::Fixed,
            VexStatus::UnderInvestigation => Status::UnderInvestigation,
            VexStatus::Affected if statement.responses.iter().any(|next| will_stay.contains(next)) => Status::WontFix,
            VexStatus::Affected => Status::Affected,
        };
        let name = package_name(purl);
        let key = (ecosystem.to_string(), name.clone(), status);
        let entry = self.0.entry(key).or_insert_with(|| {
            let mut entry = Affected::new(ecosystem, name);
            entry.purl = Some(without_version(purl));
            entry
        });
        entry.status = status;
        let start = RangeEvent::Introduced("0".to_owned());
        let events = match (version(purl), range) {
            (Some(version), _) if before => vec![start, RangeEvent::Fixed(version)],
            (Some(version), _) if statement.nuance == Some(Nuance::LastAffected) => {
                vec![start, RangeEvent::LastAffected(version)]
            }
            (Some(version), _) => {
                if entry.versions.last() != Some(&version) {
                    entry.versions.push(version);
                }
                return;
            }
            (None, Some(range)) => events(range, &mut entry.versions),
            (None, None) => vec![start],
        };
        let range = VersionRange::new(RangeKind::Ecosystem, events);
        if !range.events.is_empty() && entry.ranges.last() != Some(&range) {
            entry.ranges.push(range);
        }
    }
}

/// A range as events. Versions that stand alone go to `versions`. What a range leaves out in its middle (`!=`) is taken in,
/// and so is the version that a `>` begins after: a warning too many.
fn events(range: &Range, versions: &mut Vec<String>) -> Vec<RangeEvent> {
    let mut out = Vec::new();
    let mut open = false;
    for constraint in range.constraints() {
        let version = constraint.version.as_str().to_owned();
        match constraint.comparator {
            Comparator::Equal => versions.push(version),
            Comparator::GreaterOrEqual | Comparator::Greater => {
                out.push(RangeEvent::Introduced(version));
                open = true;
            }
            Comparator::Less | Comparator::LessOrEqual => {
                if !std::mem::take(&mut open) {
                    out.push(RangeEvent::Introduced("0".to_owned()));
                }
                let less = constraint.comparator == Comparator::Less;
                out.push(if less { RangeEvent::Fixed(version) } else { RangeEvent::LastAffected(version) });
            }
            _ => {}
        }
    }
    if range.constraints().iter().all(|constraint| constraint.comparator == Comparator::NotEqual) && !range.is_empty() {
        out.push(RangeEvent::Introduced("0".to_owned()));
    }
    out
}

fn is_system(purl: &Purl) -> bool {
    matches!(purl.kind(), "rpm" | "deb" | "apk")
}

fn is_source(purl: &Purl) -> bool {
    purl.qualifier("arch").is_some_and(|arch| matches!(arch, "src" | "source"))
}

/// The version, with the epoch that package URLs of rpm keep apart.
fn version(purl: &Purl) -> Option<String> {
    let version = purl.version()?;
    match purl.qualifier("epoch").filter(|_| purl.kind() == "rpm") {
        Some(epoch) => Some(format!("{epoch}:{version}")),
        None => Some(version.to_owned()),
    }
}

/// The name as the ecosystem writes it.
fn package_name(purl: &Purl) -> String {
    match (purl.kind(), purl.namespace()) {
        ("rpm" | "deb" | "apk", _) | (_, None) => purl.name().to_owned(),
        ("maven", Some(group)) => format!("{group}:{}", purl.name()),
        (_, Some(namespace)) => format!("{namespace}/{}", purl.name()),
    }
}

fn without_version(purl: &Purl) -> String {
    let namespace = purl.namespace().unwrap_or_default();
    let plain = Purl::builder(purl.kind(), purl.name()).namespace(namespace).build();
    plain.map(|purl| purl.to_string()).unwrap_or_default()
}

/// The ecosystem of a package, with the release of its platform.
fn ecosystem(purl: &Purl, platforms: &[Box<str>]) -> Option<Ecosystem> {
    let namespace = purl.namespace().unwrap_or_default();
    let (name, _) = ECOSYSTEMS
        .iter()
        .find(|(_, place)| place.is_some_and(|(kind, of)| kind == purl.kind() && (of == "*" || of == namespace)))?;
    if !is_system(purl) {
        return Some(Ecosystem::new(*name, ""));
    }
    platforms.iter().find_map(|cpe| release(name, cpe)).map(|release| Ecosystem::new(*name, release))
}

/// The release that a CPE of a platform names, as OSV writes it behind the ecosystem.
fn release(ecosystem: &str, cpe: &str) -> Option<String> {
    let rest = cpe.strip_prefix("cpe:/").or_else(|| cpe.strip_prefix("cpe:2.3:"))?;
    let fields: Vec<String> = rest.split(':').map(|field| field.trim_matches('*').replace('\\', "")).collect();
    let field = |at: usize| fields.get(at).map(String::as_str).unwrap_or_default();
    let (product, version, update, edition) = (field(2), field(3), field(4), field(5));
    if version.is_empty() || version == "-" {
        return None;
    }
    Some(match ecosystem {
        // `enterprise_linux:9::appstream`: the CPE behind its vendor is the name.
        "Red Hat" => format!("{product}:{version}:{update}:{edition}").trim_end_matches(':').to_owned(),
        "Ubuntu" => {
            let lts = version.ends_with(".04") && version.split('.').next()?.parse::<u32>().ok()?.is_multiple_of(2);
            format!("{version}{}", if lts { ":LTS" } else { "" })
        }
        "openSUSE" if product.eq_ignore_ascii_case("leap") => format!("Leap {version}"),
        "openSUSE" if product.eq_ignore_ascii_case("tumbleweed") => "Tumbleweed".to_owned(),
        "SUSE" if product.eq_ignore_ascii_case("sles") => {
            let pack = if update.is_empty() { String::new() } else { format!(" {}", update.to_ascii_uppercase()) };
            format!("Linux Enterprise Server {version}{pack}")
        }
        "SUSE" | "openSUSE" => return None,
        _ => version.to_owned(),
    })
}

#[cfg(test)]
mod tests;
