//! Java archives, with an index at hand for those that do not say what they are.

use plimsoll_extract::prelude::*;

use super::relate::{self, Archive};
use super::{JavaArchive, finish};
use crate::jar_index::{Coordinates, JarIndex, JarIndexError};

/// Reads Java archives, and names those without `pom.properties` by their digest where an index knows it.
#[derive(Debug)]
pub struct IndexedJavaArchive<'i> {
    index: &'i JarIndex,
}

impl<'i> IndexedJavaArchive<'i> {
    /// Stands in the place of the extractor with the same id.
    #[must_use]
    pub fn new(index: &'i JarIndex) -> Self {
        Self { index }
    }
}

impl Extractor for IndexedJavaArchive<'_> {
    fn id(&self) -> ExtractorId {
        JavaArchive.id()
    }

    fn about(&self) -> About {
        JavaArchive.about()
    }

    fn interest(&self) -> &'static [Interest] {
        JavaArchive.interest()
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        JavaArchive.extract(file, out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let archives = relate::read(files);
        if let Err((file, error)) = name(self.index, &archives, files)
            && let Some(mut sink) = files.sink(file)
        {
            sink.diagnose(
                DiagnosticCode::UNREADABLE,
                0,
                format!("the index of jars {error}; it was not asked further"),
            );
        }
        finish(&archives, files);
    }
}

/// Names what the index knows.
fn name(index: &JarIndex, archives: &[Archive], files: &mut Resolver<'_>) -> Result<(), (FileHandle, JarIndexError)> {
    for archive in archives {
        for at in archive.derived() {
            let Some(component) = files.get_mut(at) else { continue };
            let sha1 = component.hashes.iter().find(|digest| digest.algorithm() == DigestAlgorithm::Sha1);
            let Some(sha1) = sha1.and_then(|digest| digest.bytes().first_chunk::<20>()) else { continue };
            if let Some(found) = index.find(sha1).map_err(|error| (archive.file, error))? {
                apply(&found, index.confidence(), component);
            }
        }
    }
    Ok(())
}

/// The digest says more than the manifest and the name of the file do.
fn apply(found: &Coordinates, confidence: Confidence, component: &mut Component) {
    let builder = Purl::builder("maven", found.artifact.as_str())
        .namespace(found.group.as_str())
        .version(found.version.as_str())
        .qualifier("classifier", found.classifier.as_str());
    let Ok(purl) = builder.build() else { return };
    let named = Component::from_purl(purl);
    component.group = named.group;
    component.name = named.name;
    component.version = named.version;
    component.purl = named.purl;
    component.location = None;
    for evidence in &mut component.evidence {
        evidence.technique = Technique::HashComparison;
        evidence.confidence = confidence;
        // The archive itself, not what a member of it says.
        let archive = evidence.file.as_bytes().strip_suffix(b"!/META-INF/MANIFEST.MF");
        if let Some(file) = archive.and_then(|path| SourcePath::new(path).ok()) {
            evidence.file = file;
        }
    }
}
