//! SPDX 2: packages, files, snippets and licences are united where they stand; what the documents describe is told anew
//! when there is a new root.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::content::content_of;
use super::identity::{self, Identity};
use super::join::Part;
use super::names::{Sort, mark, marked};
use super::{ROOT, SOURCE, Source, Strategy, Work};
use crate::marks::add;
use crate::tree::{Members, Value};

/// Lists of elements.
const LISTS: &[&str] = &["packages", "files", "snippets"];

/// What an input describes and has.
#[derive(Default)]
struct Described {
    roots: Vec<usize>,
    packages: Vec<usize>,
    contained: HashSet<usize>,
}

impl Work<'_> {
    pub(super) fn spdx2(&mut self) -> Value {
        let (origins, uuid, newest) = (self.origins(), self.uuid(), self.newest());
        let marks: Vec<Option<String>> =
            self.sources.iter().map(|source| self.earlier(&source.tree).is_empty().then(|| source.mark())).collect();
        let namespace = self.sources.first().map(|source| source.id.clone()).unwrap_or_default();
        self.externals();
        self.prepare(newest.as_deref(), &marks);
        self.tokens();
        let documents: Vec<usize> =
            self.sources.iter().filter_map(|source| source.tree.text_of("SPDXID").and_then(marked)).collect();
        if let Some((first, rest)) = documents.split_first() {
            rest.iter().for_each(|other| self.names.unite(*first, *other));
        }
        self.unite_elements();
        self.names.settle();
        let described: Vec<Described> = (0..self.sources.len()).map(|at| self.described(at)).collect();
        let name = self.document_name();
        let root = self.new_root(&described, documents.first().copied());
        let mut parts = Vec::new();
        for (at, source) in self.sources.iter_mut().enumerate() {
            let Value::Object(mut document) = std::mem::take(&mut source.tree) else { continue };
            document.remove("documentNamespace");
            document.set_text("name", name.as_str());
            parts.push(Part { input: at, value: Value::Object(document) });
        }
        if let Some(root) = root {
            parts.push(Part { input: parts.len(), value: root });
        }
        let root_type = self.schema.standard.root_type();
        let mut joiner = self.joiner();
        let joined = joiner.join(parts, root_type, "document");
        let (conflicts, signatures) = (std::mem::take(&mut joiner.conflicts), joiner.signatures);
        self.found(conflicts, signatures);
        let mut document = if let Value::Object(members) = joined { members } else { Members::new() };
        let namespace = match self.options.strategy {
            // The same document with more in it is another document.
            Strategy::Overlay => format!("{namespace}-{uuid}"),
            _ => format!("https://spdx.org/spdxdocs/{}-{uuid}", file_name(&name)),
        };
        document.set_text("documentNamespace", namespace);
        self.origin_marks(&mut document, &origins);
        repair(&mut document);
        let object = self.schema.standard.object(self.schema.standard.root());
        document.sort_by_key(|name| {
            object.and_then(|object| object.fields.iter().position(|field| field.name == name)).unwrap_or(usize::MAX)
        });
        let mut tree = Value::Object(document);
        self.finish(&mut tree);
        own_ids(&mut tree);
        self.fit(&mut tree);
        tree
    }

    /// The names that inputs have for each other.
    fn externals(&mut self) {
        let namespaces: HashMap<String, usize> =
            self.sources.iter().enumerate().map(|(at, source)| (source.id.clone(), at)).collect();
        for (at, source) in self.sources.iter().enumerate() {
            for external in source.tree.items_of("externalDocumentRefs") {
                let other = external.text_of("spdxDocument").and_then(|uri| namespaces.get(uri));
                if let (Some(other), Some(name)) = (other, external.text_of("externalDocumentId")) {
                    self.names.external(at, name, *other);
                }
            }
        }
    }

    /// One time for all: our own annotations are told by it. Elements are marked with where they come from.
    fn prepare(&mut self, newest: Option<&str>, marks: &[Option<String>]) {
        let marker = self.marker();
        let overlay = self.options.strategy == Strategy::Overlay;
        let hierarchical = self.options.strategy == Strategy::Hierarchical;
        for (at, source) in self.sources.iter_mut().enumerate() {
            let created = source.created.clone();
            let Value::Object(document) = &mut source.tree else { continue };
            if let (Some(newest), Some(created)) = (newest, created) {
                redate(document, &created, newest);
                for list in LISTS {
                    let items = document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
                    items.filter_map(Value::as_object_mut).for_each(|item| redate(item, &created, newest));
                }
                if let Some(Value::Object(info)) = document.get_mut("creationInfo") {
                    info.set_text("created", newest);
                }
            }
            let Some(Some(mark)) = marks.get(at) else { continue };
            if (overlay && at == 0) || hierarchical {
                continue;
            }
            let items = document.get_mut("packages").and_then(Value::as_array_mut).into_iter().flatten();
            items.filter_map(Value::as_object_mut).for_each(|item| marker.mark(item, SOURCE, mark));
        }
    }

    fn unite_elements(&mut self) {
        let apart = self.is_apart();
        let mut things: Vec<(usize, Identity)> = Vec::new();
        let mut equal: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for source in &self.sources {
            for list in ["packages", "files"] {
                for item in source.tree.items_of(list) {
                    let Some(token) = item.text_of("SPDXID").and_then(marked) else { continue };
                    things.push((token, element(item, list == "files")));
                }
            }
        }
        if apart {
            for (token, identity) in &things {
                self.names.tie(*token, format!("{}{token:08}", identity.tie()));
            }
        } else {
            identity::unite(&mut self.names, &things);
        }
        let lists: &[(&str, &str, &str)] = &[
            ("externalDocumentRefs", "external-document", "externalDocumentId"),
            ("hasExtractedLicensingInfos", "extracted-license", "licenseId"),
            ("snippets", "snippet", "SPDXID"),
        ];
        for (list, _, member) in lists.iter().filter(|(list, ..)| !apart || *list != "snippets") {
            let Some(kind) = list_item(self.schema.standard, list) else { continue };
            for source in &self.sources {
                for item in source.tree.items_of(list) {
                    let Some(token) = item.text_of(member).and_then(marked) else { continue };
                    // The text of a licence is the licence; what it is called here does not matter.
                    let content = match item.text_of("extractedText") {
                        Some(text) if !text.trim().is_empty() => format!("text {text}"),
                        _ => content_of(&self.names, self.schema, item, kind),
                    };
                    equal.entry(format!("{list} {content}")).or_default().push(token);
                }
            }
            for (content, tokens) in std::mem::take(&mut equal) {
                let Some((first, rest)) = tokens.split_first() else { continue };
                self.names.tie(*first, content);
                rest.iter().for_each(|other| self.names.unite(*first, *other));
            }
        }
    }

    /// What an input is about, and the packages that nothing of it contains.
    fn described(&self, at: usize) -> Described {
        let Some(tree) = self.sources.get(at).map(|source| &source.tree) else { return Described::default() };
        let token =
            |value: &Value, name: &str| value.text_of(name).and_then(marked).map(|token| self.names.find(token));
        let document = token(tree, "SPDXID");
        let mut described = Described::default();
        let described_ids = tree.items_of("documentDescribes").iter().filter_map(|held| marked(held.as_str()?));
        described.roots.extend(described_ids.map(|token| self.names.find(token)));
        for relationship in tree.items_of("relationships") {
            let (from, to) = (token(relationship, "spdxElementId"), token(relationship, "relatedSpdxElement"));
            match relationship.text_of("relationshipType") {
                Some("DESCRIBES") if from == document => described.roots.extend(to),
                Some("DESCRIBED_BY") if to == document => described.roots.extend(from),
                Some("CONTAINS") => described.contained.extend(to),
                Some("CONTAINED_BY") => described.contained.extend(from),
                _ => {}
            }
        }
        described.packages = tree.items_of("packages").iter().filter_map(|item| token(item, "SPDXID")).collect();
        let mut seen = BTreeSet::new();
        described.roots.retain(|root| seen.insert(*root));
        described
    }

    /// A name for the result: those of the inputs, each once.
    fn document_name(&self) -> String {
        if let Some(root) = &self.options.root {
            return root.name.clone();
        }
        let name = |source: &Source| source.tree.text_of("name").unwrap_or_default().to_owned();
        if self.options.strategy == Strategy::Overlay {
            return self.sources.first().map(name).unwrap_or_default();
        }
        let names: BTreeSet<String> = self
            .sources
            .iter()
            .flat_map(|source| name(source).split(" + ").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        names.into_iter().collect::<Vec<_>>().join(" + ")
    }

    /// A document with the new root, and the relationships that put the old ones in their places.
    fn new_root(&mut self, described: &[Described], document: Option<usize>) -> Option<Value> {
        let root = self.options.root.clone()?;
        let document = document?;
        let text =
            format!("SPDXRef-{}", file_name(&format!("{}-{}", root.name, root.version.as_deref().unwrap_or("root"))));
        let token = self.names.token(Sort::Element, Some(&text), usize::MAX);
        self.names.tie(token, " ".to_owned());
        let name = root.group.as_deref().map_or_else(|| root.name.clone(), |group| format!("{group}/{}", root.name));
        let mut packages = vec![package(token, &name, root.version.as_deref())];
        let mut relationships = vec![relationship(document, "DESCRIBES", token)];
        let word = if self.options.strategy == Strategy::Flat { "DEPENDS_ON" } else { "CONTAINS" };
        for (at, described) in described.iter().enumerate() {
            let mut roots = described.roots.clone();
            if roots.is_empty() && self.options.strategy != Strategy::Flat {
                let label = self.sources.get(at).map(|source| source.label.clone()).unwrap_or_default();
                let token =
                    self.names.token(Sort::Element, Some(&format!("SPDXRef-{}", file_name(&label))), usize::MAX);
                self.names.tie(token, format!("{label} {at}"));
                packages.push(package(token, &label, None));
                roots.push(token);
            }
            relationships.extend(roots.iter().map(|root| relationship(token, word, *root)));
            if let (Strategy::Hierarchical, [only]) = (self.options.strategy, roots.as_slice()) {
                let inside = described
                    .packages
                    .iter()
                    .filter(|package| !roots.contains(package) && !described.contained.contains(package));
                relationships.extend(inside.map(|package| relationship(*only, "CONTAINS", *package)));
            }
        }
        for (source, described) in self.sources.iter_mut().zip(described) {
            if let Value::Object(members) = &mut source.tree {
                describes_no_more(members, &described.roots, &self.names);
            }
        }
        let mut members = Members::new();
        members.set_text("SPDXID", mark(document));
        members.set("packages", Value::Array(packages));
        members.set("relationships", Value::Array(relationships));
        Some(Value::Object(members))
    }

    /// Where the result came from, and what made it.
    fn origin_marks(&self, document: &mut Members, origins: &[(String, Option<usize>)]) {
        let marker = self.marker();
        if let (Some(tool), Some(Value::Object(info))) = (&self.options.tool, document.get_mut("creationInfo")) {
            let version = tool.version.as_deref().map(|version| format!("-{version}")).unwrap_or_default();
            add(info, "creators", Value::text(format!("Tool: {}{version}", tool.name)));
        }
        for (id, source) in origins {
            marker.mark(document, SOURCE, id);
            let Some(source) = source.and_then(|at| self.sources.get(at)).filter(|source| source.named) else {
                continue;
            };
            let mut checksum = Members::new();
            checksum.set_text("algorithm", "SHA256");
            checksum.set_text("checksumValue", source.sha256.as_str());
            let mut external = Members::new();
            external
                .set_text("externalDocumentId", format!("DocumentRef-{}", source.sha256.get(..16).unwrap_or_default()));
            external.set("checksum", Value::Object(checksum));
            external.set_text("spdxDocument", source.id.as_str());
            add(document, "externalDocumentRefs", Value::Object(external));
        }
    }
}

