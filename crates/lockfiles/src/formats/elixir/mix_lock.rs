//! `mix.lock` of Mix, with `mix.exs`. <https://hexdocs.pm/mix/Mix.Project.html>; the shape of an entry is in Hex's
//! `lib/hex/utils.ex`.
//!
//! An entry is keyed by the application and holds
//! `{:hex, :package, "version", "inner checksum", managers, dependencies, "repository", "outer checksum"}`; older ones
//! end earlier. A package may be called otherwise than its application, and dependencies go by applications. What
//! surprises: a dependency that is optional or for another environment need not be locked; the outer checksum is that
//! of the file, the inner one is of its parts. `mix.exs` is a program: only its lists of literals are read.

mod manifest;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, ELIXIR, Tree, parts};

use crate::{beam, project_manifest};

/// Reads the lockfile of Elixir.
pub(crate) struct MixLock;

impl Extractor for MixLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("elixir/mix-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Mix mix.lock, mix.exs",
            specification: "https://hexdocs.pm/mix/Mix.Project.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("mix.lock"), Interest::Name("mix.exs")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if manifest::LAYOUT.is_fetched(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &ELIXIR, file.budget().limits());
        if file.path().name() == b"mix.exs" {
            // A program has more brackets and quotes than its literals.
            manifest::read(&trees).keep(out);
            return Ok(());
        }
        let Some(entries) = trees.iter().find_map(|tree| tree.group('{')) else {
            return match fault {
                Some(fault) => Err(fault.into()),
                None => Err(ExtractError::malformed("no map")),
            };
        };
        emit(entries, out);
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &manifest::LAYOUT, |need| Purl::builder("hex", need.name.as_str()));
    }
}

fn emit<'t>(entries: &'t [Tree<'t>], out: &mut Sink<'_>) {
    let mut by_application: HashMap<&str, ComponentRef> = HashMap::new();
    let mut needs = Vec::new();
    for entry in parts(entries, &[","]) {
        let line = entry.first().map_or(0, Tree::line);
        let (Some(application), Some(fields)) =
            (entry.first().and_then(Tree::name), entry.last().and_then(|tree| tree.group('{')))
        else {
            out.malformed_entry(line, "not an application and its lock");
            continue;
        };
        let fields: Vec<&[Tree<'_>]> = parts(fields, &[","]).collect();
        let field = |at: usize| fields.get(at).and_then(|part| part.last()).and_then(Tree::name).unwrap_or_default();
        let component = match field(0) {
            "hex" if !field(2).is_empty() => hex(&field, line, out),
            "git" if !field(2).is_empty() => beam::repository(application, None, (field(1), field(2)), line, out),
            _ => {
                out.malformed_entry(line, format!("{application} is locked in an unknown way"));
                None
            }
        };
        let Some(mut component) = component else { continue };
        if *component.name != *application {
            component.properties.push((beam::APPLICATION.into(), application.into()));
        }
        let at = out.component(component, line);
        by_application.insert(application, at);
        let dependencies = fields.get(5).and_then(|part| part.first()).and_then(|tree| tree.group('['));
        for dependency in parts(dependencies.unwrap_or_default(), &[","]) {
            needs.extend(dependency.first().and_then(|tree| need(tree)).map(|(name, scope)| (at, name, scope)));
        }
    }
    for (from, application, scope) in needs {
        if let Some(&to) = by_application.get(application) {
            out.depends(from, to, scope);
        }
    }
}

fn hex<'t>(field: &impl Fn(usize) -> &'t str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let mut component = beam::hex(field(1), field(2), field(6), line, out)?;
    // Hex 0.20 added the outer checksum.
    if !field(7).is_empty() {
        beam::add_checksum(&mut component, field(7), line, out);
    }
    if !field(3).is_empty() {
        component.properties.push((beam::INNER_CHECKSUM.into(), field(3).into()));
    }
    Some(component)
}

/// `{:application, "~> 1.0", [hex: :package, repo: "hexpm", optional: true]}`.
fn need<'t>(tree: &'t Tree<'_>) -> Option<(&'t str, Scope)> {
    let fields = tree.group('{')?;
    let mut fields = parts(fields, &[","]);
    let application = fields.next()?.last()?.name()?;
    let options = fields.find_map(|part| part.first()?.group('['));
    let optional = parts(options.unwrap_or_default(), &[","]).any(|option| {
        option.first().and_then(Tree::word) == Some("optional") && option.last().and_then(Tree::word) == Some("true")
    });
    Some((application, if optional { Scope::Optional } else { Scope::Runtime }))
}
