//! Packages, as the lock and `installed.json` hold them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Lenient, Map, Text};
use plimsoll_extract::syntax::text::LineIndex;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::locator::without_password;

/// A package that this one takes the place of.
pub(super) const REPLACES: &str = "plimsoll:composer:replaces";
/// A virtual package that this one is an implementation of.
pub(super) const PROVIDES: &str = "plimsoll:composer:provides";

/// Packages that provide one virtual package, at most; `psr/log-implementation` has a handful in a large project.
const MAX_PROVIDERS: usize = 64;

/// `composer.lock`, and `installed.json` of Composer 2.
#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default, rename = "packages-dev")]
    dev_packages: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default, rename = "dev-package-names")]
    dev_names: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow, default)]
    source: Lenient<Origin<'a>>,
    #[serde(borrow, default)]
    dist: Lenient<Origin<'a>>,
    #[serde(borrow, default)]
    require: Links<'a>,
    #[serde(borrow, default)]
    replace: Links<'a>,
    #[serde(borrow, default)]
    provide: Links<'a>,
    #[serde(borrow, default)]
    license: Option<&'a RawValue>,
    #[serde(borrow, default)]
    authors: Lenient<Vec<Author<'a>>>,
    #[serde(borrow, default)]
    description: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    homepage: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    support: Lenient<Support<'a>>,
    #[serde(borrow, default)]
    abandoned: Option<&'a RawValue>,
}

/// Names and constraints; `[]` when there are none.
#[derive(Default)]
pub(super) struct Links<'a> {
    entries: Map<'a, Text<'a>>,
    /// There is something, but it is no map of texts.
    wrong: bool,
}

impl<'a> Links<'a> {
    /// The names and constraints.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, (Text<'a>, Text<'a>)> {
        self.entries.iter()
    }

    /// Whether there is something that cannot be read.
    pub(super) fn is_wrong(&self) -> bool {
        self.wrong
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Links<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        let empty = raw == "null" || raw.bytes().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']'));
        Ok(match serde_json::from_str(raw) {
            Ok(entries) => Self { entries, wrong: false },
            Err(_) => Self { entries: Map::default(), wrong: !empty },
        })
    }
}

#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    url: Option<Text<'a>>,
    #[serde(borrow, default)]
    reference: Option<Text<'a>>,
    #[serde(borrow, default)]
    shasum: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Author<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    email: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Support<'a> {
    #[serde(borrow, default)]
    issues: Option<Text<'a>>,
    #[serde(borrow, default)]
    docs: Option<Text<'a>>,
}

/// Reads a lock, or the record of what is installed.
pub(super) fn read(
    bytes: &[u8],
    limits: &plimsoll_model::Limits,
    installed: bool,
    path: &SourcePath,
    out: &mut Sink<'_>,
) -> Result<(), ExtractError> {
    let bytes = syntax::text::strip_bom(bytes);
    let lock = if bytes.trim_ascii_start().first() == Some(&b'[') {
        let packages = Some(syntax::json::from_slice(bytes, limits)?);
        Lock { packages, dev_packages: None, dev_names: None }
    } else {
        syntax::json::from_slice(bytes, limits)?
    };
    let dev_names: HashSet<&str> = lock.dev_names.iter().flatten().map(Text::as_str).collect();
    let lines = LineIndex::new(bytes);
    let mut reader = Reader { lines, path, packages: Vec::new() };
    // A record of Composer 1 does not tell development packages apart.
    let scope = if installed && lock.dev_names.is_none() { Scope::Unspecified } else { Scope::Runtime };
    for raw in lock.packages.into_iter().flatten() {
        reader.emit(raw, scope, &dev_names, out);
    }
    for raw in lock.dev_packages.into_iter().flatten() {
        reader.emit(raw, Scope::Dev, &dev_names, out);
    }
    reader.relate(out);
    Ok(())
}

struct Reader<'a> {
    lines: LineIndex<'a>,
    path: &'a SourcePath,
    packages: Vec<(Package<'a>, ComponentRef)>,
}

impl<'a> Reader<'a> {
    fn emit(&mut self, raw: &'a RawValue, scope: Scope, dev_names: &HashSet<&str>, out: &mut Sink<'_>) {
        let line = self.lines.line_of(raw.get()).unwrap_or(0);
        let package: Package<'a> = match serde_json::from_str(raw.get()) {
            Ok(package) => package,
            Err(_) => return out.malformed_entry(line, "package without name or version"),
        };
        let line = self.lines.line_of(&package.name).unwrap_or(line);
        if [&package.require, &package.replace, &package.provide].into_iter().any(Links::is_wrong) {
            out.malformed_entry(line, format!("what {} requires, replaces or provides is no map", package.name));
        }
        let Some(mut component) = component(&package, self.path, line, out) else { return };
        component.scope = if dev_names.contains(package.name.as_str()) { Scope::Dev } else { scope };
        let at = out.component(component, line);
        self.packages.push((package, at));
    }

    fn relate(&self, out: &mut Sink<'_>) {
        let mut by_name: HashMap<Cow<'_, str>, Vec<ComponentRef>> = HashMap::new();
        for (package, at) in &self.packages {
            by_name.entry(lower(&package.name)).or_default().push(*at);
        }
        let mut stand_ins: HashMap<Cow<'_, str>, Vec<ComponentRef>> = HashMap::new();
        for (package, at) in &self.packages {
            for (name, _) in [&package.replace, &package.provide].into_iter().flat_map(Links::iter) {
                let providers = stand_ins.entry(lower(name)).or_default();
                if providers.len() < MAX_PROVIDERS {
                    providers.push(*at);
                }
            }
        }
        for (package, from) in &self.packages {
            for (name, _) in package.require.iter() {
                let name = lower(name);
                let targets = by_name.get(&name).or_else(|| stand_ins.get(&name));
                targets.into_iter().flatten().for_each(|&to| out.depends(*from, to, Scope::Runtime));
            }
        }
    }
}

