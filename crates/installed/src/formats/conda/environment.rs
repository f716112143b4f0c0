//! Conda environments: `conda-meta/*.json`, one file a package, and `conda-meta/history`.
//! <https://docs.conda.io/projects/conda/en/latest/dev-guide/specs/conda-meta.html>,
//! <https://github.com/conda/schemas/blob/main/repodata-record-1.schema.json>
//!
//! - The directory above `conda-meta` is an environment, named or the base one. Its packages need each other by name;
//!   needs such as `__glibc` are met by the machine.
//! - Paths in `files` start from the environment. Of a `noarch` package they are where the files were put.
//! - What pip installed into the environment is no package of conda: its metadata is owned by no package, and belongs
//!   to the environment.
//! - `requested_spec` is what the user typed; it is `None` as a text where the user did not ask.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::conda::{self, Archive};
use syntax::json::{self, Lenient, Text};

/// The directory of an environment that holds its metadata.
const DIRECTORY: &str = "conda-meta";
/// Names of packages are kept for edges with this between them.
const SEPARATOR: &str = "\n";

/// Reads the metadata of conda environments.
pub(crate) struct Environment;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    name: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    version: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    build: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    build_string: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    channel: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    subdir: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "fn")]
    file_name: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    url: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    license: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    md5: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    sha256: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    depends: Lenient<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    files: Lenient<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    requested_spec: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    requested_specs: Lenient<Vec<Text<'a>>>,
}

