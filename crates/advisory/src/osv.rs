//! OSV records, schema 1.7.5. <https://ossf.github.io/osv-schema/>
//!
//! What surprises:
//! - `severity` may stand at the top or in an entry of `affected`, never both; GitHub and RustSec repeat it elsewhere.
//! - Go has no ranges where every version is affected; everywhere else an entry without ranges and versions says nothing.
//! - A name may be followed by a release only in the ecosystem (`Debian:12`), so one record has many entries of one name.
//! - The dumps hold a record once for each ecosystem it touches; it is the same one.
//!
//! A field of the wrong type is passed over, with a diagnostic. A record that cannot be read to its end is refused: half
//! of its ranges would be a wrong answer. The records around it stay.

mod wire;

use plimsoll_model::{Diagnostic, DiagnosticCode, Limits};
use plimsoll_syntax::json::{Loose, Text, fill};

use crate::ecosystem::Ecosystem;
use crate::record::{
    Advisory, Affected, RangeEvent, RangeKind, Reference, Severity, SeverityKind, Timestamp, VersionRange,
    VulnerableCode,
};
use wire::{WireAffected, WireEvent, WireRange, WireRecord, WireSeverity};

/// A record: at most so many bytes. The largest ones list every kernel that a distributor made, in some 10 MB.
pub const LARGEST_RECORD: u64 = 32 << 20;
/// Objects of a record: an empty one takes half a kilobyte of memory and two bytes of the file.
const MOST_OBJECTS: usize = 500_000;

/// A record, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// What was read; `None` when it is no OSV record.
    pub advisory: Option<Advisory>,
    /// What was passed over.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one record. `name` is that of its file, for diagnostics.
#[must_use]
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Reading {
    let mut reader = Reader { name, diagnostics: Vec::new() };
    if bytes.len() as u64 > LARGEST_RECORD || bytes.iter().filter(|byte| **byte == b'{').count() > MOST_OBJECTS {
        reader.note(DiagnosticCode::TOO_LARGE, "too large for an OSV record; not read");
        return Reading { advisory: None, diagnostics: reader.diagnostics };
    }
    let mut root = Loose::<WireRecord<'_>>::default();
    let advisory = match fill(bytes, limits, &mut root) {
        Ok(()) => reader.record(&root),
        Err(error) => {
            let at = error.line().map(|line| format!(" at line {line}")).unwrap_or_default();
            reader.note(error.code(), &format!("not read as an OSV record{at}: {error}"));
            None
        }
    };
    Reading { advisory, diagnostics: reader.diagnostics }
}

/// Collects what is wrong with one record.
struct Reader<'a> {
    name: &'a str,
    diagnostics: Vec<Diagnostic>,
}

/// One record does not fill the terminal.
const MOST_DIAGNOSTICS: usize = 20;

