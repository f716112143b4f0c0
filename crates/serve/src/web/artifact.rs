//! One artifact: what is known of it, what is in it, what happened to it.

mod contents;
mod findings;
mod history;
mod tree;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use plimsoll_inventory::{
    ArtifactDetail, ArtifactId, ArtifactRef, AttestationRow, DocumentDetail, DocumentId, GateRow, Verification,
};

use super::fault;
use super::page::{Page, Section};
use super::parts::{self, Icon, icon};
use super::visit::Visit;
use crate::state::AppState;

pub(crate) use contents::components;
pub(crate) use findings::{Shown, findings, severity, state as finding_state, table as finding_table};
pub(crate) use history::{builds, changes};
pub(crate) use tree::tree;

/// Decisions of gates that are shown, the last ones.
const MOST_DECISIONS: u32 = 20;

/// The parts of what is known of an artifact.
const TABS: &[(&str, &str)] = &[
    ("", "Summary"),
    ("/components", "Components"),
    ("/tree", "Tree"),
    ("/findings", "Findings"),
    ("/builds", "Builds"),
    ("/changes", "Changes"),
];

/// A request for a page about the artifact whose number is in its address; without such an artifact the answer is a page that says so.
pub(crate) struct AboutArtifact {
    state: AppState,
    visit: Visit,
    detail: ArtifactDetail,
}

impl FromRequestParts<AppState> for AboutArtifact {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, state).await;
        let id = Path::<u64>::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let reference = ArtifactRef::Id(ArtifactId::from_number(id.0));
        match state.with_inventory(move |inventory| inventory.artifact(&reference)).await {
            Ok(detail) => Ok(Self { state: state.clone(), visit, detail }),
            Err(problem) => Err(fault::shown(&visit, &problem)),
        }
    }
}

/// The frame of a page about an artifact.
fn frame(detail: &ArtifactDetail, tab: &str) -> (Page, Markup) {
    let artifact = &detail.summary;
    let name = if artifact.name.is_empty() { "(no name)" } else { artifact.name.as_str() };
    let title = if artifact.version.is_empty() { name.to_owned() } else { format!("{name} {}", artifact.version) };
    let address = parts::artifact_address(artifact.id);
    let lead = html! {
        @if !artifact.digest.is_empty() { p.mono { span.whole { (artifact.digest) } } }
        @if !artifact.labels.is_empty() { (parts::labels(&artifact.labels)) }
    };
    let tabs = html! {
        nav.tabs aria-label="Parts" {
            @for (path, name) in TABS {
                a href={ (address) (path) } aria-current=[(*path == tab).then_some("page")] {
                    (name)
                    @if *path == "/builds" { span.count { (parts::number(detail.builds)) } }
                }
            }
        }
    };
    (Page::new(&title, Section::Artifacts).under("Artifacts", "/artifacts").lead(lead), tabs)
}

/// How an artifact is called on a command line.
fn called(detail: &ArtifactDetail) -> String {
    let artifact = &detail.summary;
    if artifact.digest.is_empty() { artifact.id.to_number().to_string() } else { artifact.digest.clone() }
}