impl Extractor for Environment {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/environment")
    }

    fn about(&self) -> About {
        About {
            title: "conda environments (conda-meta)",
            specification: "https://docs.conda.io/projects/conda/en/latest/dev-guide/specs/conda-meta.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("conda-meta/*.json"),
            Interest::Path("conda-meta/history"),
            // Read by its own extractor; here it only says that a distribution is there.
            Interest::Path("*.dist-info/INSTALLER"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            b"INSTALLER" => return Ok(()),
            b"history" => {
                environment(file.path(), out);
                return Ok(());
            }
            _ => {}
        }
        let bytes = file.bytes()?;
        let record: Record<'_> = json::from_slice(&bytes, file.budget().limits())?;
        let text = |field: &'_ Lenient<Text<'_>>| field.get().map(|text| text.to_string()).unwrap_or_default();
        let (name, version) = (text(&record.name), text(&record.version));
        if name.is_empty() || version.is_empty() {
            // `conda-meta/state` and other settings of an environment are JSON as well.
            if file.path().name().contains(&b'-') || file.path().name() == b"package.json" {
                return Err(ExtractError::malformed("package without name or version"));
            }
            return Ok(());
        }
        let Some(at) = package(&record, &name, &version, out) else { return Ok(()) };
        out.rooted_at(DIRECTORY);
        for path in record.files.get().into_iter().flatten() {
            out.owns(at, path.as_bytes());
        }
        let asked = |spec: &Text<'_>| !matches!(spec.as_str(), "" | "None");
        if record.requested_spec.get().is_some_and(asked)
            || record.requested_specs.get().is_some_and(|all| !all.is_empty())
        {
            out.direct(at, Scope::Runtime);
        }
        let needs: Vec<&str> = record.depends.get().into_iter().flatten().map(|spec| conda::spec_name(spec)).collect();
        out.keep(needs.join(SEPARATOR));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut environments: HashMap<Vec<u8>, Environ> = HashMap::new();
        for file in files.files() {
            let Some(path) = files.path(file) else { continue };
            let directory = path.parent().to_vec();
            match path.name() {
                b"history" => environments.entry(directory).or_default().history = Some(file),
                b"INSTALLER" => {}
                _ => environments.entry(directory).or_default().packages.push(file),
            }
        }
        let mut directories: Vec<&Vec<u8>> = environments.keys().collect();
        directories.sort_unstable();
        for directory in directories {
            if let Some(environment) = environments.get(directory) {
                environment.connect(files);
            }
        }
        adopt(files, &environments);
    }
}

/// The environment itself. The base environment is named after its directory, which is all there is to go by.
fn environment(path: &SourcePath, out: &mut Sink<'_>) {
    let prefix = path.sibling("..").map(|prefix| String::from_utf8_lossy(prefix.name()).into_owned());
    let mut component = Component::new(ComponentKind::Application, prefix.unwrap_or_else(|| "conda".to_owned()));
    component.location = Some(path.clone());
    component.description = Some("conda environment".into());
    out.project(component, 0);
    out.rooted_at(DIRECTORY);
}

fn package(record: &Record<'_>, name: &str, version: &str, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let text = |field: &'_ Lenient<Text<'_>>| field.get().map(|text| text.to_string()).unwrap_or_default();
    let url = text(&record.url);
    let file = Archive::parse(&url).map_or_else(|| text(&record.file_name), |_| url.clone());
    let parsed = Archive::parse(&file).unwrap_or_default();
    let (build, subdir, channel) = (text(&record.build), text(&record.subdir), text(&record.channel));
    let build = if build.is_empty() { text(&record.build_string) } else { build };
    let either =
        |stated: &'_ str, from_url: &'_ str| if stated.is_empty() { from_url.to_owned() } else { stated.to_owned() };
    let (build, subdir) = (either(&build, parsed.build), either(&subdir, parsed.subdir));
    let channel = if parsed.channel.is_empty() { channel.as_str() } else { parsed.channel };
    let archive = Archive { name, version, build: &build, subdir: &subdir, kind: parsed.kind, channel };
    let mut hashes = Vec::new();
    for (algorithm, field) in [(DigestAlgorithm::Md5, &record.md5), (DigestAlgorithm::Sha256, &record.sha256)] {
        if let Some(hex) = field.get().filter(|hex| !hex.is_empty()) {
            hashes.extend(conda::digest(algorithm, hex, 0, out));
        }
    }
    let mut component = conda::component(&archive, &url, hashes, 0, out)?;
    component.licenses.extend(record.license.get().and_then(|license| License::declared(license)));
    component.scope = Scope::Runtime;
    Some(out.component(component, 0))
}

/// The files of one environment.
#[derive(Default)]
struct Environ {
    history: Option<FileHandle>,
    packages: Vec<FileHandle>,
}

impl Environ {
    /// The needs of its packages, and what it holds.
    fn connect(&self, files: &mut Resolver<'_>) {
        let mut places: HashMap<String, Handle> = HashMap::new();
        for &file in &self.packages {
            let held = files.components(file).next().map(|(at, held)| (held.name.to_string(), at));
            places.extend(held);
        }
        let environment = self.history.and_then(|file| files.components(file).next().map(|(at, _)| at));
        for &file in &self.packages {
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            let needs = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            let mut done = HashSet::new();
            for to in needs.split(SEPARATOR).filter(|name| done.insert(*name)).filter_map(|name| places.get(name)) {
                files.relate(from, *to, RelationshipKind::DependsOn, Scope::Runtime);
            }
            if let Some(environment) = environment {
                files.relate(environment, from, RelationshipKind::Contains, Scope::Unspecified);
            }
        }
    }
}

/// Gives each environment the distributions of Python that lie in it. Those that a package of conda owns are that
/// package's as well.
fn adopt(files: &mut Resolver<'_>, environments: &HashMap<Vec<u8>, Environ>) {
    let found: Vec<SourcePath> =
        files.named("INSTALLER").iter().filter_map(|file| files.path(*file).cloned()).collect();
    for path in found {
        let Some((prefix, history)) = environment_of(path.as_bytes(), environments) else { continue };
        let from_prefix = path.as_bytes().get(prefix..).unwrap_or_default();
        let metadata = [from_prefix.strip_suffix(b"INSTALLER").unwrap_or_default(), b"METADATA"].concat();
        let at = files.components(history).next().map(|(at, _)| at);
        if let (Some(at), Some(mut sink)) = (at, files.sink(history)) {
            sink.owns(at.component, &metadata);
        }
    }
}

/// The innermost environment that a path lies in: the length of its prefix, with the slash, and its history.
fn environment_of(path: &[u8], environments: &HashMap<Vec<u8>, Environ>) -> Option<(usize, FileHandle)> {
    let mut end = path.len();
    loop {
        let slash = path.get(..end)?.iter().rposition(|&byte| byte == b'/');
        let prefix = slash.map_or(0, |at| at.saturating_add(1));
        let directory = [path.get(..prefix)?, DIRECTORY.as_bytes()].concat();
        if let Some(history) = environments.get(&directory).and_then(|environment| environment.history) {
            return Some((prefix, history));
        }
        end = slash?;
    }
}
