//! The components of an artifact.

use axum::extract::Query as Parameters;
use axum::response::Response;
use maud::html;
use plimsoll_inventory::ComponentFilter;
use serde::Deserialize;

use super::{AboutArtifact, called, frame};
use crate::web::fault;
use crate::web::link::link;
use crate::web::parts;

const ROWS: usize = 100;

/// Which are shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    text: String,
    direct: Option<String>,
    after: Option<u64>,
}

/// `GET /artifacts/ID/components`
pub(crate) async fn components(
    AboutArtifact { state, visit, detail }: AboutArtifact,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let id = detail.summary.id.to_number();
    let direct = wanted.direct.is_some();
    let filter = ComponentFilter { text: (!wanted.text.is_empty()).then(|| wanted.text.clone()), direct };
    let page = plimsoll_inventory::Page { rows: ROWS, after: wanted.after };
    let artifact = detail.summary.id;
    let listing = match state.with_inventory(move |inventory| inventory.components(artifact, &filter, page)).await {
        Ok(listing) => listing,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let path = format!("/artifacts/{id}/components");
    let on = if direct { "on" } else { "" };
    let address = |after: &str| link(&path, &[("text", &wanted.text), ("direct", on), ("after", after)]);
    let next = listing.next.map(|after| address(&after.to_string()));
    let first = wanted.after.map(|_| address(""));
    let number = id.to_string();
    let (frame, tabs) = frame(&detail, "/components");
    let body = html! {
        (tabs)
        form.filters action=(path) {
            div.field {
                label for="text" { "Package" }
                input #text type="text" name="text" value=(wanted.text) placeholder="pkg:npm/*" spellcheck="false";
            }
            label { input type="checkbox" name="direct" checked[direct]; " Only what it refers to itself" }
            button.button type="submit" { "Filter" }
        }
        section.card {
            div.card-head { h2 { "Components" span.count { (parts::number(listing.total)) } } }
            @if listing.rows.is_empty() {
                (parts::empty("No component", html! { p { "The documents about this artifact list none that matches." } }))
            } @else {
                div.table tabindex="0" role="region" aria-label="Components" {
                    table.cards {
                        thead {
                            tr {
                                th scope="col" { "Component" } th scope="col" { "Relation" } th.number scope="col" { "Needs" }
                                th.number scope="col" { "Needed by" } th scope="col" { span.apart { "Explanation" } }
                            }
                        }
                        tbody {
                            @for row in &listing.rows {
                                tr {
                                    th scope="row" { (parts::component(&row.text)) }
                                    td data-label="Relation" { @if row.direct { "direct" } @else { span.quiet { "indirect" } } }
                                    td.number data-label="Needs" { (parts::number(row.uses)) }
                                    td.number data-label="Needed by" { (parts::number(row.used_by)) }
                                    td { a href=(link("/why", &[("artifact", &number), ("component", &row.text)])) {
                                        "Why" span.apart { " is " (row.text) " here?" } } }
                                }
                            }
                        }
                    }
                }
            }
            @if next.is_some() || first.is_some() {
                div.card-foot { span { "By name" } (parts::pager(next.as_deref(), first.as_deref())) }
            }
        }
    };
    frame.command(&["inventory", "show", &called(&detail)]).show(&visit, body)
}
