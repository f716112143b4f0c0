//! Where images and the evidence about them come from.

use plimsoll_model::Digest;
use plimsoll_policy::gate::{Decision, ImageFacts, LooseSbom, Observed};
use plimsoll_verify::{Evidence, Subject};

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

/// All that is known about an image.
pub struct Gathered {
    /// What it is.
    pub subject: Subject,
    /// All evidence about it, good or bad.
    pub evidence: Vec<Evidence>,
    /// What was found by looking into it.
    pub observed: Option<Observed>,
    /// SBOMs that nobody signed.
    pub loose: Vec<LooseSbom>,
    /// What it says of itself.
    pub image: Option<ImageFacts>,
}

/// Why something about an image is not known. The message is for whoever asked: it holds no secret.
#[derive(Debug, Clone)]
pub struct ImageFault {
    /// What is said to programs.
    pub code: AdmissionCode,
    /// In a sentence without a full stop.
    pub message: String,
}

/// A decision that was made just now.
pub struct Fresh<'a> {
    /// The image.
    pub image: &'a ImageName,
    /// Its digest.
    pub digest: &'a Digest,
    /// What stands for the decision in logs and audit annotations.
    pub id: &'a str,
    /// The SHA-256 of the policy.
    pub policy: &'a str,
    /// What it was made from.
    pub gathered: &'a Gathered,
    /// The decision.
    pub decision: &'a Decision,
    /// When.
    pub at: jiff::Timestamp,
}

/// Where images and the evidence about them come from: a registry, or what was already pulled. All but [`ImageSource::name`] may block.
pub trait ImageSource: Send + Sync {
    /// Reads the name of an image as a container runtime does. It asks nobody.
    ///
    /// # Errors
    /// It is none.
    fn name(&self, text: &str) -> Result<ImageName, ImageFault>;

    /// The digest that a tag stands for now.
    ///
    /// # Errors
    /// There is none, or nobody could be asked.
    fn resolve(&self, image: &ImageName) -> Result<Digest, ImageFault>;

    /// All evidence about an image.
    ///
    /// # Errors
    /// It could not be gathered. That there is none is no error.
    fn evidence(&self, image: &ImageName, digest: &Digest) -> Result<Gathered, ImageFault>;

    /// Takes note of a decision.
    ///
    /// # Errors
    /// It could not be noted; the decision stands, and the message is logged.
    fn record(&self, decision: &Fresh<'_>) -> Result<(), String> {
        let _ = decision;
        Ok(())
    }
}

impl ImageFault {
    /// A fault with what is said about it.
    #[must_use]
    pub fn new(code: AdmissionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
