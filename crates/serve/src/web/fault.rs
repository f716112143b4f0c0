//! Pages that say no.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::page::{Page, Section};
use super::visit::Visit;
use crate::problem::Problem;

/// What pages give: themselves, or why not.
pub(crate) type Answered<T> = Result<T, Problem>;

/// The page for what cannot be answered. The code of an answer over HTTP is its status, as in the API.
pub(crate) fn shown(visit: &Visit, problem: &Problem) -> Response {
    let (title, next) = match problem.status {
        StatusCode::NOT_FOUND => ("Not found", "It may have been removed, or the address is not whole."),
        StatusCode::BAD_REQUEST => ("This question cannot be read", "Change it in the search box and ask again."),
        StatusCode::SERVICE_UNAVAILABLE => ("The inventory does not answer", "Nothing is lost. Try again in a moment."),
        _ => (problem.title(), "If it stays so, whoever runs this server finds more in its log."),
    };
    let body = html! {
        div.note-box.bad role="alert" {
            p { strong { (problem.detail) } }
            p { (next) }
            p.quiet { "Code " code { "PLM-H" (format!("{:04}", problem.status.as_u16())) } }
        }
        div.actions {
            a.button href="/" { "Search the inventory" }
            a.button href="/artifacts" { "All artifacts" }
        }
    };
    Page::new(title, Section::None).status(problem.status).show(visit, body)
}

/// No page is here.
pub(crate) async fn missing(visit: Visit) -> Response {
    shown(&visit, &Problem::missing("There is no page at this address."))
}

/// The page, or the one that says why not.
pub(crate) fn page(visit: &Visit, page: Answered<Response>) -> Response {
    page.unwrap_or_else(|problem| shown(visit, &problem))
}
