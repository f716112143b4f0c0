//! VEX in CycloneDX 1.4 to 1.7, JSON: `vulnerabilities[].analysis`. <https://cyclonedx.org/docs/1.6/json/#vulnerabilities>
//!
//! A vulnerability without an analysis is a disclosure and makes no statement, unless its `affects` list versions. What
//! is said of a component is said of it as a part: of `metadata.component` where there is one, else of the outermost
//! component it stands in. `affects` names components by reference, or by BOM-Link those of another document; the
//! latter are parts of what that document is about, which is known as `urn:cdx:SERIAL/VERSION`. `versions` with a
//! status that contradicts the state of the analysis are taken at the more cautious one.

mod parts;
pub(super) mod write;

use plimsoll_model::Limits;
use plimsoll_syntax::json::{self, Loose, Text};
use plimsoll_syntax::loose_object;

use super::format::{Scalar, finish, kept, time};
use super::{
    FaultLevel, Identifiers, Justification, Nuance, VexDocument, VexError, VexFault, VexFormat, VexProduct,
    VexResponse, VexStatement, VexStatus, VexVulnerability,
};
use parts::{Component, Parts};

/// Since 1.4 there are vulnerabilities.
const VERSIONS: [&str; 4] = ["1.4", "1.5", "1.6", "1.7"];
/// The property in which our writer keeps what CycloneDX has no word for.
const PROPERTY: &str = "plimsoll:vex:justification";

loose_object! {
    struct Bom<'a> {
        "specVersion" => spec_version: Text<'a>,
        "serialNumber" => serial_number: Text<'a>,
        "version" => version: Scalar,
        "metadata" => metadata: Metadata<'a>,
        "components" => components: Vec<Loose<Component<'a>>>,
        "vulnerabilities" => vulnerabilities: Vec<Loose<Box<Vulnerability<'a>>>>,
    }
}

loose_object! {
    struct Metadata<'a> {
        "timestamp" => timestamp: Text<'a>,
        "authors" => authors: Vec<Loose<Named<'a>>>,
        "manufacturer" => manufacturer: Named<'a>,
        "supplier" => supplier: Named<'a>,
        "component" => component: Component<'a>,
    }
}

loose_object! {
    struct Named<'a> {
        "name" => name: Text<'a>,
        "value" => value: Text<'a>,
    }
}

loose_object! {
    struct Vulnerability<'a> {
        "bom-ref" => reference: Text<'a>,
        "id" => id: Text<'a>,
        "references" => references: Vec<Loose<Reference<'a>>>,
        "description" => description: Text<'a>,
        "recommendation" => recommendation: Text<'a>,
        "workaround" => workaround: Text<'a>,
        "published" => published: Text<'a>,
        "updated" => updated: Text<'a>,
        "analysis" => analysis: Analysis<'a>,
        "affects" => affects: Vec<Loose<Affects<'a>>>,
        "properties" => properties: Vec<Loose<Named<'a>>>,
    }
}

loose_object! {
    struct Reference<'a> {
        "id" => id: Text<'a>,
    }
}

loose_object! {
    struct Analysis<'a> {
        "state" => state: Text<'a>,
        "justification" => justification: Text<'a>,
        "response" => response: Vec<Loose<Text<'a>>>,
        "detail" => detail: Text<'a>,
        "firstIssued" => first_issued: Text<'a>,
        "lastUpdated" => last_updated: Text<'a>,
    }
}

loose_object! {
    struct Affects<'a> {
        "ref" => reference: Text<'a>,
        "versions" => versions: Vec<Loose<AffectedVersion<'a>>>,
    }
}

loose_object! {
    struct AffectedVersion<'a> {
        "version" => version: Text<'a>,
        "range" => range: Text<'a>,
        "status" => status: Text<'a>,
    }
}

/// Reads a document. What breaks off is read so far.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<VexDocument, VexError> {
    let mut root = Loose::<Bom<'_>>::default();
    let outcome = json::fill(bytes, limits, &mut root);
    let bom = root.into_option().ok_or(VexError::Unknown)?;
    let version = bom.spec_version.as_str().unwrap_or_default();
    if !VERSIONS.contains(&version) {
        return Err(VexError::Version { format: "CycloneDX", version: version.to_owned() });
    }
    let mut document = VexDocument::new(VexFormat::CycloneDx, version);
    let mut faults = Vec::new();
    document.id = kept(&bom.serial_number);
    document.version = Scalar::text(&bom.version);
    let mut supplier = None;
    let mut root_component = None;
    if let Some(metadata) = bom.metadata.get() {
        let named = |named: &Loose<Named<'_>>| named.get().and_then(|named| kept(&named.name));
        supplier = named(&metadata.supplier);
        document.author = metadata.authors.items().iter().find_map(named);
        document.author = document.author.or_else(|| named(&metadata.manufacturer)).or_else(|| supplier.clone());
        document.timestamp = time(&metadata.timestamp, "/metadata", "timestamp", &mut faults);
        root_component = metadata.component.get();
    }
    let link = document.id.as_deref().zip(document.version.as_deref());
    let link = link.map(|(id, version)| format!("urn:cdx:{}/{version}", id.trim_start_matches("urn:uuid:")));
    let parts = Parts::new(root_component, bom.components.items(), link);
    for (index, item) in bom.vulnerabilities.items().iter().enumerate() {
        let pointer = format!("/vulnerabilities/{index}");
        match item.get() {
            Some(item) => vulnerability(item, &pointer, &parts, &mut document, &mut faults),
            None => faults.push(VexFault::error(&pointer, "type", "the vulnerability is not an object")),
        }
    }
    if bom.vulnerabilities.is_wrong() {
        faults.push(VexFault::error("/vulnerabilities", "type", "`vulnerabilities` is not a list"));
    } else if document.statements.is_empty() {
        faults.push(VexFault::warning("", "empty", "the document has no vulnerability with an analysis"));
    }
    for statement in &mut document.statements {
        statement.supplier.clone_from(&supplier);
    }
    document.faults = faults;
    Ok(finish(document, outcome))
}

