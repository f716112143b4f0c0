//! What a document says, whatever standard it follows.
//!
//! A [`Document`] is a graph: [`Element`]s (components, services, files, snippets) and typed [`Edge`]s between them, with
//! the facts that more than one standard can say as fields. Converting is reading one standard's tree into a `Document` and
//! writing the other's tree from it; what a `Document` has no field for is the residue, which `convert` finds by comparing
//! trees and reports or carries. Texts are kept as the document has them: a purl that does not parse is still the purl
//! that was claimed.

mod agent;

use std::collections::HashMap;
use std::fmt;

pub use agent::{Agent, AgentKind, Tool};

/// The place of an element in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementIndex(pub u32);

impl ElementIndex {
    /// As a number, for tables kept beside the document.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// A name and value pair. Names may repeat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A digest as a document states it; the value is not checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    /// In CycloneDX's spelling where it has one: `SHA-256`, `SHA3-256`, `BLAKE2b-256`, `MD5`.
    pub algorithm: String,
    /// Hexadecimal, as written.
    pub value: String,
}

/// What sort of element it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ElementKind {
    /// A component or package; CycloneDX's word for its type. Empty when the document does not say.
    Component(String),
    /// A service.
    Service,
    /// A file of a package, not a component by itself.
    File,
    /// A part of a file.
    Snippet,
}

/// An identifier other than a purl or CPE.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// Its kind: `swid`, `gitoid`, `swhid`, or the standard's own word.
    pub kind: String,
    /// Its text.
    pub value: String,
}

/// Who says that a licence applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenseClaim {
    /// The document does not say which; taken as declared.
    #[default]
    Unsaid,
    /// The authors of the component.
    Declared,
    /// An analysis.
    Concluded,
    /// What the files of the component say of themselves.
    Observed,
}

/// A licence statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenseStatement {
    /// An SPDX id, an SPDX expression, or the name of a licence.
    pub text: String,
    /// What the text is.
    pub form: LicenseForm,
    /// Who says so.
    pub claim: LicenseClaim,
    /// Where the licence can be read.
    pub url: Option<String>,
    /// Its text, when the document has it.
    pub full_text: Option<String>,
}

/// What a licence statement's text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenseForm {
    /// An id of the SPDX licence list.
    Id,
    /// An SPDX licence expression.
    Expression,
    /// Free text.
    #[default]
    Name,
}

/// The text of a licence that expressions name by `LicenseRef-…`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomLicense {
    /// `LicenseRef-…`.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its text.
    pub text: String,
    /// Where it can be read.
    pub urls: Vec<String>,
    /// A remark.
    pub comment: Option<String>,
}

/// A URL that belongs to an element.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// CycloneDX's word for what it points at: `distribution`, `vcs`, `website`, …
    pub kind: String,
    /// The URL.
    pub url: String,
    /// A remark.
    pub comment: Option<String>,
    /// Digests of what is there.
    pub hashes: Vec<Hash>,
}

/// A field that a document may declare unknown or empty instead of leaving it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// Who supplies it.
    Supplier,
    /// Who made it.
    Originator,
    /// The declared licence.
    LicenseDeclared,
    /// The concluded licence.
    LicenseConcluded,
    /// The copyright text.
    Copyright,
    /// Where it can be had.
    DownloadLocation,
    /// What it depends on.
    Dependencies,
    /// What it contains.
    Contents,
    /// Its version.
    Version,
}

/// What a document says instead of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// Nothing is claimed: `NOASSERTION`.
    NoAssertion,
    /// There is none: `NONE`.
    None,
}

/// Where and how a scan saw a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sighting {
    /// The file, or the place that the document names.
    pub location: String,
    /// Its line, from 1.
    pub line: Option<u32>,
    /// Its offset in bytes.
    pub offset: Option<u64>,
    /// The digest of the layer.
    pub layer: Option<String>,
    /// How: CycloneDX's word for a technique.
    pub technique: String,
    /// How sure that makes, in percent.
    pub confidence: u8,
    /// What saw it.
    pub by: String,
}

