//! Explicit lists of conda: `@EXPLICIT`, then the URL of an archive a line, with a digest after `#`.
//! <https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html#building-identical-conda-environments>
//!
//! No name says that a file is one: those that people give it are looked at, and only a file with the marker is read.
//! The digest is MD5, or SHA-256 when it is as long (`conda list --explicit --sha256` writes `sha256:` before it).

use plimsoll_extract::prelude::*;

use crate::conda::{self, Archive};

const MARKER: &[u8] = b"@EXPLICIT";

/// Reads explicit lists.
pub(crate) struct Explicit;

impl Extractor for Explicit {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/explicit")
    }

    fn about(&self) -> About {
        About {
            title: "conda explicit lists (@EXPLICIT)",
            specification: "https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("conda*.lock"),
            Interest::Path("*conda*.txt"),
            Interest::Path("*spec-file*.txt"),
            Interest::Path("*explicit*.txt"),
            Interest::Path("*environment*.txt"),
            Interest::Path("*linux-64*.lock"),
            Interest::Path("*linux-64*.txt"),
            Interest::Path("*osx-*.lock"),
            Interest::Path("*osx-*.txt"),
            Interest::Path("*win-64*.lock"),
            Interest::Path("*win-64*.txt"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if memchr::memmem::find(&bytes, MARKER).is_none() {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let mut explicit = false;
        for (line, entry) in syntax::text::lines(&text) {
            let entry = entry.trim();
            if entry.as_bytes() == MARKER {
                explicit = true;
            } else if explicit && !entry.is_empty() && !entry.starts_with('#') {
                package(entry, line, out);
            }
        }
        Ok(())
    }
}

fn package(entry: &str, line: u32, out: &mut Sink<'_>) {
    let (url, digest) = entry.split_once('#').unwrap_or((entry, ""));
    let Some(archive) = Archive::parse(url) else {
        return out.malformed_entry(line, "line left out: it is no URL of a conda package");
    };
    let hex = digest.trim().rsplit(':').next().unwrap_or_default();
    let algorithm = if hex.len() == 64 { DigestAlgorithm::Sha256 } else { DigestAlgorithm::Md5 };
    let hashes = if hex.is_empty() { None } else { conda::digest(algorithm, hex, line, out) };
    if let Some(mut component) = conda::component(&archive, url, hashes.into_iter().collect(), line, out) {
        component.scope = Scope::Runtime;
        out.component(component, line);
    }
}
