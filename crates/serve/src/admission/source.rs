//! Where images come from, and who decides about them.

use jiff::Timestamp;
use plimsoll_model::Digest;
use plimsoll_policy::gate::Decision;

use super::AdmissionCode;

/// The name of an image, read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageName {
    /// Host and path: `ghcr.io/acme/app`.
    pub repository: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Its digest. When there is one, the tag is a label.
    pub digest: Option<Digest>,
}

/// Why something about an image is not known. The message is for whoever asked: it holds no secret.
#[derive(Debug, Clone)]
pub struct ImageFault {
    /// What is said to programs.
    pub code: AdmissionCode,
    /// In a sentence without a full stop.
    pub message: String,
}

/// By what is decided at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The SHA-256 of the policy.
    pub policy: String,
    /// What stands for everything else: exceptions, whom to believe, advisories. A decision is not used once this is another.
    pub grounds: String,
}

/// An image to decide about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// How it is named.
    pub image: &'a ImageName,
    /// What it is.
    pub digest: &'a Digest,
    /// The time of the decision.
    pub at: Timestamp,
    /// Whether the decision is to be recorded: not when the client only tries.
    pub record: bool,
}

/// What was decided.
#[derive(Debug)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// What the record calls it.
    pub id: Option<String>,
    /// Why it was not recorded, when it was to be. The decision stands.
    pub unrecorded: Option<String>,
}

/// Where images come from, and who decides about them.
pub trait ImageSource: Send + Sync {
    /// Reads the name of an image as a container runtime does. It asks nobody, and does not block.
    ///
    /// # Errors
    /// It is none.
    fn name(&self, text: &str) -> Result<ImageName, ImageFault>;

    /// By what is decided at the moment. It does not block.
    fn rules(&self) -> Rules;

    /// The digest that a tag stands for now. It may block.
    ///
    /// # Errors
    /// There is none, or nobody could be asked.
    fn resolve(&self, image: &ImageName) -> Result<Digest, ImageFault>;

    /// Gathers all evidence about an image, and decides. It may block.
    ///
    /// # Errors
    /// The evidence could not be gathered. That there is none is no error: the gate decides about that.
    fn decide(&self, asked: &Asked<'_>) -> Result<Decided, ImageFault>;
}

impl ImageFault {
    /// A fault with what is said about it.
    #[must_use]
    pub fn new(code: AdmissionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
