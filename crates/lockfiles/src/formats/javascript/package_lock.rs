//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1, 2 and 3, and the hidden lock file that npm 7 and later
//! keep as `node_modules/.package-lock.json`. <https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>
//!
//! Version 2 says everything twice: `packages` as version 3 does, and `dependencies` for npm 6. Only the first is read
//! when both are there, since the second knows neither workspaces nor peers.
//!
//! What surprises: an entry's place is a path, not its name; `name` is there only when the two differ (an alias). A
//! lock file inside `node_modules` other than the hidden one is what a package was developed with. npm does not use it,
//! and neither do we; what such a package brought along is found installed beside it.

mod nested;
mod packages;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::npm::LicenseField;
use plimsoll_extract::syntax::text::LineIndex;

use crate::npm_manifest::{self, Manifest};

/// Reads the lock files of npm.
pub(crate) struct PackageLock;

/// The newest version that is known; npm itself reads newer ones as this.
const NEWEST: u64 = 3;

/// Name to range.
type Ranges<'a> = Map<'a, Loose<Text<'a>>>;

loose_object! {
    struct Lock<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "lockfileVersion" => lockfile_version: u64,
        "packages" => packages: Map<'a, Loose<Box<Entry<'a>>>>,
        "dependencies" => dependencies: Map<'a, Loose<Nested<'a>>>,
    }
}

loose_object! {
    /// An entry of `packages`.
    struct Entry<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "resolved" => resolved: Text<'a>,
        "integrity" => integrity: Text<'a>,
        "license" => license: LicenseField<'a>,
        "licenses" => licenses: LicenseField<'a>,
        "deprecated" => deprecated: Text<'a>,
        /// A list or an object; only whether it is there counts.
        "workspaces" => workspaces: Text<'a>,
        "link" => link: bool,
        "dev" => dev: bool,
        "optional" => optional: bool,
        "devOptional" => dev_optional: bool,
        "inBundle" => bundled: bool,
        "hasInstallScript" => install_script: bool,
        "dependencies" => dependencies: Ranges<'a>,
        "devDependencies" => dev_dependencies: Ranges<'a>,
        "optionalDependencies" => optional_dependencies: Ranges<'a>,
        "peerDependencies" => peer_dependencies: Ranges<'a>,
        "peerDependenciesMeta" => peer_meta: Map<'a, Loose<Map<'a, Loose<bool>>>>,
    }
}

loose_object! {
    /// An entry of `dependencies`, as npm 5 and 6 nest them.
    struct Nested<'a> {
        "version" => version: Text<'a>,
        "resolved" => resolved: Text<'a>,
        "integrity" => integrity: Text<'a>,
        "dev" => dev: bool,
        "optional" => optional: bool,
        "bundled" => bundled: bool,
        "requires" => requires: Ranges<'a>,
        "dependencies" => dependencies: Map<'a, Loose<Nested<'a>>>,
    }
}

impl Extractor for PackageLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/package-lock")
    }

    fn about(&self) -> About {
        About {
            title: "npm package-lock.json 1 to 3, npm-shrinkwrap.json, node_modules/.package-lock.json",
            specification: "https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("package-lock.json"),
            Interest::Name("npm-shrinkwrap.json"),
            Interest::Path("node_modules/.package-lock.json"),
            // For version 1, which does not say what the project itself asks for.
            Interest::Name("package.json"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let name = file.path().name();
        let hidden = name == b".package-lock.json";
        if !hidden && npm_manifest::is_installed(file.path()) {
            return Ok(());
        }
        if name == b"package.json" {
            return Manifest::keep(file, out);
        }
        let bytes = file.bytes()?;
        let mut root = Loose::<Lock<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(lock) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        match lock.lockfile_version {
            Loose::Read(version) if version > NEWEST => {
                let message = format!("version {version} is read as version {NEWEST}");
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
            }
            Loose::Wrong => out.malformed_entry(0, "lockfileVersion is not a number"),
            _ => {}
        }
        let lines = LineIndex::new(&bytes);
        if lock.packages.get().is_some() {
            packages::emit(file, lock, &lines, hidden, out);
        } else {
            nested::emit(file, &lock, &lines, out);
        }
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        nested::join_manifests(files);
    }
}
