//! Bitbucket Pipelines: `bitbucket-pipelines.yml`, its images and pipes.
//! <https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/>
//!
//! A pipe is `workspace/repository:version`, a tag of a repository on Bitbucket, or `docker://image`.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::container_image;
use crate::repository::Repository;

/// Reads pipelines of Bitbucket.
pub(crate) struct BitbucketPipelines;

impl Extractor for BitbucketPipelines {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/bitbucket-pipelines")
    }

    fn about(&self) -> About {
        About {
            title: "Bitbucket Pipelines images and pipes",
            specification: "https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("bitbucket-pipelines.yml"), Interest::Name("bitbucket-pipelines.yaml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        documents.iter().for_each(|root| walk(root, out));
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// Steps stand in pipelines, parallel groups and stages. No deeper than the reader allows.
fn walk(node: &Node, out: &mut Sink<'_>) {
    for (key, value) in node.entries() {
        let text = value.as_str();
        match (key, text) {
            ("image", _) => {
                if let Some(text) = text.or_else(|| value.get_str("name"))
                    && let Some(at) = container_image::emit(text, value.line(), Scope::Build, out)
                {
                    out.direct(at, Scope::Build);
                }
            }
            ("pipe", Some(text)) => pipe(text, value.line(), out),
            _ => walk(value, out),
        }
    }
    node.items().for_each(|item| walk(item, out));
}

fn pipe(text: &str, line: u32, out: &mut Sink<'_>) {
    let at = if text.starts_with("docker://") {
        container_image::emit(text, line, Scope::Build, out)
    } else if !text.contains('/') {
        return out.malformed_entry(line, format!("pipe left out: {text} names no repository"));
    } else {
        let (name, version) = text.rsplit_once(':').unwrap_or((text, ""));
        let url = format!("https://bitbucket.org/{name}");
        let repository = Repository { url: &url, revision: version, ..Repository::default() };
        repository.component(line, out).map(|mut component| {
            component.scope = Scope::Build;
            out.component(component, line)
        })
    };
    if let Some(at) = at {
        out.direct(at, Scope::Build);
    }
}
