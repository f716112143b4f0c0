//! What a CSAF document says of its products: one statement for each vulnerability, status and set of reasons.

use std::collections::BTreeMap;

use plimsoll_model::Limits;
use plimsoll_syntax::json::{Loose, Text};
use rustc_hash::FxHashMap;

use super::tree::Tree;
use super::wire::{ProductStatus, Root, Vulnerability};
use crate::vex::format::{kept, time};
use crate::vex::{
    Justification, Nuance, VexDocument, VexFault, VexResponse, VexStatement, VexStatus, VexVulnerability,
};

pub(super) fn head(root: &Root<'_>, document: &mut VexDocument) {
    let Some(wire) = root.document.get() else { return };
    if let Some(publisher) = wire.publisher.get() {
        document.author = kept(&publisher.name);
        document.role = kept(&publisher.category);
    }
    let mut faults = Vec::new();
    if let Some(tracking) = wire.tracking.get() {
        let place = "/document/tracking";
        document.id = kept(&tracking.id);
        document.version = kept(&tracking.version);
        document.timestamp = time(&tracking.initial, place, "initial_release_date", &mut faults);
        document.last_updated = time(&tracking.current, place, "current_release_date", &mut faults);
        let engine = tracking.generator.get().and_then(|generator| generator.engine.get());
        document.tooling = engine.and_then(|engine| kept(&engine.name));
    }
    for (absent, what) in [
        (document.id.is_none(), "tracking.id"),
        (document.author.is_none(), "publisher.name"),
        (document.version.is_none(), "tracking.version"),
        (document.timestamp.is_none(), "tracking.initial_release_date"),
    ] {
        if absent {
            faults.push(VexFault::warning("/document", "incomplete", format!("the document has no `{what}`")));
        }
    }
    document.faults = faults;
}

/// A list of product ids: its name, and what it means.
type List<'s, 'w> = (&'static str, VexStatus, Option<Nuance>, &'s Names<'w>);

/// The lists of a status, in the order of the standard.
fn lists<'s, 'w>(status: &'s ProductStatus<'w>) -> [List<'s, 'w>; 8] {
    use VexStatus::{Affected, Fixed, NotAffected, UnderInvestigation};
    [
        ("first_affected", Affected, Some(Nuance::FirstAffected), &status.first_affected),
        ("first_fixed", Fixed, Some(Nuance::FirstFixed), &status.first_fixed),
        ("fixed", Fixed, None, &status.fixed),
        ("known_affected", Affected, None, &status.known_affected),
        ("known_not_affected", NotAffected, None, &status.known_not_affected),
        ("last_affected", Affected, Some(Nuance::LastAffected), &status.last_affected),
        ("under_investigation", UnderInvestigation, None, &status.under_investigation),
        // CSAF 2.1: nobody has looked. Nobody is looking either, but that is no status of VEX.
        ("unknown", UnderInvestigation, None, &status.unknown),
    ]
}

/// What flags, threats and remediations say of one product, as positions in their lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Reasons {
    flags: Vec<usize>,
    threats: Vec<usize>,
    remediations: Vec<usize>,
}

/// As many reasons may be for all products: each of them is copied for each product.
const FOR_ALL: usize = 64;

/// Which of the three a reason is in.
#[derive(Clone, Copy)]
enum Kind {
    Flag,
    Threat,
    Remediation,
}

/// The reasons of a vulnerability by product id, and those that are for all products.
struct Index<'w> {
    by_product: FxHashMap<&'w str, Reasons>,
    for_all: Reasons,
    /// How many more products may be named.
    left: u64,
    overrun: bool,
}

type Names<'w> = Loose<Vec<Loose<Text<'w>>>>;

impl<'w> Index<'w> {
    fn new(wire: &'w Vulnerability<'w>, tree: &Tree<'w>, left: u64, pointer: &str, faults: &mut Vec<VexFault>) -> Self {
        let mut index = Self { by_product: FxHashMap::default(), for_all: Reasons::default(), left, overrun: false };
        for (at, flag) in wire.flags.items().iter().enumerate() {
            let place = format!("{pointer}/flags/{at}");
            match flag.get() {
                Some(flag) => index.add(Kind::Flag, at, (&flag.products, &flag.groups), tree, &place, faults),
                None => faults.push(VexFault::error(&place, "reason", "the flag is not an object")),
            }
        }
        for (at, threat) in wire.threats.items().iter().enumerate() {
            let place = format!("{pointer}/threats/{at}");
            match threat.get() {
                Some(threat) if threat.category.as_str() != Some("impact") => {}
                Some(threat) => index.add(Kind::Threat, at, (&threat.products, &threat.groups), tree, &place, faults),
                None => faults.push(VexFault::error(&place, "reason", "the threat is not an object")),
            }
        }
        for (at, next) in wire.remediations.items().iter().enumerate() {
            let place = format!("{pointer}/remediations/{at}");
            match next.get() {
                Some(next) => index.add(Kind::Remediation, at, (&next.products, &next.groups), tree, &place, faults),
                None => faults.push(VexFault::error(&place, "reason", "the remediation is not an object")),
            }
        }
        if index.overrun {
            faults.push(VexFault::error(pointer, "too-many", "flags, threats and remediations name too many products"));
        }
        index
    }