/// What an old document described is marked, and described no more.
fn describes_no_more(document: &mut Members, roots: &[usize], names: &super::names::Names) {
    let own = document.get("SPDXID").and_then(Value::as_str).and_then(marked).map(|token| names.find(token));
    document.remove("documentDescribes");
    let token = |value: &Value, name: &str| value.text_of(name).and_then(marked).map(|token| names.find(token));
    if let Some(Value::Array(items)) = document.get_mut("relationships") {
        items.retain(|held| match held.text_of("relationshipType") {
            Some("DESCRIBES") => token(held, "spdxElementId") != own,
            Some("DESCRIBED_BY") => token(held, "relatedSpdxElement") != own,
            _ => true,
        });
    }
    let created = document.get("creationInfo").and_then(|info| info.text_of("created")).map(str::to_owned);
    let marker = crate::marks::Marker::new(crate::map::StandardKind::Spdx2, None, created.as_deref());
    let packages = document.get_mut("packages").and_then(Value::as_array_mut).into_iter().flatten();
    for package in packages {
        let is_root = token(package, "SPDXID").is_some_and(|token| roots.contains(&token));
        if let Value::Object(members) = package
            && is_root
        {
            marker.mark(members, ROOT, "true");
        }
    }
}

fn package(token: usize, name: &str, version: Option<&str>) -> Value {
    let mut members = Members::new();
    members.set_text("SPDXID", mark(token));
    members.set_text("name", if name.is_empty() { "root" } else { name });
    members.set_some("versionInfo", version);
    members.set_text("downloadLocation", "NOASSERTION");
    members.set("filesAnalyzed", Value::Boolean(false));
    for member in ["licenseConcluded", "licenseDeclared", "copyrightText"] {
        members.set_text(member, "NOASSERTION");
    }
    Value::Object(members)
}

