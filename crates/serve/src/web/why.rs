//! Why: the ways from an artifact to a component.

use axum::extract::{Query as Parameters, State};
use axum::response::Response;
use maud::html;
use plimsoll_inventory::{ArtifactId, ComponentQuery, NamePattern, PathLimits, VersionQuery, Why};
use serde::Deserialize;

use super::fault;
use super::link::link;
use super::page::{Page, Section};
use super::parts;
use super::visit::Visit;
use crate::state::AppState;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    artifact: u64,
    component: String,
}

/// `GET /why`
pub(crate) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Parameters(asked): Parameters<Asked>,
) -> Response {
    let (id, text) = (ArtifactId::from_number(asked.artifact), asked.component.clone());
    let found = state.with_inventory(move |inventory| inventory.why(id, &meant(&text)?, &PathLimits::default()));
    let why = match found.await {
        Ok(why) => why,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let artifact = &why.artifact;
    let name = format!("{} {}", artifact.name, artifact.version);
    let called = if artifact.digest.is_empty() { asked.artifact.to_string() } else { artifact.digest.clone() };
    let page = Page::new("Why is it there?", Section::Respond)
        .under("Artifacts", "/artifacts")
        .under(name.trim(), &parts::artifact_address(artifact.id))
        .lead(html! { p { (parts::component(&asked.component)) " in " (name.trim()) } })
        .command(&["why", &called, &asked.component]);
    page.show(&visit, ways(&why, &asked))
}

/// The component of a text that a page showed: a purl, or a name and version.
pub(crate) fn meant(text: &str) -> Result<ComponentQuery, plimsoll_inventory::InventoryError> {
    if text.starts_with("pkg:") {
        return ComponentQuery::parse(text);
    }
    let (name, version) = text.rsplit_once('@').unwrap_or((text, ""));
    let version = if version.is_empty() { VersionQuery::Any } else { VersionQuery::Exactly(version.to_owned()) };
    let mut query = ComponentQuery::parse("x")?;
    query.name = NamePattern::Glob(literal(name));
    query.version = version;
    Ok(query)
}

/// A pattern that matches only a text.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if "*?[]{}\\!".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn ways(why: &Why, asked: &Asked) -> maud::Markup {
    html! {
        @if why.matches.is_empty() {
            section.card {
                (parts::empty("It is not there", html! {
                    p { "No document about this artifact lists " code { (asked.component) } "." }
                    a.button href=(link("/", &[("q", &asked.component)])) { "Find it elsewhere" }
                }))
            }
        }
        @for found in &why.matches {
            section.card {
                div.card-head {
                    h2 { (parts::component(&found.text)) span.count { (parts::counted(found.paths.shown.len() as u64, "way")) } }
                }
                div.card-body {
                    @if found.paths.shown.is_empty() {
                        p { span.badge.warn { "listed" } " The documents list it, and do not say what needs it." }
                    }
                    @for path in &found.paths.shown {
                        ol.path {
                            li { a href=(parts::artifact_address(why.artifact.id)) { (why.artifact.name) " " (why.artifact.version) } span.quiet { "the artifact" } }
                            @for (at, step) in path.iter().enumerate() {
                                li {
                                    (parts::component(step))
                                    @if at == 0 { span.quiet { "direct" } }
                                }
                            }
                        }
                    }
                    @if let Some(rest) = found.paths.rest() { p.quiet { "And " (rest) "." } }
                }
            }
        }
        @if why.more > 0 { p.quiet { "And " (parts::counted(why.more, "component")) " more that match." } }
    }
}
