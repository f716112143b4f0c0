//! Git submodules: `.gitmodules`, joined with the commits that `.git` knows.
//! <https://git-scm.com/docs/gitmodules>, <https://git-scm.com/docs/index-format>
//!
//! - `.gitmodules` has paths and URLs, never a commit. The commit that the project asks for is in the index, an entry of
//!   mode 160000; the one that is checked out in `.git/modules/NAME/HEAD`. Without `.git` there is no version.
//! - A URL may be relative to that of the project itself (`../other.git`), which is in `.git/config`.

mod index;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::ini;
use crate::repository::{Repository, is_commit};

const CONFIG: &str = ".git/config";
const INDEX: &str = ".git/index";

/// Reads submodules.
pub(crate) struct GitSubmodules;

impl Extractor for GitSubmodules {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/git-submodules")
    }

    fn about(&self) -> About {
        About {
            title: "git submodules",
            specification: "https://git-scm.com/docs/gitmodules",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name(".gitmodules"),
            Interest::Path(CONFIG),
            Interest::Path(INDEX),
            Interest::Path(".git/modules/*/HEAD"),
            Interest::Path(".git/modules/*/*/HEAD"),
            Interest::Path(".git/modules/*/*/*/HEAD"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            // Only with `.gitmodules` is there something to look for, which is known later: kept small.
            b"index" => out.keep(index::submodules(&file.bytes()?)),
            b"config" => {
                let bytes = file.bytes()?;
                let text = syntax::text::decode(&bytes).text;
                let sections = ini::sections(&text);
                let origin = sections.iter().find(|section| section.name == "remote \"origin\"");
                out.keep(origin.and_then(|origin| origin.get("url")).unwrap_or_default());
            }
            b"HEAD" => {
                let bytes = file.bytes()?;
                let head = String::from_utf8_lossy(&bytes).trim().to_owned();
                out.keep(if is_commit(&head) { head } else { String::new() });
            }
            _ => {
                let bytes = file.bytes()?;
                let text = syntax::text::decode(&bytes).text;
                let mut kept = String::new();
                for section in ini::sections(&text) {
                    let Some(name) = section.name.strip_prefix("submodule ") else { continue };
                    let (Some(path), Some(url)) = (section.get("path"), section.get("url")) else {
                        out.malformed_entry(section.line, "submodule left out: it has no path or no URL");
                        continue;
                    };
                    let name = name.trim_matches('"');
                    let branch = section.get("branch").unwrap_or_default();
                    kept.push_str(&format!("{}\t{name}\t{path}\t{url}\t{branch}\n", section.line));
                }
                out.keep(kept);
            }
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for file in files.named(".gitmodules") {
            let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            let text = |files: &Resolver<'_>, place: &str| {
                let found = files.find_beside(file, place);
                found.map(|found| String::from_utf8_lossy(files.kept(found)).into_owned()).unwrap_or_default()
            };
            let (origin, index) = (text(files, CONFIG), text(files, INDEX));
            let asked: HashMap<&str, &str> =
                index.lines().filter_map(|line| line.split_once(' ')).map(|(commit, path)| (path, commit)).collect();
            for entry in kept.lines() {
                let mut fields = entry.split('\t');
                let (Some(line), Some(name), Some(path), Some(url), Some(branch)) =
                    (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
                else {
                    continue;
                };
                let head = text(files, &format!(".git/modules/{name}/HEAD"));
                let commit = asked.get(path).copied().unwrap_or(head.as_str());
                let url = absolute(&origin, url);
                if let Some(mut sink) = files.sink(file) {
                    let line = line.parse().unwrap_or_default();
                    emit(&Submodule { name, path, url: &url, branch, commit }, line, &mut sink);
                }
            }
        }
    }
}

struct Submodule<'a> {
    name: &'a str,
    path: &'a str,
    url: &'a str,
    branch: &'a str,
    commit: &'a str,
}

fn emit(module: &Submodule<'_>, line: u32, out: &mut Sink<'_>) {
    let relative = module.url.starts_with(['.', '/']);
    let name = module.path.rsplit('/').next().unwrap_or(module.name);
    let url = if relative { "" } else { module.url };
    let repository = Repository { url, revision: module.commit, path: "", name };
    let Some(mut component) = repository.component(line, out) else { return };
    if module.commit.is_empty() {
        component.version_range = Some(module.branch).filter(|branch| !branch.is_empty()).map(Into::into);
        out.diagnose(
            DiagnosticCode::UNPINNED,
            line,
            format!("the commit of submodule {} is not in the source", module.name),
        );
    }
    component.properties.push(("plimsoll:git:submodule".into(), module.path.into()));
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

/// A URL that starts with `./` or `../` is relative to that of the project.
fn absolute(origin: &str, url: &str) -> String {
    if origin.is_empty() || !(url.starts_with("./") || url.starts_with("../")) {
        return url.to_owned();
    }
    let mut base = origin.trim_end_matches('/');
    let mut rest = url;
    loop {
        if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            let Some(end) = base.rfind(['/', ':']) else { return url.to_owned() };
            base = base.get(..end).unwrap_or_default();
        } else {
            // `git@host:a.git` loses its colon when all of its path is taken away.
            let separator = if origin.get(base.len()..).is_some_and(|cut| cut.starts_with(':')) { ':' } else { '/' };
            return format!("{base}{separator}{rest}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_urls() {
        assert_eq!(absolute("https://host/a/b.git", "../c.git"), "https://host/a/c.git");
        assert_eq!(absolute("git@host:a/b.git", "../../d/c.git"), "git@host:d/c.git");
        assert_eq!(absolute("", "../c.git"), "../c.git");
        assert_eq!(absolute("https://host/a", "https://x/y"), "https://x/y");
    }
}
