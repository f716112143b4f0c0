//! What the lockfiles of R share: where a package comes from, and the names in its fields of dependencies.

use plimsoll_extract::prelude::*;

use crate::locator::without_password;
use crate::vcs::{git_url, reference};

/// Where a package was taken from.
pub(crate) enum Origin<'a> {
    /// CRAN or a repository like it: its name and, when the lockfile has it, its address.
    Repository(&'a str, Option<&'a str>),
    Bioconductor,
    /// A repository of code: remote, commit, directory in it.
    Vcs(String, Option<&'a str>, Option<&'a str>),
    /// A file or directory of the machine that wrote the lockfile.
    Local,
}

/// Names that repositories which serve the packages of CRAN usually go by.
const LIKE_CRAN: [&str; 6] = ["CRAN", "RSPM", "PPM", "P3M", "PPPM", ""];

/// A package, with the purl that its origin asks for.
pub(crate) fn package(
    name: &str,
    version: &str,
    origin: &Origin<'_>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let builder = |kind: &str| Purl::builder(kind, name).version(version);
    let mut found = None;
    let purl = match origin {
        Origin::Local => {
            out.diagnose(DiagnosticCode::LOCAL_COMPONENT, line, format!("{name} was installed from a local path"));
            let mut component = Component::new(ComponentKind::Library, name);
            component.version = Some(version.into());
            return Some(component);
        }
        Origin::Bioconductor => builder("bioconductor"),
        Origin::Repository(repository, url) => {
            let mirror = url.is_some_and(|url| url.contains("cran") || url.contains("packagemanager."));
            if LIKE_CRAN.contains(repository) || mirror {
                let url = format!("https://cran.r-project.org/src/contrib/{name}_{version}.tar.gz");
                found = Some(reference(ReferenceKind::SourceDistribution, url));
                builder("cran")
            } else if repository.starts_with("BioC") || url.is_some_and(|url| url.contains("bioconductor.org")) {
                builder("bioconductor")
            } else {
                let place = url.map_or_else(|| (*repository).into(), without_password);
                builder("cran").qualifier("repository_url", place)
            }
        }
        Origin::Vcs(remote, commit, directory) => {
            let mut url = git_url(remote, *commit);
            if let Some(directory) = directory.filter(|directory| !directory.is_empty()) {
                url = format!("{url}#{directory}");
            }
            found = Some(reference(ReferenceKind::Vcs, url.as_str()));
            builder("cran").qualifier("vcs_url", url)
        }
    };
    let mut component = Component::from_purl(out.purl(purl, line)?);
    component.references.extend(found);
    Some(component)
}

/// The names in a field of dependencies: `R (>= 3.5), cli, glue (>= 1.6)`.
pub(crate) fn names(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').map(|entry| entry.split('(').next().unwrap_or_default().trim()).filter(|name| !name.is_empty())
}
