//! What a VEX document says, whatever its format.

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use super::{FaultLevel, Justification, Nuance, VexFault, VexFormat, VexProduct, VexResponse, VexStatus};

/// A VEX document, read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VexDocument {
    /// Its format.
    pub format: VexFormat,
    /// The version of the format, as it says.
    pub format_version: Box<str>,
    /// Its name: `@id`, `document.tracking.id`, `serialNumber`.
    pub id: Option<Box<str>>,
    /// Who made it, as it says. A claim, whatever the trust: who signed it is another question.
    pub author: Option<Box<str>>,
    /// What the author is to the product, as it says.
    pub role: Option<Box<str>>,
    /// When it was made.
    pub timestamp: Option<Timestamp>,
    /// When it was last changed.
    pub last_updated: Option<Timestamp>,
    /// Its revision.
    pub version: Option<Box<str>>,
    /// What made it.
    pub tooling: Option<Box<str>>,
    /// What it was attested of, when it is the predicate of an in-toto statement: the subjects that can be told. Its
    /// statements speak of these and of what is in them. `None` for a document on its own.
    pub attested: Option<Vec<VexProduct>>,
    /// Its statements, in the order of the document.
    pub statements: Vec<VexStatement>,
    /// What is wrong with it.
    pub faults: Vec<VexFault>,
}

impl VexDocument {
    /// A document without content.
    #[must_use]
    pub fn new(format: VexFormat, format_version: &str) -> Self {
        Self {
            format,
            format_version: format_version.into(),
            id: None,
            author: None,
            role: None,
            timestamp: None,
            last_updated: None,
            version: None,
            tooling: None,
            attested: None,
            statements: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Whether it has no fault that is an error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.iter().all(|fault| fault.level != FaultLevel::Error)
    }
}

/// What is talked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct VexVulnerability {
    /// Its id: `CVE-2021-44228`, `GHSA-…`. Empty when the document gives none.
    pub id: Box<str>,
    /// Other ids of it.
    pub aliases: Vec<Box<str>>,
    /// What it is, in the author's words.
    pub description: Option<Box<str>>,
}

impl VexVulnerability {
    /// A vulnerability of these ids, the first of which is the one it goes by. Each is kept once, whatever its case.
    pub fn from_ids<'t>(ids: impl IntoIterator<Item = &'t str>) -> Self {
        let mut seen = FxHashSet::default();
        let mut ids = ids.into_iter().filter(|id| !id.is_empty() && seen.insert(id.to_ascii_lowercase()));
        let id = ids.next().unwrap_or_default().into();
        Self { id, aliases: ids.map(Into::into).collect(), description: None }
    }

    /// All of its ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(|id| &**id).filter(|id| !id.is_empty())
    }

    /// Whether it has this id, whatever the letters' case: `cve-2021-44228` is written too.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        self.ids().any(|held| held.eq_ignore_ascii_case(id))
    }
}

/// One author's word on one vulnerability in some products.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VexStatement {
    /// Its name, where the format has one.
    pub id: Option<Box<str>>,
    /// The id of the document it is from.
    pub document: Option<Box<str>>,
    /// Where in the document: a JSON Pointer (RFC 6901).
    pub pointer: Box<str>,
    /// The vulnerability.
    pub vulnerability: VexVulnerability,
    /// The products.
    pub products: Vec<VexProduct>,
    /// What it says of them.
    pub status: VexStatus,
    /// What the format says beyond the status.
    pub nuance: Option<Nuance>,
    /// Why the products are not affected, as a label.
    pub justification: Option<Justification>,
    /// Why the products are not affected, as text.
    pub impact: Option<Box<str>>,
    /// What to do about it, for products that are affected.
    pub action: Option<Box<str>>,
    /// Anything else the author says of the status.
    pub notes: Option<Box<str>>,
    /// What the author means to do, or tells others to.
    pub responses: Vec<VexResponse>,
    /// When it was made; when the document was, if it does not say.
    pub timestamp: Option<Timestamp>,
    /// When it was last changed.
    pub last_updated: Option<Timestamp>,
    /// Its revision.
    pub version: Option<Box<str>>,
    /// Who made it, as the document says.
    pub author: Option<Box<str>>,
    /// Who supplies the products, as the document says.
    pub supplier: Option<Box<str>>,
    /// Whether it was read in full and gives the reason its format asks for. One that is not never suppresses.
    pub sound: bool,
}

impl VexStatement {
    /// A statement without products or reasons.
    #[must_use]
    pub fn new(vulnerability: VexVulnerability, status: VexStatus) -> Self {
        Self {
            id: None,
            document: None,
            pointer: "".into(),
            vulnerability,
            products: Vec::new(),
            status,
            nuance: None,
            justification: None,
            impact: None,
            action: None,
            notes: None,
            responses: Vec::new(),
            timestamp: None,
            last_updated: None,
            version: None,
            author: None,
            supplier: None,
            sound: true,
        }
    }

    /// Since when it says what it says: the later one of its times.
    #[must_use]
    pub fn effective(&self) -> Option<Timestamp> {
        self.timestamp.max(self.last_updated)
    }
}
