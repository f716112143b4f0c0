//! Questions, as people and programs write them.

use plimsoll_inventory::Query;

use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// Reads a question; everything when there is none. Advisories that it names are looked up.
pub(crate) async fn read(state: &AppState, text: Option<&str>) -> Answered<Query> {
    let text = match text.map(str::trim) {
        None | Some("") => return Ok(Query::Everything),
        Some(text) => text.to_owned(),
    };
    let (state, now) = (state.clone(), state.now());
    let read = tokio::task::spawn_blocking(move || {
        let resolver = state.advisories().resolver(now);
        let read = Query::parse(&text, Some(&resolver));
        read.map_err(|error| resolver.problem.take().unwrap_or_else(|| Problem::bad(error.to_string())))
    });
    read.await.map_err(|_| Problem::internal())?
}
