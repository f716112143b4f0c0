//! Composer: `composer.lock`, the `composer/installed.json` of a vendor directory, and `composer.json`.
//! <https://getcomposer.org/doc/04-schema.md>, <https://getcomposer.org/doc/07-runtime.md>
//!
//! - The lock and the record of what is installed hold packages in one shape, so one extractor reads both. Composer 1
//!   wrote `installed.json` as a bare list; Composer 2 writes an object that names the development packages.
//! - A required name may be no package: `php`, `ext-json`, `lib-icu` and the like are the platform. They become
//!   properties of the package that asks for them.
//! - A package may `replace` or `provide` others: an edge to such a name leads to it.
//! - PHP writes an empty map as `[]`.
//! - What the project itself needs is only in `composer.json`. Without a lock its ranges are all that is known.

mod manifest;
mod package;

use plimsoll_extract::prelude::*;

/// Reads `composer.lock`, `installed.json` and `composer.json`.
pub(crate) struct Composer;

impl Extractor for Composer {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("php/composer")
    }

    fn about(&self) -> About {
        About {
            title: "composer.lock, installed.json 1 and 2, with composer.json",
            specification: "https://getcomposer.org/doc/04-schema.md",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("composer.lock"), Interest::Name("composer.json"), Interest::Path("composer/installed.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let limits = file.budget().limits();
        match file.path().name() {
            b"composer.json" => manifest::keep(&bytes, limits, out),
            name => package::read(&bytes, limits, name == b"installed.json", file.path(), out),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        manifest::join(files);
    }
}
