//! What Homebrew has installed: `Cellar/NAME/VERSION/INSTALL_RECEIPT.json`, the formula beside it in `.brew/NAME.rb`, and
//! the casks in `Caskroom`. <https://docs.brew.sh/Manpage>, <https://docs.brew.sh/Formula-Cookbook>
//!
//! - `runtime_dependencies` of a receipt are all of them, with versions; `declared_directly` marks those that the formula
//!   itself names (since Homebrew 4.2). An edge leads to the version that is installed.
//! - A formula is Ruby, and is never run: of the lines that hold a word and a string, `desc`, `homepage`, `url`, `sha256` and
//!   `license` are read. `url` and `sha256` are those of the source, not of the bottle that was poured.
//! - Name and version are those of the directory. A tap other than `homebrew/core` is the namespace.

use std::collections::BTreeMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Loose, Text, fill};

use crate::annotate;

/// Reads what Homebrew has installed.
pub(in crate::formats) struct Homebrew;

loose_object! {
    struct Receipt<'a> {
        "installed_on_request" => on_request: bool,
        "runtime_dependencies" => dependencies: Vec<Loose<Dependency<'a>>>,
        "source" => source: Source<'a>,
        "arch" => arch: Text<'a>,
        "poured_from_bottle" => poured: bool,
    }
}

loose_object! {
    struct Source<'a> {
        "tap" => tap: Text<'a>,
    }
}

loose_object! {
    struct Dependency<'a> {
        "full_name" => name: Text<'a>,
        "pkg_version" => package_version: Text<'a>,
        "version" => version: Text<'a>,
        "declared_directly" => direct: bool,
    }
}

