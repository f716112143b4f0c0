//! .NET tool manifests, `dotnet-tools.json`. <https://learn.microsoft.com/dotnet/core/tools/local-tools-how-to-use>
//!
//! Tools are packages that are run while developing.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::text::LineIndex;

use crate::nuget::{self, Version};

/// Reads tool manifests.
pub(crate) struct ToolManifest;

loose_object! {
    struct Manifest<'a> {
        "tools" => tools: Map<'a, Loose<Tool<'a>>>,
    }
}

loose_object! {
    struct Tool<'a> {
        "version" => version: Text<'a>,
    }
}

impl Extractor for ToolManifest {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/tool-manifest")
    }

    fn about(&self) -> About {
        About {
            title: ".NET dotnet-tools.json",
            specification: "https://learn.microsoft.com/dotnet/core/tools/local-tools-how-to-use",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("dotnet-tools.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let bytes = strip_jsonc(&bytes);
        let lines = LineIndex::new(&*bytes);
        let mut manifest = Loose::<Manifest<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut manifest);
        for (id, tool) in manifest.get().into_iter().flat_map(|manifest| manifest.tools.entries()) {
            let version = tool.get().and_then(|tool| tool.version.as_str());
            emit(id, version, lines.line_of(id).unwrap_or_default(), out);
        }
        Ok(outcome?)
    }
}

fn emit(id: &str, version: Option<&str>, line: u32, out: &mut Sink<'_>) {
    let version = version.and_then(Version::read);
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {id} is not known"));
    }
    if let Some(component) = nuget::package(id, version, line, out) {
        let at = out.component(Component { scope: Scope::Dev, ..component }, line);
        out.direct(at, Scope::Dev);
    }
}
