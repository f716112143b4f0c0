//! A package: its versions, and the artifacts that have it.

use axum::extract::{Query as Parameters, State};
use axum::response::Response;
use maud::html;
use plimsoll_inventory::{Answer, ComponentOverview, Query, VersionQuery};
use serde::Deserialize;

use super::chart;
use super::fault;
use super::link::link;
use super::page::{Page, Section};
use super::parts;
use super::visit::Visit;
use super::why::meant;
use crate::state::AppState;

const VERSIONS: usize = 200;
/// How many versions the strip draws.
const DRAWN: usize = 40;
const ARTIFACTS: usize = 50;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    purl: String,
    after: Option<u64>,
}

/// `GET /component`
pub(crate) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Parameters(asked): Parameters<Asked>,
) -> Response {
    let (text, after) = (asked.purl.clone(), asked.after);
    let found = state.with_inventory(move |inventory| {
        let query = meant(&text)?;
        // The strip is of all versions, the table of those that were asked for.
        let mut all = query.clone();
        all.version = VersionQuery::Any;
        all.qualifiers.clear();
        let overview = inventory.component(&all, plimsoll_inventory::Page { rows: VERSIONS, after: None })?;
        let page = plimsoll_inventory::Page { rows: ARTIFACTS, after };
        let answer = inventory.find(&Query::Component(query), page)?;
        Ok((overview, answer))
    });
    let (overview, answer) = match found.await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let package = package(&asked.purl);
    let mut page = Page::new(&asked.purl, Section::Respond).under("Respond", "/");
    if package != asked.purl {
        page = page.under(package, &link("/component", &[("purl", package)]));
    }
    page.command(&["find", &asked.purl]).show(&visit, body(&state, &asked, package, &overview, &answer))
}

/// A purl without version, qualifiers and subpath.
fn package(text: &str) -> &str {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or(text);
    text.rsplit_once('@')
        .filter(|(before, _)| !before.is_empty() && !before.ends_with('/'))
        .map_or(text, |(before, _)| before)
}

fn body(state: &AppState, asked: &Asked, package: &str, overview: &ComponentOverview, answer: &Answer) -> maud::Markup {
    let versions = &overview.versions;
    let cells: Vec<(&str, u64)> =
        versions.rows.iter().take(DRAWN).map(|row| (version(&row.version), row.artifacts)).collect();
    let address = |after: &str| link("/component", &[("purl", &asked.purl), ("after", after)]);
    let next = answer.next.map(|after| address(&after.to_string()));
    let first = asked.after.map(|_| address(""));
    html! {
        dl.tiles {
            (parts::tile("Artifacts with this", &parts::number(answer.artifacts), &format!("of {}", parts::number(answer.denominator.artifacts))))
            (parts::tile("With any version", &parts::number(overview.artifacts), package))
            (parts::tile("Versions", &parts::number(versions.total), "in use"))
            (parts::tile("Licences", &overview.licenses.len().to_string(), &overview.licenses.join(", ")))
        }
        @if !cells.is_empty() {
            section.card {
                div.card-head { h2 { "Versions and how many artifacts have them" } span.quiet { "Newest first" } }
                div.card-body { (chart::strip("Artifacts by version", &cells)) }
                div.table tabindex="0" role="region" aria-label="Versions" {
                    table.cards {
                        thead { tr { th scope="col" { "Version" } th scope="col" { "Component" } th.number scope="col" { "Artifacts" } th scope="col" { "Share" } } }
                        tbody {
                            @for row in &versions.rows {
                                tr {
                                    th scope="row" { span.clip.short title=(row.version) { (version(&row.version)) }
                                        @if row.text == asked.purl { " " span.badge.good { "shown" } } }
                                    td data-label="Component" { (parts::component(&row.text)) }
                                    td.number data-label="Artifacts" { a href=(link("/", &[("q", &term(&row.text))])) { (parts::number(row.artifacts)) } }
                                    td data-label="Share" { (parts::percent(row.artifacts, overview.artifacts)) " %" }
                                }
                            }
                        }
                    }
                }
                @if versions.next.is_some() { div.card-foot { "The newest " (VERSIONS) " of " (parts::number(versions.total)) } }
            }
        }
        section.card {
            div.card-head { h2 { "Artifacts" span.count { (parts::number(answer.artifacts)) } } }
            @if answer.rows.is_empty() {
                (parts::empty("No artifact has it", html! {
                    p { "None of " (parts::counted(answer.denominator.artifacts, "artifact")) " lists it." }
                }))
            } @else {
                (super::respond::rows(&answer.rows))
            }
            div.card-foot {
                (super::respond::denominator(&answer.denominator, state))
                (parts::pager(next.as_deref(), first.as_deref()))
            }
        }
    }
}

fn version(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// A component as a term of a question.
fn term(text: &str) -> String {
    if text.starts_with("pkg:") && !text.contains([' ', '(', ')', '"']) {
        return text.to_owned();
    }
    format!("package:\"{}\"", text.replace(['"', '\\'], "?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_purls() {
        assert_eq!(package("pkg:npm/%40a/b@1.2?x=y@z#p"), "pkg:npm/%40a/b");
        assert_eq!(
            (package("pkg:npm/a"), package("a@1"), package("@a"), package("pkg:npm/@a")),
            ("pkg:npm/a", "a", "@a", "pkg:npm/@a")
        );
        assert_eq!(term("a b@1"), "package:\"a b@1\"");
    }
}
