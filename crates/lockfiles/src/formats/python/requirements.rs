//! Requirements files of pip, and what pip-compile and `uv pip compile` write into their comments.
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
//!
//! A requirements file lists what to install, pinned or not; what is not pinned is kept with its range. Files that it
//! includes with `-r` are read on their own, files of constraints (`-c`) only to learn versions from. The input of
//! pip-compile (`requirements.in`) says nothing when its output lies beside it. Compiled files say in `# via` comments
//! which package needs which: those are the edges.

mod line;

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

use crate::pip_requirement::{self as entry, Entry, Package};
use crate::pypi::{self, Names, Origin};

/// Lines that are no requirements and get a diagnostic of their own; a text in prose has many.
const MAX_MALFORMED: usize = 20;

/// Reads requirements files.
pub(crate) struct Requirements;

impl Extractor for Requirements {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/requirements")
    }

    fn about(&self) -> About {
        About {
            title: "requirements.txt and its relatives, with includes and constraints",
            specification: "https://pip.pypa.io/en/stable/reference/requirements-file-format/",
            facts: &[Fact::Edges, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("*requirements*.txt"),
            Interest::Path("requirements/*.txt"),
            Interest::Path("*requirements*.in"),
            Interest::Path("requirements/*.in"),
            Interest::Path("*constraints*.txt"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let decoded = syntax::text::decode(&bytes);
        if decoded.lossy {
            out.diagnose(DiagnosticCode::MALFORMED, 0, "text is not valid UTF-8; what is not was replaced");
        }
        match Role::of(file.path()) {
            // Whether it counts is known when its neighbours are.
            Role::Source | Role::Constraints => out.keep(decoded.text.into_owned().into_bytes()),
            Role::Requirements => {
                let includes = emit(&decoded.text, file.path(), out);
                out.keep(includes);
            }
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut emitted = BTreeSet::new();
        for file in files.files() {
            match files.path(file).map(Role::of) {
                Some(Role::Requirements) => {}
                Some(Role::Source) if compiled(files, file).is_none() => emit_kept(files, file),
                _ => continue,
            }
            emitted.insert(file);
        }
        let mut pending: Vec<FileHandle> = emitted.iter().copied().collect();
        while let Some(file) = pending.pop() {
            follow(files, file, &mut emitted, &mut pending);
        }
        for file in emitted {
            unpinned(files, file);
        }
    }
}

/// What a file is, told from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// What is to be installed.
    Requirements,
    /// What a requirements file is compiled from.
    Source,
    /// Limits for what other files ask for.
    Constraints,
}

impl Role {
    fn of(path: &SourcePath) -> Self {
        let name = path.name();
        if name.ends_with(b".in") {
            Self::Source
        } else if memchr::memmem::find(name, b"constraints").is_some() {
            Self::Constraints
        } else {
            Self::Requirements
        }
    }
}

/// The file that was compiled from this one: the same name with `.txt`.
fn compiled(files: &Resolver<'_>, file: FileHandle) -> Option<FileHandle> {
    let path = files.path(file)?;
    let stem = path.name().strip_suffix(b".in")?;
    files.find(&path.sibling([stem, b".txt"].concat())?)
}

/// Emits a file that was only kept, and keeps its includes instead.
fn emit_kept(files: &mut Resolver<'_>, file: FileHandle) {
    let Some(path) = files.path(file).cloned() else { return };
    let kept = files.take_kept(file);
    if let Some(mut sink) = files.sink(file) {
        let includes = emit(std::str::from_utf8(&kept).unwrap_or_default(), &path, &mut sink);
        sink.keep(includes);
    }
}

/// Emits what the text asks for; returns its includes, one a line: kind, line, path.
fn emit(text: &str, path: &SourcePath, out: &mut Sink<'_>) -> String {
    let lines = line::logical(text);
    let entries: Vec<Entry<'_>> = lines.iter().map(|line| entry::parse(&line.text)).collect();
    let index = entries.iter().rev().find_map(|entry| match entry {
        Entry::Index(url) => Some(pypi::index(url)),
        _ => None,
    });
    let index = index.unwrap_or(Origin::Index(None));
    let mut includes = String::new();
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut malformed = 0_usize;
    let mut current: Option<usize> = None;
    let mut in_via = false;
    for (line, entry) in lines.iter().zip(&entries) {
        match entry {
            Entry::Package(package) => {
                in_via = false;
                current = entry::component(package, index, path, line.number, out).map(|at| {
                    found.push(Found { at, name: package.name, via: Vec::new() });
                    found.len().saturating_sub(1)
                });
            }
            Entry::Include { path, constraint } => {
                let kind = if *constraint { 'c' } else { 'r' };
                includes.push_str(&format!("{kind} {} {path}\n", line.number));
            }
            Entry::Malformed(message) => {
                malformed = malformed.saturating_add(1);
                if malformed <= MAX_MALFORMED {
                    out.malformed_entry(line.number, format!("line left out: {message}"));
                }
            }
            Entry::Index(_) | Entry::Nothing => {}
        }
        let of_package = line.indented || matches!(entry, Entry::Package(_));
        let via = current.filter(|_| of_package).and_then(|at| found.get_mut(at)).zip(line.comment);
        match via {
            Some((found, comment)) => in_via = add_via(comment, in_via, &mut found.via),
            None => in_via = false,
        }
    }
    if let Some(more) = malformed.checked_sub(MAX_MALFORMED).filter(|more| *more > 0) {
        out.malformed_entry(0, format!("{more} more lines left out: not requirements"));
    }
    edges(&found, out);
    includes
}

/// A requirement that was emitted.
struct Found<'a> {
    at: ComponentRef,
    name: &'a str,
    /// What `# via` says.
    via: Vec<&'a str>,
}

/// Takes what a comment says of who needs a package; returns whether the next comment goes on with it.
fn add_via<'a>(comment: &'a str, goes_on: bool, via: &mut Vec<&'a str>) -> bool {
    let list = match comment.strip_prefix("via") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest,
        _ if goes_on => comment,
        _ => return false,
    };
    via.extend(list.split(',').map(str::trim).filter(|name| !name.is_empty()));
    true
}

