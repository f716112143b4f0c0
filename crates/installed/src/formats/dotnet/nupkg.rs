//! NuGet package files (`.nupkg`, `.snupkg`): zip archives with the nuspec at their top.
//! <https://learn.microsoft.com/nuget/create-packages/creating-a-package>
//!
//! Dependencies are ranges; an edge leads to another package file of that id, whatever its version.

use plimsoll_extract::prelude::*;
use zip::Zip;

use super::nuspec::Package;
use crate::package_file::{MAX_METADATA, emit, link};
use crate::relations::Relations;

/// Reads NuGet package files.
pub(crate) struct Nupkg;

impl Extractor for Nupkg {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/nupkg")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet package files (.nupkg)",
            specification: "https://learn.microsoft.com/nuget/create-packages/creating-a-package",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".nupkg")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let failed = |error: zip::ZipError, out: &mut Sink<'_>| out.diagnose(error.code(), 0, error.to_string());
        let archive = match Zip::open(file.body(), file.budget()) {
            Ok(archive) => archive,
            Err(error) => {
                failed(error, out);
                return Ok(());
            }
        };
        let entry = archive.entries().find(|entry| entry.name().ends_with(b".nuspec") && !entry.name().contains(&b'/'));
        let Some(entry) = entry else { return Err(ExtractError::malformed("no nuspec at the top of the package")) };
        let bytes = match entry.read(MAX_METADATA) {
            Ok(bytes) => bytes,
            Err(error) => {
                failed(error, out);
                return Ok(());
            }
        };
        for notice in archive.notices() {
            out.diagnose(notice.code, 0, notice.message);
        }
        let text = syntax::text::decode(&bytes);
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        let package = root.as_ref().and_then(|root| Package::read(root.child("metadata")?));
        let Some(package) = package else {
            let missing = ExtractError::malformed("no <metadata> with an id and a version");
            return Err(fault.map_or(missing, Into::into));
        };
        if let Some(component) = package.component(out) {
            let mut relations = Relations::default();
            relations.name(package.id.to_ascii_lowercase().as_bytes());
            for dependency in &package.dependencies {
                relations.need(dependency.id.to_ascii_lowercase().as_bytes(), Scope::Runtime);
            }
            emit(component, file, entry.name(), relations, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        link(files, b"");
    }
}