impl Reader<'_> {
    fn note(&mut self, code: DiagnosticCode, message: &str) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic::new(code, format!("{}: {message}", self.name)));
        }
    }

    fn wrong<T>(&mut self, field: &str, value: &Loose<T>) {
        if value.is_wrong() {
            self.note(DiagnosticCode::MALFORMED_ENTRY, &format!("{field} is of the wrong type; passed over"));
        }
    }

    fn record(&mut self, root: &Loose<WireRecord<'_>>) -> Option<Advisory> {
        let Some((record, id)) = root.get().and_then(|record| Some((record, record.id.as_str()?))) else {
            self.note(DiagnosticCode::MALFORMED, "not an OSV record: it has no id");
            return None;
        };
        let mut advisory = Advisory::new(id);
        advisory.aliases = self.texts("aliases", &record.aliases);
        advisory.upstream = self.texts("upstream", &record.upstream);
        advisory.related = self.texts("related", &record.related);
        advisory.summary = owned(&record.summary);
        advisory.details = owned(&record.details);
        advisory.published = self.time("published", &record.published);
        advisory.modified = self.time("modified", &record.modified);
        advisory.withdrawn = self.time("withdrawn", &record.withdrawn);
        advisory.severities = self.severities(&record.severity);
        self.wrong("references", &record.references);
        let references = record.references.items().iter().filter_map(Loose::get);
        advisory.references = references.map(|link| Reference::new(owned(&link.kind), owned(&link.url))).collect();
        if let Some(specific) = record.database_specific.get() {
            advisory.malicious |= specific.malicious_origins.get().is_some();
            advisory.severities.extend(specific.severity.as_str().map(Severity::from_word));
        }
        advisory.weaknesses = weaknesses(record);
        self.wrong("affected", &record.affected);
        for entry in record.affected.items() {
            self.wrong("an entry of affected", entry);
            let Some(entry) = entry.get() else { continue };
            let informational = entry.database_specific.get().and_then(|specific| specific.informational.as_str());
            advisory.informational = advisory.informational.take().or_else(|| informational.map(str::to_owned));
            advisory.affected.extend(self.affected(entry));
        }
        Some(advisory)
    }

    fn time(&mut self, field: &str, value: &Loose<Text<'_>>) -> Option<Timestamp> {
        self.wrong(field, value);
        let text = value.as_str()?;
        let time = text.parse::<Timestamp>().ok();
        if time.is_none() {
            self.note(DiagnosticCode::MALFORMED_ENTRY, &format!("{field} is no time"));
        }
        // Go writes the year 1 for "not known".
        time.filter(|time| time.as_second() > 0)
    }

    fn texts(&mut self, field: &str, list: &Loose<Vec<Loose<Text<'_>>>>) -> Vec<String> {
        self.wrong(field, list);
        let mut texts = Vec::with_capacity(list.items().len());
        for item in list.items() {
            self.wrong(field, item);
            texts.extend(item.as_str().map(str::to_owned));
        }
        texts
    }

    fn severities(&mut self, list: &Loose<Vec<Loose<WireSeverity<'_>>>>) -> Vec<Severity> {
        self.wrong("severity", list);
        let mut severities = Vec::new();
        for item in list.items() {
            self.wrong("severity", item);
            let Some(item) = item.get() else { continue };
            let Some(text) = item.score.as_str() else { continue };
            let vector = match item.kind.as_str().unwrap_or_default() {
                "CVSS_V2" => Some(SeverityKind::CvssV2),
                "CVSS_V3" => Some(SeverityKind::CvssV3),
                "CVSS_V4" => Some(SeverityKind::CvssV4),
                _ => None,
            };
            severities.push(vector.map_or_else(|| Severity::from_word(text), |kind| Severity::from_vector(kind, text)));
        }
        severities
    }

    fn affected(&mut self, entry: &WireAffected<'_>) -> Option<Affected> {
        self.wrong("package", &entry.package);
        let package = entry.package.get();
        let text = |field: fn(&wire::WirePackage<'_>) -> Option<String>| package.and_then(field);
        let ecosystem = text(|package| package.ecosystem.as_str().map(str::to_owned));
        let name = text(|package| package.name.as_str().map(str::to_owned));
        if package.is_some() && (ecosystem.is_none() || name.is_none()) {
            self.note(DiagnosticCode::MALFORMED_ENTRY, "an affected package has no ecosystem or no name; left out");
            return None;
        }
        let ecosystem = ecosystem.map_or_else(|| Ecosystem::new("GIT", ""), |text| Ecosystem::parse(&text));
        let mut affected = Affected::new(ecosystem, name.unwrap_or_default());
        affected.purl = text(|package| package.purl.as_str().map(str::to_owned));
        affected.versions = self.texts("versions", &entry.versions);
        affected.severities = self.severities(&entry.severity);
        affected.code = code(entry);
        let specific = entry.ecosystem_specific.get();
        if let Some(word) = specific.and_then(|specific| specific.severity.as_str().or(specific.urgency.as_str())) {
            affected.severities.push(Severity::from_word(word));
        }
        affected.module = specific.and_then(|specific| specific.module.as_str()).map(str::to_owned);
        self.wrong("ranges", &entry.ranges);
        for range in entry.ranges.items() {
            self.wrong("a range", range);
            affected.ranges.extend(range.get().and_then(|range| self.range(range)));
        }
        for range in specific.into_iter().flat_map(|specific| specific.custom_ranges.items()) {
            self.wrong("a custom range", range);
            affected.custom_ranges.extend(range.get().and_then(|range| self.range(range)));
        }
        Some(affected)
    }

    fn range(&mut self, range: &WireRange<'_>) -> Option<VersionRange> {
        let kind = match range.kind.as_str().unwrap_or_default() {
            "SEMVER" => RangeKind::Semver,
            "ECOSYSTEM" => RangeKind::Ecosystem,
            "GIT" => RangeKind::Git,
            other => {
                self.note(DiagnosticCode::MALFORMED_ENTRY, &format!("a range of unknown type {other:?}; left out"));
                return None;
            }
        };
        self.wrong("events", &range.events);
        let mut events = Vec::with_capacity(range.events.items().len());
        for event in range.events.items() {
            let before = events.len();
            events.extend(event.get().into_iter().flat_map(self::events));
            if events.len() == before {
                self.note(DiagnosticCode::MALFORMED_ENTRY, "an event of a range that is none; passed over");
            }
        }
        Some(VersionRange { kind, repository: range.repo.as_str().map(str::to_owned), events })
    }
}

