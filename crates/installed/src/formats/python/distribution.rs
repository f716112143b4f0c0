//! Installed distributions of Python: wheels (`NAME-VERSION.dist-info`) and eggs (`NAME.egg-info`, `EGG-INFO`).
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>
//!
//! The header of `METADATA` or `PKG-INFO` names the distribution and what it needs; `direct_url.json` says where it
//! came from when not from an index, `REQUESTED` that a user asked for it, `INSTALLER` who installed it. `RECORD` is
//! not read: it lists the files of the distribution, which is long, and names nothing that is not here.

mod archive;
mod direct_url;
mod header;
mod license;
mod requirements;

use plimsoll_extract::prelude::*;

use self::header::Header;
use self::requirements::Installed;

/// Reads the metadata of installed distributions.
pub(crate) struct Distribution;

impl Extractor for Distribution {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/distribution")
    }

    fn about(&self) -> About {
        About {
            title: "wheels and eggs, installed (METADATA, PKG-INFO) or as archives",
            specification: "https://packaging.python.org/en/latest/specifications/recording-installed-packages/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("METADATA"),
            Interest::Path("*egg-info/PKG-INFO"),
            Interest::Path("*EGG-INFO/PKG-INFO"),
            Interest::Suffix(".egg-info"),
            Interest::Suffix(".egg"),
            Interest::Suffix(".whl"),
            Interest::Path("*dist-info/direct_url.json"),
            Interest::Path("*DIST-INFO/direct_url.json"),
            Interest::Path("*dist-info/REQUESTED"),
            Interest::Path("*dist-info/INSTALLER"),
            Interest::Path("*egg-info/requires.txt"),
            Interest::Path("*EGG-INFO/requires.txt"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            b"REQUESTED" => Ok(()),
            b"INSTALLER" | b"direct_url.json" => {
                out.keep(file.bytes()?.into_owned());
                Ok(())
            }
            b"requires.txt" => {
                let bytes = file.bytes()?;
                out.keep(requirements::from_requires_txt(&syntax::text::decode(&bytes).text).join("\n"));
                Ok(())
            }
            name if name.ends_with(b".egg") || name.ends_with(b".whl") => archive::read(file, out),
            _ => metadata(file, out),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for file in files.files() {
            complete(files, file);
        }
        connect(files);
    }
}

fn metadata(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let bytes = header::read(file)?;
    let header = Header::parse(&syntax::text::decode(&bytes).text);
    // `METADATA` is the name of other things too.
    let is_metadata = header.name.is_some() && header.version.is_some() || header.version_of_format;
    if is_metadata || file.path().parent().to_ascii_lowercase().ends_with(b"-info") {
        let kept = emit(&header, None, None, out)?;
        out.keep(kept);
    }
    Ok(())
}

/// Emits the distribution that a header describes; returns what it needs, one requirement a line.
fn emit(
    header: &Header,
    member: Option<&[u8]>,
    digest: Option<Digest>,
    out: &mut Sink<'_>,
) -> Result<String, ExtractError> {
    let (Some(name), Some(version)) = (&header.name, &header.version) else {
        return Err(ExtractError::malformed("metadata without name or version"));
    };
    let Some(purl) = out.purl(Purl::builder("pypi", name.as_str()).version(version.as_str()), header.line) else {
        return Ok(String::new());
    };
    let mut component = Component::from_purl(purl);
    component.hashes.extend(digest);
    component.description = header.summary.as_deref().map(Into::into);
    component.author = header.author.as_deref().or(header.author_email.as_deref()).map(Into::into);
    component.supplier = header.maintainer.as_deref().or(header.maintainer_email.as_deref()).map(Into::into);
    component.licenses = license::licenses(header);
    component.references.extend(header.urls.iter().filter_map(|(label, url)| reference(label, url)));
    out.observed(component, Observation { span: Some(Span::Line(header.line)), member, ..Observation::default() });
    let mut kept = String::new();
    for (line, requirement) in &header.requires {
        if syntax::pep508::Requirement::parse(requirement).is_err() {
            out.malformed_entry(*line, "requirement left out: it cannot be read");
            continue;
        }
        kept.push_str(requirement);
        kept.push('\n');
    }
    Ok(kept)
}

/// A URL whose label says what it is (<https://packaging.python.org/en/latest/specifications/well-known-project-urls/>).
fn reference(label: &str, url: &str) -> Option<ExternalReference> {
    let has = |words: &[&str]| words.iter().any(|word| label.contains(word));
    let kind = if has(&["homepage", "home page"]) {
        ReferenceKind::Website
    } else if has(&["issue", "tracker", "bug"]) {
        ReferenceKind::IssueTracker
    } else if has(&["source", "repository", "code", "github", "gitlab"]) {
        ReferenceKind::Vcs
    } else if has(&["doc"]) {
        ReferenceKind::Documentation
    } else {
        return None;
    };
    (!url.is_empty()).then(|| ExternalReference { kind, url: url.into(), hashes: Vec::new() })
}

/// Adds what the files beside the metadata say.
fn complete(files: &mut Resolver<'_>, file: FileHandle) {
    let Some(at) = files.components(file).next().map(|(at, _)| at) else { return };
    if let Some(beside) = files.find_beside(file, "direct_url.json") {
        let kept = files.take_kept(beside);
        let outcome = files.get_mut(at).map(|component| direct_url::apply(&kept, component));
        if let (Some(Err(error)), Some(mut sink)) = (outcome, files.sink(beside)) {
            sink.diagnose(error.code(), error.line().unwrap_or_default(), error.to_string());
        }
    }
    if let Some(beside) = files.find_beside(file, "INSTALLER") {
        let kept = files.take_kept(beside);
        let installer = String::from_utf8_lossy(&kept).trim().to_owned();
        if let Some(component) = files.get_mut(at).filter(|_| !installer.is_empty()) {
            component.properties.push(("plimsoll:python:installer".into(), installer.into()));
        }
    }
    if files.find_beside(file, "REQUESTED").is_some()
        && let Some(mut sink) = files.sink(file)
    {
        sink.direct(at.component, Scope::Runtime);
    }
}

/// Relates the distributions.
fn connect(files: &mut Resolver<'_>) {
    let mut found = Vec::new();
    for file in files.files() {
        let Some((at, component)) = files.components(file).next() else { continue };
        let name = syntax::pep508::normalize(&component.name);
        let in_image = component.evidence.first().is_some_and(|evidence| evidence.layer.is_some());
        let Some(site) = files.path(file).map(site) else { continue };
        let mut text = String::from_utf8(files.take_kept(file)).unwrap_or_default();
        if let Some(beside) = files.find_beside(file, "requires.txt") {
            text.push('\n');
            text.push_str(&String::from_utf8_lossy(files.kept(beside)));
        }
        found.push((at, name, site, in_image, text));
    }
    let installed: Vec<Installed<'_>> = found
        .iter()
        .map(|(at, name, site, in_image, text)| Installed {
            at: *at,
            site: site.clone(),
            name: name.clone(),
            requirements: text.lines().filter(|line| !line.is_empty()).collect(),
            in_image: *in_image,
        })
        .collect();
    for edge in requirements::edges(&installed) {
        if let (Some(from), Some(to)) = (installed.get(edge.from), installed.get(edge.to)) {
            files.relate(from.at, to.at, RelationshipKind::DependsOn, edge.scope);
        }
    }
}

/// The directory on the module path: `SITE/x.dist-info/METADATA`, `SITE/x.egg/EGG-INFO/PKG-INFO`, `SITE/x.egg-info`.
fn site(path: &SourcePath) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = path.as_bytes().split(|&byte| byte == b'/').collect();
    let single_file = parts.last().is_some_and(|name| name.ends_with(b".egg-info"));
    parts.pop();
    let in_info = parts.last().is_some_and(|name| name.to_ascii_lowercase().ends_with(b"-info"));
    if !single_file && in_info {
        parts.pop();
    }
    if parts.last().is_some_and(|name| name.ends_with(b".egg")) {
        parts.pop();
    }
    parts.join(&b'/')
}
