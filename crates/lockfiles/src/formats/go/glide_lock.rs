//! `glide.lock` of Glide. <https://glide.readthedocs.io/en/latest/glide.lock/>
//!
//! `imports` and `testImports` list repositories at a commit, rarely at a tag. There are no edges, and the file does not
//! tell what the project asks for itself; `glide.yaml` says less and is not read.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::golang;

/// Reads the lockfile of Glide.
pub(crate) struct GlideLock;

impl Extractor for GlideLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("go/glide-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Glide glide.lock",
            specification: "https://glide.readthedocs.io/en/latest/glide.lock/",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("glide.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let decoded = syntax::text::decode(&bytes);
        let (documents, fault) = yaml::parse_partial(&decoded.text, file.budget().limits());
        match documents.first() {
            Some(root) if root.as_map().is_some() => {
                for (key, scope) in
                    [("imports", Scope::Runtime), ("testImports", Scope::Dev), ("devImports", Scope::Dev)]
                {
                    root.get(key).into_iter().flat_map(Node::items).for_each(|entry| emit(entry, scope, out));
                }
            }
            _ if fault.is_none() => return Err(ExtractError::malformed("not a mapping")),
            _ => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn emit(entry: &Node, scope: Scope, out: &mut Sink<'_>) {
    let line = entry.line();
    let Some(name) = entry.get_str("name").or(entry.get_str("package")).filter(|name| !name.is_empty()) else {
        return out.malformed_entry(line, "an import without name");
    };
    let version = entry.get_str("version").unwrap_or_default();
    let is_tag = version.starts_with('v') || version.contains('.');
    let (version, commit) = if is_tag { (version, "") } else { ("", version) };
    let Some(mut component) = golang::vendored(name, version, commit, line, out) else { return };
    golang::add_source(&mut component, entry.get_str("repo"), if is_tag { version } else { commit });
    out.component(Component { scope, ..component }, line);
}
