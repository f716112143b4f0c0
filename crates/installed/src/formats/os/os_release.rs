//! `os-release`: the operating system itself.
//! <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
//!
//! The file lies at `/etc/os-release`, `/usr/lib/os-release`, or both, where the one in `/etc` wins as a whole; one file
//! system gives one component. A file without `ID` is some `linux`, says the specification. Rolling distributions have
//! no `VERSION_ID`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::distribution::{Release, release_files, release_root};

/// Reads `os-release`.
pub(in crate::formats) struct OsRelease;

/// Fields that become properties.
const PROPERTIES: [(&str, &str); 4] = [
    ("ID_LIKE", "plimsoll:os:id-like"),
    ("VERSION_CODENAME", "plimsoll:os:codename"),
    ("VARIANT_ID", "plimsoll:os:variant"),
    ("CPE_NAME", "plimsoll:os:cpe"),
];

/// Fields that become references.
const REFERENCES: [(&str, ReferenceKind); 3] = [
    ("HOME_URL", ReferenceKind::Website),
    ("DOCUMENTATION_URL", ReferenceKind::Documentation),
    ("BUG_REPORT_URL", ReferenceKind::IssueTracker),
];

impl Extractor for OsRelease {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/os-release")
    }

    fn about(&self) -> About {
        About {
            title: "os-release: the operating system",
            specification: "https://www.freedesktop.org/software/systemd/man/latest/os-release.html",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("etc/os-release"), Interest::Path("usr/lib/os-release")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let release = Release::parse(&bytes);
        let Some(root) = release_root(file.path().as_bytes()) else { return Ok(()) };
        if bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        if release == Release::default() {
            return Err(ExtractError::malformed("no field in os-release"));
        }
        out.component(component(&release, root), 0);
        Ok(())
    }

    /// Where both files are there, the one in `/usr/lib` says what the one in `/etc` says.
    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut winners: BTreeMap<Vec<u8>, Component> = BTreeMap::new();
        for (root, file) in release_files(files) {
            let Some((handle, found)) = files.components(file).next() else { continue };
            let winner = winners.entry(root).or_insert_with(|| found.clone()).clone();
            if let Some(component) = files.get_mut(handle) {
                *component = Component { evidence: std::mem::take(&mut component.evidence), ..winner };
            }
        }
    }
}

fn component(release: &Release, root: &[u8]) -> Component {
    let field = |name| release.get(name).map(Into::into);
    let reference = |(name, kind)| Some(ExternalReference { kind, url: release.get(name)?.into(), hashes: Vec::new() });
    let property = |(name, fact): (&str, &'static str)| Some((Cow::Borrowed(fact), release.get(name)?.into()));
    Component {
        version: release.version().map(Into::into),
        location: SourcePath::new(root).ok(),
        description: field("PRETTY_NAME").or_else(|| field("NAME")),
        supplier: field("VENDOR_NAME"),
        references: REFERENCES.into_iter().filter_map(reference).collect(),
        properties: PROPERTIES.into_iter().filter_map(property).collect(),
        ..Component::new(ComponentKind::OperatingSystem, release.id().unwrap_or("linux"))
    }
}
