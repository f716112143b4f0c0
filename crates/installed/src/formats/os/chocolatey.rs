//! Packages of Chocolatey: `chocolatey/lib/ID/ID.nuspec`. <https://docs.chocolatey.org/en-us/create/create-packages/>
//!
//! A package is a NuGet package that installs a program: its nuspec says who made the program and where it comes from.
//! Dependencies are ranges, of packages in the same directory.

use plimsoll_extract::prelude::*;
use syntax::xml;

use crate::annotate;
use crate::relations::{self, Relations};

/// Reads packages of Chocolatey.
pub(in crate::formats) struct Chocolatey;

impl Extractor for Chocolatey {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/chocolatey")
    }

    fn about(&self) -> About {
        About {
            title: "Chocolatey packages (Windows)",
            specification: "https://docs.chocolatey.org/en-us/create/create-packages/",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("chocolatey/lib/*/*.nuspec"), Interest::Path("Chocolatey/lib/*/*.nuspec")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (root, fault) = xml::parse_partial(&text.text, file.budget().limits());
        let metadata = root.as_ref().and_then(|root| root.child("metadata"));
        let stated = metadata.and_then(|held| Some((held, held.text_of("id")?, held.text_of("version")?)));
        let Some((metadata, id, version)) = stated else {
            let missing = ExtractError::malformed("no <metadata> with an id and a version");
            return Err(fault.map_or(missing, Into::into));
        };
        let line = metadata.line();
        // Ids are compared without regard to case; registries spell them in lower case.
        let purl = Purl::builder("chocolatey", id).version(version);
        if let Some(purl) = out.purl(purl, line) {
            let mut component = Component::from_purl(purl);
            component.author = metadata.text_of("authors").map(Into::into);
            component.supplier = metadata.text_of("owners").map(Into::into);
            component.description = metadata.text_of("summary").or_else(|| metadata.text_of("title")).map(Into::into);
            component.copyright = metadata.text_of("copyright").map(Into::into);
            annotate::license(&mut component, metadata.text_of("license").or_else(|| metadata.text_of("licenseUrl")));
            annotate::refer(&mut component, ReferenceKind::Website, metadata.text_of("projectUrl"));
            annotate::refer(&mut component, ReferenceKind::Vcs, metadata.text_of("projectSourceUrl"));
            annotate::refer(&mut component, ReferenceKind::IssueTracker, metadata.text_of("bugTrackerUrl"));
            out.component(component, line);
            let mut relations = Relations::default();
            relations.name(id.to_ascii_lowercase().as_bytes());
            for dependency in metadata.child("dependencies").map(|list| list.elements()).unwrap_or_default() {
                let id = dependency.attribute("id").unwrap_or_default();
                relations.need(id.to_ascii_lowercase().as_bytes(), Scope::Runtime);
            }
            out.keep(relations.into_kept());
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relations::link(files, b"", |path| path.rsplitn(3, |&byte| byte == b'/').nth(2).map(<[u8]>::to_vec));
    }
}
