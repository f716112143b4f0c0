//! `renv.lock` of renv, versions 1 and 2. <https://rstudio.github.io/renv/articles/lockfile.html>
//!
//! Version 1 says what a package needs in `Requirements`; version 2 (renv 1.1) keeps the fields of its `DESCRIPTION`,
//! `Depends`, `Imports` and `LinkingTo` as lists. What surprises: packages that come with R (`methods`) are needed but
//! not locked; `Hash` is that of some fields of the `DESCRIPTION` and of no file, so it is a property. What the project
//! itself names is not recorded.

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::r::license;
use plimsoll_extract::syntax::text::LineIndex;

use crate::cran::{self, Origin};

/// Reads the lockfile of renv.
pub(crate) struct RenvLock;

type Texts<'a> = Vec<Loose<Text<'a>>>;

loose_object! {
    struct Lock<'a> {
        "R" => r: Language<'a>,
        "Packages" => packages: Map<'a, Loose<Box<Package<'a>>>>,
    }
}

loose_object! {
    struct Language<'a> {
        "Repositories" => repositories: Vec<Loose<Repository<'a>>>,
    }
}

loose_object! {
    struct Repository<'a> {
        "Name" => name: Text<'a>,
        "URL" => url: Text<'a>,
    }
}

loose_object! {
    struct Package<'a> {
        "Package" => package: Text<'a>,
        "Version" => version: Text<'a>,
        "Source" => source: Text<'a>,
        "Repository" => repository: Text<'a>,
        "RemoteType" => remote_type: Text<'a>,
        "RemoteHost" => remote_host: Text<'a>,
        "RemoteUsername" => remote_username: Text<'a>,
        "RemoteRepo" => remote_repo: Text<'a>,
        "RemoteSha" => remote_sha: Text<'a>,
        "RemoteUrl" => remote_url: Text<'a>,
        "RemoteSubdir" => remote_subdir: Text<'a>,
        "Hash" => hash: Text<'a>,
        "License" => license: Text<'a>,
        "Title" => title: Text<'a>,
        "Requirements" => requirements: Texts<'a>,
        "Depends" => depends: Texts<'a>,
        "Imports" => imports: Texts<'a>,
        "LinkingTo" => linking_to: Texts<'a>,
    }
}

impl Extractor for RenvLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("r/renv-lock")
    }

    fn about(&self) -> About {
        About {
            title: "renv renv.lock 1 and 2",
            specification: "https://rstudio.github.io/renv/articles/lockfile.html",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("renv.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut root = Loose::<Lock<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(lock) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        emit(&lock, &LineIndex::new(&bytes), out);
        Ok(outcome?)
    }
}

fn emit(lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let repositories = lock.r.get().map(|r| r.repositories.items()).unwrap_or_default();
    let repositories: HashMap<&str, &str> = repositories
        .iter()
        .filter_map(Loose::get)
        .filter_map(|repository| Some((repository.name.as_str()?, repository.url.as_str()?)))
        .collect();
    let mut by_name: HashMap<&str, ComponentRef> = HashMap::new();
    for (key, package) in lock.packages.entries() {
        let line = lines.line_of(key).unwrap_or(0);
        let Some(package) = package.get() else {
            out.malformed_entry(line, format!("{key} is no object"));
            continue;
        };
        let Some(version) = package.version.as_str() else {
            out.malformed_entry(line, format!("{key} has no version"));
            continue;
        };
        let name = package.package.as_str().unwrap_or(key);
        let Some(mut component) = cran::package(name, version, &origin(package, &repositories), line, out) else {
            continue;
        };
        component.description = package.title.as_str().map(Into::into);
        component.licenses.extend(package.license.as_str().and_then(|text| License::declared(&license(text))));
        if let Some(hash) = package.hash.as_str() {
            component.properties.push(("plimsoll:cran:renv-hash".into(), hash.into()));
        }
        by_name.insert(name, out.component(component, line));
    }
    for (key, package) in lock.packages.entries() {
        let Some(package) = package.get() else { continue };
        let name = package.package.as_str().unwrap_or(key);
        let Some(&from) = by_name.get(name) else { continue };
        let lists = [&package.requirements, &package.depends, &package.imports, &package.linking_to];
        for entry in lists.into_iter().flat_map(|list| list.items()).filter_map(|text| text.as_str()) {
            for to in cran::names(entry).filter_map(|name| by_name.get(name)) {
                out.depends(from, *to, Scope::Unspecified);
            }
        }
    }
}

fn origin<'a>(package: &'a Package<'a>, repositories: &HashMap<&'a str, &'a str>) -> Origin<'a> {
    let commit = package.remote_sha.as_str();
    let directory = package.remote_subdir.as_str();
    let at = |host: &str| {
        let user = package.remote_username.as_str()?;
        let repository = package.remote_repo.as_str()?;
        Some(Origin::Vcs(format!("https://{host}/{user}/{repository}"), commit, directory))
    };
    let source = package.source.as_str().unwrap_or_default();
    let known = match source.to_ascii_lowercase().as_str() {
        // The host is that of the interface, `api.github.com`.
        "github" => match package.remote_host.as_str().map(|host| host.trim_start_matches("api.")) {
            None | Some("github.com") => at("github.com"),
            Some(host) => at(host.trim_end_matches("/api/v3")),
        },
        "gitlab" => at(package.remote_host.as_str().unwrap_or("gitlab.com")),
        "bitbucket" => at("bitbucket.org"),
        "git" | "git2r" | "xgit" => {
            package.remote_url.as_str().map(|remote| Origin::Vcs(remote.to_owned(), commit, directory))
        }
        "bioconductor" => Some(Origin::Bioconductor),
        "local" | "unknown" => Some(Origin::Local),
        _ => None,
    };
    let repository = package.repository.as_str().unwrap_or_default();
    known.unwrap_or_else(|| Origin::Repository(repository, repositories.get(repository).copied()))
}