    fn add(
        &mut self,
        kind: Kind,
        at: usize,
        (products, groups): (&'w Names<'w>, &'w Names<'w>),
        tree: &Tree<'w>,
        place: &str,
        faults: &mut Vec<VexFault>,
    ) {
        if matches!(products, Loose::Absent) && matches!(groups, Loose::Absent) {
            let list = self.for_all.list(kind);
            self.overrun |= list.len() >= FOR_ALL;
            list.push(at);
            list.truncate(FOR_ALL);
            return;
        }
        for id in products.items().iter().filter_map(Loose::as_str) {
            self.name(kind, at, id);
        }
        for group in groups.items().iter().filter_map(Loose::as_str) {
            let Some(members) = tree.group(group) else {
                faults.push(VexFault::error(place, "group", format!("there is no group {group:?}")));
                continue;
            };
            for id in members.iter().filter_map(Loose::as_str) {
                self.name(kind, at, id);
            }
        }
    }

    fn name(&mut self, kind: Kind, at: usize, id: &'w str) {
        let Some(left) = self.left.checked_sub(1) else {
            self.overrun = true;
            return;
        };
        self.left = left;
        let list = self.by_product.entry(id).or_default().list(kind);
        if list.last() != Some(&at) {
            list.push(at);
        }
    }

    fn of(&self, id: &str) -> Reasons {
        let mut reasons = self.for_all.clone();
        if let Some(own) = self.by_product.get(id) {
            reasons.flags.extend(&own.flags);
            reasons.threats.extend(&own.threats);
            reasons.remediations.extend(&own.remediations);
        }
        reasons
    }
}

impl Reasons {
    fn list(&mut self, kind: Kind) -> &mut Vec<usize> {
        match kind {
            Kind::Flag => &mut self.flags,
            Kind::Threat => &mut self.threats,
            Kind::Remediation => &mut self.remediations,
        }
    }
}

/// Reads all statements, until as many products were named as a document may have entries.
pub(super) fn statements(
    root: &Root<'_>,
    tree: &Tree<'_>,
    limits: &Limits,
    document: &mut VexDocument,
    faults: &mut Vec<VexFault>,
) {
    let draft = root.document.get().and_then(|document| document.tracking.get());
    let draft = draft.is_some_and(|tracking| tracking.status.as_str() == Some("draft"));
    if draft {
        faults.push(VexFault::warning("/document/tracking/status", "draft", "a draft never suppresses"));
    }
    let mut left = limits.entries;
    for (at, wire) in root.vulnerabilities.items().iter().enumerate() {
        let pointer = format!("/vulnerabilities/{at}");
        let Some(wire) = wire.get() else {
            faults.push(VexFault::error(&pointer, "type", "the vulnerability is not an object"));
            continue;
        };
        left = vulnerability(wire, tree, left, &pointer, document, faults);
    }
    if document.statements.is_empty() {
        faults.push(VexFault::warning("", "empty", "the document says nothing of any product"));
    }
    for statement in document.statements.iter_mut().filter(|_| draft) {
        statement.sound = false;
    }
}

