//! From a target to documents.

use std::ffi::OsStr;

use plimsoll_inventory::Claim;
use plimsoll_registry::{NetworkOptions, RegistryError, RemoteReference, open_registry};
use plimsoll_sbom::Format;
use plimsoll_scan::{ScanOptions, scan_sources};
use plimsoll_source::{SourceReference, open};

/// A document that a target gave.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// The document.
    pub document: Vec<u8>,
    /// Who says it.
    pub claim: Claim,
    /// The digest of the target; empty for what has none.
    pub digest: String,
}

/// Why a target gave none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanFault {
    /// Why, in a sentence.
    pub reason: String,
    /// It may be otherwise the next time.
    pub again: bool,
}

/// Whatever makes documents of targets.
pub trait Scanner: Sync {
    /// The documents of a target, one for each platform.
    ///
    /// # Errors
    /// It cannot be had, or is not what it claims to be.
    fn scan(&self, target: &str) -> Result<Vec<Scanned>, ScanFault>;
}

/// Scans what targets name.
pub struct SourceScanner {
    /// How to reach registries.
    pub network: NetworkOptions,
    /// How to scan.
    pub options: ScanOptions,
    /// What to write.
    pub format: Format,
}

impl Scanner for SourceScanner {
    fn scan(&self, target: &str) -> Result<Vec<Scanned>, ScanFault> {
        let finally = |reason: String| ScanFault { reason, again: false };
        let (sources, digest) = match RemoteReference::parse(OsStr::new(target)) {
            Some(Ok(RemoteReference::Registry(image))) => {
                let opened = open_registry(&image, &self.network, &self.options.open_options()).map_err(|error| {
                    let refused = RegistryError::find(&error).is_some_and(RegistryError::is_usage);
                    let gone = RegistryError::find(&error).is_none()
                        || matches!(RegistryError::find(&error), Some(RegistryError::NotFound { .. }));
                    ScanFault { reason: chain(&error), again: !(refused || gone) }
                })?;
                (opened.sources, opened.digest.to_string())
            }
            Some(Ok(_)) => return Err(finally("targets of container engines cannot be shared".to_owned())),
            Some(Err(error)) => return Err(finally(chain(&error))),
            None => {
                let reference = SourceReference::parse(OsStr::new(target)).map_err(|error| finally(chain(&error)))?;
                let sources = open(&reference, &self.options.open_options()).map_err(|error| finally(chain(&error)))?;
                (sources, String::new())
            }
        };
        // A transfer that was cut may go well the next time.
        let scans = scan_sources(&sources, None, &self.options)
            .map_err(|error| ScanFault { reason: chain(&error), again: true })?;
        let write = |scan: &plimsoll_scan::Scan| {
            let mut document = Vec::new();
            self.format.write_observation(&scan.document, &mut document).map_err(|error| finally(error.to_string()))?;
            Ok(Scanned { document, claim: Claim::Observed, digest: digest.clone() })
        };
        scans.iter().map(write).collect()
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}
