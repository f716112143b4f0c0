//! `DESCRIPTION` of R packages: installed in a library, or the sources of a package.
//! <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file>
//!
//! - A package in a library has `Built`, or lies in a directory `library` or `site-library`. What it needs (`Depends`,
//!   `Imports`, `LinkingTo`) leads to the package of that name in the same library, then in any other; R itself is no
//!   package. `Suggests` are not needed.
//! - Without those it is the sources of a package: a project, whose ranges are reported.
//! - Where it came from is in `Repository`, `Remote…` (by remotes, pak and renv), or `biocViews` for Bioconductor.
//! - Licences are in the words of R: `GPL (>= 2)`, `MIT + file LICENSE`, alternatives parted by `|`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::r;

use crate::control::Paragraphs;

/// Reads the descriptions of R packages.
pub(crate) struct Description;

/// Fields of dependencies.
const NEEDS: [(&str, Scope); 3] =
    [("Depends", Scope::Runtime), ("Imports", Scope::Runtime), ("LinkingTo", Scope::Build)];

impl Extractor for Description {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("r/description")
    }

    fn about(&self) -> About {
        About {
            title: "R package DESCRIPTION",
            specification: "https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("DESCRIPTION")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let Some(paragraph) = Paragraphs::new(&bytes).next() else { return Ok(()) };
        let mut fields: HashMap<String, String> = HashMap::new();
        for (name, value) in paragraph.fields() {
            let words = String::from_utf8_lossy(value).split_whitespace().collect::<Vec<_>>().join(" ");
            fields.entry(String::from_utf8_lossy(name).into_owned()).or_insert(words);
        }
        let field = |name: &str| fields.get(name).map(String::as_str).filter(|text| !text.is_empty());
        // Other things have descriptions too: git, TeX, Prolog.
        let Some(name) = field("Package") else { return Ok(()) };
        let Some(version) = field("Version") else {
            return Err(ExtractError::malformed_at(paragraph.line, format!("{name} has no version")));
        };
        if field("Built").is_some() || is_in_library(file.path()) {
            installed(name, version, paragraph.line, &field, out);
        } else {
            project(name, version, file.path(), paragraph.line, &field, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate(files);
    }
}

/// Whether the directory of the package lies in a library: `…/library/NAME/DESCRIPTION`, also renv's
/// `library/PLATFORM/R-4.4/ARCHITECTURE/NAME`.
fn is_in_library(path: &SourcePath) -> bool {
    path.parent().rsplit(|&byte| byte == b'/').skip(1).take(4).any(|part| part.ends_with(b"library"))
}

fn describe<'f>(component: &mut Component, field: &impl Fn(&str) -> Option<&'f str>) {
    component.description = field("Title").map(Into::into);
    component.author = field("Author").map(Into::into);
    component.supplier = field("Maintainer").map(Into::into);
    component.licenses.extend(field("License").map(r::license).and_then(|text| License::declared(&text)));
    for url in field("URL").into_iter().flat_map(|list| list.split([',', ' ', '\n'])).filter(|url| url.contains("://"))
    {
        component.references.push(reference(ReferenceKind::Website, url));
    }
    component.references.extend(field("BugReports").map(|url| reference(ReferenceKind::IssueTracker, url)));
}

fn installed<'f>(name: &str, version: &str, line: u32, field: &impl Fn(&str) -> Option<&'f str>, out: &mut Sink<'_>) {
    let repository = field("Repository").unwrap_or_default();
    let remote = remote(field);
    let bioconductor = field("biocViews").is_some() || repository.starts_with("Bioconductor");
    let builder = match &remote {
        Some(url) => Purl::builder("cran", name).qualifier("vcs_url", url.as_str()),
        None if bioconductor => Purl::builder("bioconductor", name),
        None => Purl::builder("cran", name),
    };
    let Some(purl) = out.purl(builder.version(version), line) else { return };
    let mut component = Component::from_purl(purl);
    describe(&mut component, field);
    component.references.extend(remote.map(|url| reference(ReferenceKind::Vcs, &url)));
    if let Some(priority) = field("Priority") {
        component.properties.push(("plimsoll:cran:priority".into(), priority.into()));
    }
    out.component(component, line);
    let needs: Vec<(&str, bool)> = NEEDS
        .iter()
        .flat_map(|&(key, scope)| names(field(key)).map(move |(name, _)| (name, scope == Scope::Build)))
        .collect();
    if let Ok(kept) = serde_json::to_vec(&needs) {
        out.keep(kept);
    }
}

