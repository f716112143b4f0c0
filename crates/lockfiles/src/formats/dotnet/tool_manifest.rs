//! .NET tool manifests, `dotnet-tools.json`, and the SDKs that `global.json` pins.
//! <https://learn.microsoft.com/dotnet/core/tools/local-tools-how-to-use>,
//! <https://learn.microsoft.com/dotnet/core/tools/global-json#msbuild-sdks>
//!
//! Tools are run while developing, SDKs while building. The .NET SDK itself is asked for, not installed: no component.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::text::LineIndex;

use crate::nuget::{self, Version};

/// Reads tool manifests and `global.json`.
pub(crate) struct ToolManifest;

loose_object! {
    struct Manifest<'a> {
        "tools" => tools: Map<'a, Loose<Tool<'a>>>,
        "msbuild-sdks" => sdks: Map<'a, Loose<Text<'a>>>,
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
            title: ".NET dotnet-tools.json, MSBuild SDKs of global.json",
            specification: "https://learn.microsoft.com/dotnet/core/tools/local-tools-how-to-use",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("dotnet-tools.json"), Interest::Name("global.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let bytes = strip_jsonc(&bytes);
        let lines = LineIndex::new(&*bytes);
        let mut manifest = Loose::<Manifest<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut manifest);
        if let Some(manifest) = manifest.get() {
            let tools = manifest
                .tools
                .entries()
                .iter()
                .map(|(id, tool)| (id, tool.get().and_then(|tool| tool.version.as_str()), Scope::Dev));
            let sdks = manifest.sdks.entries().iter().map(|(id, version)| (id, version.as_str(), Scope::Build));
            for (id, version, scope) in tools.chain(sdks) {
                emit(id, version, scope, lines.line_of(id).unwrap_or_default(), out);
            }
        }
        Ok(outcome?)
    }
}

fn emit(id: &str, version: Option<&str>, scope: Scope, line: u32, out: &mut Sink<'_>) {
    let version = version.and_then(Version::read);
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {id} is not known"));
    }
    if let Some(component) = nuget::package(id, version, line, out) {
        let at = out.component(Component { scope, ..component }, line);
        out.direct(at, scope);
    }
}
