//! `flake.lock`, versions 5 to 7. <https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#lock-files>
//!
//! - A graph of `nodes`; `root` names the one that is the project. An input is the name of a node, or a path of inputs
//!   from the root, when it `follows` that of another: `["nixpkgs"]`.
//! - `locked` says what was fetched, by type: `github`, `gitlab`, `sourcehut`, `git`, `hg`, `tarball`, `file`, `path`, and
//!   `indirect`, which is never locked. A `path` is part of the project: it has no purl.
//! - `narHash` is the digest of the unpacked tree in Nix's own archive format, of no file that can be downloaded: a property.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Fill, Loose, Map, SeqAccess, Text, fill};

/// Reads the lockfile of a Nix flake.
pub(crate) struct FlakeLock;

loose_object! {
    struct Lock<'a> {
        "nodes" => nodes: Map<'a, Loose<Node<'a>>>,
        "root" => root: Text<'a>,
        "version" => version: u64,
    }
}

loose_object! {
    struct Node<'a> {
        "inputs" => inputs: Map<'a, Loose<Input<'a>>>,
        "locked" => locked: Locked<'a>,
    }
}

loose_object! {
    struct Locked<'a> {
        "type" => kind: Text<'a>,
        "owner" => owner: Text<'a>,
        "repo" => repository: Text<'a>,
        "rev" => revision: Text<'a>,
        "ref" => reference: Text<'a>,
        "host" => host: Text<'a>,
        "url" => url: Text<'a>,
        "path" => path: Text<'a>,
        "narHash" => nar_hash: Text<'a>,
    }
}

/// The name of a node, or a path of inputs from the root.
#[derive(Debug, Default)]
enum Input<'a> {
    #[default]
    None,
    Node(String),
    Follows(Vec<Loose<Text<'a>>>),
}

impl<'de> Fill<'de> for Input<'de> {
    fn string(&mut self, text: std::borrow::Cow<'de, str>) -> bool {
        *self = Self::Node(text.into_owned());
        true
    }

    fn array<A: SeqAccess<'de>>(&mut self, items: A) -> Result<bool, A::Error> {
        let mut path: Vec<Loose<Text<'de>>> = Vec::new();
        let filled = path.array(items)?;
        *self = Self::Follows(path);
        Ok(filled)
    }
}

impl Extractor for FlakeLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("nix/flake-lock")
    }

    fn about(&self) -> About {
        About {
            title: "flake.lock versions 5 to 7",
            specification: "https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#lock-files",
            facts: &[Fact::Edges, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("flake.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut lock: Loose<Lock<'_>> = Loose::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut lock);
        if let Some(lock) = lock.get() {
            let lines = syntax::text::LineIndex::new(&*bytes);
            graph(lock, &lines, file, out);
            if let Some(&version) = lock.version.get().filter(|version| !(5..=7).contains(*version)) {
                out.diagnose(
                    DiagnosticCode::UNSUPPORTED_VERSION,
                    0,
                    format!("version {version} of the format is not known"),
                );
            }
        }
        outcome?;
        if lock.get().is_none_or(|lock| lock.nodes.entries().is_empty()) {
            return Err(ExtractError::malformed("no nodes"));
        }
        Ok(())
    }
}

fn graph(lock: &Lock<'_>, lines: &syntax::text::LineIndex<'_>, file: &File<'_>, out: &mut Sink<'_>) {
    let root = lock.root.as_str().unwrap_or("root");
    let nodes: BTreeMap<&str, &Node<'_>> =
        lock.nodes.entries().iter().filter_map(|(name, node)| Some((name.as_str(), node.get()?))).collect();
    let mut inputs: HashMap<(&str, &str), &Input<'_>> = HashMap::new();
    for (name, node) in &nodes {
        let held = node.inputs.entries().iter().filter_map(|(input, value)| Some((input.as_str(), value.get()?)));
        inputs.extend(held.map(|(input, value)| ((*name, input), value)));
    }
    let mut components: BTreeMap<&str, ComponentRef> = BTreeMap::new();
    for (name, node) in lock.nodes.entries() {
        let line = lines.line_of(name.as_str()).unwrap_or(0);
        let name = name.as_str();
        if name == root {
            continue;
        }
        let Some(locked) = node.get().and_then(|node| node.locked.get()) else {
            out.malformed_entry(line, format!("input {name:?} is not locked; left out"));
            continue;
        };
        if let Some(component) = component(name, locked, line, file, out) {
            components.insert(name, out.component(component, line));
        }
    }
    for (name, node) in &nodes {
        for (_, input) in node.inputs.entries() {
            let target = input.get().and_then(|input| resolve(input, root, &inputs));
            let Some(&to) = target.and_then(|target| components.get(target)) else { continue };
            match components.get(name) {
                Some(&from) if from != to => out.depends(from, to, Scope::Unspecified),
                None if *name == root => out.direct(to, Scope::Unspecified),
                _ => {}
            }
        }
    }
}

/// How many inputs a path that `follows` others may lead through.
const MAX_STEPS: usize = 64;

/// The node that an input stands for; `inputs` are those of each node by name.
fn resolve<'i>(input: &'i Input<'_>, root: &'i str, inputs: &HashMap<(&str, &str), &'i Input<'_>>) -> Option<&'i str> {
    let path = match input {
        Input::Node(name) => return Some(name),
        Input::Follows(path) => path,
        Input::None => return None,
    };
    // What is still to be walked, the next step last; a step may itself follow another path from the root.
    let mut steps: Vec<&str> = path.iter().take(MAX_STEPS).filter_map(Loose::as_str).rev().collect();
    let mut at = root;
    for _ in 0..MAX_STEPS {
        let Some(step) = steps.pop() else { return Some(at) };
        match inputs.get(&(at, step))? {
            Input::Node(name) => at = name,
            Input::Follows(path) => {
                at = root;
                steps.extend(path.iter().take(MAX_STEPS).filter_map(Loose::as_str).rev());
            }
            Input::None => return None,
        }
    }
    None
}

