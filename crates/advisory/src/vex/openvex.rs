//! OpenVEX 0.0.1, 0.0.2 and 0.2.0. <https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>
//!
//! Up to 0.0.2 a vulnerability and a product were texts, and subcomponents stood in the statement; since 0.2.0 they are
//! objects, and subcomponents stand in the product. All are read from any version: documents say one context and follow
//! another. `not_affected` needs a justification or an impact statement, `affected` an action statement. Times flow down
//! from the document to its statements, and so do products where the document has them.

pub(super) mod write;

use std::borrow::Cow;

use plimsoll_model::Limits;
use plimsoll_syntax::json::{self, Fill, Loose, Map, MapAccess, Text};
use plimsoll_syntax::loose_object;

use super::format::{Scalar, finish, kept, time};
use super::{
    Identifiers, Justification, VexDocument, VexError, VexFault, VexFormat, VexProduct, VexStatement, VexStatus,
    VexVulnerability,
};

/// The rule that a statement without products breaks.
pub(super) const NO_PRODUCT: &str = "no-product";

/// The start of every context.
const CONTEXT: &str = "https://openvex.dev/ns";
/// The versions that there are; a context without one is that of the first.
const VERSIONS: [&str; 4] = ["", "/v0.0.1", "/v0.0.2", "/v0.2.0"];

pub(super) fn is_context(context: &str) -> bool {
    context.strip_prefix(CONTEXT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What was a text in one version and is an object in another.
#[derive(Debug, Default)]
struct TextOr<'a, T> {
    text: Cow<'a, str>,
    object: Option<Box<T>>,
}

impl<'de, T: Fill<'de>> Fill<'de> for TextOr<'de, T> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        self.text = text;
        true
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        self.object.insert(Box::default()).object(map)
    }
}

loose_object! {
    struct Document<'a> {
        "@context" => context: Text<'a>,
        "@id" => id: Text<'a>,
        "author" => author: Text<'a>,
        "role" => role: Text<'a>,
        "author_role" => author_role: Text<'a>,
        "timestamp" => timestamp: Text<'a>,
        "last_updated" => last_updated: Text<'a>,
        "version" => version: Scalar,
        "tooling" => tooling: Text<'a>,
        "supplier" => supplier: Text<'a>,
        "products" => products: Vec<Loose<TextOr<'a, Component<'a>>>>,
        "statements" => statements: Vec<Loose<Statement<'a>>>,
    }
}

loose_object! {
    struct Statement<'a> {
        "@id" => id: Text<'a>,
        "version" => version: Scalar,
        "vulnerability" => vulnerability: TextOr<'a, Vulnerability<'a>>,
        "vuln_description" => description: Text<'a>,
        "timestamp" => timestamp: Text<'a>,
        "last_updated" => last_updated: Text<'a>,
        "products" => products: Vec<Loose<TextOr<'a, Component<'a>>>>,
        "subcomponents" => subcomponents: Vec<Loose<TextOr<'a, Component<'a>>>>,
        "supplier" => supplier: Text<'a>,
        "status" => status: Text<'a>,
        "status_notes" => notes: Text<'a>,
        "justification" => justification: Text<'a>,
        "impact_statement" => impact: Text<'a>,
        "action_statement" => action: Text<'a>,
    }
}

loose_object! {
    struct Vulnerability<'a> {
        "@id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "description" => description: Text<'a>,
        "aliases" => aliases: Vec<Loose<Text<'a>>>,
    }
}

loose_object! {
    struct Component<'a> {
        "@id" => id: Text<'a>,
        "identifiers" => identifiers: Map<'a, Loose<Text<'a>>>,
        "hashes" => hashes: Map<'a, Loose<Text<'a>>>,
        "subcomponents" => subcomponents: Vec<Loose<TextOr<'a, Component<'a>>>>,
    }
}

