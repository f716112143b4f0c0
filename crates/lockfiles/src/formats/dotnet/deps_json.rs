//! `*.deps.json`, what the .NET host reads to find the assemblies of a program; written beside it by `dotnet build` and
//! `dotnet publish`.
//! <https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md#sections-depsjson>
//!
//! `targets` holds the graph for the one target named in `runtimeTarget`, `libraries` the digests. What surprises:
//! - A package that brings no file to the target is listed all the same (old framework packages, packages of packages).
//!   Nothing of it is delivered, so it is no component; what needs it needs what it needs.
//! - A self-contained program names its runtime as a library `runtimepack.…`, which is the package without that prefix.
//! - The program itself is a library of type `project`, like the projects it references.

mod graph;

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use syntax::json::{self, Lenient, Map, Text};
use syntax::text::LineIndex;

use graph::Graph;

/// Reads the dependency manifest of .NET programs.
pub(crate) struct DepsJson;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    #[serde(borrow, default)]
    runtime_target: Lenient<RuntimeTarget<'a>>,
    #[serde(borrow, default)]
    targets: Map<'a, Map<'a, Lenient<Entry<'a>>>>,
    #[serde(borrow, default)]
    libraries: Map<'a, Lenient<Library<'a>>>,
}

#[derive(Deserialize)]
struct RuntimeTarget<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, default)]
    dependencies: Map<'a, Lenient<Text<'a>>>,
    runtime: Option<IgnoredAny>,
    runtime_targets: Option<IgnoredAny>,
    native: Option<IgnoredAny>,
    resources: Option<IgnoredAny>,
}

impl Entry<'_> {
    /// Whether the library brings a file to the target.
    fn is_delivered(&self) -> bool {
        self.runtime.is_some() || self.runtime_targets.is_some() || self.native.is_some() || self.resources.is_some()
    }
}

#[derive(Deserialize)]
struct Library<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow)]
    sha512: Option<Text<'a>>,
}

impl Extractor for DepsJson {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/deps-json")
    }

    fn about(&self) -> About {
        About {
            title: ".NET deps.json",
            specification: "https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md",
            facts: &[Fact::Edges, Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".deps.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let manifest: Manifest<'_> = json::from_slice(&bytes, file.budget().limits())?;
        let named = manifest.runtime_target.get().map(|target| target.name.as_str()).unwrap_or_default();
        let graph = Graph::new(named, &manifest.targets, &manifest.libraries, &lines, out);
        graph.emit(file.path(), &lines, out);
        Ok(())
    }
}