/// The commit that the package was built from, as `git+https://…@commit`.
fn remote<'f>(field: &impl Fn(&str) -> Option<&'f str>) -> Option<String> {
    let at = |host: &str| Some(format!("https://{host}/{}/{}", field("RemoteUsername")?, field("RemoteRepo")?));
    let url = match field("RemoteType")? {
        "github" => at("github.com"),
        "gitlab" => at(field("RemoteHost").unwrap_or("gitlab.com")),
        "bitbucket" => at("bitbucket.org"),
        "git" | "git2r" | "xgit" => field("RemoteUrl").map(str::to_owned),
        _ => None,
    }?;
    Some(syntax::locator::git_url(&url, field("RemoteSha")))
}

/// The sources of a package, and the ranges that it asks for.
fn project<'f>(
    name: &str,
    version: &str,
    path: &SourcePath,
    line: u32,
    field: &impl Fn(&str) -> Option<&'f str>,
    out: &mut Sink<'_>,
) {
    let mut component = Component::new(ComponentKind::Application, name);
    component.version = Some(version.into());
    component.location = Some(path.clone());
    describe(&mut component, field);
    out.project(component, line);
    let suggested = ("Suggests", Scope::Dev);
    for (key, scope) in NEEDS.into_iter().chain([suggested]) {
        for (needed, range) in names(field(key)) {
            let Some(purl) = out.purl(Purl::builder("cran", needed), line) else { continue };
            let mut component = Component { scope, ..Component::from_purl(purl) };
            component.version_range = (!range.is_empty()).then(|| range.into());
            let at = out.component(component, line);
            out.direct(at, scope);
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{needed} is not pinned to a version"));
        }
    }
}

/// Names and ranges: `R (>= 3.5), cli, glue (>= 1.6)`. R itself and what comes with every R are left out.
fn names(field: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    field.unwrap_or_default().split(',').filter_map(|entry| {
        let (name, range) = entry.split_once('(').unwrap_or((entry, ""));
        let name = name.trim();
        (!matches!(name, "" | "R")).then(|| (name, range.trim().trim_end_matches(')').trim()))
    })
}

fn reference(kind: ReferenceKind, url: &str) -> ExternalReference {
    ExternalReference { kind, url: url.into(), hashes: Vec::new() }
}

/// The library that a package lies in.
fn library(path: &SourcePath) -> &[u8] {
    let parent = path.parent();
    parent.iter().rposition(|&byte| byte == b'/').and_then(|at| parent.get(..at)).unwrap_or_default()
}

fn relate(files: &mut Resolver<'_>) {
    let mut here: HashMap<(Box<[u8]>, Box<str>), Handle> = HashMap::new();
    let mut anywhere: HashMap<Box<str>, Handle> = HashMap::new();
    for file in files.files() {
        let Some(path) = files.path(file) else { continue };
        let library: Box<[u8]> = library(path).into();
        for (at, component) in files.components(file).filter(|(_, component)| component.purl.is_some()).take(1) {
            here.insert((library.clone(), component.name.clone()), at);
            anywhere.entry(component.name.clone()).or_insert(at);
        }
    }
    for file in files.files() {
        let Ok(needs) = serde_json::from_slice::<Vec<(String, bool)>>(files.kept(file)) else { continue };
        let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
        let library: Box<[u8]> = files.path(file).map(library).unwrap_or_default().into();
        for (name, build) in needs {
            let name: Box<str> = name.into();
            let to = here.get(&(library.clone(), name.clone())).or_else(|| anywhere.get(&name));
            if let Some(&to) = to {
                let scope = if build { Scope::Build } else { Scope::Runtime };
                files.relate(from, to, RelationshipKind::DependsOn, scope);
            }
        }
    }
}
