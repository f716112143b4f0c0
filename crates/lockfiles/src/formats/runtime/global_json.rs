//! `global.json`: the .NET SDK of a project, and the SDKs of MSBuild that it takes from NuGet.
//! <https://learn.microsoft.com/dotnet/core/tools/global-json>
//!
//! `rollForward` says whether a later SDK may be taken; only `disable` pins.

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Map, Text};
use syntax::text::LineIndex;

use crate::runtime_pin::{emit, package};

/// Reads `global.json`.
pub(crate) struct GlobalJson;

#[derive(Deserialize)]
struct Global<'a> {
    #[serde(borrow, default)]
    sdk: Lenient<Sdk<'a>>,
    #[serde(borrow, default, rename = "msbuild-sdks")]
    msbuild_sdks: Lenient<Map<'a, Lenient<Text<'a>>>>,
}

#[derive(Deserialize)]
struct Sdk<'a> {
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
}

impl Extractor for GlobalJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("runtime/global-json")
    }

    fn about(&self) -> About {
        About {
            title: ".NET global.json",
            specification: "https://learn.microsoft.com/dotnet/core/tools/global-json",
            facts: &[Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("global.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        // Comments are allowed.
        let bytes = json::strip_jsonc(&bytes);
        let lines = LineIndex::new(&*bytes);
        let global: Global<'_> = json::from_slice(&bytes, file.budget().limits())?;
        if let Some(version) = global.sdk.get().and_then(|sdk| sdk.version.get()) {
            emit("dotnet-sdk", version, true, lines.line_of(version).unwrap_or_default(), out);
        }
        for (name, version) in global.msbuild_sdks.get().into_iter().flatten() {
            let line = lines.line_of(name).unwrap_or_default();
            match version.get() {
                Some(version) => package("nuget", name, version, line, out),
                None => out.malformed_entry(line, format!("{name} left out: its version is no text")),
            }
        }
        Ok(())
    }
}
