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
mod fault;
mod link;
mod page;
mod parts;
mod respond;
mod visit;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

/// The pages and what belongs to them.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(respond::page))
        .route("/artifacts", get(artifacts::page))
        .route("/artifacts/{id}", get(artifact::page))
        .route("/assets/{name}", get(assets::serve))
        .route("/theme", post(visit::set_theme))
        .fallback(fault::missing)
}

#[cfg(test)]
mod tests;
