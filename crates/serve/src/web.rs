//! Web pages: the answers of the inventory as documents of HTML, made here and whole without a script.
//!
//! Every text from outside goes through maud's escaping; addresses of links are made by [`link`] and begin with `/`, so that what a
//! document says never becomes a link to elsewhere. Nothing is loaded from another host, and nothing is written inline: the pages work
//! under `default-src 'none'` with styles, scripts and images from here.

mod artifact;
mod artifacts;
mod assets;
mod chart;
mod command;
mod component;
mod fault;
mod ingest;
mod link;
mod overview;
mod page;
mod parts;
mod respond;
mod visit;
mod vulnerability;
mod why;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;
pub(crate) use page::{Page, Section};
pub(crate) use visit::Visit;

/// The pages and what belongs to them.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(respond::page))
        .route("/artifacts", get(artifacts::page))
        .route("/artifacts/{id}", get(artifact::page))
        .route("/artifacts/{id}/builds", get(artifact::builds))
        .route("/artifacts/{id}/changes", get(artifact::changes))
        .route("/artifacts/{id}/components", get(artifact::components))
        .route("/artifacts/{id}/findings", get(artifact::findings))
        .route("/artifacts/{id}/tree", get(artifact::tree))
        .route("/assets/{name}", get(assets::serve))
        .route("/component", get(component::page))
        .route("/documents/{id}", get(artifact::document))
        .route("/ingest", get(ingest::page).post(ingest::add))
        .route("/overview", get(overview::page))
        .route("/theme", post(visit::set_theme))
        .route("/vulnerabilities/{id}", get(vulnerability::page))
        .route("/why", get(why::page))
        .fallback(fault::missing)
}

#[cfg(test)]
mod tests;
