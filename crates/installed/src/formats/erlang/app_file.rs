//! Application files of Erlang/OTP: `ebin/NAME.app`, in OTP itself, in releases and in built dependencies.
//! <https://www.erlang.org/doc/apps/kernel/app.html>
//!
//! One term, `{application, Name, [{vsn, "1.0"}, {applications, [kernel, stdlib]}, …]}`. What it needs to run leads to
//! the application of that name in the same release, then to any other. What surprises: applications are also those
//! that are included and not started; Elixir and Hex add `licenses` and `links`. What a build keeps below `_build/…/lib`
//! is the same as what the lockfile of the project says, and is left to that.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, ERLANG, Tree, parts};

/// Reads the application files of Erlang.
pub(crate) struct AppFile;

/// Fields of what an application needs.
const NEEDS: [(&str, Scope); 3] = [
    ("applications", Scope::Runtime),
    ("included_applications", Scope::Runtime),
    ("optional_applications", Scope::Optional),
];

impl Extractor for AppFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("erlang/app-file")
    }

    fn about(&self) -> About {
        About {
            title: "Erlang/OTP application files (ebin/*.app)",
            specification: "https://www.erlang.org/doc/apps/kernel/app.html",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".app")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if is_intermediate(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &ERLANG, file.budget().limits());
        let term = trees.first().and_then(|tree| tree.group('{'));
        let Some([kind, _, name, _, rest @ ..]) = term.filter(|term| is_application(term)) else {
            return match fault {
                Some(fault) if in_ebin(file.path()) => Err(fault.into()),
                None if in_ebin(file.path()) => Err(ExtractError::malformed("no application")),
                // Other things end in `.app` as well.
                _ => Ok(()),
            };
        };
        let fields = rest.first().and_then(|tree| tree.group('[')).unwrap_or_default();
        emit(kind.line(), name.name().unwrap_or_default(), fields, out);
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate(files);
    }
}

fn is_application(term: &[Tree<'_>]) -> bool {
    term.first().and_then(Tree::word) == Some("application") && term.get(2).is_some_and(|name| name.name().is_some())
}

fn in_ebin(path: &SourcePath) -> bool {
    path.parent().rsplit(|&byte| byte == b'/').next() == Some(b"ebin")
}

/// `_build/default/lib/NAME/ebin/NAME.app`: what a build made on the way, and no release.
fn is_intermediate(path: &SourcePath) -> bool {
    let parts: Vec<&[u8]> = path.as_bytes().split(|&byte| byte == b'/').collect();
    let build = parts.iter().position(|part| *part == b"_build");
    build.and_then(|at| parts.get(at.saturating_add(2))).is_some_and(|part| *part == b"lib")
}

/// The value of `{key, value}` in a list.
fn field<'t, 'a>(fields: &'t [Tree<'a>], key: &str) -> Option<&'t Tree<'a>> {
    parts(fields, &[","]).find_map(|part| {
        let pair = part.first()?.group('{')?;
        (pair.first()?.name() == Some(key)).then(|| pair.last())?
    })
}

fn emit(line: u32, name: &str, fields: &[Tree<'_>], out: &mut Sink<'_>) {
    // A template of a release has `git` or `"git"` for its version.
    let version = field(fields, "vsn").and_then(Tree::text).unwrap_or_default();
    let Some(purl) = out.purl(Purl::builder("otp", name).version(version), line) else { return };
    let mut component = Component::from_purl(purl);
    let text = |key: &str| field(fields, key).and_then(Tree::text).filter(|text| !text.is_empty());
    component.description = text("description").map(Into::into);
    let licenses = field(fields, "licenses").and_then(|list| list.group('[')).unwrap_or_default();
    component.licenses.extend(licenses.iter().filter_map(|license| License::declared(license.text()?)));
    let links = field(fields, "links").and_then(|list| list.group('[')).unwrap_or_default();
    for pair in links.iter().filter_map(|link| link.group('{')) {
        if let Some(url) = pair.last().and_then(Tree::text).filter(|url| url.contains("://")) {
            let reference = ExternalReference { kind: ReferenceKind::Website, url: url.into(), hashes: Vec::new() };
            component.references.push(reference);
        }
    }
    if version.is_empty() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{name} states no version"));
    }
    out.component(component, line);
    let needs: Vec<(&str, bool)> = NEEDS
        .iter()
        .flat_map(|&(key, scope)| {
            let list = field(fields, key).and_then(|list| list.group('[')).unwrap_or_default();
            list.iter().filter_map(Tree::name).map(move |name| (name, scope == Scope::Optional))
        })
        .collect();
    if let Ok(kept) = serde_json::to_vec(&needs) {
        out.keep(kept);
    }
}

/// The directory `lib` of a release, which holds `NAME-1.0/ebin/NAME.app`.
fn release(path: &SourcePath) -> &[u8] {
    let mut directory = path.parent();
    for _ in 0..2 {
        let end = directory.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        directory = directory.get(..end).unwrap_or_default();
    }
    directory
}

fn relate(files: &mut Resolver<'_>) {
    let mut here: HashMap<(Box<[u8]>, Box<str>), Handle> = HashMap::new();
    let mut anywhere: HashMap<Box<str>, Handle> = HashMap::new();
    for file in files.files() {
        let Some(path) = files.path(file) else { continue };
        let release: Box<[u8]> = release(path).into();
        if let Some((at, component)) = files.components(file).next() {
            here.insert((release, component.name.clone()), at);
            anywhere.entry(component.name.clone()).or_insert(at);
        }
    }
    for file in files.files() {
        let Ok(needs) = serde_json::from_slice::<Vec<(String, bool)>>(files.kept(file)) else { continue };
        let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
        let release: Box<[u8]> = files.path(file).map(release).unwrap_or_default().into();
        for (name, optional) in needs {
            let name: Box<str> = name.into();
            let to = here.get(&(release.clone(), name.clone())).or_else(|| anywhere.get(&name));
            if let Some(&to) = to.filter(|to| **to != from) {
                let scope = if optional { Scope::Optional } else { Scope::Runtime };
                files.relate(from, to, RelationshipKind::DependsOn, scope);
            }
        }
    }
}