/// The CWEs of a record and of what it says of packages. GitHub has `CWE-79` in a list, the list of malicious packages objects.
fn weaknesses(record: &WireRecord<'_>) -> Vec<u32> {
    let of_packages = record.affected.items().iter().filter_map(Loose::get).map(|entry| &entry.database_specific);
    let mut found = Vec::new();
    for specific in std::iter::once(&record.database_specific).chain(of_packages).filter_map(Loose::get) {
        let described = specific.described.items().iter().filter_map(Loose::get).filter_map(|one| one.id.as_str());
        let listed = specific.weaknesses.items().iter().filter_map(|one| one.as_str());
        found.extend(listed.chain(described).filter_map(|text| text.strip_prefix("CWE-")?.parse::<u32>().ok()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The events of one object: schema 1.7 wants one, earlier records have two.
fn events(event: &WireEvent<'_>) -> impl Iterator<Item = RangeEvent> {
    let text = |value: &Loose<Text<'_>>| value.as_str().map(str::to_owned);
    let all = [
        text(&event.introduced).map(RangeEvent::Introduced),
        text(&event.fixed).map(RangeEvent::Fixed),
        text(&event.last_affected).map(RangeEvent::LastAffected),
        text(&event.limit).map(RangeEvent::Limit),
    ];
    all.into_iter().flatten()
}

/// Go names imports with symbols, RustSec functions; each says for which platforms.
fn code(entry: &WireAffected<'_>) -> Vec<VulnerableCode> {
    let list = |items: &Loose<Vec<Loose<Text<'_>>>>| -> Vec<String> {
        items.items().iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let Some(specific) = entry.ecosystem_specific.get() else { return Vec::new() };
    let mut code: Vec<VulnerableCode> = Vec::new();
    for import in specific.imports.items().iter().filter_map(Loose::get) {
        let mut part = VulnerableCode::new(owned(&import.path), list(&import.symbols));
        part.platforms = [list(&import.goos), list(&import.goarch)].concat();
        code.push(part);
    }
    let affects = specific.affects.get();
    let functions = affects.map(|affects| list(&affects.functions)).unwrap_or_default();
    if !functions.is_empty() {
        let mut part = VulnerableCode::new("", functions);
        part.platforms = affects.map(|affects| [list(&affects.os), list(&affects.arch)].concat()).unwrap_or_default();
        code.push(part);
    }
    code
}

fn owned(text: &Loose<Text<'_>>) -> String {
    text.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
