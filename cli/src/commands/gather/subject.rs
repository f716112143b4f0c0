//! What is decided about: as it was named, and where the evidence about it is.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_policy::Name;
use plimsoll_registry::CopyPlace;
use plimsoll_verify::Subject as Digests;

use crate::args::GatherArguments;
use crate::commands::{audit, referrers};
use crate::failure::Failure;

/// Something to decide about.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Subject {
    /// As it was named.
    pub(in crate::commands) name: String,
    /// What a policy may call it, without its digests.
    pub(in crate::commands) names: Vec<Name>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    File(PathBuf),
    /// A file that is an image or an archive: how it is named as a source, and the file.
    Packed(OsString, PathBuf),
    /// A file that is an SBOM, which is what is decided about.
    Sbom(PathBuf),
    Digest(String),
    Image(CopyPlace),
}

impl Subject {
    /// Where it is, when it is an image in a registry or layout.
    pub(in crate::commands) fn place(&self) -> Option<&CopyPlace> {
        match &self.kind {
            Kind::Image(place) => Some(place),
            _ => None,
        }
    }
}

/// Prefixes of what is one file and has contents of its own.
const PACKED: &[&str] = &["docker-archive:", "oci-archive:", "archive:", "disk:"];
/// More files of a directory are not decided about in one call.
const MOST_FILES: usize = 10_000;
/// Directories within directories.
const MOST_DEPTH: usize = 32;

/// Everything that is named. A directory is each file in it that is not evidence about another.
pub(in crate::commands) fn subjects(
    named: &[OsString],
    arguments: &GatherArguments,
    offline: bool,
) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    for text in named {
        let path =
            Path::new(text.to_str().and_then(|text| text.strip_prefix("file:")).map_or(text.as_os_str(), OsStr::new));
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, 0, &mut files)?;
            if files.is_empty() {
                return Err(Failure::failed(anyhow::anyhow!("{}: there is nothing in it", path.display())));
            }
            subjects.extend(files.into_iter().map(file));
        } else {
            subjects.push(one(text, arguments, offline)?);
        }
    }
    let own: Result<Vec<Name>, String> = arguments.names.iter().map(|name| Name::parse(name)).collect();
    let own = own.map_err(|reason| Failure::usage(format!("--as {reason}")))?;
    match subjects.as_mut_slice() {
        [only] => only.names.splice(..0, own).for_each(drop),
        _ if own.is_empty() => {}
        _ => return Err(Failure::usage("--as is for one subject")),
    }
    if subjects.len() > 1 && !(arguments.bundle.is_empty() && arguments.sbom.is_empty()) {
        return Err(Failure::usage("--bundle and --sbom are for one subject"));
    }
    Ok(subjects)
}

fn one(text: &OsStr, arguments: &GatherArguments, offline: bool) -> Result<Subject, Failure> {
    let name = text.to_string_lossy().into_owned();
    if ["sha256:", "sha384:", "sha512:"].iter().any(|prefix| name.starts_with(prefix)) {
        Digests::digest(&name).map_err(|error| Failure::usage(error.to_string()))?;
        return Ok(Subject { kind: Kind::Digest(name.clone()), name, names: Vec::new() });
    }
    if name.starts_with("registry:") || name.starts_with("oci-layout:") {
        let place = CopyPlace::parse(&name)?;
        referrers::refuse_offline(&[&place], offline)?;
        let names = match &place {
            CopyPlace::Registry(image) => vec![Name::Image {
                repository: format!("{}/{}", image.host(), image.repository()),
                tag: image.tag().map(str::to_owned),
            }],
            _ => Vec::new(),
        };
        return Ok(Subject { name, names, kind: Kind::Image(place) });
    }
    if let Some(path) = PACKED.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        let path = PathBuf::from(path);
        let names = vec![Name::File(path.display().to_string())];
        return Ok(Subject { name, names, kind: Kind::Packed(text.to_owned(), path) });
    }
    if let Some((path, _)) = audit::sbom(text, &arguments.limits.limits())? {
        let names = vec![Name::File(path.display().to_string())];
        return Ok(Subject { name, names, kind: Kind::Sbom(path) });
    }
    let path = PathBuf::from(name.strip_prefix("file:").map_or(text, OsStr::new));
    if !path.exists() {
        return Err(Failure::failed(anyhow::anyhow!("{}: there is no such file", path.display())));
    }
    Ok(file(path))
}

fn file(path: PathBuf) -> Subject {
    let name = path.display().to_string();
    Subject { names: vec![Name::File(name.clone())], name, kind: Kind::File(path) }
}

/// The files of a directory, sorted. Evidence about one of them is none of them.
fn walk(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", directory.display())))
    };
    if directory.join("oci-layout").is_file() {
        let text = format!("{} is an image layout", directory.display());
        return Err(Failure::usage(text).hint(format!("name it as oci-layout:{}", directory.display())));
    }
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        // A link to a directory may lead in circles.
        let is_link = path.symlink_metadata().map_err(failed)?.is_symlink();
        if path.is_dir() {
            if is_link || depth >= MOST_DEPTH {
                return Err(Failure::failed(anyhow::anyhow!("{} is not looked into: name it", path.display())));
            }
            walk(&path, depth.saturating_add(1), files)?;
        } else if !is_evidence(&path) {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(Failure::failed(anyhow::anyhow!("there are more than {MOST_FILES} files")));
        }
    }
    Ok(())
}

/// Whether a file is called as the evidence about a file beside it is.
fn is_evidence(path: &Path) -> bool {
    let Some(name) = path.to_str() else { return false };
    super::attached::NAMES.iter().any(|end| {
        let about = name.strip_suffix(end).and_then(|name| name.strip_suffix('.'));
        about.is_some_and(|about| Path::new(about).is_file())
    })
}