fn relationship(from: usize, word: &'static str, to: usize) -> Value {
    let mut members = Members::new();
    members.set_text("spdxElementId", mark(from));
    members.set_text("relationshipType", word);
    members.set_text("relatedSpdxElement", mark(to));
    Value::Object(members)
}

fn list_item(standard: &'static crate::standard::Standard, list: &str) -> Option<&'static crate::standard::Type> {
    let document = standard.object(standard.root())?;
    match &document.fields.iter().find(|field| field.name == list)?.kind {
        crate::standard::Type::Array(item) => Some(item),
        _ => None,
    }
}

/// What a package is known by.
pub(crate) fn package_identity(item: &Value) -> Identity {
    element(item, false)
}

/// What a package or file is known by.
fn element(item: &Value, is_file: bool) -> Identity {
    let version = item.text_of("versionInfo");
    let mut identity = if is_file {
        Identity::new("file", item.text_of("fileName").unwrap_or_default(), None)
    } else {
        Identity::new("package", item.text_of("name").unwrap_or_default(), version)
    };
    for reference in item.items_of("externalRefs") {
        let locator = reference.text_of("referenceLocator").unwrap_or_default();
        match reference.text_of("referenceType") {
            Some("purl") => identity.purl(locator, version),
            Some("cpe23Type" | "cpe22Type") => identity.cpe(locator),
            _ => {}
        }
    }
    for checksum in item.items_of("checksums") {
        let text = |name| checksum.text_of(name).unwrap_or_default();
        identity.hash(text("algorithm"), text("checksumValue"));
    }
    identity
}

/// Gives our own annotations the time of the new document.
fn redate(members: &mut Members, created: &str, newest: &str) {
    let annotations = members.get_mut("annotations").and_then(Value::as_array_mut).into_iter().flatten();
    for annotation in annotations.filter_map(Value::as_object_mut) {
        let text = |name: &str| annotation.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("annotator").starts_with("Tool: plimsoll") && text("annotationDate") == created {
            annotation.set_text("annotationDate", newest);
        }
    }
}

/// What cannot be true of one package at once.
fn repair(document: &mut Members) {
    let packages = document.get_mut("packages").and_then(Value::as_array_mut).into_iter().flatten();
    for package in packages.filter_map(Value::as_object_mut) {
        let of_files = package.has("packageVerificationCode") || package.has("licenseInfoFromFiles");
        if of_files && package.get("filesAnalyzed").and_then(Value::as_bool) == Some(false) {
            package.set("filesAnalyzed", Value::Boolean(true));
        }
    }
}

/// The note on the name that an element had elsewhere holds for one element of the result: of several, the one that is
/// named first.
fn own_ids(tree: &mut Value) {
    const NOTE: &str = "plimsoll:id=";
    let Value::Object(document) = tree else { return };
    let note =
        |annotation: &Value| annotation.text_of("comment").and_then(|text| text.strip_prefix(NOTE)).map(str::to_owned);
    let best = |annotations: &[Value]| {
        annotations.iter().filter_map(note).min_by_key(|noted| (noted.is_empty(), noted.clone()))
    };
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for item in LISTS.iter().flat_map(|list| document.get(list).and_then(Value::as_array).unwrap_or_default()) {
        let id = item.text_of("SPDXID").unwrap_or_default();
        // Of several notes on one element the least stays.
        let Some(noted) = best(item.items_of("annotations")) else { continue };
        let owner = owners.entry(noted).or_insert_with(|| id.to_owned());
        if id < owner.as_str() {
            *owner = id.to_owned();
        }
    }
    for list in LISTS {
        let items = document.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            let id = item.get("SPDXID").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some(Value::Array(annotations)) = item.get_mut("annotations") else { continue };
            let least = best(annotations);
            let mut seen = false;
            annotations.retain(|annotation| match note(annotation) {
                Some(noted) => {
                    // Without a name are many.
                    let owned = noted.is_empty() || owners.get(&noted) == Some(&id);
                    let ours = Some(&noted) == least.as_ref() && owned;
                    ours && !std::mem::replace(&mut seen, true)
                }
                None => true,
            });
            if annotations.is_empty() {
                item.remove("annotations");
            }
        }
    }
}

/// Text as a part of an id or URI.
fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    let out: String = text.chars().take(100).map(plain).collect();
    if out.is_empty() { "merged".to_owned() } else { out }
}