/// Reads a document. What breaks off is read so far.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<VexDocument, VexError> {
    let mut root = Loose::<Document<'_>>::default();
    let outcome = json::fill(bytes, limits, &mut root);
    let wire = root.into_option().ok_or(VexError::Unknown)?;
    let context = wire.context.as_str().unwrap_or_default();
    let version = context.strip_prefix(CONTEXT).unwrap_or_default();
    if !VERSIONS.contains(&version.trim_end_matches('/')) {
        let version = version.trim_start_matches(['/', 'v']).to_owned();
        return Err(VexError::Version { format: "OpenVEX", version });
    }
    let version = version.trim_matches('/').trim_start_matches('v');
    let mut document = VexDocument::new(VexFormat::OpenVex, if version.is_empty() { "0.0.1" } else { version });
    head(&wire, &mut document);
    let mut faults = std::mem::take(&mut document.faults);
    let mut inherited = Inherited { products: products(&wire.products, "", &mut faults), left: limits.entries };
    for (index, item) in wire.statements.items().iter().enumerate() {
        let pointer = format!("/statements/{index}");
        let Some(item) = item.get() else {
            faults.push(VexFault::error(&pointer, "type", "the statement is not an object"));
            continue;
        };
        if let Some(statement) = statement(item, &pointer, &document, &mut inherited, &mut faults) {
            document.statements.push(statement);
        }
    }
    if wire.supplier.as_str().is_some() {
        for statement in document.statements.iter_mut().filter(|statement| statement.supplier.is_none()) {
            statement.supplier = kept(&wire.supplier);
        }
    }
    document.faults = faults;
    Ok(finish(document, outcome))
}

/// The products of the document, and how many copies may still be made of what several statements or products share.
struct Inherited {
    products: Vec<VexProduct>,
    left: u64,
}

impl Inherited {
    /// Whether so many copies may be made. A statement that goes without them is not sound: the fault is an error.
    fn spend(&mut self, copies: usize, pointer: &str, faults: &mut Vec<VexFault>) -> bool {
        let left = u64::try_from(copies).ok().and_then(|copies| self.left.checked_sub(copies));
        match left {
            Some(left) => self.left = left,
            None => faults.push(VexFault::error(pointer, "too-many", "the document shares too many products")),
        }
        left.is_some()
    }
}

fn head(wire: &Document<'_>, document: &mut VexDocument) {
    document.id = kept(&wire.id);
    document.author = kept(&wire.author);
    document.role = kept(&wire.role).or_else(|| kept(&wire.author_role));
    document.version = Scalar::text(&wire.version);
    document.tooling = kept(&wire.tooling);
    let mut faults = Vec::new();
    document.timestamp = time(&wire.timestamp, "", "timestamp", &mut faults);
    document.last_updated = time(&wire.last_updated, "", "last_updated", &mut faults);
    for (absent, key) in [
        (document.id.is_none(), "@id"),
        (document.author.is_none(), "author"),
        (matches!(wire.timestamp, Loose::Absent), "timestamp"),
        (document.version.is_none(), "version"),
    ] {
        if absent {
            faults.push(VexFault::warning("", "incomplete", format!("the document has no `{key}`")));
        }
    }
    match &wire.statements {
        Loose::Read(list) if !list.is_empty() => {}
        Loose::Wrong => faults.push(VexFault::error("/statements", "type", "`statements` is not a list")),
        _ => faults.push(VexFault::warning("", "empty", "the document has no statements")),
    }
    document.faults = faults;
}

