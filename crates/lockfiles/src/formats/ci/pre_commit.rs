//! `.pre-commit-config.yaml`: repositories of hooks, and what hooks install besides.
//! <https://pre-commit.com/#pre-commit-configyaml---repos>
//!
//! - `rev` is a tag, or a commit; `pre-commit autoupdate --freeze` writes the tag behind it, `# frozen: v1.2.3`.
//! - `repo: local` and `repo: meta` are nothing from elsewhere, but local hooks may install packages.
//! - The registry of `additional_dependencies` is that of the hook's `language`, which the hook's repository knows when
//!   this file does not say. Then the shape of an entry tells: `name@1.0` is npm's, anything else is Python's.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::pip_requirement::{self, Entry};
use crate::pypi::Origin;
use crate::repository::{Repository, is_commit};

/// Reads the configuration of pre-commit.
pub(crate) struct PreCommit;

impl Extractor for PreCommit {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/pre-commit")
    }

    fn about(&self) -> About {
        About {
            title: ".pre-commit-config.yaml",
            specification: "https://pre-commit.com/#pre-commit-configyaml---repos",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(".pre-commit-config.yaml"), Interest::Name(".pre-commit-config.yml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let lines: Vec<&str> = syntax::text::lines(&text).map(|(_, line)| line).collect();
        let root = documents.first();
        // The first format of the file was the bare list.
        let repositories = root.and_then(|root| root.get("repos").or(root.as_seq().map(|_| root)));
        for repository in repositories.into_iter().flat_map(Node::items) {
            let at = hooks_of(repository, &lines, out);
            for hook in repository.get("hooks").into_iter().flat_map(Node::items) {
                for dependency in hook.get("additional_dependencies").into_iter().flat_map(Node::items) {
                    additional(dependency, hook.get_str("language"), at, file.path(), out);
                }
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn hooks_of(node: &Node, lines: &[&str], out: &mut Sink<'_>) -> Option<ComponentRef> {
    let line = node.line();
    let Some(url) = node.get_str("repo").filter(|url| !url.is_empty()) else {
        out.malformed_entry(line, "repository left out: it has no URL");
        return None;
    };
    if matches!(url, "local" | "meta" | "builtin") {
        return None;
    }
    let revision = node.get("rev").or_else(|| node.get("sha"));
    let text = revision.and_then(Node::as_str).unwrap_or_default();
    let mut component = Repository { url, revision: text, ..Repository::default() }.component(line, out)?;
    component.scope = Scope::Dev;
    if text.is_empty() {
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{url} has no revision"));
    } else if is_commit(text) {
        let source = revision.and_then(|revision| lines.get(usize::try_from(revision.line()).ok()?.checked_sub(1)?));
        let frozen = source.and_then(|line| line.split_once('#')).map(|(_, comment)| comment.trim());
        if let Some(tag) = frozen.and_then(|comment| comment.strip_prefix("frozen:")) {
            component.properties.push(("plimsoll:github:tag".into(), tag.trim().into()));
            component.properties.push(("plimsoll:github:resolved-by".into(), "comment".into()));
        }
    }
    for hook in node.get("hooks").into_iter().flat_map(Node::items).filter_map(|hook| hook.get_str("id")) {
        component.properties.push(("plimsoll:pre-commit:hook".into(), hook.into()));
    }
    let at = out.component(component, line);
    out.direct(at, Scope::Dev);
    Some(at)
}

fn additional(node: &Node, language: Option<&str>, hooks: Option<ComponentRef>, path: &SourcePath, out: &mut Sink<'_>) {
    let line = node.line();
    let Some(text) = node.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
        return out.malformed_entry(line, "additional dependency left out: it is no text");
    };
    let as_npm = text.get(1..).is_some_and(|rest| rest.contains('@')) && !text.contains("==") && !text.contains(" @ ");
    let language = language.unwrap_or(if as_npm && !text.contains("://") { "node" } else { "python" });
    let at = match language {
        "python" | "conda" => match pip_requirement::parse(text) {
            Entry::Package(package) => pip_requirement::component(&package, Origin::Index(None), path, line, out),
            _ => {
                out.malformed_entry(line, format!("additional dependency left out: {text} is no requirement"));
                None
            }
        },
        "node" => {
            let cut = text.get(1..).and_then(|rest| rest.find('@')).and_then(|at| at.checked_add(1));
            let (name, version) = cut.and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""));
            registered("npm", name, version.trim_start_matches('@'), line, out)
        }
        "rust" => {
            let text = text.strip_prefix("cli:").unwrap_or(text);
            let (name, version) = text.split_once(':').unwrap_or((text, ""));
            registered("cargo", name, version, line, out)
        }
        "golang" => {
            let (name, version) = text.split_once('@').unwrap_or((text, ""));
            registered("golang", name, version, line, out)
        }
        "ruby" => {
            let (name, version) = text.split_once(':').unwrap_or((text, ""));
            registered("gem", name, version, line, out)
        }
        other => {
            let message = format!("additional dependency left out: packages of {other} are not read");
            out.malformed_entry(line, message);
            None
        }
    };
    let Some(at) = at else { return };
    if let Some(component) = out.get_mut(at) {
        component.scope = Scope::Dev;
        let open = component.version.is_none().then(|| component.name.to_string());
        if let Some(name) = open {
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
        }
    }
    match hooks {
        Some(hooks) => out.depends(hooks, at, Scope::Dev),
        None => out.direct(at, Scope::Dev),
    }
}

fn registered(kind: &str, name: &str, version: &str, line: u32, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let exact =
        version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) && !version.contains([' ', '*', 'x']);
    let (namespace, short) = name.rsplit_once('/').unwrap_or(("", name));
    let builder = Purl::builder(kind, short).namespace(namespace).version(if exact { version } else { "" });
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if !exact {
        component.version_range = Some(version).filter(|version| !version.is_empty()).map(Into::into);
    }
    Some(out.component(component, line))
}
