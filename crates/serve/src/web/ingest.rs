//! Ingest: what came last, and a form to add documents.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use plimsoll_inventory::{AddedState, ArtifactFilter, Query};

use super::fault;
use super::page::{Page, Section};
use super::parts;
use super::visit::Visit;
use crate::api::{Named, keep};
use crate::problem::Problem;
use crate::state::AppState;

/// `GET /ingest`
pub(crate) async fn page(State(state): State<AppState>, visit: Visit) -> Response {
    let found = state.with_inventory(|inventory| {
        let newest = plimsoll_inventory::Page { rows: 20, after: None };
        let everything = inventory.find(&Query::Everything, plimsoll_inventory::Page { rows: 0, after: None })?;
        Ok((inventory.artifacts(&ArtifactFilter::default(), newest)?, everything.denominator))
    });
    let (recent, counts) = match found.await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let body = html! {
        dl.tiles {
            (parts::tile("Artifacts", &parts::number(counts.artifacts), "with a document"))
            (parts::tile("Read whole", &parts::number(counts.complete), "nothing is said to be missing"))
            (parts::tile("Read in part", &parts::number(counts.partial), "something is missing"))
            (parts::tile("Could not be read", &parts::number(counts.failed), "documents and images"))
            (parts::tile("Never scanned", &parts::number(counts.never_scanned), "images that run somewhere"))
        }
        section.card {
            div.card-head { h2 { "Add a document" } }
            div.card-body {
                form.form action="/ingest" method="post" enctype="multipart/form-data" {
                    div.field {
                        label for="document" { "SBOM" }
                        input #document type="file" name="document" required aria-describedby="document-hint";
                        span.hint #document-hint { "CycloneDX or SPDX, of any version and encoding. What is there already is not added again." }
                    }
                    div { button.button.primary type="submit" { "Add" } }
                }
            }
        }
        section.card {
            div.card-head { h2 { "Added last" } a href="/artifacts" { "All artifacts" } }
            @if recent.rows.is_empty() {
                (parts::empty("Nothing was added yet", html! { p { "Choose a file above, or let a pipeline run the command below." } }))
            } @else { (super::artifacts::table(&recent.rows, "Added last")) }
        }
    };
    Page::new("Ingest", Section::Ingest).command(&["inventory", "add", "sbom.cdx.json"]).show(&visit, body)
}

/// `POST /ingest`: keeps a document, and goes to its artifact.
pub(crate) async fn add(State(state): State<AppState>, visit: Visit, headers: HeaderMap, body: Bytes) -> Response {
    if !is_ours(&headers) {
        let problem = Problem::new(StatusCode::FORBIDDEN, "This form was sent from another site, and was refused.");
        return fault::shown(&visit, &problem);
    }
    let Some(document) = file(&headers, &body) else {
        return fault::shown(&visit, &Problem::bad("No file came with the form."));
    };
    match keep(&state, document, Named { name: None, version: None }).await {
        Ok(added) => {
            let address = parts::artifact_address(added.artifact);
            let address = if added.state == AddedState::Known { format!("{address}?known=1") } else { address };
            (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
        }
        Err(problem) => fault::shown(&visit, &problem),
    }
}

/// Whether a form comes from one of our own pages. Browsers say so; what is no browser sends no cookies that it was not given.
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text("host"),
        (None, None) => true,
    }
}

/// The first file of a form (RFC 7578).
fn file(headers: &HeaderMap, body: &Bytes) -> Option<Bytes> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, rest) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let start = find(body, b"\r\n\r\n")?.checked_add(4)?;
    let head = body.get(..start)?;
    if !head.starts_with(format!("--{boundary}\r\n").as_bytes()) {
        return None;
    }
    let rest = body.get(start..)?;
    let end = find(rest, format!("\r\n--{boundary}").as_bytes())?;
    (end > 0).then(|| body.slice(start..start.saturating_add(end)))
}

/// Where something begins. The first byte is looked for first, as most places have another.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(kind: &str, body: &'static [u8]) -> Option<Bytes> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        file(&headers, &Bytes::from_static(body))
    }

    #[test]
    fn files_of_forms() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a\"\r\n\r\n{\"a\":\r\n1}\r\n--x--\r\n";
        assert_eq!(form("multipart/form-data; boundary=x", body).as_deref(), Some(&b"{\"a\":\r\n1}"[..]));
        assert_eq!(form("multipart/form-data; boundary=y", body), None);
        assert_eq!(form("multipart/form-data; boundary=", body), None);
        assert_eq!(form("text/plain", body), None);
        assert_eq!(form("multipart/form-data; boundary=x", b"--x\r\n\r\n"), None);
        assert_eq!(form("multipart/form-data; boundary=x", b""), None);
    }

    #[test]
    fn forms_of_others_are_told_apart() {
        let from = |pairs: &[(&'static str, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            is_ours(&headers)
        };
        assert!(from(&[("sec-fetch-site", "same-origin")]) && from(&[]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]) && !from(&[("sec-fetch-site", "same-site")]));
        assert!(from(&[("origin", "http://a:1"), ("host", "a:1")]));
        assert!(!from(&[("origin", "http://b"), ("host", "a")]) && !from(&[("origin", "null"), ("host", "a")]));
    }
}
