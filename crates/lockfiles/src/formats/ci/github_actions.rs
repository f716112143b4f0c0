//! GitHub Actions: workflows, reusable workflows and actions (`action.yml`); those of Gitea and Forgejo too.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>
//!
//! - `uses:` names an action or a reusable workflow of a repository at a ref, something beside the workflow (`./…`), or
//!   an image (`docker://…`). A path within the repository is the subpath of the purl.
//! - A ref that is no full commit may be moved, as the tags of tj-actions/changed-files were in March 2025: it is marked.
//! - A commit says nothing to a reader. The tag that it was pinned for is looked for in the comment behind it, and in a
//!   clone of the action's repository that lies in the source; when neither knows, that is said.
//! - What a workflow calls beside itself is an edge to that workflow or action, so that the path from a workflow to an
//!   action that it never names is there.

mod clone;
mod uses;

use std::collections::BTreeSet;

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use self::clone::Tags;
use self::uses::{Origin, Uses};
use crate::container_image;
use crate::repository::ancestors;

/// Reads workflows and actions.
pub(crate) struct GithubActions;

impl Extractor for GithubActions {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/github-actions")
    }

    fn about(&self) -> About {
        About {
            title: "GitHub Actions: workflows, reusable workflows, action.yml",
            specification: "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path(".github/workflows/*.yml"),
            Interest::Path(".github/workflows/*.yaml"),
            Interest::Path(".gitea/workflows/*.yml"),
            Interest::Path(".gitea/workflows/*.yaml"),
            Interest::Path(".forgejo/workflows/*.yml"),
            Interest::Path(".forgejo/workflows/*.yaml"),
            Interest::Name("action.yml"),
            Interest::Name("action.yaml"),
            Interest::Path(clone::CONFIG),
            Interest::Path(clone::PACKED_REFS),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        match file.path().name() {
            b"config" => {
                out.keep(clone::keep_config(&text));
                return Ok(());
            }
            b"packed-refs" => {
                out.keep(clone::keep_tags(&text));
                return Ok(());
            }
            _ => {}
        }
        // Other tools have an `action.yml` too.
        if file.path().name().starts_with(b"action.") && !text.contains("runs") {
            return Ok(());
        }
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        if let Some(root) = documents.first() {
            let lines: Vec<&str> = syntax::text::lines(&text).map(|(_, line)| line).collect();
            let mut reader = Reader { lines: &lines, local: String::new() };
            reader.read(root, file.path(), out);
            out.keep(reader.local);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let tags = Tags::gather(files);
        for file in files.files() {
            let is_workflow = files.path(file).is_some_and(|path| !clone::is_of_git(path));
            if is_workflow {
                tags.complete(files, file);
                follow(files, file);
            }
        }
    }
}

/// Reads one workflow or action.
struct Reader<'a> {
    lines: &'a [&'a str],
    /// What is used beside the file: line, tab and path.
    local: String,
}

impl Reader<'_> {
    fn read(&mut self, root: &Node, path: &SourcePath, out: &mut Sink<'_>) {
        let (jobs, runs) = (root.get("jobs"), root.get("runs"));
        if jobs.is_none() && runs.is_none() {
            return;
        }
        let mut project = Component::new(ComponentKind::Application, name_of(path));
        project.location = Some(path.clone());
        project.description = root.get_str("name").filter(|name| !name.is_empty()).map(Into::into);
        out.project(project, root.line());
        for (_, job) in jobs.into_iter().flat_map(Node::entries) {
            self.uses(job, out);
            self.steps(job, out);
            let services = job.get("services").into_iter().flat_map(Node::entries).map(|(_, service)| service);
            for container in job.get("container").into_iter().chain(services) {
                let image = if container.as_str().is_some() { Some(container) } else { container.get("image") };
                self.image(image, out);
            }
        }
        if let Some(runs) = runs {
            self.steps(runs, out);
            // An action in an image: one of a registry, or a Dockerfile beside it, which is read on its own.
            self.image(runs.get("image").filter(|image| image.as_str().is_some_and(|it| it.contains("://"))), out);
        }
    }

    fn steps(&mut self, holder: &Node, out: &mut Sink<'_>) {
        for step in holder.get("steps").into_iter().flat_map(Node::items) {
            self.uses(step, out);
        }
    }

    fn image(&mut self, image: Option<&Node>, out: &mut Sink<'_>) {
        let Some((image, text)) = image.and_then(|image| image.as_str().map(|text| (image, text))) else { return };
        // An expression may give nothing, which means no container.
        if !text.is_empty()
            && let Some(at) = container_image::emit(text, image.line(), Scope::Build, out)
        {
            out.direct(at, Scope::Build);
        }
    }

    fn uses(&mut self, holder: &Node, out: &mut Sink<'_>) {
        let Some(node) = holder.get("uses") else { return };
        let line = node.line();
        let Some(text) = node.as_str() else {
            return out.malformed_entry(line, "uses left out: it is no text");
        };
        match uses::parse(text) {
            Some(Uses::Local(path)) => self.local.push_str(&format!("{line}\t{path}\n")),
            Some(Uses::Image(_)) => self.image(Some(node), out),
            Some(Uses::Remote(remote)) => {
                let comment = usize::try_from(line).ok().and_then(|line| self.lines.get(line.checked_sub(1)?));
                let comment = comment.and_then(|line| uses::comment_after(line, text));
                if let Some(component) = remote.component(comment, line, out) {
                    let at = out.component(component, line);
                    out.direct(at, Scope::Build);
                }
            }
            None => {
                out.malformed_entry(line, format!("uses left out: {text} is neither an action nor a path nor an image"))
            }
        }
    }
}

/// The path from the root of the repository, which is how callers name it.
fn name_of(path: &SourcePath) -> String {
    let text = path.to_string();
    let start = [".github/", ".gitea/", ".forgejo/"].iter().filter_map(|part| text.rfind(part)).max();
    let name = start.and_then(|at| text.get(at..)).unwrap_or(&text);
    // An action is called by its directory.
    let directory = name.strip_suffix("/action.yml").or_else(|| name.strip_suffix("/action.yaml"));
    directory.unwrap_or(name).to_owned()
}

/// Relates a workflow or action to what it uses beside itself; what is not in the source is a component without a purl.
fn follow(files: &mut Resolver<'_>, file: FileHandle) {
    let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
    let Some((project, path)) = files.components(file).next().map(|(at, _)| at).zip(files.path(file).cloned()) else {
        return;
    };
    let mut done = BTreeSet::new();
    for (line, used) in kept.lines().filter_map(|entry| entry.split_once('\t')) {
        if !done.insert(used) {
            continue;
        }
        let line = line.parse().unwrap_or_default();
        let target = find_local(files, &path, used).and_then(|file| files.components(file).next().map(|(at, _)| at));
        match target {
            Some(target) if target != project => {
                files.relate(project, target, RelationshipKind::DependsOn, Scope::Build)
            }
            Some(_) => {}
            None => missing(files, project, used, line),
        }
    }
}

fn missing(files: &mut Resolver<'_>, project: Handle, used: &str, line: u32) {
    let Some(mut sink) = files.sink(project.file) else { return };
    sink.diagnose(DiagnosticCode::INCLUDE_MISSING, line, format!("{used} is not in the source"));
    let mut component = Component::new(ComponentKind::Library, used);
    component.scope = Scope::Build;
    component.properties.push((uses::ORIGIN.into(), Origin::Local.word().into()));
    let at = sink.component(component, line);
    sink.depends(project.component, at, Scope::Build);
}

/// The file that a local path means. It starts at the root of the repository, which is where `.github` lies; the root
/// of an action that lies elsewhere is not known, so each directory above it is tried.
fn find_local(files: &Resolver<'_>, caller: &SourcePath, used: &str) -> Option<FileHandle> {
    let caller_text = caller.as_bytes();
    let configured = [&b".github/"[..], b".gitea/", b".forgejo/"].iter().find_map(|part| {
        let at = memchr::memmem::rfind(caller_text, part)?;
        let before = caller_text.get(..at)?;
        (before.is_empty() || before.ends_with(b"/")).then_some(before)
    });
    let find = |root: &[u8]| {
        let join =
            |rest: &str| SourcePath::new([root, used.trim_start_matches("./").as_bytes(), rest.as_bytes()].concat());
        let candidates = ["", "/action.yml", "/action.yaml"].iter().filter_map(|rest| join(rest).ok());
        candidates.into_iter().find_map(|path| files.find(&path))
    };
    if let Some(root) = configured {
        return find(root);
    }
    ancestors(caller.parent()).find_map(|directory| {
        let slash = if directory.is_empty() || directory.ends_with(b"/") { &b""[..] } else { b"/" };
        find(&[directory, slash].concat())
    })
}