fn component(name: &str, locked: &Locked<'_>, line: u32, file: &File<'_>, out: &mut Sink<'_>) -> Option<Component> {
    let revision = locked.revision.as_str();
    // GitLab's groups within groups: the slash is written as it is in the address of the API.
    let owner = locked.owner.as_str().unwrap_or_default().replace("%2F", "/");
    let repository = locked.repository.as_str().unwrap_or(name);
    let url = match locked.kind.as_str() {
        Some("path") => {
            let path = file.path().sibling(locked.path.as_str().unwrap_or(name));
            return Some(Component { location: path, ..Component::new(ComponentKind::Library, name) });
        }
        Some("github") => format!("https://{}/{owner}/{repository}", locked.host.as_str().unwrap_or("github.com")),
        Some("gitlab") => format!("https://{}/{owner}/{repository}", locked.host.as_str().unwrap_or("gitlab.com")),
        Some("sourcehut") => format!("https://{}/{owner}/{repository}", locked.host.as_str().unwrap_or("git.sr.ht")),
        _ => locked.url.as_str()?.to_owned(),
    };
    let is_download = matches!(locked.kind.as_str(), Some("tarball" | "file"));
    let vcs = if locked.kind.as_str() == Some("hg") {
        let pinned = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
        format!("hg+{}{pinned}", url.strip_prefix("hg+").unwrap_or(&url))
    } else {
        crate::vcs::git_url(&url, revision)
    };
    let builder = match (locked.kind.as_str(), locked.host.as_str()) {
        (Some("github"), None) => Purl::builder("github", repository).namespace(owner.as_str()),
        _ if is_download => Purl::builder("generic", name).qualifier("download_url", url.as_str()),
        _ => Purl::builder("generic", repository).qualifier("vcs_url", vcs.as_str()),
    };
    let mut component = Component::from_purl(out.purl(builder.version(revision.unwrap_or_default()), line)?);
    let (kind, url) = if is_download { (ReferenceKind::SourceDistribution, url) } else { (ReferenceKind::Vcs, vcs) };
    component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
    let mut property = |name: &'static str, value: Option<&str>| {
        component.properties.extend(value.map(|value| (name.into(), value.into())));
    };
    property("plimsoll:nix:nar-hash", locked.nar_hash.as_str());
    property("plimsoll:nix:ref", locked.reference.as_str());
    property("plimsoll:nix:input", Some(name).filter(|name| *name != repository));
    Some(component)
}
