//! `rebar.lock` of rebar3, versions 1.1.0 and 1.2.0, and the bare list of before.
//! <https://rebar3.org/docs/configuration/dependencies/#lock-files>
//!
//! `{Name, {pkg, Package, Version}, Level}`: level 0 is what the project names, which of them needs the others is not
//! recorded. A second term holds the checksums by application: `pkg_hash` of the parts, `pkg_hash_ext` of the file.
//! What surprises: a package may be called otherwise than its application, and so may be one from a directory of a
//! repository (`git_subdir`).

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, ERLANG, Tree, parts};

use crate::beam;
use crate::project_manifest::Layout;

/// Reads the lockfile of rebar3.
pub(crate) struct RebarLock;

/// What `rebar.config` says is read of no project: level 0 says as much.
const LAYOUT: Layout = Layout { is_lock: |name| name == b"rebar.lock", manifests: &[], fetched: &["_build", "deps"] };

impl Extractor for RebarLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("erlang/rebar-lock")
    }

    fn about(&self) -> About {
        About {
            title: "rebar3 rebar.lock",
            specification: "https://rebar3.org/docs/configuration/dependencies/#lock-files",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("rebar.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if LAYOUT.is_fetched(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &ERLANG, file.budget().limits());
        let mut terms = parts(&trees, &["."]).filter_map(<[Tree<'_>]>::first);
        let Some(first) = terms.next() else {
            return fault.map_or(Ok(()), |fault| Err(fault.into()));
        };
        let locked = match first.group('{') {
            // `{"1.2.0", [ … ]}`.
            Some(versioned) => {
                let version = versioned.first().and_then(Tree::text).unwrap_or_default();
                if !version.starts_with("1.") {
                    let message = format!("rebar.lock version {version}");
                    out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, first.line(), message);
                }
                versioned.iter().find_map(|tree| tree.group('['))
            }
            None => first.group('['),
        };
        let Some(locked) = locked else {
            return Err(ExtractError::malformed_at(first.line(), "no list of locked applications"));
        };
        let checksums = terms.next().and_then(|tree| tree.group('[')).unwrap_or_default();
        let inner = table(checksums, "pkg_hash");
        let outer = table(checksums, "pkg_hash_ext");
        for entry in parts(locked, &[","]) {
            let line = entry.first().map_or(0, Tree::line);
            let Some((application, component, level)) = entry.first().and_then(|tree| locked_one(tree, out)) else {
                out.malformed_entry(line, "not a locked application");
                continue;
            };
            let Some(mut component) = component else { continue };
            if let Some(hex) = outer.get(application) {
                beam::add_checksum(&mut component, hex, line, out);
            }
            if let Some(hex) = inner.get(application) {
                component.properties.push((beam::INNER_CHECKSUM.into(), hex.to_lowercase().into()));
            }
            let at = out.component(component, line);
            if level == "0" {
                out.direct(at, Scope::Unspecified);
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// A string, also as a binary: `<<"text">>`.
fn string<'t>(part: &'t [Tree<'_>]) -> Option<&'t str> {
    part.iter().find_map(Tree::text)
}

/// `{pkg_hash, [{<<"name">>, <<"HEX">>}, …]}` as a map.
fn table<'t>(lists: &'t [Tree<'_>], name: &str) -> HashMap<&'t str, &'t str> {
    let of_name =
        |tree: &&'t Tree<'_>| tree.group('{').and_then(|inner| inner.first()).and_then(Tree::name) == Some(name);
    let list = lists.iter().find(of_name).and_then(|tree| tree.group('{')?.iter().find_map(|tree| tree.group('[')));
    let pair = |part: &'t [Tree<'_>]| {
        let mut pair = parts(part.first()?.group('{')?, &[",", "<<", ">>"]);
        Some((string(pair.next()?)?, string(pair.next()?)?))
    };
    parts(list.unwrap_or_default(), &[","]).filter_map(pair).collect()
}

type Locked<'t> = (&'t str, Option<Component>, &'t str);

/// `{<<"name">>, {pkg, <<"package">>, <<"1.0.0">>}, 0}`, or with `{git, "URL", {ref, "commit"}}`.
fn locked_one<'t>(tree: &'t Tree<'_>, out: &mut Sink<'_>) -> Option<Locked<'t>> {
    let line = tree.line();
    let fields: Vec<&[Tree<'_>]> = parts(tree.group('{')?, &[",", "<<", ">>"]).collect();
    let [name, source, level] = fields.as_slice() else { return None };
    let application = name.last()?.name()?;
    let source: Vec<&[Tree<'_>]> = parts(source.first()?.group('{')?, &[",", "<<", ">>"]).collect();
    let text = |at: usize| source.get(at).copied().and_then(string);
    let component = match source.first()?.first()?.name()? {
        "pkg" => beam::hex(text(1)?, text(2)?, "", line, out),
        "git" | "git_subdir" | "hg" => {
            let commit = source.get(2)?.first()?.group('{').and_then(string).or_else(|| text(2))?;
            beam::repository(application, None, (text(1)?, commit), line, out)
        }
        _ => return None,
    };
    Some((application, component, level.last()?.word()?))
}
