//! Bazel modules: `MODULE.bazel` with `MODULE.bazel.lock` (lockfile versions 1 to 26), and `WORKSPACE` before them.
//! <https://bazel.build/external/module>, <https://bazel.build/external/lockfile>,
//! <https://bazel.build/rules/lib/repo/http>
//!
//! - `bazel_dep` states the lowest version that is wanted. Which one is taken is in the lockfile, so its word holds where
//!   it lies beside. `*_override` calls change where a module comes from; one from a directory is no published module.
//! - The lockfile of Bazel 6 and 7.0 has the graph. Later ones only list the files fetched from registries; of these,
//!   `source.json` is fetched for the modules that were selected, and for no other.
//! - A module extension makes repositories: crates, Go modules, wheels, npm packages, jars, archives. What its rule and
//!   its addresses say names the package; a repository that downloads nothing is none.
//! - `maven.install` lists what is wanted; a `maven_install.json` beside says which version is taken.
//! - Bazel files are programs. They are read, not run: what a name or function stands for is known only for strings.

mod declared;
mod lock;
mod repository;
mod selected;

use plimsoll_extract::prelude::*;

use super::maven_install;

/// Reads the modules and repositories of Bazel.
pub(crate) struct BazelModule;

impl Extractor for BazelModule {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("bazel/module")
    }

    fn about(&self) -> About {
        About {
            title: "Bazel MODULE.bazel, MODULE.bazel.lock 1 to 26, WORKSPACE",
            specification: "https://bazel.build/external/lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("MODULE.bazel"),
            Interest::Path("*.MODULE.bazel"),
            Interest::Name("MODULE.bazel.lock"),
            Interest::Name("WORKSPACE"),
            Interest::Name("WORKSPACE.bazel"),
            Interest::Name("WORKSPACE.bzlmod"),
            Interest::Suffix("maven_install.json"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let name = file.path().name();
        if name.ends_with(b".lock") {
            return lock::read(&bytes, file, out);
        }
        if name.ends_with(b".json") {
            selected::keep(&maven_install::versions(&bytes, file), out);
            return Ok(());
        }
        let text = syntax::text::decode(&bytes);
        declared::read(&text.text, file.path(), out);
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        selected::apply(files);
    }
}
