//! Rockspecs of LuaRocks (`NAME-VERSION-REVISION.rockspec`), formats 1 to 3, and `luarocks.lock`.
//! <https://github.com/luarocks/luarocks/wiki/Rockspec-format>, <https://github.com/luarocks/luarocks/wiki/Pinning-versions-with-a-lock-file>
//!
//! A rockspec is a program, and is never run: assignments of texts and tables at its top are read, with `..` and names
//! of such variables. One whose version is `scm`, `dev` or `cvs` is that of a project; others describe a published
//! rock, also where it is installed. What a published one depends on is a matter of ranges: an edge leads to the newest
//! rock of that name in the source, and all of them are a property. Lua itself is no rock.

mod program;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, LUA, Tree};

use crate::project_manifest::{self, Layout, Manifest, Need, When};
use crate::vcs::{git_url, reference};
use program::{Program, entries};

/// Reads rockspecs and the lockfile of LuaRocks.
pub(crate) struct Rockspec;

const LOCK: &str = "luarocks.lock";

/// What a published rock depends on, as the file says it.
const DEPENDS: &str = "plimsoll:luarocks:depends";

/// The tables of dependencies.
const TABLES: [(&str, When); 3] =
    [("dependencies", When::Runtime), ("build_dependencies", When::Build), ("test_dependencies", When::Dev)];

impl Extractor for Rockspec {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("lua/rockspec")
    }

    fn about(&self) -> About {
        About {
            title: "LuaRocks rockspec 1 to 3, luarocks.lock",
            specification: "https://github.com/luarocks/luarocks/wiki/Rockspec-format",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".rockspec"), Interest::Name(LOCK)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &LUA, file.budget().limits());
        if file.path().name() == LOCK.as_bytes() {
            locked(&trees, out);
        } else {
            rock(&trees, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate_published(files);
        const LAYOUT: Layout =
            Layout { is_lock: |name| name == LOCK.as_bytes(), manifests: &[], fetched: &["rocks", "lua_modules"] };
        let manifests: Vec<FileHandle> =
            files.files().filter(|&file| files.path(file).is_some_and(|path| path.name() != LOCK.as_bytes())).collect();
        project_manifest::join_files(files, &LAYOUT, manifests, |need| Purl::builder("luarocks", need.name.as_str()));
    }
}

/// The pinned rocks of a lockfile.
fn locked(trees: &[Tree<'_>], out: &mut Sink<'_>) {
    let returned = trees.iter().find_map(|tree| tree.group('{')).unwrap_or_default();
    for (table, when) in TABLES {
        let list = entries(returned).find(|(key, _)| *key == Some(table)).and_then(|(_, value)| value.first());
        for (name, value) in entries(list.and_then(|list| list.group('{')).unwrap_or_default()) {
            let line = value.first().map_or(0, Tree::line);
            let (Some(name), Some(version)) = (name, value.first().and_then(Tree::text)) else {
                out.malformed_entry(line, "not a rock and its version");
                continue;
            };
            if name == "lua" {
                continue;
            }
            let Some(purl) = out.purl(Purl::builder("luarocks", name).version(version), line) else { continue };
            let component = Component { scope: when.scope(), ..Component::from_purl(purl) };
            out.component(component, line);
        }
    }
}

fn rock(trees: &[Tree<'_>], out: &mut Sink<'_>) {
    let program = Program::read(trees);
    let (Some((name, line)), Some((version, _))) = (program.text("package"), program.text("version")) else {
        return out.malformed_entry(0, "no package and version that are literal");
    };
    let needs = needs(&program, out);
    let project = ["scm", "dev", "cvs"].iter().any(|word| version.split('-').next() == Some(*word));
    if !project && let Some(purl) = out.purl(Purl::builder("luarocks", name).version(version), line) {
        let mut component = Component::from_purl(purl);
        describe(&program, &mut component, line, out);
        for need in &needs {
            let text = format!("{} {}", need.name, need.range);
            component.properties.push((DEPENDS.into(), text.trim_end().into()));
        }
        out.component(component, line);
    }
    let description = |key: &str| program.field("description", key).map(str::to_owned);
    let manifest = Manifest {
        name: Some(name.to_owned()),
        version: Some(version.to_owned()),
        description: description("summary"),
        license: description("license"),
        line,
        needs,
    };
    manifest.keep(out);
}

fn describe(program: &Program<'_>, component: &mut Component, line: u32, out: &mut Sink<'_>) {
    let text = |key: &str| program.field("description", key).filter(|text| !text.is_empty());
    component.description = text("summary").map(Into::into);
    component.licenses.extend(text("license").and_then(License::declared));
    component.supplier = text("maintainer").map(Into::into);
    component.references.extend(text("homepage").map(|url| reference(ReferenceKind::Website, url)));
    component.references.extend(text("issues_url").map(|url| reference(ReferenceKind::IssueTracker, url)));
    let source = |key: &str| program.field("source", key).filter(|text| !text.is_empty());
    let Some(url) = source("url") else { return };
    if url.starts_with("git") {
        let revision = source("tag").or_else(|| source("branch"));
        return component.references.push(reference(ReferenceKind::Vcs, git_url(url, revision)));
    }
    let digest = source("md5").map(|hex| Digest::from_hex(DigestAlgorithm::Md5, hex));
    if matches!(digest, Some(Err(_))) {
        out.malformed_entry(line, "source.md5 is not one");
    }
    let hashes: Vec<Digest> = digest.and_then(Result::ok).into_iter().collect();
    component.hashes.clone_from(&hashes);
    let url = crate::locator::without_password(url).into_owned().into();
    component.references.push(ExternalReference { kind: ReferenceKind::SourceDistribution, url, hashes });
}

fn needs(program: &Program<'_>, out: &mut Sink<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    for (table, when) in TABLES {
        for (key, value) in entries(program.table(table)) {
            let line = value.first().map_or(0, Tree::line);
            let Some(text) = program.evaluate(value) else {
                // `platforms` holds the dependencies of single platforms.
                if key.is_none() {
                    out.malformed_entry(line, "dependency that is no literal");
                }
                continue;
            };
            let end = text.find(|character: char| character.is_whitespace() || "=<>~".contains(character));
            let (name, range) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((&text, ""));
            // A name may be qualified by the user that uploads it.
            let name = name.rsplit('/').next().unwrap_or_default().to_lowercase();
            if name != "lua" && !name.is_empty() {
                needs.push(Need { name, range: range.trim().to_owned(), when, line, ..Need::default() });
            }
        }
    }
    needs
}

/// Edges between published rocks that are in the source; what they kept is used up.
fn relate_published(files: &mut Resolver<'_>) {
    let mut by_name: HashMap<Box<str>, (Handle, Box<str>)> = HashMap::new();
    let mut published = Vec::new();
    for file in files.files() {
        if files.path(file).is_some_and(|path| path.name() == LOCK.as_bytes()) {
            continue;
        }
        let Some((handle, component)) = files.components(file).next() else { continue };
        let version = component.version.clone().unwrap_or_default();
        published.push((file, handle));
        let held = by_name.entry(component.name.clone()).or_insert_with(|| (handle, version.clone()));
        if numbers(&held.1) < numbers(&version) {
            *held = (handle, version);
        }
    }
    for (file, from) in published {
        let kept = files.take_kept(file);
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&kept) else { continue };
        for need in manifest.needs {
            if let Some((to, _)) = by_name.get(&*need.name) {
                files.relate(from, *to, RelationshipKind::DependsOn, need.when.scope());
            }
        }
    }
}

/// The numbers of a version, which are what LuaRocks compares first.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split(|character: char| !character.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok()).collect()
}