/// Reads one vulnerability; gives how many more products may be named.
fn vulnerability(
    wire: &Vulnerability<'_>,
    tree: &Tree<'_>,
    left: u64,
    pointer: &str,
    document: &mut VexDocument,
    faults: &mut Vec<VexFault>,
) -> u64 {
    let Some(status) = wire.status.get() else {
        if wire.status.is_wrong() {
            faults.push(VexFault::error(&format!("{pointer}/product_status"), "type", "it is not an object"));
        }
        return left;
    };
    let ids = ids(wire);
    if ids.id.is_empty() {
        faults.push(VexFault::error(pointer, "no-vulnerability", "the vulnerability has no `cve` and no `ids`"));
        return left;
    }
    let index = Index::new(wire, tree, left, pointer, faults);
    let mut left = index.left;
    contradictions(status, pointer, faults);
    for (name, kind, nuance, list) in lists(status) {
        let place = format!("{pointer}/product_status/{name}");
        if list.is_wrong() {
            faults.push(VexFault::error(&place, "type", "it is not a list"));
        }
        let mut groups: BTreeMap<Reasons, Vec<_>> = BTreeMap::new();
        for (at, id) in list.items().iter().enumerate() {
            let place = || format!("{place}/{at}");
            let Some(id) = id.as_str() else {
                faults.push(VexFault::error(&place(), "product", "it is no product id"));
                continue;
            };
            let Some(rest) = left.checked_sub(1) else {
                faults.push(VexFault::error(&place(), "too-many", "more products than a document may have"));
                break;
            };
            left = rest;
            match tree.product(id) {
                Ok(product) => groups.entry(index.of(id)).or_default().push(product),
                Err(why) => faults.push(VexFault::error(&place(), "product", format!("{id:?}: {why}"))),
            }
        }
        for (reasons, products) in groups {
            let mut statement = VexStatement::new(ids.clone(), kind);
            statement.nuance = nuance;
            statement.products = products;
            statement.pointer = place.as_str().into();
            explain(&mut statement, wire, &reasons);
            check(&mut statement, faults);
            statement.sound &= !index.overrun;
            statement.document.clone_from(&document.id);
            statement.author.clone_from(&document.author);
            statement.version.clone_from(&document.version);
            statement.timestamp = document.timestamp;
            statement.last_updated = document.last_updated;
            document.statements.push(statement);
        }
    }
    left
}

fn ids(wire: &Vulnerability<'_>) -> VexVulnerability {
    let others = wire.ids.items().iter().filter_map(Loose::get).filter_map(|id| id.text.as_str());
    let out = VexVulnerability::from_ids(wire.cve.as_str().into_iter().chain(others));
    VexVulnerability { description: kept(&wire.title), ..out }
}

/// Puts labels and texts of the reasons into a statement.
fn explain(statement: &mut VexStatement, wire: &Vulnerability<'_>, reasons: &Reasons) {
    let flags = reasons.flags.iter().filter_map(|at| wire.flags.items().get(*at)?.get()?.label.as_str());
    let threats = reasons.threats.iter().filter_map(|at| wire.threats.items().get(*at)?.get()?.details.as_str());
    let remediations = reasons.remediations.iter().filter_map(|at| wire.remediations.items().get(*at)?.get());
    let mut labels = flags.map(Justification::from_label);
    statement.justification = labels.next();
    // A product has one flag (CSAF 2.0, §3.2.3.5). What is more is shown.
    let more: Vec<String> = labels.map(|label| label.to_string()).collect();
    statement.notes = joined(more.iter().map(String::as_str));
    statement.impact = joined(threats);
    let mut actions: Vec<&str> = Vec::new();
    for remediation in remediations {
        let response = remediation.category.as_str().map(VexResponse::from_csaf);
        if let Some(response) = response.filter(|response| !statement.responses.contains(response)) {
            statement.responses.push(response);
        }
        actions.extend([&remediation.details, &remediation.url].into_iter().filter_map(Loose::as_str));
    }
    statement.action = joined(actions.into_iter());
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Box<str>> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("\n").into())
}

/// What the VEX profile asks for (CSAF 2.0, §4.5; tests 6.1.27.9 and 6.1.27.10).
fn check(statement: &mut VexStatement, faults: &mut Vec<VexFault>) {
    let place = &statement.pointer;
    if let Some(Justification::Other(word)) = &statement.justification {
        faults.push(VexFault::error(place, "justification", format!("{word:?} is no flag of CSAF")));
        statement.sound = false;
    }
    let justified = statement.justification.is_some() || statement.impact.is_some();
    match statement.status {
        VexStatus::NotAffected if !justified => {
            let message = "known_not_affected has neither a flag nor an impact for some of its products";
            faults.push(VexFault::error(place, "unjustified", message));
            statement.sound = false;
        }
        VexStatus::Affected if statement.nuance.is_none() && statement.action.is_none() => {
            let message = "known_affected has no remediation for some of its products";
            faults.push(VexFault::warning(place, "no-action", message));
        }
        _ => {}
    }
}

/// A product must not be in lists that contradict each other (CSAF 2.0, test 6.1.6).
fn contradictions(status: &ProductStatus<'_>, pointer: &str, faults: &mut Vec<VexFault>) {
    let mut seen: FxHashMap<&str, (VexStatus, &str)> = FxHashMap::default();
    for (name, kind, _, list) in lists(status) {
        for id in list.items().iter().filter_map(Loose::as_str) {
            let (held, other) = *seen.entry(id).or_insert((kind, name));
            if held != kind {
                let message = format!("the product {id:?} is in {other} and in {name}");
                faults.push(VexFault::error(&format!("{pointer}/product_status"), "contradiction", message));
            }
        }
    }
}
