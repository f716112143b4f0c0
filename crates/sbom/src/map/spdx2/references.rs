//! External references of packages: purls, CPEs, other identifiers, and URLs.
//!
//! URLs that SPDX 2 has no type for stand in the category `OTHER` with CycloneDX's word as their type.

use super::words::{NOASSERTION, NONE, is_2_3};
use crate::document::{Element, Hash, Identifier, Reference, Slot, Unknown};
use crate::standard::VersionIndex;
use crate::tree::{Members, Value};

/// What a comment of ours starts with when it holds digests of what a URL leads to.
const HASH: &str = "plimsoll:hash=";

/// Identifiers in categories of their own: type of SPDX, ours, and category.
const IDENTIFIERS: &[(&str, &str, &str)] = &[
    ("swid", "swid", "SECURITY"),
    ("swh", "swhid", "PERSISTENT-ID"),
    ("gitoid", "gitoid", "PERSISTENT-ID"),
    ("maven-central", "maven-central", "PACKAGE-MANAGER"),
    ("npm", "npm", "PACKAGE-MANAGER"),
    ("nuget", "nuget", "PACKAGE-MANAGER"),
    ("bower", "bower", "PACKAGE-MANAGER"),
];

/// URLs in the category `SECURITY`: type of SPDX, and our word.
const SECURITY: &[(&str, &str)] = &[("advisory", "advisories"), ("fix", "fix"), ("url", "security")];

/// CycloneDX's words for what a URL leads to; all others are identifiers of a kind of their own.
const KINDS: &[&str] = &[
    "vcs",
    "issue-tracker",
    "website",
    "advisories",
    "bom",
    "mailing-list",
    "social",
    "chat",
    "documentation",
    "support",
    "source-distribution",
    "distribution",
    "distribution-intake",
    "license",
    "build-meta",
    "build-system",
    "release-notes",
    "security-contact",
    "model-card",
    "log",
    "configuration",
    "evidence",
    "formulation",
    "attestation",
    "threat-model",
    "adversary-model",
    "risk-assessment",
    "vulnerability-assertion",
    "exploitability-statement",
    "pentest-report",
    "static-analysis-report",
    "dynamic-analysis-report",
    "runtime-analysis-report",
    "component-analysis-report",
    "maturity-report",
    "certification-report",
    "codified-infrastructure",
    "quality-metrics",
    "poam",
    "electronic-signature",
    "digital-signature",
    "rfc-9116",
    "patent",
    "patent-family",
    "patent-assertion",
    "citation",
    "other",
];

/// Reads where a package can be had, its web page and its references.
pub(super) fn read(package: &Value, element: &mut Element) {
    match package.text_of("downloadLocation") {
        Some(NOASSERTION) => element.unknown.push((Slot::DownloadLocation, Unknown::NoAssertion)),
        Some(NONE) => element.unknown.push((Slot::DownloadLocation, Unknown::None)),
        Some(url) if !url.is_empty() => {
            let kind = if is_repository(url) { "vcs" } else { "distribution" };
            element.references.push(reference(kind, url));
        }
        _ => {}
    }
    match package.text_of("homepage") {
        Some("" | NONE | NOASSERTION) | None => {}
        Some(url) => element.references.push(reference("website", url)),
    }
    // The two that have fields of their own are listed as well when more is known of them.
    let own = element.references.len();
    for held in package.items_of("externalRefs") {
        read_one(held, element, own);
    }
}

fn reference(kind: &str, url: &str) -> Reference {
    Reference { kind: kind.to_owned(), url: url.to_owned(), ..Reference::default() }
}

fn read_one(held: &Value, element: &mut Element, own: usize) {
    let (Some(kind), Some(locator)) = (held.text_of("referenceType"), held.text_of("referenceLocator")) else { return };
    // Some write the type as the URI that it has in RDF.
    let kind = kind.strip_prefix("http://spdx.org/rdf/references/").unwrap_or(kind);
    let category = held.text_of("referenceCategory").unwrap_or_default().replace('_', "-");
    let security = SECURITY.iter().find(|(theirs, _)| *theirs == kind && category == "SECURITY");
    match kind {
        "purl" => return element.purls.push(locator.to_owned()),
        "cpe22Type" | "cpe23Type" => return element.cpes.push(locator.to_owned()),
        _ => {}
    }
    let word = match security {
        Some((_, word)) => word,
        None if category == "OTHER" && KINDS.contains(&kind) => kind,
        None => {
            let ours = IDENTIFIERS.iter().find(|(theirs, ..)| *theirs == kind).map_or(kind, |(_, ours, _)| ours);
            return element.identifiers.push(Identifier { kind: ours.to_owned(), value: locator.to_owned() });
        }
    };
    let (hashes, comment) = read_comment(held.text_of("comment").unwrap_or_default());
    let same = element.references.iter_mut().take(own).find(|held| held.kind == word && held.url == locator);
    match same {
        Some(same) if same.comment.is_none() && same.hashes.is_empty() => {
            (same.comment, same.hashes) = (comment, hashes);
        }
        _ => element.references.push(Reference { comment, hashes, ..reference(word, locator) }),
    }
}

/// Digests, one a line, and then the remark.
fn read_comment(mut text: &str) -> (Vec<Hash>, Option<String>) {
    let mut hashes = Vec::new();
    while let Some(rest) = text.strip_prefix(HASH) {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((algorithm, value)) = line.split_once(':') else { break };
        hashes.push(Hash { algorithm: algorithm.to_owned(), value: value.to_owned() });
        text = after;
    }
    (hashes, (!text.is_empty()).then(|| text.to_owned()))
}