/// A component, service, file or snippet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What sort of thing it is.
    pub kind: ElementKind,
    /// Its name in the document (`bom-ref`, `SPDXID`, `spdxId`), unique there; made up when the document has none.
    pub id: String,
    /// The id was made up.
    pub unnamed: bool,
    /// The group of its name.
    pub group: Option<String>,
    /// Its name; for a file its path.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// The versions that would do, as a VERS range, for a component that is not part of this.
    pub version_range: Option<String>,
    /// It is expected from elsewhere.
    pub is_external: Option<bool>,
    /// Its package URLs, the chief one first.
    pub purls: Vec<String>,
    /// Its CPE names.
    pub cpes: Vec<String>,
    /// Its other identifiers.
    pub identifiers: Vec<Identifier>,
    /// Its digests.
    pub hashes: Vec<Hash>,
    /// Who supplies it.
    pub supplier: Option<Agent>,
    /// Who made it.
    pub manufacturer: Option<Agent>,
    /// Who wrote it.
    pub authors: Vec<Agent>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Licence statements.
    pub licenses: Vec<LicenseStatement>,
    /// Copyright text.
    pub copyright: Option<String>,
    /// A few words about it, where the document has both these and a description.
    pub summary: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// A remark of whoever made the document.
    pub comment: Option<String>,
    /// Where its facts come from, as SPDX's `sourceInfo`.
    pub source_info: Option<String>,
    /// The name of the file that it comes as.
    pub file_name: Option<String>,
    /// URLs.
    pub references: Vec<Reference>,
    /// CycloneDX's scope: `required`, `optional`, `excluded`.
    pub scope: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Name and value pairs, in order.
    pub properties: Vec<Property>,
    /// Where a scan saw it.
    pub sightings: Vec<Sighting>,
    /// Fields declared unknown or empty.
    pub unknown: Vec<(Slot, Unknown)>,
}

impl Element {
    /// An element with nothing else known.
    #[must_use]
    pub fn new(kind: ElementKind, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            unnamed: false,
            group: None,
            name: name.into(),
            version: None,
            version_range: None,
            is_external: None,
            purls: Vec::new(),
            cpes: Vec::new(),
            identifiers: Vec::new(),
            hashes: Vec::new(),
            supplier: None,
            manufacturer: None,
            authors: Vec::new(),
            publisher: None,
            licenses: Vec::new(),
            copyright: None,
            summary: None,
            description: None,
            comment: None,
            source_info: None,
            file_name: None,
            references: Vec::new(),
            scope: None,
            media_type: None,
            properties: Vec::new(),
            sightings: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Whether it is a component or package, which is what most questions are about.
    #[must_use]
    pub fn is_component(&self) -> bool {
        matches!(self.kind, ElementKind::Component(_))
    }

    /// Group and name, as people read them.
    #[must_use]
    pub fn full_name(&self) -> String {
        match &self.group {
            Some(group) if !group.is_empty() => format!("{group}/{}", self.name),
            _ => self.name.clone(),
        }
    }

    /// What is said instead of a value.
    #[must_use]
    pub fn unknown(&self, slot: Slot) -> Option<Unknown> {
        self.unknown.iter().find(|(held, _)| *held == slot).map(|(_, what)| *what)
    }
}

/// How one element relates to another, read from left to right. Relationships that only one standard has keep its word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// `from` needs `to`.
    DependsOn,
    /// `to` is inside `from`.
    Contains,
    /// `from` implements the specification `to`.
    Provides,
    /// SPDX 2's word for anything else, `from` and `to` as SPDX has them: `GENERATED_FROM`.
    Other(String),
}

/// When a dependency is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EdgeScope {
    /// The document does not say.
    #[default]
    Unsaid,
    /// At run time.
    Runtime,
    /// To build.
    Build,
    /// To develop.
    Development,
    /// To test.
    Test,
    /// When asked for.
    Optional,
    /// The environment provides it.
    Provided,
}

/// What an edge leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EdgeEnd {
    /// An element of this document.
    Element(ElementIndex),
    /// The document itself.
    Document,
    /// A name that no element of this document has: another document's element, or a dangling reference.
    External(String),
}

