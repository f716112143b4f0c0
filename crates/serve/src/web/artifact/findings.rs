//! The findings of the line of builds that an artifact belongs to.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use plimsoll_inventory::{FindingFilter, FindingRow, FindingState};

use super::{called, detail, frame};
use crate::state::AppState;
use crate::web::fault;
use crate::web::parts;
use crate::web::visit::Visit;

/// How many findings are shown.
const ROWS: usize = 500;

/// `GET /artifacts/ID/findings`
pub(crate) async fn findings(State(state): State<AppState>, visit: Visit, Path(id): Path<u64>) -> Response {
    let detail = match detail(&state, id).await {
        Ok(detail) => detail,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let filter = FindingFilter { lineage: Some(detail.summary.name.clone()), ..FindingFilter::default() };
    let mut found = match state.with_inventory(move |inventory| inventory.findings(&filter)).await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    found.sort_by(|left, right| {
        left.state.cmp(&right.state).then(right.kev.cmp(&left.kev)).then(right.score.cmp(&left.score))
    });
    let (frame, tabs) = frame(&detail, "/findings");
    let body = html! {
        (tabs)
        section.card {
            div.card-head { h2 { "Findings" span.count { (found.len()) } } span.quiet { "Open ones first" } }
            @if found.is_empty() {
                (parts::empty("No findings", html! {
                    p { "None were found when the fleet was last audited. If it never was, run the command below." }
                }))
            } @else { (table(&found, Shown::Advisory)) }
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
                tbody { @for row in found.iter().take(ROWS) { (finding(row, shown)) } }
            }
        }
        @if found.len() > ROWS { div.card-foot { "and " (found.len().saturating_sub(ROWS)) " more" } }
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
