//! CMake: what `CMakeLists.txt` and `*.cmake` fetch with `FetchContent_Declare`, `ExternalProject_Add` and
//! `CPMAddPackage`. <https://cmake.org/cmake/help/latest/manual/cmake-language.7.html>,
//! <https://cmake.org/cmake/help/latest/module/ExternalProject.html>, <https://github.com/cpm-cmake/CPM.cmake>
//!
//! CMake files are programs, and nothing is ever run here. Literals count, and variables that the same file sets to
//! literals; anything else is diagnosed. `GIT_TAG` may be a commit, a tag or a branch.

mod command;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use self::command::Command;
use crate::container_image::substitute;
use crate::locator::without_password;
use crate::repository::Repository;

/// The commands that fetch something, in lower case.
const FETCHING: [&str; 5] =
    ["fetchcontent_declare", "externalproject_add", "cpmaddpackage", "cpmdeclarepackage", "cpmfindpackage"];

/// The longest value of a variable.
const MAX_VALUE: usize = 4096;

/// Reads CMake files.
pub(crate) struct Cmake;

impl Extractor for Cmake {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/cmake")
    }

    fn about(&self) -> About {
        About {
            title: "CMake FetchContent, ExternalProject and CPM",
            specification: "https://cmake.org/cmake/help/latest/module/FetchContent.html",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("CMakeLists.txt"), Interest::Suffix(".cmake")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let words = [&b"FetchContent"[..], b"fetchcontent", b"FETCHCONTENT", b"ExternalProject", b"externalproject"];
        let words = words.into_iter().chain([&b"EXTERNALPROJECT"[..], b"CPM", b"cpm"]);
        if !words.into_iter().any(|word| memchr::memmem::find(&bytes, word).is_some()) {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let mut variables: HashMap<String, String> = HashMap::new();
        for command in command::commands(&text) {
            let name = command.name.to_ascii_lowercase();
            if name == "set" {
                if let [variable, value] = command.arguments.as_slice() {
                    variables.insert(variable.to_string(), evaluate(value, &variables));
                }
            } else if FETCHING.contains(&name.as_str()) {
                fetch(&command, &variables, out);
            }
        }
        Ok(())
    }
}

fn evaluate(text: &str, variables: &HashMap<String, String>) -> String {
    let mut value = substitute(text, |name| variables.get(name).cloned()).into_owned();
    if value.len() > MAX_VALUE {
        value.clear();
    }
    value.trim().to_owned()
}

/// What a command says about one dependency.
#[derive(Debug, Default)]
struct Fetched {
    name: String,
    version: String,
    repository: String,
    tag: String,
    url: String,
    hash: String,
}

fn fetch(command: &Command<'_>, variables: &HashMap<String, String>, out: &mut Sink<'_>) {
    let arguments: Vec<String> = command.arguments.iter().map(|text| evaluate(text, variables)).collect();
    let mut fetched = match arguments.as_slice() {
        [] => return,
        [short] => shorthand(short),
        [first, ..] if first.contains(':') => shorthand(first),
        [first, ..] => {
            Fetched { name: if first == "NAME" { String::new() } else { first.clone() }, ..Fetched::default() }
        }
    };
    for pair in arguments.windows(2) {
        let [key, value] = pair else { continue };
        let value = value.as_str();
        match key.as_str() {
            "NAME" => fetched.name = value.to_owned(),
            "VERSION" => fetched.version = value.to_owned(),
            "GIT_REPOSITORY" => fetched.repository = value.to_owned(),
            "GITHUB_REPOSITORY" => fetched.repository = format!("https://github.com/{value}.git"),
            "GITLAB_REPOSITORY" => fetched.repository = format!("https://gitlab.com/{value}.git"),
            "BITBUCKET_REPOSITORY" => fetched.repository = format!("https://bitbucket.org/{value}.git"),
            "GIT_TAG" => fetched.tag = value.to_owned(),
            "URL" => fetched.url = value.to_owned(),
            "URL_HASH" => fetched.hash = value.to_owned(),
            "URL_MD5" => fetched.hash = format!("MD5={value}"),
            _ => {}
        }
    }
    emit(fetched, command.line, out);
}

/// `gh:owner/name@1.2.3`, `gl:owner/name#tag`, or a URL.
fn shorthand(text: &str) -> Fetched {
    let mut fetched = Fetched::default();
    let (text, tag) = text.split_once('#').unwrap_or((text, ""));
    tag.clone_into(&mut fetched.tag);
    let (place, version) = text.rsplit_once('@').filter(|(_, version)| !version.contains('/')).unwrap_or((text, ""));
    version.clone_into(&mut fetched.version);
    let hosts = [("gh:", "github.com"), ("gl:", "gitlab.com"), ("bb:", "bitbucket.org")];
    match hosts.iter().find_map(|(mark, host)| Some((host, place.strip_prefix(mark)?))) {
        Some((host, path)) => fetched.repository = format!("https://{host}/{path}.git"),
        None if place.ends_with(".git") => place.clone_into(&mut fetched.repository),
        None if place.contains("://") => place.clone_into(&mut fetched.url),
        None => place.clone_into(&mut fetched.name),
    }
    fetched
}

fn emit(mut fetched: Fetched, line: u32, out: &mut Sink<'_>) {
    let open = |text: &str| text.contains("${") || text.contains("$<");
    // CPM takes the tag `vVERSION` when none is given.
    if fetched.tag.is_empty() && !fetched.version.is_empty() && !fetched.repository.is_empty() {
        fetched.tag = format!("v{}", fetched.version);
    }
    if open(&fetched.repository) || open(&fetched.url) || open(&fetched.name) {
        let message = format!("where {} comes from must be evaluated", fetched.name);
        return out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, message);
    }
    if open(&fetched.tag) {
        out.diagnose(
            DiagnosticCode::UNRESOLVED_VERSION,
            line,
            format!("the tag of {} must be evaluated", fetched.name),
        );
        fetched.tag.clear();
    }
    let component = if !fetched.repository.is_empty() {
        Repository { url: &fetched.repository, revision: &fetched.tag, path: "", name: &fetched.name }
            .component(line, out)
    } else if fetched.url.contains("://") {
        archive(&fetched, line, out)
    } else {
        // A directory of the project, or details that another file gives.
        return;
    };
    let Some(mut component) = component else { return };
    if !fetched.name.is_empty() {
        component.properties.push(("plimsoll:cmake:name".into(), fetched.name.into()));
    }
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

fn archive(fetched: &Fetched, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let url = without_password(&fetched.url);
    let file = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let name = if fetched.name.is_empty() { file } else { &fetched.name };
    let version = if fetched.version.is_empty() { version_in(&url) } else { Some(fetched.version.as_str()) };
    let hash = match fetched.hash.split_once('=') {
        Some((algorithm, hex)) => digest(algorithm, hex, line, out),
        None => None,
    };
    let builder = Purl::builder("generic", name)
        .version(version.unwrap_or_default())
        .qualifier("download_url", url.as_ref())
        .qualifier("checksum", hash.as_ref().map(ToString::to_string).unwrap_or_default());
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if component.version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the URL of {name} names no version"));
    }
    let hashes: Vec<Digest> = hash.into_iter().collect();
    let url = url.as_ref().into();
    let kind = ReferenceKind::SourceDistribution;
    component.references.push(ExternalReference { kind, url, hashes: hashes.clone() });
    component.hashes = hashes;
    Some(component)
}

fn digest(algorithm: &str, hex: &str, line: u32, out: &mut Sink<'_>) -> Option<Digest> {
    let read = DigestAlgorithm::from_name(algorithm).map(|algorithm| Digest::from_hex(algorithm, hex));
    match read {
        Some(Ok(digest)) => Some(digest),
        Some(Err(error)) => {
            out.malformed_entry(line, format!("digest left out: {error}"));
            None
        }
        None => {
            out.malformed_entry(line, format!("digest left out: {algorithm} is no known algorithm"));
            None
        }
    }
}

/// The version in the last parts of a URL: `…/v1.14.0.zip`, `…/zlib-1.3.1.tar.gz`, `…/download/1.2.3/x.zip`.
fn version_in(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    path.rsplit('/').take(3).find_map(|part| {
        let extensions = [".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip"];
        let stem = extensions.iter().find_map(|extension| part.strip_suffix(extension)).unwrap_or(part);
        let number = stem.rsplit(['-', '_']).next().unwrap_or(stem);
        let number = number.strip_prefix('v').unwrap_or(number);
        let plain = number.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+'));
        (number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.') && plain).then_some(number)
    })
}
