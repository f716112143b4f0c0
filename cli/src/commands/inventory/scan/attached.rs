//! An SBOM that is attached to an image, in place of a scan.

use plimsoll_fleet::{ScanFault, Scanned, Scanner, SourceScanner};
use plimsoll_inventory::Claim;
use plimsoll_registry::{CopyPlace, NetworkOptions};
use plimsoll_verify::verify;

use crate::commands::evidence;
use crate::commands::expected::Expected;

/// The predicate types of SBOMs.
const SBOMS: &[&str] = &["https://cyclonedx.org/bom", "https://spdx.dev/Document"];

/// Takes the attached SBOM where somebody who is expected to has signed it, else scans.
pub(super) struct AttachedFirst {
    pub(super) network: NetworkOptions,
    pub(super) expected: Expected,
    pub(super) scanner: SourceScanner,
}

impl Scanner for AttachedFirst {
    fn scan(&self, target: &str) -> Result<Vec<Scanned>, ScanFault> {
        match self.attached(target) {
            Some(scanned) => Ok(vec![scanned]),
            None => self.scanner.scan(target),
        }
    }
}

impl AttachedFirst {
    fn attached(&self, target: &str) -> Option<Scanned> {
        if !target.starts_with("registry:") {
            return None;
        }
        let place = CopyPlace::parse(target).ok()?;
        let attached = evidence::attached(&place, &self.network).ok()?;
        let outcome = verify(&attached.evidence, &attached.subject, &self.expected.expectation, &self.expected.roots);
        let statement = outcome.verified().iter().filter_map(|verified| verified.statement()).find(|statement| {
            let kind = statement.predicate_type();
            SBOMS.iter().any(|known| kind == *known || kind.starts_with(&format!("{known}/")))
        })?;
        let document = serde_json::to_vec(statement.predicate()).ok()?;
        let digest =
            statement.subjects().first()?.digest.iter().next().map(|(algorithm, hex)| format!("{algorithm}:{hex}"));
        Some(Scanned { document, claim: Claim::Signed, digest: digest.unwrap_or_default() })
    }
}
