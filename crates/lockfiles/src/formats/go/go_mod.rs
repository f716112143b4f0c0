//! Go modules: `go.mod`, with `go.sum`, `go.work` and `vendor/modules.txt`. <https://go.dev/ref/mod>
//!
//! - Since Go 1.17 `go.mod` lists every module that the build can need; those marked `// indirect` are not the project's
//!   own choice. Which module needs which is in none of these files, so there are no edges between modules.
//! - Before Go 1.17 the others are only in `go.sum`. It is a list of hashes, not an inventory, and may hold versions
//!   that are not used any more: the highest version of each module is reported, with less confidence.
//! - The path of a module holds its major version (`/v2`): it is part of the name of the package URL, never a subpath.
//! - `replace`: what is built is the replacement, so that is reported, with the module that it stands for as a property.
//!   A directory is no published module and gets no package URL; when it lies outside the source, so that only the name
//!   is known, the name is reported without a version.
//! - `go` and `toolchain` say which Go is asked for, not which one is installed: properties, never a component.
//! - `h1:` hashes are over the list of a module's files, not over a file that could be fetched: a property.

mod modfile;
mod module;
mod sum;
mod vendor;
mod workspace;

use plimsoll_extract::prelude::*;

/// Reads `go.mod` and the files that belong to it.
pub(crate) struct GoMod;

impl Extractor for GoMod {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("go/mod")
    }

    fn about(&self) -> About {
        About {
            title: "go.mod, with go.sum, go.work and vendor/modules.txt",
            specification: "https://go.dev/ref/mod",
            facts: &[Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("go.mod"),
            Interest::Name("go.sum"),
            Interest::Name("go.work"),
            Interest::Path("vendor/modules.txt"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() == b"go.sum" {
            out.keep(&*bytes);
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        match file.path().name() {
            b"go.mod" => module::read(&text, file.path(), out),
            b"go.work" => workspace::keep(&text, out),
            _ => vendor::read(&text, file.path(), out),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        workspace::apply(files);
        workspace::find_local_modules(files);
        sum::join(files);
    }
}

#[cfg(test)]
mod tests;
