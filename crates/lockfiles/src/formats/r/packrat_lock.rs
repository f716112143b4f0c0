//! `packrat.lock` of Packrat, renv's predecessor. <https://rstudio.github.io/packrat/>
//!
//! Paragraphs of `Field: value` as in a `DESCRIPTION`: the first is about the project, each of the others about a
//! package, with what it needs in `Requires`. `Hash` is that of some fields of the `DESCRIPTION` and of no file.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::cran::{self, Origin};

/// Reads the lockfile of Packrat.
pub(crate) struct PackratLock;

impl Extractor for PackratLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("r/packrat-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Packrat packrat.lock",
            specification: "https://rstudio.github.io/packrat/",
            facts: &[Fact::Edges, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("packrat.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut repositories = HashMap::new();
        let mut by_name: HashMap<String, ComponentRef> = HashMap::new();
        let mut needs = Vec::new();
        for paragraph in paragraphs(&text) {
            if let Some(list) = paragraph.fields.get("Repos") {
                repositories.extend(list.split(',').filter_map(|entry| {
                    let (name, url) = entry.split_once('=')?;
                    Some((name.trim().to_owned(), url.trim().to_owned()))
                }));
            }
            let line = paragraph.line;
            let field = |name: &str| paragraph.fields.get(name).map(String::as_str).filter(|text| !text.is_empty());
            let Some(name) = field("Package") else {
                if !paragraph.fields.contains_key("PackratFormat") {
                    out.malformed_entry(line, "paragraph of no package");
                }
                continue;
            };
            let Some(version) = field("Version") else {
                out.malformed_entry(line, format!("{name} has no version"));
                continue;
            };
            let Some(mut component) = cran::package(name, version, &origin(&field, &repositories), line, out) else {
                continue;
            };
            if let Some(hash) = field("Hash") {
                component.properties.push(("plimsoll:cran:packrat-hash".into(), hash.into()));
            }
            let at = out.component(component, line);
            by_name.insert(name.to_owned(), at);
            needs.extend(field("Requires").map(|list| (at, list.to_owned())));
        }
        for (from, list) in needs {
            for to in cran::names(&list).filter_map(|name| by_name.get(name)) {
                out.depends(from, *to, Scope::Unspecified);
            }
        }
        Ok(())
    }
}

fn origin<'a>(field: &impl Fn(&str) -> Option<&'a str>, repositories: &'a HashMap<String, String>) -> Origin<'a> {
    let vcs = |host: &str, user: &str, repository: &str, commit: &str| {
        let remote = format!("https://{host}/{}/{}", field(user)?, field(repository)?);
        Some(Origin::Vcs(remote, field(commit), field("GithubSubdir").or_else(|| field("RemoteSubdir"))))
    };
    let source = field("Source").unwrap_or_default();
    let known = match source.to_ascii_lowercase().as_str() {
        "github" => vcs("github.com", "GithubUsername", "GithubRepo", "GithubSha1"),
        "gitlab" => vcs("gitlab.com", "RemoteUsername", "RemoteRepo", "RemoteSha"),
        "bitbucket" => vcs("bitbucket.org", "RemoteUsername", "RemoteRepo", "RemoteSha"),
        "bioconductor" => Some(Origin::Bioconductor),
        "source" | "local" => Some(Origin::Local),
        _ => None,
    };
    known.unwrap_or_else(|| Origin::Repository(source, repositories.get(source).map(String::as_str)))
}

struct Paragraph {
    line: u32,
    fields: HashMap<String, String>,
}

/// The paragraphs, which empty lines part; a line that starts with a blank goes on with the field before.
fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut all = Vec::new();
    let mut current: Option<Paragraph> = None;
    let mut last = String::new();
    for (line, content) in syntax::text::lines(text) {
        if content.trim().is_empty() {
            all.extend(current.take());
            continue;
        }
        let paragraph = current.get_or_insert_with(|| Paragraph { line, fields: HashMap::new() });
        if content.starts_with([' ', '\t']) {
            if let Some(value) = paragraph.fields.get_mut(&last) {
                value.push(' ');
                value.push_str(content.trim());
            }
        } else if let Some((name, value)) = content.split_once(':') {
            last = name.trim().to_owned();
            paragraph.fields.insert(last.clone(), value.trim().to_owned());
        }
    }
    all.extend(current);
    all
}
