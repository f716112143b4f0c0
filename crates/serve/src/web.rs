//! Pages for people.

use axum::Router;

use crate::state::AppState;

/// All pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
}