fn statement(
    wire: &Statement<'_>,
    pointer: &str,
    document: &VexDocument,
    inherited: &mut Inherited,
    faults: &mut Vec<VexFault>,
) -> Option<VexStatement> {
    let before = faults.len();
    let word = wire.status.as_str().unwrap_or_default();
    let Some(status) = VexStatus::from_word(word) else {
        let place = format!("{pointer}/status");
        faults.push(VexFault::error(&place, "status", format!("{word:?} is no status of OpenVEX")));
        return None;
    };
    let mut statement = VexStatement::new(vulnerability(wire, pointer, faults)?, status);
    statement.id = kept(&wire.id);
    statement.document.clone_from(&document.id);
    statement.pointer = pointer.into();
    statement.author.clone_from(&document.author);
    statement.supplier = kept(&wire.supplier);
    statement.version = Scalar::text(&wire.version);
    statement.timestamp = time(&wire.timestamp, pointer, "timestamp", faults).or(document.timestamp);
    statement.last_updated = time(&wire.last_updated, pointer, "last_updated", faults);
    // A document that was updated as a whole says so of statements without a time of their own.
    if matches!(wire.timestamp, Loose::Absent) && statement.last_updated.is_none() {
        statement.last_updated = document.last_updated;
    }
    statement.justification = wire.justification.as_str().map(Justification::from_label);
    statement.impact = kept(&wire.impact);
    statement.action = kept(&wire.action);
    statement.notes = kept(&wire.notes);
    statement.products = products(&wire.products, pointer, faults);
    if matches!(wire.products, Loose::Absent) && inherited.spend(inherited.products.len(), pointer, faults) {
        statement.products.clone_from(&inherited.products);
    }
    let shared = components(&wire.subcomponents, &format!("{pointer}/subcomponents"), faults);
    let copies = shared.len().saturating_mul(statement.products.len());
    if inherited.spend(copies, pointer, faults) {
        for product in statement.products.iter_mut().filter(|product| product.subcomponents.is_empty()) {
            product.subcomponents.clone_from(&shared);
        }
    }
    if wire.subcomponents.is_wrong() {
        for product in &mut statement.products {
            product.identifiers.understood = false;
        }
    }
    reasons(&statement, pointer, faults);
    // A statement without products is about nothing, and one product that cannot be read leaves the others as they are.
    let found = faults.get(before..).unwrap_or_default().iter();
    let mut errors = found.filter(|fault| fault.level == super::FaultLevel::Error);
    statement.sound = errors.all(|fault| matches!(fault.rule, "product" | NO_PRODUCT));
    Some(statement)
}

/// What a status asks for (OpenVEX 0.2.0, "Status labels").
fn reasons(statement: &VexStatement, pointer: &str, faults: &mut Vec<VexFault>) {
    if statement.products.is_empty() {
        faults.push(VexFault::error(pointer, NO_PRODUCT, "the statement has no products"));
    }
    let justified = statement.justification.is_some() || statement.impact.is_some();
    match statement.status {
        VexStatus::NotAffected if !justified => faults.push(VexFault::error(
            pointer,
            "unjustified",
            "not_affected has neither a justification nor an impact statement",
        )),
        VexStatus::Affected if statement.action.is_none() => {
            faults.push(VexFault::warning(pointer, "no-action", "affected has no action statement"));
        }
        _ => {}
    }
    if let Some(Justification::Other(word)) = &statement.justification {
        let place = format!("{pointer}/justification");
        faults.push(VexFault::error(&place, "justification", format!("{word:?} is no justification of OpenVEX")));
    }
    if statement.justification.is_some() && statement.status != VexStatus::NotAffected {
        let place = format!("{pointer}/justification");
        let message = format!("a justification is for not_affected, and the status is {}", statement.status);
        faults.push(VexFault::warning(&place, "misplaced", message));
    }
    if statement.timestamp.is_none() {
        faults.push(VexFault::warning(pointer, "no-time", "neither the statement nor the document has a time"));
    }
}