/// Reads one vulnerability: a statement for each status that its products have.
fn vulnerability(
    wire: &Vulnerability<'_>,
    pointer: &str,
    parts: &Parts<'_>,
    document: &mut VexDocument,
    faults: &mut Vec<VexFault>,
) {
    let before = faults.len();
    let analysis = wire.analysis.get();
    if wire.analysis.is_wrong() {
        faults.push(VexFault::error(pointer, "type", "`analysis` is not an object"));
    }
    let state = analysis.and_then(|analysis| analysis.state.as_str());
    let stated = state.map(|word| (word, from_state(word)));
    if let Some((word, None)) = stated {
        let place = format!("{pointer}/analysis/state");
        faults.push(VexFault::error(&place, "status", format!("{word:?} is no state of CycloneDX")));
    }
    let stated = stated.and_then(|(_, status)| status);
    let groups = groups(wire, stated, pointer, parts, faults);
    if groups.is_empty() && stated.is_none() {
        return;
    }
    let vulnerability = ids(wire);
    if vulnerability.id.is_empty() {
        faults.push(VexFault::error(pointer, "no-vulnerability", "the vulnerability has no id"));
        return;
    }
    if groups.is_empty() {
        faults.push(VexFault::error(pointer, "no-product", "the vulnerability affects no component"));
    }
    for (status, products) in groups {
        let nuance = stated.filter(|(of, _)| *of == status).and_then(|(_, nuance)| nuance);
        let mut statement = VexStatement::new(vulnerability.clone(), status);
        statement.id = kept(&wire.reference);
        statement.document.clone_from(&document.id);
        statement.author.clone_from(&document.author);
        statement.pointer = pointer.into();
        statement.nuance = nuance;
        statement.products = products;
        fill(&mut statement, wire, pointer, faults);
        statement.timestamp = statement.timestamp.or(document.timestamp);
        let found = faults.get(before..).unwrap_or_default();
        statement.sound = !found.iter().any(|fault| fault.level == FaultLevel::Error && fault.rule != "product");
        document.statements.push(statement);
    }
}

fn ids(wire: &Vulnerability<'_>) -> VexVulnerability {
    let others = wire.references.items().iter().filter_map(Loose::get).filter_map(|next| next.id.as_str());
    let out = VexVulnerability::from_ids(wire.id.as_str().into_iter().chain(others));
    VexVulnerability { description: kept(&wire.description), ..out }
}

fn fill(statement: &mut VexStatement, wire: &Vulnerability<'_>, pointer: &str, faults: &mut Vec<VexFault>) {
    let action: Vec<&str> = [&wire.recommendation, &wire.workaround].into_iter().filter_map(Loose::as_str).collect();
    if !action.is_empty() {
        statement.action = Some(action.join("\n").into());
    }
    let Some(analysis) = wire.analysis.get() else { return };
    if let Some(word) = analysis.justification.as_str() {
        let justification = Justification::from_cyclonedx(word);
        if matches!(justification, Justification::Other(_)) {
            let place = format!("{pointer}/analysis/justification");
            faults.push(VexFault::error(&place, "justification", format!("{word:?} is no justification of CycloneDX")));
        }
        statement.justification = Some(exact(wire, word).unwrap_or(justification));
    }
    let responses = analysis.response.items().iter().filter_map(Loose::as_str);
    statement.responses = responses.map(VexResponse::from_cyclonedx).collect();
    if statement.status == VexStatus::NotAffected {
        statement.impact = kept(&analysis.detail);
        if statement.justification.is_none() && statement.impact.is_none() && statement.nuance.is_none() {
            let message = "not_affected has neither a justification nor a detail";
            faults.push(VexFault::warning(&format!("{pointer}/analysis"), "unjustified", message));
        }
    } else {
        statement.notes = kept(&analysis.detail);
    }
    let place = format!("{pointer}/analysis");
    statement.timestamp = time(&analysis.first_issued, &place, "firstIssued", faults);
    statement.last_updated = time(&analysis.last_updated, &place, "lastUpdated", faults);
}