fn write_comment(reference: &Reference) -> Option<String> {
    let lines = reference.hashes.iter().map(|hash| format!("{HASH}{hash}"));
    let text = lines.chain(reference.comment.clone()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// A version control system, in the notation of SPDX 2.3 §7.7.
fn is_repository(url: &str) -> bool {
    ["git+", "hg+", "svn+", "bzr+", "git://"].iter().any(|scheme| url.starts_with(scheme))
}

/// What SPDX takes for a download location or web page.
fn is_uri(text: &str) -> bool {
    let known = ["http://", "https://", "ftp://", "ssh://"];
    is_word(text) && (is_repository(text) || known.iter().any(|scheme| text.starts_with(scheme)))
}

/// A locator has no spaces (SPDX 2.3 §7.21).
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The references of an element, as its fields hold them.
pub(super) struct Written {
    /// Where it can be had.
    pub(super) download: String,
    /// Its web page.
    pub(super) homepage: Option<String>,
    /// All others.
    pub(super) external: Vec<Value>,
    /// What fits none of them, for annotations: name and value.
    pub(super) notes: Vec<(&'static str, String)>,
}

/// Writes the references of an element.
pub(super) fn write(element: &Element, version: VersionIndex) -> Written {
    let first = |wanted: &dyn Fn(&Reference) -> bool| {
        element.references.iter().position(|held| is_uri(&held.url) && wanted(held))
    };
    let of = |kind: &'static str, repository: bool| {
        first(&move |held: &Reference| held.kind == kind && is_repository(&held.url) == repository)
    };
    // As it is read: a repository is told by its scheme.
    let stated = element.unknown(Slot::DownloadLocation);
    let download = if stated.is_none() { of("distribution", false).or_else(|| of("vcs", true)) } else { None };
    let homepage = of("website", false).or_else(|| of("website", true));
    let url = |at: Option<usize>| at.and_then(|at| element.references.get(at)).map(|held| held.url.clone());
    let instead = if stated == Some(Unknown::None) { NONE } else { NOASSERTION };
    let mut out = Written {
        download: url(download).unwrap_or_else(|| instead.to_owned()),
        homepage: url(homepage),
        external: Vec::new(),
        notes: Vec::new(),
    };
    write_identifiers(element, version, &mut out);
    for (at, held) in element.references.iter().enumerate() {
        let comment = write_comment(held);
        if (Some(at) == download || Some(at) == homepage) && comment.is_none() {
            continue;
        }
        let security = SECURITY.iter().find(|(_, ours)| *ours == held.kind);
        let (category, kind) = match security {
            Some((theirs, _)) => ("SECURITY", *theirs),
            None => ("OTHER", held.kind.as_str()),
        };
        if is_word(&held.url) && (security.is_some() || KINDS.contains(&held.kind.as_str())) {
            out.external.push(external(category, kind, &held.url, comment, version));
        } else {
            let parts = [&held.kind, &held.url, &comment.unwrap_or_default()];
            out.notes.push(("reference", parts.map(|part| super::notes::escape(part)).join("/")));
        }
    }
    out
}

/// Reads a reference that was kept in an annotation.
pub(super) fn read_note(value: &str, element: &mut Element) {
    let mut parts = value.splitn(3, '/').map(super::notes::unescape);
    let (Some(kind), Some(url), Some(comment)) = (parts.next(), parts.next(), parts.next()) else { return };
    let (hashes, comment) = read_comment(&comment);
    element.references.push(Reference { kind, url, comment, hashes });
}

fn write_identifiers(element: &Element, version: VersionIndex, out: &mut Written) {
    for purl in &element.purls {
        if purl.starts_with("pkg:") && is_word(purl) {
            out.external.push(external("PACKAGE-MANAGER", "purl", purl, None, version));
        } else {
            out.notes.push(("purl", purl.clone()));
        }
    }
    for cpe in &element.cpes {
        let kind = if cpe.starts_with("cpe:2.3:") { Some("cpe23Type") } else { None };
        let kind = kind.or_else(|| cpe.starts_with("cpe:/").then_some("cpe22Type"));
        match kind.filter(|_| is_word(cpe)) {
            Some(kind) => out.external.push(external("SECURITY", kind, cpe, None, version)),
            None => out.notes.push(("cpe", cpe.clone())),
        }
    }
    for held in &element.identifiers {
        let known = IDENTIFIERS.iter().find(|(_, ours, _)| *ours == held.kind);
        let (kind, category) =
            known.map_or((held.kind.as_str(), "OTHER"), |(theirs, _, category)| (*theirs, *category));
        let reserved = KINDS.contains(&kind) || ["purl", "cpe22Type", "cpe23Type"].contains(&kind);
        if is_word(&held.value) && is_word(kind) && !reserved {
            out.external.push(external(category, kind, &held.value, None, version));
        } else {
            out.notes.push(("identifier", format!("{}/{}", super::notes::escape(&held.kind), held.value)));
        }
    }
}

/// Reads an identifier that was kept in an annotation.
pub(super) fn read_identifier(value: &str, element: &mut Element) {
    if let Some((kind, value)) = value.split_once('/') {
        element.identifiers.push(Identifier { kind: super::notes::unescape(kind), value: value.to_owned() });
    }
}

fn external(category: &str, kind: &str, locator: &str, comment: Option<String>, version: VersionIndex) -> Value {
    // The schema of 2.2 spells it with `_` and lacks persistent identifiers.
    let category = match category {
        "PACKAGE-MANAGER" if !is_2_3(version) => "PACKAGE_MANAGER",
        "PERSISTENT-ID" if !is_2_3(version) => "OTHER",
        other => other,
    };
    let mut members = Members::new();
    members.push("referenceCategory", Value::text(category));
    members.push("referenceType", Value::text(kind));
    members.push("referenceLocator", Value::text(locator));
    members.set_some("comment", comment);
    Value::Object(members)
}
