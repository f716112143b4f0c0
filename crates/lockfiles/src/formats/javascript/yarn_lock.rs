//! `yarn.lock`: version 1 of Yarn Classic, in a syntax of its own, and the YAML of Yarn 2 and later ("Berry").
//! <https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>, <https://yarnpkg.com/configuration/manifest>
//!
//! Entries are keyed by what is asked for (descriptors, `name@range`), several to an entry. The name in a descriptor is
//! what the dependent calls the package: the real one is in the resolution (Berry), behind `npm:` or in the URL.
//!
//! Neither form says which packages are for development, and Classic says nothing of the project: both come from the
//! `package.json` of the project and of its workspaces. Berry's checksums are of its own cache archives, not of what
//! the registry serves, so they are kept as a property.

mod berry;
mod classic;
mod locked;
mod projects;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::text;

use crate::npm_manifest::{Manifest, is_installed};

/// Reads the lock file of Yarn.
pub(crate) struct YarnLock;

impl Extractor for YarnLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/yarn-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Yarn yarn.lock, Classic and Berry",
            specification: "https://classic.yarnpkg.com/lang/en/docs/yarn-lock/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("yarn.lock"), Interest::Name("package.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if is_installed(file.path()) {
            return Ok(());
        }
        if file.path().name() == b"package.json" {
            return Manifest::keep(file, out);
        }
        let bytes = file.bytes()?;
        let decoded = text::decode(&bytes);
        if decoded.lossy {
            out.malformed_entry(0, "some bytes are not UTF-8");
        }
        let is_berry = decoded.text.lines().any(|line| line.starts_with("__metadata:"));
        let (entries, outcome) = if is_berry {
            berry::read(&decoded.text, file.budget().limits(), out)
        } else {
            (classic::read(&decoded.text, out), Ok(()))
        };
        locked::emit(file, &entries, out);
        outcome
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        projects::join(files);
    }
}