/// A typed edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Where it starts.
    pub from: EdgeEnd,
    /// What it means.
    pub kind: EdgeKind,
    /// Where it ends.
    pub to: EdgeEnd,
    /// When it is needed.
    pub scope: EdgeScope,
    /// A remark.
    pub comment: Option<String>,
}

/// How much of what belongs to some elements the document lists; CycloneDX's word for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Completeness {
    /// `complete`, `incomplete`, `incomplete_first_party_only`, …, `unknown`, `not_specified`.
    pub aggregate: String,
    /// What it is said of as a whole.
    pub assemblies: Vec<EdgeEnd>,
    /// What it is said of as regards dependencies.
    pub dependencies: Vec<EdgeEnd>,
}

/// Something said about the document or an element by someone at some time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Annotation {
    /// About what.
    pub subject: EdgeEnd,
    /// `OTHER` or `REVIEW`.
    pub kind: String,
    /// Who says it, as SPDX writes agents: `Tool: x-1`, `Person: Jane`.
    pub annotator: String,
    /// When.
    pub date: String,
    /// What.
    pub text: String,
}

/// A bill of materials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: Option<String>,
    /// Its identity as a URI: SPDX's namespace, or CycloneDX's BOM-Link `urn:cdx:SERIAL/VERSION`.
    pub uri: Option<String>,
    /// A UUID of what it says, when its maker knows one without writing it; a document without a URI is named by it.
    pub content_id: Option<String>,
    /// When it was made (RFC 3339).
    pub created: Option<String>,
    /// Who answers for it.
    pub authors: Vec<Agent>,
    /// The organisation whose process made it.
    pub manufacturer: Option<Agent>,
    /// Who supplies what it describes.
    pub supplier: Option<Agent>,
    /// What made it.
    pub tools: Vec<Tool>,
    /// When in the life of the software; CycloneDX's words for phases.
    pub lifecycles: Vec<String>,
    /// A remark.
    pub comment: Option<String>,
    /// The licence of the document itself.
    pub data_license: Option<String>,
    /// The version of the SPDX licence list that it uses.
    pub license_list_version: Option<String>,
    /// Name and value pairs, in order.
    pub properties: Vec<Property>,
    /// Everything it lists.
    pub elements: Vec<Element>,
    /// What it is about.
    pub roots: Vec<ElementIndex>,
    /// How the elements relate, in the order of the document.
    pub edges: Vec<Edge>,
    /// Elements that the document says depend on nothing.
    pub leaves: Vec<ElementIndex>,
    /// How much it lists.
    pub completeness: Vec<Completeness>,
    /// Texts of licences.
    pub custom_licenses: Vec<CustomLicense>,
    /// Other documents it names: id, URI and digest.
    pub external_documents: Vec<ExternalDocument>,
    /// Remarks by whom and when.
    pub annotations: Vec<Annotation>,
}

/// Another document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalDocument {
    /// `DocumentRef-…`.
    pub id: String,
    /// Its URI.
    pub uri: String,
    /// Its digest.
    pub hash: Option<Hash>,
}

impl Document {
    /// An element.
    #[must_use]
    pub fn element(&self, at: ElementIndex) -> Option<&Element> {
        self.elements.get(at.get())
    }

    /// Adds an element.
    pub fn push(&mut self, element: Element) -> ElementIndex {
        let at = ElementIndex(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
        self.elements.push(element);
        at
    }

    /// The elements with their places.
    pub fn indexed(&self) -> impl ExactSizeIterator<Item = (ElementIndex, &Element)> {
        self.elements
            .iter()
            .enumerate()
            .map(|(at, element)| (ElementIndex(u32::try_from(at).unwrap_or(u32::MAX)), element))
    }

    /// The components and packages, roots included.
    pub fn components(&self) -> impl Iterator<Item = (ElementIndex, &Element)> {
        self.indexed().filter(|(_, element)| element.is_component())
    }

    /// The places of the elements by id; of two with one id, the first.
    #[must_use]
    pub fn ids(&self) -> HashMap<&str, ElementIndex> {
        let mut ids = HashMap::with_capacity(self.elements.len());
        for (at, element) in self.indexed() {
            ids.entry(element.id.as_str()).or_insert(at);
        }
        ids
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.value)
    }
}
