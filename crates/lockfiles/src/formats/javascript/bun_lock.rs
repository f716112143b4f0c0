//! `bun.lock`, versions 0 and 1: JSON with comments and trailing commas. <https://bun.sh/docs/pm/lockfile>
//!
//! Keys of `packages` are places, as in `node_modules` but with only names between the slashes: `a/b` is the `b` inside
//! `a`, and a workspace has its name for a place. A value is a list whose first item is `name@version` with the real
//! name; the shape of the rest depends on where the package comes from:
//!
//! - registry: `[id, registry, info, integrity]`, in old files without the registry
//! - git: `[id, info, commit]`, archive: `[id, info]` with an integrity in newer files
//! - workspace, link: `[id]` or `[id, info]`
//!
//! So the items are told apart by their types. Which packages are for development follows from the workspaces.

mod tree;

use std::borrow::Cow;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Place, SeqAccess, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::text::LineIndex;

use crate::npm_manifest::is_installed;

/// Reads the lock file of Bun in its text form.
pub(crate) struct BunLock;

/// The newest version that is known.
const NEWEST: u64 = 1;

/// Name to range.
type Ranges<'a> = Map<'a, Loose<Text<'a>>>;

loose_object! {
    struct Lock<'a> {
        "lockfileVersion" => lockfile_version: u64,
        "workspaces" => workspaces: Map<'a, Loose<Info<'a>>>,
        "packages" => packages: Map<'a, Loose<Package<'a>>>,
    }
}

loose_object! {
    /// A workspace, or what a package says of itself.
    struct Info<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "dependencies" => dependencies: Ranges<'a>,
        "devDependencies" => dev_dependencies: Ranges<'a>,
        "optionalDependencies" => optional_dependencies: Ranges<'a>,
        "peerDependencies" => peer_dependencies: Ranges<'a>,
        "optionalPeers" => optional_peers: Vec<Loose<Text<'a>>>,
    }
}

/// The list of a package, by the types of its items.
#[derive(Debug, Default)]
struct Package<'a> {
    texts: Vec<Text<'a>>,
    info: Info<'a>,
}

/// An item of the list.
#[derive(Debug)]
enum Item<'a> {
    Text(Text<'a>),
    Info(Box<Info<'a>>),
}

impl Default for Item<'_> {
    fn default() -> Self {
        Self::Text(Text::default())
    }
}

impl<'de> Fill<'de> for Item<'de> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        let mut held = Text::default();
        held.string(text);
        *self = Self::Text(held);
        true
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut info = Box::<Info<'de>>::default();
        info.object(map)?;
        *self = Self::Info(info);
        Ok(true)
    }
}

impl<'de> Fill<'de> for Package<'de> {
    fn array<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        let mut item = Loose::<Item<'de>>::Absent;
        while items.next_element_seed(Place(&mut item))?.is_some() {
            match std::mem::take(&mut item).into_option() {
                Some(Item::Text(text)) => self.texts.push(text),
                Some(Item::Info(info)) => self.info = *info,
                None => {}
            }
        }
        Ok(!self.texts.is_empty())
    }
}

impl Extractor for BunLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/bun-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Bun bun.lock 0 and 1",
            specification: "https://bun.sh/docs/pm/lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("bun.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if is_installed(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let json = strip_jsonc(&bytes);
        let mut root = Loose::<Lock<'_>>::Absent;
        let outcome = fill(&json, file.budget().limits(), &mut root);
        let Some(lock) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        match lock.lockfile_version {
            Loose::Read(version) if version > NEWEST => {
                let message = format!("version {version} is read as version {NEWEST}");
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
            }
            Loose::Read(_) => {}
            _ => out.malformed_entry(0, "lockfileVersion is missing or not a number"),
        }
        tree::emit(file, &lock, &LineIndex::new(&*json), out);
        Ok(outcome?)
    }
}