/// The justification that our writer had no word for, when the word that is there is the one it would have written.
fn exact(wire: &Vulnerability<'_>, word: &str) -> Option<Justification> {
    let mut properties = wire.properties.items().iter().filter_map(Loose::get);
    let property = properties.find(|property| property.name.as_str() == Some(PROPERTY))?;
    let meant = Justification::from_label(property.value.as_str()?);
    (meant.cyclonedx()?.0 == word).then_some(meant)
}

fn from_state(word: &str) -> Option<(VexStatus, Option<Nuance>)> {
    Some(match word {
        "resolved" => (VexStatus::Fixed, None),
        "resolved_with_pedigree" => (VexStatus::Fixed, Some(Nuance::ResolvedWithPedigree)),
        "exploitable" => (VexStatus::Affected, None),
        "in_triage" => (VexStatus::UnderInvestigation, None),
        "false_positive" => (VexStatus::NotAffected, Some(Nuance::FalsePositive)),
        "not_affected" => (VexStatus::NotAffected, None),
        _ => return None,
    })
}

type Groups = Vec<(VexStatus, Vec<VexProduct>)>;

/// The products of a vulnerability by their status, each status once.
fn groups(
    wire: &Vulnerability<'_>,
    stated: Option<(VexStatus, Option<Nuance>)>,
    pointer: &str,
    parts: &Parts<'_>,
    faults: &mut Vec<VexFault>,
) -> Groups {
    let stated = stated.map(|(status, _)| status);
    let mut out: Groups = Vec::new();
    let mut add = |status: VexStatus, product: VexProduct| match out.iter_mut().find(|(held, _)| *held == status) {
        Some((_, products)) => products.push(product),
        None => out.push((status, vec![product])),
    };
    for (index, item) in wire.affects.items().iter().enumerate() {
        let place = format!("{pointer}/affects/{index}");
        let Some((item, reference)) = item.get().and_then(|item| Some((item, item.reference.as_str()?))) else {
            faults.push(VexFault::error(&place, "product", "the entry has no reference"));
            continue;
        };
        let mut product = parts.product(reference);
        if !product.identifiers.understood {
            let message = format!("{reference:?} leads to nothing that could be recognised");
            faults.push(VexFault::warning(&place, "product", message));
        }
        if item.versions.is_wrong() {
            part(&mut product).understood = false;
            faults.push(VexFault::error(&place, "product", "`versions` is not a list"));
        }
        if item.versions.items().is_empty() {
            if let Some(status) = stated {
                add(status, product);
            }
            continue;
        }
        for (index, version) in item.versions.items().iter().enumerate() {
            let place = format!("{place}/versions/{index}");
            let (status, product) = at_version(version, &product, stated, &place, faults);
            add(status, product);
        }
    }
    out
}

/// What a product is narrowed in: the component, where it is one within a product.
fn part(product: &mut VexProduct) -> &mut Identifiers {
    product.subcomponents.first_mut().unwrap_or(&mut product.identifiers)
}

/// A product at one of its versions, and its status there.
fn at_version(
    wire: &Loose<AffectedVersion<'_>>,
    product: &VexProduct,
    stated: Option<VexStatus>,
    place: &str,
    faults: &mut Vec<VexFault>,
) -> (VexStatus, VexProduct) {
    let mut product = product.clone();
    let narrowed = part(&mut product);
    parts::forget_version(narrowed);
    let entry = wire.get();
    let range = entry.and_then(|entry| entry.range.as_str());
    let version = entry.and_then(|entry| entry.version.as_str());
    let read = match (version, range) {
        (Some(version), None) => {
            narrowed.pin(version);
            narrowed.understood
        }
        (None, Some(range)) => narrowed.narrow(range),
        _ => false,
    };
    if !read {
        narrowed.understood = false;
        faults.push(VexFault::error(place, "product", "the versions cannot be read"));
    }
    let word = entry.and_then(|entry| entry.status.as_str()).unwrap_or("affected");
    let status = match (word, stated) {
        ("unaffected", Some(VexStatus::Fixed)) => VexStatus::Fixed,
        ("unaffected", _) => VexStatus::NotAffected,
        ("unknown", _) => VexStatus::UnderInvestigation,
        ("affected", stated) => {
            if stated.is_some_and(VexStatus::clears) {
                let message = "the versions are listed as affected, against the state of the analysis";
                faults.push(VexFault::warning(place, "contradiction", message));
            }
            stated.filter(|status| !status.clears()).unwrap_or(VexStatus::Affected)
        }
        _ => {
            let place = format!("{place}/status");
            faults.push(VexFault::warning(&place, "status", format!("{word:?} is no status of CycloneDX")));
            VexStatus::Affected
        }
    };
    (status, product)
}

#[cfg(test)]
mod tests;