impl Extractor for Homebrew {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/homebrew")
    }

    fn about(&self) -> About {
        About {
            title: "Homebrew: Cellar receipts and formulae, Caskroom",
            specification: "https://docs.brew.sh/Formula-Cookbook",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("Cellar/*/*/INSTALL_RECEIPT.json"),
            Interest::Path("Cellar/*/*/.brew/*.rb"),
            Interest::Path("Caskroom/*/.metadata/*/*/Casks/*.json"),
            Interest::Path("Caskroom/*/.metadata/*/*/Casks/*.rb"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let Some(place) = Place::of(file.path().as_bytes()) else { return Ok(()) };
        let text = syntax::text::decode(&bytes).text;
        if file.path().name() == b"INSTALL_RECEIPT.json" {
            return receipt(&bytes, &place, file, out);
        }
        let mut component = match place.component("", out) {
            Some(component) => component,
            None => return Ok(()),
        };
        if file.path().name().ends_with(b".rb") {
            formula(&text, place.is_cask, &mut component);
        } else {
            cask(&bytes, file, &mut component)?;
        }
        let at = out.component(component, 0);
        if place.is_cask {
            out.direct(at, Scope::Runtime);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        adopt(files);
        let mut installed: BTreeMap<(Vec<u8>, Box<str>), Vec<Keg>> = BTreeMap::new();
        for file in files.named("INSTALL_RECEIPT.json") {
            let Some(cellar) = files.path(file).and_then(|path| cellar_of(path.as_bytes())) else { continue };
            for (handle, found) in files.components(file) {
                let version = found.version.clone().unwrap_or_default();
                let kegs = installed.entry((cellar.clone(), found.name.clone())).or_default();
                // Many versions of one formula are a mistake or an attack.
                if kegs.len() < MAX_KEGS {
                    kegs.push((version, handle));
                }
            }
        }
        for file in files.named("INSTALL_RECEIPT.json") {
            let Some(cellar) = files.path(file).and_then(|path| cellar_of(path.as_bytes())) else { continue };
            let Some((from, _)) = files.components(file).next() else { continue };
            let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            for line in kept.lines() {
                let (name, version) = line.split_once('\t').unwrap_or((line, ""));
                let Some(found) = installed.get(&(cellar.clone(), name.into())) else { continue };
                let exact = found.iter().find(|(held, _)| **held == *version).or(found.last());
                if let Some((_, to)) = exact.filter(|(_, to)| *to != from) {
                    files.relate(from, *to, RelationshipKind::DependsOn, Scope::Runtime);
                }
            }
        }
    }
}

/// How many versions of a formula edges may lead to.
const MAX_KEGS: usize = 256;

/// A version of a formula that is installed.
type Keg = (Box<str>, Handle);

/// The directory that a file says something about.
struct Place {
    name: String,
    version: String,
    is_cask: bool,
}

impl Place {
    /// `…/Cellar/NAME/VERSION/…` or `…/Caskroom/NAME/.metadata/VERSION/…`.
    fn of(path: &[u8]) -> Option<Self> {
        let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
        let at = parts.iter().rposition(|part| matches!(*part, b"Cellar" | b"Caskroom"))?;
        let is_cask = parts.get(at) == Some(&&b"Caskroom"[..]);
        let part = |more: usize| Some(String::from_utf8_lossy(parts.get(at.checked_add(more)?)?).into_owned());
        Some(Self { name: part(1)?, version: part(if is_cask { 3 } else { 2 })?, is_cask })
    }

    fn component(&self, tap: &str, out: &mut Sink<'_>) -> Option<Component> {
        let tap = if matches!(tap, "homebrew/core" | "homebrew/cask") { "" } else { tap };
        let purl = Purl::builder("brew", self.name.as_str()).namespace(tap).version(self.version.as_str());
        let mut component = Component { group: None, ..Component::from_purl(out.purl(purl, 0)?) };
        if self.is_cask {
            component.kind = ComponentKind::Application;
        }
        annotate::property(&mut component, "plimsoll:brew:tap", Some(tap));
        Some(component)
    }
}

/// The directory of the cellar that a receipt lies in.
fn cellar_of(path: &[u8]) -> Option<Vec<u8>> {
    path.rsplitn(4, |&byte| byte == b'/').nth(3).map(<[u8]>::to_vec)
}

fn receipt(bytes: &[u8], place: &Place, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let mut root: Loose<Receipt<'_>> = Loose::default();
    let outcome = fill(bytes, file.budget().limits(), &mut root);
    let tap = root.get().and_then(|root| root.source.get()).and_then(|source| source.tap.as_str()).unwrap_or_default();
    // What the directory says holds whatever the receipt does.
    let Some(component) = place.component(tap, out) else { return Ok(()) };
    let at = out.component(component, 0);
    if let Some(root) = root.get() {
        if root.on_request.is_true() {
            out.direct(at, Scope::Runtime);
        }
        let dependencies: Vec<&Dependency<'_>> = root.dependencies.items().iter().filter_map(Loose::get).collect();
        let marked = dependencies.iter().any(|dependency| dependency.direct.is_true());
        let mut kept = String::new();
        for dependency in dependencies {
            let Some(name) = dependency.name.as_str().filter(|_| !marked || dependency.direct.is_true()) else {
                continue;
            };
            let version = dependency.package_version.as_str().or(dependency.version.as_str()).unwrap_or_default();
            kept.push_str(name.rsplit('/').next().unwrap_or(name));
            kept.push('\t');
            kept.push_str(version);
            kept.push('\n');
        }
        out.keep(kept);
    }
    outcome.map_err(Into::into)
}

/// The formula of a package whose receipt names a tap says that it is of that tap too.
fn adopt(files: &mut Resolver<'_>) {
    let all: Vec<FileHandle> = files.files().collect();
    for file in all {
        if files.path(file).is_none_or(|path| !path.parent().ends_with(b"/.brew")) {
            continue;
        }
        let Some(receipt) = files.find_beside(file, "../INSTALL_RECEIPT.json") else { continue };
        let Some(purl) = files.components(receipt).next().and_then(|(_, found)| found.purl.clone()) else { continue };
        let Some((handle, _)) = files.components(file).next() else { continue };
        if let Some(component) = files.get_mut(handle) {
            component.purl = Some(purl);
        }
    }
}

/// Reads the first of each word at the depth of the formula itself; resources have their own.
fn formula(text: &str, is_cask: bool, component: &mut Component) {
    let (mut url, mut sha256): (Option<&str>, Option<&str>) = (None, None);
    for (_, line) in syntax::text::lines(text) {
        let line = line.trim();
        // What follows is about other things.
        if line.starts_with("resource ") || line.starts_with("bottle do") || line.starts_with("def ") {
            break;
        }
        let Some((word, rest)) = line.split_once(' ') else { continue };
        match word {
            "desc" if component.description.is_none() => component.description = string(rest).map(Into::into),
            "homepage" => annotate::refer(component, ReferenceKind::Website, string(rest)),
            "url" if url.is_none() => url = string(rest),
            "sha256" if sha256.is_none() => sha256 = string(rest),
            "license" if component.licenses.is_empty() => annotate::license(component, license(rest)),
            _ => {}
        }
    }
    if let Some(url) = url.filter(|url| !url.contains("#{")) {
        let digest = sha256.and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex).ok());
        let kind = if is_cask { ReferenceKind::Distribution } else { ReferenceKind::SourceDistribution };
        component.references.push(ExternalReference { kind, url: url.into(), hashes: digest.into_iter().collect() });
    }
}

/// The string that a line goes on with.
fn string(rest: &str) -> Option<&str> {
    let rest = rest.trim();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest.get(1..)?.split_once(quote).map(|(text, _)| text)
}

/// `"MIT"`, `any_of: ["A", "B"]`, `all_of: ["A", "B"]`, `:public_domain`.
fn license(rest: &str) -> Option<String> {
    let join = match () {
        () if rest.starts_with("any_of:") => " OR ",
        () if rest.starts_with("all_of:") => " AND ",
        () => return string(rest).map(str::to_owned),
    };
    let names: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
    (!names.is_empty() && rest.trim_end().ends_with(']')).then(|| names.join(join))
}

loose_object! {
    struct Cask<'a> {
        "desc" => description: Text<'a>,
        "homepage" => homepage: Text<'a>,
        "url" => url: Text<'a>,
        "sha256" => sha256: Text<'a>,
    }
}

fn cask(bytes: &[u8], file: &File<'_>, component: &mut Component) -> Result<(), ExtractError> {
    let mut root: Loose<Cask<'_>> = Loose::default();
    fill(bytes, file.budget().limits(), &mut root)?;
    let Some(cask) = root.get() else { return Ok(()) };
    component.description = cask.description.as_str().map(Into::into);
    annotate::refer(component, ReferenceKind::Website, cask.homepage.as_str());
    if let Some(url) = cask.url.as_str() {
        let digest = cask.sha256.as_str().and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex).ok());
        let hashes = digest.into_iter().collect();
        component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url: url.into(), hashes });
    }
    Ok(())
}
