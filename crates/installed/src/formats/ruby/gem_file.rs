//! Gem files (`.gem`): a tar archive with the specification as YAML in `metadata.gz`.
//! <https://guides.rubygems.org/specification-reference/>
//!
//! The YAML has tags of Ruby classes, which are passed over: nothing is ever built from them. Dependencies are ranges; an
//! edge leads to another gem file of that name.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::annotate;
use crate::package_file::{MAX_METADATA, emit, link, member};
use crate::relations::Relations;

/// Reads gem files.
pub(crate) struct GemFile;

/// `metadata.gz`, `data.tar.gz`, `checksums.yaml.gz` and their signatures.
const MAX_MEMBERS: usize = 16;

impl Extractor for GemFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ruby/gem-file")
    }

    fn about(&self) -> About {
        About {
            title: "gem files (.gem)",
            specification: "https://guides.rubygems.org/specification-reference/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".gem")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let found = member(file, 0..file.len(), MAX_MEMBERS, |name| name == b"metadata.gz")?;
        let Some((_, packed)) = found else { return Err(ExtractError::malformed("no metadata.gz in the gem")) };
        let packed = packed.as_slice();
        let mut stream = packed::decompressed(&packed, 0..MAX_METADATA, file.budget())?;
        let bytes = packed::read_to_end(&mut stream, MAX_METADATA)?;
        let text = syntax::text::decode(&bytes);
        let (documents, fault) = yaml::parse_partial(&text.text, file.budget().limits());
        if let Some(root) = documents.first() {
            gem(root, file, out)?;
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        link(files, b"");
    }
}

fn gem(root: &Node, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let version = root.get("version").and_then(|version| version.as_str().or_else(|| version.get_str("version")));
    let (Some(name), Some(version)) = (root.get_str("name"), version) else {
        return Err(ExtractError::malformed("specification without a name and a version"));
    };
    let platform = root.get_str("platform").filter(|platform| *platform != "ruby").unwrap_or_default();
    let Some(purl) = out.purl(Purl::builder("gem", name).version(version).qualifier("platform", platform), 0) else {
        return Ok(());
    };
    let mut component = Component::from_purl(purl);
    let list = |key: &str| root.get(key).map(Node::items).into_iter().flatten().filter_map(Node::as_str);
    let authors: Vec<&str> = list("authors").collect();
    component.author = (!authors.is_empty()).then(|| authors.join(", ").into());
    component.description = root.get_str("summary").map(Into::into);
    annotate::license(&mut component, list("licenses"));
    annotate::refer(&mut component, ReferenceKind::Website, root.get_str("homepage"));
    let link = |key: &str| root.get("metadata").and_then(|metadata| metadata.get_str(key));
    annotate::refer(&mut component, ReferenceKind::Vcs, link("source_code_uri"));
    annotate::refer(&mut component, ReferenceKind::IssueTracker, link("bug_tracker_uri"));
    let mut relations = Relations::default();
    relations.name(name.as_bytes());
    for dependency in root.get("dependencies").map(Node::items).into_iter().flatten() {
        // Development dependencies of a gem are no matter of who uses it.
        if dependency.get_str("type").is_none_or(|kind| kind.trim_start_matches(':') != "development") {
            relations.need(dependency.get_str("name").unwrap_or_default().as_bytes(), Scope::Runtime);
        }
    }
    emit(component, file, b"metadata.gz", relations, out);
    Ok(())
}