/// `GET /artifacts/ID`
pub(crate) async fn page(AboutArtifact { state, visit, detail }: AboutArtifact) -> Response {
    let artifact = detail.summary.id;
    let attested = match state.with_inventory(move |inventory| inventory.attestations(artifact)).await {
        Ok(attested) => attested,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let decided = match state.with_inventory(move |inventory| inventory.decisions_about(artifact, MOST_DECISIONS)).await
    {
        Ok(decided) => decided,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let (page, tabs) = frame(&detail, "");
    let components = detail.documents.iter().filter(|document| document.live).map(|document| document.components).max();
    let live = detail.documents.iter().filter(|document| document.live);
    let body = html! {
        (tabs)
        dl.tiles {
            (parts::tile("Components", &parts::number(components.unwrap_or_default()), "as listed"))
            (parts::tile("Builds", &parts::number(detail.builds), "of this name"))
            (parts::tile("Documents", &parts::number(detail.documents.len() as u64), &format!("{} asked", live.count())))
        }
        div.grid { (facts(&detail)) }
        (documents(&detail.documents))
        (attestations(&attested))
        @if !decided.is_empty() { (decisions(&decided)) }
    };
    page.command(&["inventory", "show", &called(&detail)]).show(&visit, body)
}

fn facts(detail: &ArtifactDetail) -> Markup {
    let artifact = &detail.summary;
    html! {
        section.card {
            div.card-head { h2 { "What it is" } }
            div.card-body {
                dl.facts {
                    dt { "Name" } dd { (artifact.name) }
                    @if !artifact.version.is_empty() { dt { "Version" } dd { (artifact.version) } }
                    dt { "Built" } dd { (parts::time(artifact.built)) }
                    dt { "Added" } dd { (parts::time(artifact.added)) }
                }
            }
        }
        section.card {
            div.card-head { h2 { "Other names" } }
            @if detail.aliases.is_empty() {
                div.card-body { p.quiet { "None: no document or registry gives another." } }
            } @else {
                div.card-body {
                    dl.facts { @for alias in &detail.aliases { dt { (alias.kind) } dd.mono { span.whole { (alias.value) } } } }
                }
            }
        }
    }
}

fn documents(documents: &[DocumentDetail]) -> Markup {
    html! {
        section.card {
            div.card-head { h2 { "Documents" span.count { (documents.len()) } } }
            div.table tabindex="0" role="region" aria-label="Documents" {
                table.cards {
                    thead {
                        tr {
                            th scope="col" { "Format" } th scope="col" { "Said by" } th scope="col" { "Covers" }
                            th.number scope="col" { "Components" } th.number scope="col" { "Bytes" }
                            th scope="col" { "Made" } th scope="col" { "Added" } th scope="col" { span.apart { "Download" } }
                        }
                    }
                    tbody {
                        @for document in documents {
                            tr {
                                th scope="row" {
                                    (document.format)
                                    @if !document.live { " " span.badge { "superseded" } }
                                    div.quiet.mono title=(document.digest) { (parts::short_digest(&document.digest)) }
                                }
                                td data-label="Said by" { (parts::claim(document.claim)) }
                                td data-label="Covers" { (parts::coverage(document.coverage)) }
                                td.number data-label="Components" { (parts::number(document.components)) }
                                td.number data-label="Bytes" { (parts::number(document.bytes)) }
                                td data-label="Made" { (parts::time(document.created)) }
                                td data-label="Added" { (parts::time(document.added)) }
                                td {
                                    a.button.small href=(format!("/documents/{}", document.id.to_number())) download {
                                        (icon(Icon::Download)) "Download"
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn attestations(attested: &[AttestationRow]) -> Markup {
    html! {
        section.card {
            div.card-head { h2 { "Attestations" span.count { (attested.len()) } } }
            @if attested.is_empty() {
                div.card-body { p.quiet { "None is kept: nobody attested anything of it, or it was not added here." } }
            } @else {
                div.table tabindex="0" role="region" aria-label="Attestations" {
                    table.cards {
                        thead { tr {
                            th scope="col" { "What it says" } th scope="col" { "Signature" } th scope="col" { "Signed by" }
                            th scope="col" { "Built by" } th scope="col" { "Added" } th scope="col" { span.apart { "Download" } }
                        } }
                        tbody { @for row in attested { (attestation(row)) } }
                    }
                }
            }
        }
    }
}

fn attestation(row: &AttestationRow) -> Markup {
    html! {
        tr {
            th scope="row" { span.clip title=(row.predicate) { (row.predicate) } div.quiet.mono title=(row.digest) { (parts::short_digest(&row.digest)) } }
            @match &row.verification {
                Verification::Verified { signer, issuer } => {
                    td data-label="Signature" { span.badge.good { "verified" } }
                    td data-label="Signed by" { span.clip title=(signer) { (signer) } @if !issuer.is_empty() { div.quiet.clip title=(issuer) { (issuer) } } }
                }
                Verification::Unverified { reason } => {
                    td data-label="Signature" { span.badge.warn { "not verified" } div.quiet.clip title=(reason) { (reason) } }
                    td data-label="Signed by" { span.quiet { "—" } }
                }
                _ => { td data-label="Signature" { span.badge.warn { "not verified" } } td data-label="Signed by" { span.quiet { "—" } } }
            }
            td data-label="Built by" { @if row.builder.is_empty() { span.quiet { "—" } } @else { span.clip title=(row.builder) { (row.builder) } } }
            td data-label="Added" { (parts::time(row.added)) }
            td {
                a.button.small href=(format!("/api/v1/attestations/{}", row.number)) download {
                    (icon(Icon::Download)) "Download"
                }
            }
        }
    }
}

/// `GET /documents/ID`: a document as it came, to be kept and not to be shown: what it says could be a page.
pub(crate) async fn document(State(state): State<AppState>, visit: Visit, Path(id): Path<u64>) -> Response {
    let found = state.with_inventory(move |inventory| inventory.document(DocumentId::from_number(id))).await;
    match found {
        Ok(body) => {
            let name = format!("attachment; filename=\"document-{id}.sbom\"");
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, body.bytes).into_response()
        }
        Err(problem) => fault::shown(&visit, &problem),
    }
}

fn decisions(decided: &[GateRow]) -> Markup {
    html! {
        section.card {
            div.card-head { h2 { "Gates" } }
            div.table tabindex="0" role="region" aria-label="Gates" {
                table.cards {
                    thead { tr {
                        th scope="col" { "Answer" } th scope="col" { "Reasons" } th scope="col" { "By the policy" } th scope="col" { "Decided" }
                    } }
                    tbody { @for row in decided { (decision(row)) } }
                }
            }
        }
    }
}

fn decision(row: &GateRow) -> Markup {
    let note = &row.note;
    html! {
        tr {
            th scope="row" {
                @if note.verdict == "pass" { span.badge.good { (note.verdict) } } @else { span.badge.warn { (note.verdict) } }
                @if let Some(id) = &note.broken_glass { div.quiet { "glass broken by " (id) } }
            }
            td data-label="Reasons" { @if note.codes.is_empty() { span.quiet { "—" } } @else { (note.codes.join(", ")) } }
            td.mono data-label="By the policy" title=(note.policy) { (parts::short_digest(&format!("sha256:{}", note.policy))) }
            td data-label="Decided" { (parts::time(row.at)) }
        }
    }
}
