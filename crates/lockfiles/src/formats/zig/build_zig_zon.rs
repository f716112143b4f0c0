//! `build.zig.zon` of Zig. <https://github.com/ziglang/zig/blob/master/doc/build.zig.zon.md>
//!
//! A dependency has a URL and a hash, or a path; there is no registry, so its purl is a generic one with the URL. What
//! surprises: the hash is of the unpacked files and of no archive, so it is a property. Since Zig 0.14 it starts with
//! name and version of the package (`zap-0.9.1-…`); before, it was a multihash, and the version is at best in the URL. A
//! lazy dependency is fetched when the build asks for it.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, Tree, ZON, parts};

use crate::locator::without_password;
use crate::vcs::{git_url, reference};

/// Reads the dependencies of Zig projects.
pub(crate) struct BuildZigZon;

impl Extractor for BuildZigZon {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("zig/build-zig-zon")
    }

    fn about(&self) -> About {
        About {
            title: "Zig build.zig.zon",
            specification: "https://github.com/ziglang/zig/blob/master/doc/build.zig.zon.md",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("build.zig.zon")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &ZON, file.budget().limits());
        let Some(root) = trees.iter().find_map(|tree| tree.group('{')) else {
            return match fault {
                Some(fault) => Err(fault.into()),
                None => Err(ExtractError::malformed("no struct")),
            };
        };
        if let Some((name, line)) = field(root, "name").and_then(|(value, line)| Some((value.last()?.name()?, line))) {
            let mut component = Component::new(ComponentKind::Application, name);
            component.version = text_field(root, "version").map(Into::into);
            component.location = Some(file.path().clone());
            out.project(component, line);
        }
        let dependencies = field(root, "dependencies").and_then(|(value, _)| value.last()?.group('{'));
        for (name, value, line) in dependencies.into_iter().flat_map(fields) {
            match value.last().and_then(|tree| tree.group('{')) {
                Some(entry) => dependency(name, entry, file.path(), line, out),
                None => out.malformed_entry(line, format!("{name} is no struct")),
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// The fields of a struct: `.name = value`, `.@"na-me" = value`, with their lines.
fn fields<'t>(body: &'t [Tree<'t>]) -> impl Iterator<Item = (&'t str, &'t [Tree<'t>], u32)> {
    parts(body, &[","]).filter_map(|part| {
        let equals = part.iter().position(|tree| tree.is_mark("="))?;
        let (name, value) = part.split_at_checked(equals)?;
        let name = name.last()?;
        Some((name.name()?, value, name.line()))
    })
}

fn field<'t>(body: &'t [Tree<'t>], key: &str) -> Option<(&'t [Tree<'t>], u32)> {
    fields(body).find(|(name, ..)| *name == key).map(|(_, value, line)| (value, line))
}

fn text_field<'t>(body: &'t [Tree<'t>], key: &str) -> Option<&'t str> {
    field(body, key)?.0.last()?.text().filter(|text| !text.is_empty())
}

fn dependency(name: &str, entry: &[Tree<'_>], path: &SourcePath, line: u32, out: &mut Sink<'_>) {
    let lazy = field(entry, "lazy").and_then(|(value, _)| value.last()?.word()) == Some("true");
    let scope = if lazy { Scope::Optional } else { Scope::Unspecified };
    let component = if let Some(url) = text_field(entry, "url") {
        remote(name, url, text_field(entry, "hash"), line, out)
    } else if let Some(place) = text_field(entry, "path") {
        let mut component = Component::new(ComponentKind::Library, name);
        component.location = Some(path.sibling(place).unwrap_or_else(|| path.clone()));
        Some(component)
    } else {
        out.malformed_entry(line, format!("{name} has neither a URL nor a path"));
        None
    };
    if let Some(component) = component {
        let at = out.component(Component { scope, ..component }, line);
        out.direct(at, scope);
    }
}

fn remote(name: &str, url: &str, hash: Option<&str>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let stated = hash.and_then(named_in_hash);
    // What the project calls a package need not be its name.
    let package = stated.map_or(name, |(package, _)| package);
    let (key, kind, place, of_url) = match url.strip_prefix("git+") {
        Some(remote) => {
            let (remote, commit) = remote.split_once('#').unwrap_or((remote, ""));
            let (remote, asked) = remote.split_once('?').unwrap_or((remote, ""));
            let asked = asked.strip_prefix("ref=").filter(|asked| !asked.is_empty());
            let place = git_url(remote, Some(commit).filter(|commit| !commit.is_empty()).or(asked));
            ("vcs_url", ReferenceKind::Vcs, place, asked.or(Some(commit)))
        }
        None => {
            let place = without_password(url).into_owned();
            ("download_url", ReferenceKind::SourceDistribution, place, archive_version(url))
        }
    };
    let version = stated.map(|(_, version)| version).or(of_url).unwrap_or_default();
    let builder = Purl::builder("generic", package).version(version).qualifier(key, place.as_str());
    let mut component = Component::from_purl(out.purl(builder, line)?);
    component.references.push(reference(kind, place));
    match hash {
        Some(hash) => component.properties.push(("plimsoll:zig:hash".into(), hash.into())),
        None => out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} has no hash")),
    }
    if package != name {
        component.properties.push(("plimsoll:zig:name".into(), name.into()));
    }
    Some(component)
}

/// Name and version in `zap-0.9.1-GoeB8xCEJABL…`. Packages without a version of their own have `N-V-__…`.
fn named_in_hash(hash: &str) -> Option<(&str, &str)> {
    let (name, rest) = hash.split_once('-')?;
    // A version may have a dash; what is behind the last one has a fixed length, and may have dashes itself.
    let end = rest.len().checked_sub(HASH_TAIL)?;
    let version = rest.get(..end)?.strip_suffix('-')?;
    let named = name != "N" && version.starts_with(|first: char| first.is_ascii_digit());
    named.then_some((name, version))
}

/// 33 bytes in base64: the id of the package, its size, and 25 bytes of SHA-256.
const HASH_TAIL: usize = 44;

/// The tag or commit of an archive that a forge makes: `…/archive/refs/tags/v1.0.tar.gz`, `…/archive/COMMIT.zip`.
fn archive_version(url: &str) -> Option<&str> {
    let (_, reference) = url.split_once("/archive/")?;
    let reference = reference.strip_prefix("refs/tags/").or(reference.strip_prefix("refs/heads/")).unwrap_or(reference);
    let stem = [".tar.gz", ".tar.xz", ".tgz", ".zip"].iter().find_map(|end| reference.strip_suffix(end))?;
    stem.rsplit('/').next()
}
