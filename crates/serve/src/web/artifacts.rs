//! The list of artifacts.

use axum::extract::{Query as Parameters, State};
use axum::response::Response;
use maud::html;
use plimsoll_inventory::{ArtifactFilter, ArtifactSummary, Label};
use serde::Deserialize;

use super::fault;
use super::link::link;
use super::page::{Page, Section};
use super::parts;
use super::visit::Visit;
use crate::state::AppState;

const ROWS: usize = 50;

/// Which are shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    name: String,
    #[serde(default)]
    label: String,
    after: Option<u64>,
}

/// `GET /artifacts`
pub(crate) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let filter = ArtifactFilter {
        name: (!wanted.name.is_empty()).then(|| wanted.name.clone()),
        label: wanted
            .label
            .split_once('=')
            .map(|(name, value)| Label { name: name.trim().to_owned(), value: value.trim().to_owned() }),
    };
    let page = plimsoll_inventory::Page { rows: ROWS, after: wanted.after };
    let listing = match state.with_inventory(move |inventory| inventory.artifacts(&filter, page)).await {
        Ok(listing) => listing,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let address =
        |after: &str| link("/artifacts", &[("name", &wanted.name), ("label", &wanted.label), ("after", after)]);
    let next = listing.next.map(|after| address(&after.to_string()));
    let first = wanted.after.map(|_| address(""));
    let filtered = !wanted.name.is_empty() || !wanted.label.is_empty();
    let body = html! {
        form.filters action="/artifacts" {
            div.field {
                label for="name" { "Name" }
                input #name type="text" name="name" value=(wanted.name) placeholder="checkout*" spellcheck="false";
            }
            div.field {
                label for="label" { "Label" }
                input #label type="text" name="label" value=(wanted.label) placeholder="owner=payments" spellcheck="false";
            }
            button.button type="submit" { "Filter" }
            @if filtered { a.button href="/artifacts" { "Clear" } }
        }
        section.card {
            div.card-head { h2 { "Artifacts" span.count { (parts::number(listing.total)) } } }
            @if listing.rows.is_empty() {
                (parts::empty(if filtered { "No artifact matches" } else { "The inventory is empty" }, html! {
                    p { @if filtered { "Try a shorter name, or another label." } @else { "Add an SBOM to begin." } }
                    @if !filtered { a.button.primary href="/ingest" { "Add documents" } }
                }))
            } @else {
                (table(&listing.rows, "Artifacts"))
            }
            @if next.is_some() || first.is_some() {
                div.card-foot {
                    span { "Added last first" }
                    (parts::pager(next.as_deref(), first.as_deref()))
                }
            }
        }
    };
    let words = ["inventory", "list", &wanted.name];
    Page::new("Artifacts", Section::Artifacts).command(&words).show(&visit, body)
}

/// Artifacts as a table.
pub(crate) fn table(rows: &[ArtifactSummary], name: &str) -> maud::Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(name) {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "Name" } th scope="col" { "Version" } th scope="col" { "Digest" }
                        th scope="col" { "Labels" } th scope="col" { "Built" } th scope="col" { "Added" }
                    }
                }
                tbody {
                    @for artifact in rows {
                        @let shown = if artifact.name.is_empty() { "(no name)" } else { &artifact.name };
                        tr {
                            th scope="row" { a.name href=(parts::artifact_address(artifact.id)) title=(shown) { (shown) } }
                            td data-label="Version" { span.clip.short title=(artifact.version) { (artifact.version) } }
                            td data-label="Digest" {
                                @if artifact.digest.is_empty() { span.quiet { "—" } }
                                @else { span.mono.nowrap title=(artifact.digest) { (parts::short_digest(&artifact.digest)) } }
                            }
                            td data-label="Labels" { (parts::labels(&artifact.labels)) }
                            td data-label="Built" { (parts::time(artifact.built)) }
                            td data-label="Added" { (parts::time(artifact.added)) }
                        }
                    }
                }
            }
        }
    }
}
