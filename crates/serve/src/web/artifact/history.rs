//! The builds of the line that an artifact belongs to, and what changed from one to the next.

use axum::extract::Query as Parameters;
use axum::response::Response;
use maud::{Markup, html};
use plimsoll_inventory::{ArtifactId, Change, ComponentChange, Difference};
use serde::Deserialize;

use super::{AboutArtifact, called, frame};
use crate::web::artifacts::table;
use crate::web::fault;
use crate::web::link::link;
use crate::web::parts;

const ROWS: usize = 50;
/// How many changes are shown.
const CHANGES: usize = 500;

/// Which are shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    after: Option<u64>,
    against: Option<u64>,
}

/// `GET /artifacts/ID/builds`
pub(crate) async fn builds(
    AboutArtifact { state, visit, detail }: AboutArtifact,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let id = detail.summary.id.to_number();
    let page = plimsoll_inventory::Page { rows: ROWS, after: wanted.after };
    let history = state.with_inventory(move |inventory| inventory.history(ArtifactId::from_number(id), page));
    let listing = match history.await {
        Ok(listing) => listing,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let path = format!("/artifacts/{id}/builds");
    let next = listing.next.map(|after| link(&path, &[("after", &after.to_string())]));
    let (frame, tabs) = frame(&detail, "/builds");
    let body = html! {
        (tabs)
        section.card {
            div.card-head { h2 { "Builds" span.count { (parts::number(listing.total)) } } span.quiet { "Newest first" } }
            (table(&listing.rows, "Builds"))
            @if next.is_some() || wanted.after.is_some() {
                div.card-foot { span {} (parts::pager(next.as_deref(), wanted.after.map(|_| path.as_str()))) }
            }
        }
    };
    frame.command(&["inventory", "list", &detail.summary.name]).show(&visit, body)
}

/// `GET /artifacts/ID/changes`
pub(crate) async fn changes(
    AboutArtifact { state, visit, detail }: AboutArtifact,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let artifact = detail.summary.id;
    let difference = state.with_inventory(move |inventory| match wanted.against {
        Some(before) => inventory.diff(ArtifactId::from_number(before), artifact).map(Some),
        None => inventory.diff_to_previous(artifact),
    });
    let difference = match difference.await {
        Ok(difference) => difference,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let (frame, tabs) = frame(&detail, "/changes");
    let body = html! {
        (tabs)
        @match &difference {
            Some(difference) => (changed(difference)),
            None => section.card {
                (parts::empty("The first build", html! { p { "There is no build of this name before it." } }))
            },
        }
    };
    frame.command(&["inventory", "show", &called(&detail)]).show(&visit, body)
}

fn changed(difference: &Difference) -> Markup {
    let count = |wanted: Change| difference.changes.iter().filter(|change| change.change() == wanted).count() as u64;
    html! {
        dl.tiles {
            (parts::tile("Added", &parts::number(count(Change::Added)), "packages"))
            (parts::tile("Removed", &parts::number(count(Change::Removed)), "packages"))
            (parts::tile("Changed", &parts::number(count(Change::Changed)), "packages"))
            (parts::tile("The same", &parts::number(difference.same), "components"))
        }
        section.card {
            div.card-head {
                h2 { "Since " a href=(parts::artifact_address(difference.before.id)) { (difference.before.name) " " (difference.before.version) } }
            }
            @if difference.changes.is_empty() {
                (parts::empty("Nothing changed", html! { p { "Both builds have the same components." } }))
            } @else {
                div.table tabindex="0" role="region" aria-label="Changes" {
                    table.cards {
                        thead { tr {
                            th scope="col" { "Package" } th scope="col" { "Change" } th scope="col" { "Before" } th scope="col" { "After" }
                        } }
                        tbody { @for change in difference.changes.iter().take(CHANGES) { (row(change)) } }
                    }
                }
                @if difference.changes.len() > CHANGES {
                    div.card-foot { "and " (difference.changes.len().saturating_sub(CHANGES)) " more" }
                }
            }
        }
    }
}

fn row(change: &ComponentChange) -> Markup {
    let (class, word) = match change.change() {
        Change::Added => ("diff-add", "+ added"),
        Change::Removed => ("diff-gone", "− removed"),
        _ => ("", "± changed"),
    };
    html! {
        tr {
            th scope="row" { (parts::component(&change.package)) }
            td data-label="Change" { span.nowrap class=(class) { (word) } }
            td data-label="Before" { div.purls { @for text in &change.before { (parts::purl(text)) } } }
            td data-label="After" { div.purls { @for text in &change.after { (parts::purl(text)) } } }
        }
    }
}
