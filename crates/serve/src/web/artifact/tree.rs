//! What needs what in an artifact, one place opened at a time: each address is a place, so that the tree works without a script.

use axum::extract::Query as Parameters;
use axum::response::Response;
use maud::{Markup, html};
use plimsoll_inventory::{ComponentId, Listing, TreeRow};
use serde::Deserialize;

use super::{AboutArtifact, called, frame};
use crate::web::fault;
use crate::web::link::link;
use crate::web::parts;

/// How many rows of a level are shown.
const ROWS: usize = 200;
/// How deep the tree is opened.
const DEEPEST: usize = 24;

/// The place that is open.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    at: String,
    after: Option<u64>,
}

/// `GET /artifacts/ID/tree`
pub(crate) async fn tree(
    AboutArtifact { state, visit, detail }: AboutArtifact,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let id = detail.summary.id.to_number();
    let open: Vec<u64> = wanted.at.split('.').filter_map(|part| part.parse().ok()).take(DEEPEST).collect();
    let artifact = detail.summary.id;
    let (places, after) = (open.clone(), wanted.after);
    let levels = state.with_inventory(move |inventory| {
        let path: Vec<ComponentId> = places.into_iter().map(ComponentId::from_number).collect();
        let mut levels = Vec::new();
        for depth in 0..=path.len() {
            // Pages are of the level that was opened last.
            let after = after.filter(|_| depth == path.len());
            let page = plimsoll_inventory::Page { rows: ROWS, after };
            levels.push(inventory.tree(artifact, path.get(..depth).unwrap_or_default(), page)?);
        }
        Ok(levels)
    });
    let levels = match levels.await {
        Ok(levels) => levels,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let place = Place { path: format!("/artifacts/{id}/tree"), artifact: id.to_string() };
    let (frame, tabs) = frame(&detail, "/tree");
    let body = html! {
        (tabs)
        section.card {
            div.card-head { h2 { "What needs what" } span.quiet { "Open a component to see what it needs" } }
            div.card-body {
                @if levels.first().is_none_or(|level| level.rows.is_empty()) {
                    (parts::empty("No component", html! { p { "The documents about this artifact list none." } }))
                } @else {
                    (level(&place, &levels, &open, &[]))
                }
            }
        }
    };
    frame.command(&["inventory", "show", &called(&detail)]).show(&visit, body)
}

struct Place {
    path: String,
    artifact: String,
}

impl Place {
    /// The tree with a place open.
    fn open(&self, at: &[u64], after: Option<u64>) -> String {
        let at: Vec<String> = at.iter().map(u64::to_string).collect();
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        link(&self.path, &[("at", &at.join(".")), ("after", &after)])
    }
}

fn level(place: &Place, levels: &[Listing<TreeRow>], open: &[u64], above: &[u64]) -> Markup {
    let Some((listing, deeper)) = levels.split_first() else { return html! {} };
    let opened = open.get(above.len()).copied();
    html! {
        ul.tree[above.is_empty()] {
            @for row in &listing.rows {
                @let number = row.id.to_number();
                @let here: Vec<u64> = above.iter().copied().chain([number]).collect();
                @let is_open = opened == Some(number);
                li {
                    div.node {
                        @if row.children == 0 || row.repeats { span.leaf aria-hidden="true" { "·" } }
                        @else if is_open {
                            a.turn href=(place.open(above, None)) aria-expanded="true" role="button" aria-label={ "Close " (row.text) } { "−" }
                        } @else {
                            a.turn href=(place.open(&here, None)) aria-expanded="false" role="button" aria-label={ "Open " (row.text) } { "+" }
                        }
                        (parts::component(&row.text))
                        @if row.children > 0 { span.quiet title="what it needs" { (parts::number(row.children)) } }
                        @if row.repeats { span.badge { "above already" } }
                        @if row.loose { span.badge.warn { "nothing leads to it" } }
                        a.quiet href=(link("/why", &[("artifact", &place.artifact), ("component", &row.text)])) {
                            "Why" span.apart { " is " (row.text) " here?" }
                        }
                    }
                    @if is_open { (level(place, deeper, open, &here)) }
                }
            }
            @if let Some(next) = listing.next {
                li { a.button.small href=(place.open(above, Some(next))) { "More of " (parts::number(listing.total)) } }
            }
        }
    }
}
