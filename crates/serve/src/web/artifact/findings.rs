//! The findings of the line of builds that an artifact belongs to.

use axum::extract::Query as Parameters;
use axum::response::Response;
use maud::{Markup, html};
use plimsoll_inventory::{FindingFilter, FindingRow, FindingState};
use serde::Deserialize;

use super::{AboutArtifact, called, frame};
use crate::web::fault;
use crate::web::link::link;
use crate::web::parts;

/// How many findings are shown.
const ROWS: usize = 100;

/// Which are shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    after: Option<u64>,
}

/// `GET /artifacts/ID/findings`
pub(crate) async fn findings(
    AboutArtifact { state, visit, detail }: AboutArtifact,
    Parameters(wanted): Parameters<Wanted>,
) -> Response {
    let id = detail.summary.id.to_number();
    let filter = FindingFilter { lineage: Some(detail.summary.name.clone()), ..FindingFilter::default() };
    let page = plimsoll_inventory::Page { rows: ROWS, after: wanted.after };
    let found =
        state.with_inventory(move |inventory| Ok((inventory.findings_page(&filter, page)?, inventory.assessed()?)));
    let (found, assessed) = match found.await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let path = format!("/artifacts/{id}/findings");
    let next = found.next.map(|after| link(&path, &[("after", &after.to_string())]));
    let (frame, tabs) = frame(&detail, "/findings");
    let body = html! {
        (tabs)
        section.card {
            div.card-head { h2 { "Findings" span.count { (parts::number(found.total)) } } span.quiet { "Open ones first" } }
            @if found.rows.is_empty() {
                (parts::empty(if assessed.is_some() { "No findings" } else { "Never audited" }, html! {
                    p { @if assessed.is_some() { "None were found when the fleet was last audited, " (parts::time(assessed)) "." }
                        @else { "Nothing is known of it: the fleet was never audited against advisories. Run the command below." } }
                }))
            } @else { (table(&found.rows, Shown::Advisory)) }
            div.card-foot {
                span { @if assessed.is_some() { "As of the audit of " (parts::time(assessed)) } }
                (parts::pager(next.as_deref(), wanted.after.map(|_| path.as_str())))
            }
        }
    };
    frame.command(&["audit", &called(&detail)]).show(&visit, body)
}

/// What a list of findings is told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The list is about one artifact.
    Advisory,
    /// The list is about one advisory.
    Artifact,
}

/// Findings as a table.
pub(crate) fn table(found: &[FindingRow], shown: Shown) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Findings" {
            table.cards {
                thead { tr {
                    th scope="col" { @if shown == Shown::Advisory { "Advisory" } @else { "Artifact" } }
                    th scope="col" { "Component" } th scope="col" { "Severity" } th scope="col" { "State" }
                    th scope="col" { "Mended in" } th scope="col" { "Since" }
                } }
                tbody { @for row in found { (finding(row, shown)) } }
            }
        }
    }
}

fn finding(row: &FindingRow, shown: Shown) -> Markup {
    html! {
        tr {
            th scope="row" {
                @if shown == Shown::Advisory {
                    a.nowrap href=(crate::web::vulnerability::address(&row.advisory)) { (row.advisory) }
                    @if !row.aliases.is_empty() { div.quiet.clip title=(row.aliases.join(", ")) { (row.aliases.join(", ")) } }
                } @else { (parts::artifact(&row.artifact)) }
            }
            td data-label="Component" { (parts::component(&row.component)) }
            td data-label="Severity" { (severity(row)) }
            td data-label="State" {
                (state(row.state))
                @if !row.said.is_empty() { div.quiet.clip title=(row.said) { (row.said) } }
            }
            td data-label="Mended in" {
                @if row.fixed.is_empty() { span.quiet { "—" } } @else { div.purls { @for version in row.fixed.iter().take(3) { (parts::purl(version)) } } }
            }
            td data-label="Since" { (parts::time(row.opened)) }
        }
    }
}

/// How bad a finding is, with what is known of its exploitation.
pub(crate) fn severity(row: &FindingRow) -> Markup {
    html! {
        div.badges {
            @match row.severity {
                Some(rating) => span.badge.bad[row.score >= Some(70)].warn[row.score < Some(70)] {
                    (rating.to_string()) @if let Some(score) = row.score { " " (score / 10) "." (score % 10) }
                },
                None => span.badge { "not rated" },
            }
            @if row.kev { span.badge.bad { "exploited" } }
            @if !row.certain { span.badge title=(row.rule) { "not certain" } }
        }
    }
}

/// How things are with a finding.
pub(crate) fn state(state: FindingState) -> Markup {
    let class = match state {
        FindingState::Open => "badge bad",
        FindingState::Vexed | FindingState::Excepted => "badge warn",
        FindingState::Fixed => "badge good",
        _ => "badge",
    };
    html! { span class=(class) { (state.word()) } }
}