fn vulnerability(wire: &Statement<'_>, pointer: &str, faults: &mut Vec<VexFault>) -> Option<VexVulnerability> {
    let place = format!("{pointer}/vulnerability");
    let mut ids = Vec::new();
    let mut description = kept(&wire.description);
    if let Some(either) = wire.vulnerability.get() {
        ids.push(&*either.text);
        if let Some(object) = &either.object {
            // The IRI of a vulnerability is a name for it too, so that statements without a name can be found.
            ids.extend([object.name.as_str(), object.id.as_str()].into_iter().flatten());
            ids.extend(object.aliases.items().iter().filter_map(Loose::as_str));
            description = kept(&object.description).or(description);
            if object.aliases.is_wrong() || object.aliases.items().iter().any(Loose::is_wrong) {
                faults.push(VexFault::warning(&place, "type", "an alias is not a text"));
            }
        }
    }
    let out = VexVulnerability { description, ..VexVulnerability::from_ids(ids) };
    if out.id.is_empty() {
        faults.push(VexFault::error(&place, "no-vulnerability", "the statement names no vulnerability"));
        return None;
    }
    Some(out)
}

type Components<'a> = Loose<Vec<Loose<TextOr<'a, Component<'a>>>>>;

fn products(wire: &Components<'_>, pointer: &str, faults: &mut Vec<VexFault>) -> Vec<VexProduct> {
    let place = format!("{pointer}/products");
    if wire.is_wrong() {
        faults.push(VexFault::error(&place, "type", "`products` is not a list"));
    }
    let mut out = Vec::with_capacity(wire.items().len());
    for (index, item) in wire.items().iter().enumerate() {
        let place = format!("{place}/{index}");
        let mut product = VexProduct::new(identifiers(item, &place, faults));
        if let Some(object) = item.get().and_then(|either| either.object.as_ref()) {
            let place = format!("{place}/subcomponents");
            if object.subcomponents.is_wrong() {
                product.identifiers.understood = false;
                faults.push(VexFault::error(&place, "product", "`subcomponents` is not a list"));
            }
            product.subcomponents = components(&object.subcomponents, &place, faults);
        }
        out.push(product);
    }
    out
}

fn components(wire: &Components<'_>, place: &str, faults: &mut Vec<VexFault>) -> Vec<Identifiers> {
    let items = wire.items().iter().enumerate();
    items.map(|(index, item)| identifiers(item, &format!("{place}/{index}"), faults)).collect()
}

/// What names a product or component. What cannot be read is a fault of that product only: the others stand.
fn identifiers(wire: &Loose<TextOr<'_, Component<'_>>>, place: &str, faults: &mut Vec<VexFault>) -> Identifiers {
    let mut out = Identifiers::default();
    let mut fault = |message: String| faults.push(VexFault::error(place, "product", message));
    let Some(either) = wire.get() else {
        out.understood = false;
        fault("the product is neither a text nor an object".to_owned());
        return out;
    };
    let object = either.object.as_deref();
    let id = object.map_or(Some(&*either.text), |object| object.id.as_str()).filter(|id| !id.is_empty());
    if let Some(id) = id {
        out.add_text(id);
    }
    if let Some(object) = object {
        out.understood &= !object.id.is_wrong() && !object.identifiers.is_wrong() && !object.hashes.is_wrong();
        for (kind, value) in object.identifiers.entries() {
            match (kind.as_str(), value.as_str()) {
                ("purl", Some(text)) => {
                    if !out.add_purl_text(text) && !text.starts_with("pkg:") {
                        fault(format!("{text:?} is not a package URL"));
                    }
                }
                ("cpe22" | "cpe23", Some(text)) => out.add_cpe(text),
                (_, Some(text)) => out.add_name(text),
                (kind, None) => {
                    out.understood = false;
                    fault(format!("the identifier {kind:?} is not a text"));
                }
            }
        }
        for (algorithm, value) in object.hashes.entries() {
            if !out.add_hash(algorithm, value.as_str().unwrap_or_default()) {
                fault(format!("the hash {:?} cannot be read", algorithm.as_str()));
            }
        }
    }
    if let Some(name) = out.names.iter().find(|name| name.starts_with("pkg:")) {
        fault(format!("{name:?} is not a package URL"));
    }
    if out.is_empty() {
        out.understood = false;
        fault("the product has no identifier".to_owned());
    }
    out
}

#[cfg(test)]
mod tests;
