//! Paket: `paket.lock`, with `paket.dependencies` beside it. <https://fsprojects.github.io/Paket/lock-file.html>
//!
//! - A lock has groups, each a closed graph; the first has no name and is called `Main`. Lines are told apart by their
//!   indent: a source, its settings, packages at four spaces and what each needs at six.
//! - `paket.dependencies` says what the project asks for itself. Without a lock its packages are listed as they stand.
//! - `GITHUB`, `GIST`, `GIT` and `HTTP` sources are single files or repositories, which no package registry knows.
//! - The scope is read from the names of the groups.

mod lock;
mod wanted;

use plimsoll_extract::prelude::*;

/// Reads the files of Paket.
pub(crate) struct Paket;

impl Extractor for Paket {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/paket")
    }

    fn about(&self) -> About {
        About {
            title: "Paket paket.lock, paket.dependencies",
            specification: "https://fsprojects.github.io/Paket/lock-file.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("paket.lock"), Interest::Name("paket.dependencies")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        if file.path().name().ends_with(b".lock") {
            lock::read(&text, out);
        } else {
            wanted::keep(&text, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        wanted::apply(files);
    }
}

/// The name of the group that has none.
const MAIN: &str = "Main";

/// What a group is for. The project's own dependencies are in the first one.
fn scope_of(group: &str) -> Scope {
    let lower = group.to_ascii_lowercase();
    if lower == "main" {
        Scope::Runtime
    } else if lower.contains("test") || lower.contains("bench") {
        Scope::Dev
    } else if ["build", "analyzer", "docs", "tool", "lint", "fake"].iter().any(|word| lower.contains(word)) {
        Scope::Build
    } else {
        Scope::Unspecified
    }
}