/// Names are the same in any case.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether a required name is the platform's and no package's. Every package has a vendor.
/// <https://getcomposer.org/doc/01-basic-usage.md#platform-packages>
pub(super) fn is_platform(name: &str) -> bool {
    !name.contains('/')
}

fn component(package: &Package<'_>, path: &SourcePath, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (vendor, name) = package.name.split_once('/').unwrap_or(("", &package.name));
    let version = package.version.as_str();
    let dist = package.dist.get();
    let local = dist.filter(|dist| dist.kind.as_ref().is_some_and(|kind| kind == "path"));
    let mut component = match local.and_then(|dist| dist.url.as_ref()) {
        Some(url) => {
            let mut component = Component::new(ComponentKind::Library, name);
            component.group = (!vendor.is_empty()).then(|| vendor.into());
            component.version = Some(version.into());
            component.location = path.sibling(url.as_bytes()).or_else(|| Some(path.clone()));
            component
        }
        None => {
            let source = package.source.get().and_then(vcs);
            let mut builder = Purl::builder("composer", name).namespace(vendor).version(version);
            // Without an archive the commit is the only thing that says what is meant.
            if let (None, Some(url)) = (dist, &source) {
                builder = builder.qualifier("vcs_url", url.as_str());
            }
            let mut component = Component::from_purl(out.purl(builder, line)?);
            component.references.extend(source.map(|url| reference(ReferenceKind::Vcs, &url)));
            if let Some(dist) = dist {
                archive(dist, &mut component, line, out);
            }
            component
        }
    };
    describe(package, &mut component);
    Some(component)
}

/// The URL of the repository, with the commit.
fn vcs(source: &Origin<'_>) -> Option<String> {
    let (kind, url) = (source.kind.as_ref()?, source.url.as_ref()?);
    if kind.as_str() == "git" {
        return Some(crate::vcs::git_url(url, source.reference.as_ref().map(Text::as_str)));
    }
    let commit = source.reference.as_ref().map(|reference| format!("@{reference}")).unwrap_or_default();
    Some(format!("{kind}+{}{commit}", without_password(url)))
}

fn archive(dist: &Origin<'_>, component: &mut Component, line: u32, out: &mut Sink<'_>) {
    let shasum = dist.shasum.as_ref().map(Text::as_str).filter(|shasum| !shasum.is_empty());
    match shasum.map(|shasum| Digest::from_hex(DigestAlgorithm::Sha1, shasum)).transpose() {
        Ok(digest) => component.hashes.extend(digest),
        Err(error) => out.malformed_entry(line, format!("shasum of {}: {error}", component.name)),
    }
    component.references.extend(dist.url.as_ref().map(|url| reference(ReferenceKind::Distribution, url)));
}

fn describe(package: &Package<'_>, component: &mut Component) {
    component.licenses = licenses(package.license);
    let author = package.authors.get().and_then(|authors| authors.first());
    component.author = author.and_then(|author| match (&author.name, &author.email) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>").into()),
        (Some(text), None) | (None, Some(text)) => Some(text.as_str().into()),
        (None, None) => None,
    });
    component.description = package.description.get().map(|text| text.as_str().into());
    let support = package.support.get();
    for (kind, url) in [
        (ReferenceKind::Website, package.homepage.get()),
        (ReferenceKind::IssueTracker, support.and_then(|support| support.issues.as_ref())),
        (ReferenceKind::Documentation, support.and_then(|support| support.docs.as_ref())),
    ] {
        component.references.extend(url.filter(|url| !url.is_empty()).map(|url| reference(kind, url)));
    }
    let platform = package.require.iter().filter(|(name, _)| is_platform(name));
    let named = platform.map(|link| ("plimsoll:composer:platform", link));
    let named = named.chain(package.replace.iter().map(|link| (REPLACES, link)));
    for (property, (name, constraint)) in named.chain(package.provide.iter().map(|link| (PROVIDES, link))) {
        component.properties.push((property.into(), format!("{name} {constraint}").into()));
    }
    // `true`, or the name of what to use instead.
    let abandoned =
        package.abandoned.map(|raw| raw.get().trim_matches('"')).filter(|text| !matches!(*text, "false" | "null"));
    component.properties.extend(abandoned.map(|text| ("plimsoll:composer:abandoned".into(), text.into())));
}

/// One licence, or a list of which any may be chosen (schema, `license`).
pub(super) fn licenses(raw: Option<&RawValue>) -> Vec<License> {
    let Some(raw) = raw else { return Vec::new() };
    if let Ok(text) = serde_json::from_str::<Text<'_>>(raw.get()) {
        return License::declared(&text).into_iter().collect();
    }
    let names: Vec<Text<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
    if names.len() < 2 {
        return names.iter().filter_map(|name| License::declared(name)).collect();
    }
    let bracketed = names.iter().map(|name| match name.contains(' ') && !name.starts_with('(') {
        true => format!("({name})"),
        false => name.to_string(),
    });
    let choice = License::declared(&bracketed.collect::<Vec<_>>().join(" OR "));
    match choice.filter(|choice| choice.expression().is_some()) {
        Some(choice) => vec![choice],
        None => names.iter().filter_map(|name| License::declared(name)).collect(),
    }
}

fn reference(kind: ReferenceKind, url: &str) -> ExternalReference {
    ExternalReference { kind, url: without_password(url).into(), hashes: Vec::new() }
}