/// Without comments everything is asked for; with them, what a file or project asks for.
fn edges(found: &[Found<'_>], out: &mut Sink<'_>) {
    let mut names = Names::default();
    for (at, entry) in found.iter().enumerate() {
        names.insert(entry.name, None, at);
    }
    for entry in found {
        let mut direct = entry.via.is_empty();
        for via in &entry.via {
            if via.starts_with("-r") || via.contains('(') {
                direct = true;
            } else if !via.starts_with('-') {
                let name = via.split(['[', ' ']).next().unwrap_or_default();
                for from in names.find(name, None).iter().filter_map(|at| found.get(*at)) {
                    out.depends(from.at, entry.at, Scope::Unspecified);
                }
            }
        }
        if direct {
            out.direct(entry.at, Scope::Unspecified);
        }
    }
}

/// Follows the includes of a file: a file that is only read when it is asked for is emitted, constraints pin.
fn follow(
    files: &mut Resolver<'_>,
    file: FileHandle,
    emitted: &mut BTreeSet<FileHandle>,
    pending: &mut Vec<FileHandle>,
) {
    let includes = String::from_utf8(files.take_kept(file)).unwrap_or_default();
    let mut pins: HashMap<String, String> = HashMap::new();
    let mut learnt = BTreeSet::new();
    for include in includes.lines() {
        let mut words = include.splitn(3, ' ');
        let (kind, line) = (words.next(), words.next().and_then(|line| line.parse().ok()).unwrap_or_default());
        let path = words.next().unwrap_or_default();
        match files.find_beside(file, path) {
            None => {
                if let Some(mut sink) = files.sink(file) {
                    sink.diagnose(DiagnosticCode::INCLUDE_MISSING, line, format!("{path} was not found or not read"));
                }
            }
            Some(target) if kind == Some("c") => {
                if learnt.insert(target) {
                    learn_pins(files, target, emitted, &mut pins);
                }
            }
            Some(target) => {
                if emitted.insert(target) {
                    emit_kept(files, target);
                    pending.push(target);
                }
            }
        }
    }
    pin(files, file, &pins);
}

/// The versions that a file of constraints names.
fn learn_pins(
    files: &Resolver<'_>,
    file: FileHandle,
    emitted: &BTreeSet<FileHandle>,
    pins: &mut HashMap<String, String>,
) {
    for (_, component) in files.components(file) {
        if let Some(version) = &component.version {
            pins.insert(pypi::normalise(&component.name).into_owned(), version.to_string());
        }
    }
    if !emitted.contains(&file) {
        for line in line::logical(std::str::from_utf8(files.kept(file)).unwrap_or_default()) {
            if let Entry::Package(Package { name, version: Some(version), .. }) = entry::parse(&line.text) {
                pins.insert(pypi::normalise(name).into_owned(), version.to_owned());
            }
        }
    }
}

/// Gives what is not pinned the version that a constraint names.
fn pin(files: &mut Resolver<'_>, file: FileHandle, pins: &HashMap<String, String>) {
    let open: Vec<(Handle, String)> = files
        .components(file)
        .filter(|(_, component)| component.version.is_none())
        .filter_map(|(at, component)| Some((at, pins.get(&*pypi::normalise(&component.name))?.clone())))
        .collect();
    for (at, version) in open {
        let Some(component) = files.get_mut(at) else { continue };
        let Some(purl) = &component.purl else { continue };
        let mut builder = Purl::builder(purl.kind(), purl.name()).version(version.as_str());
        for (key, value) in purl.qualifiers() {
            builder = builder.qualifier(key, value);
        }
        if let Ok(purl) = builder.build() {
            component.version = Some(version.into());
            component.purl = Some(purl);
        }
    }
}

/// Says which components have no version after all.
fn unpinned(files: &mut Resolver<'_>, file: FileHandle) {
    let open: Vec<(u32, String)> = files
        .components(file)
        .filter(|(_, component)| component.version.is_none() && component.purl.as_ref().is_some_and(is_from_index))
        .map(|(_, component)| {
            let line = component.evidence.first().and_then(|evidence| match evidence.span {
                Some(Span::Line(line)) => Some(line),
                _ => None,
            });
            (line.unwrap_or_default(), component.name.to_string())
        })
        .collect();
    for (line, name) in open {
        if let Some(mut sink) = files.sink(file) {
            sink.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
        }
    }
}

fn is_from_index(purl: &Purl) -> bool {
    purl.qualifiers().all(|(key, _)| !matches!(key, "vcs_url" | "download_url"))
}
