//! `global.json`: the .NET SDK of a project. The SDKs of MSBuild in it are packages, and read with the tools of .NET.
//! <https://learn.microsoft.com/dotnet/core/tools/global-json>
//!
//! `rollForward` says whether a later SDK may be taken when this one is not there.

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{self, Lenient, Text};
use syntax::text::LineIndex;

use crate::runtime_pin::emit;

/// Reads `global.json`.
pub(crate) struct GlobalJson;

#[derive(Deserialize)]
struct Global<'a> {
    #[serde(borrow, default)]
    sdk: Lenient<Sdk<'a>>,
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
        Ok(())
    }
}
