//! Overview: how many, how well covered, and how things go.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use plimsoll_inventory::{EventKind, EventRow, FindingFilter, FindingRow, FindingState, Query};

use super::chart::{Series, bar, lines};
use super::fault;
use super::link::link;
use super::page::{Page, Section};
use super::parts;
use super::visit::Visit;
use crate::state::AppState;

/// How far back the trend goes.
const DAYS: usize = 90;

/// `GET /overview`
pub(crate) async fn page(State(state): State<AppState>, visit: Visit) -> Response {
    let now = state.now();
    let from = now.checked_sub(SignedDuration::from_hours(24 * 90)).unwrap_or(Timestamp::UNIX_EPOCH);
    let found = state.with_inventory(move |inventory| {
        let everything = inventory.find(&Query::Everything, plimsoll_inventory::Page { rows: 0, after: None })?;
        let open = FindingFilter { states: vec![FindingState::Open], ..FindingFilter::default() };
        Ok((everything.denominator, inventory.findings(&open)?, inventory.events(from, now)?))
    });
    let (counts, open, events) = match found.await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let exploited: Vec<&FindingRow> = open.iter().filter(|row| row.kev).collect();
    let body = html! {
        dl.tiles {
            (parts::tile("Artifacts", &parts::number(counts.artifacts), "with a document"))
            (parts::tile("Open findings", &parts::number(open.len() as u64), "as of the last audit"))
            (parts::tile("Known to be exploited", &parts::number(exploited.len() as u64), "open and in KEV"))
            (parts::tile("Read whole", &format!("{} %", parts::percent(counts.complete, counts.artifacts)), &format!("{} in part", parts::number(counts.partial))))
        }
        section.card {
            div.card-head { h2 { "Findings opened and closed" } span.quiet { "The last 90 days" } }
            @if events.is_empty() {
                (parts::empty("Nothing happened yet", html! {
                    p { "Findings become events when the fleet is audited against advisories." }
                    code.whole { "plimsoll audit --fleet" }
                }))
            } @else { div.card-body { (trend(&events, from)) } }
        }
        div.grid {
            section.card {
                div.card-head { h2 { "Known to be exploited" span.count { (exploited.len()) } } }
                @if exploited.is_empty() {
                    div.card-body { p { span.badge.good { "none open" } " No open finding is in the list of exploited vulnerabilities." } }
                } @else {
                    div.card-body { ul.bars { @for row in exploited.iter().take(8) {
                        li {
                            a href=(super::vulnerability::address(&row.advisory)) { (row.advisory) }
                            span { (row.artifact.name) }
                        }
                    } } }
                }
            }
            section.card {
                div.card-head { h2 { "Open by severity" } }
                div.card-body { (by_severity(&open)) }
            }
        }
        section.card {
            div.card-head { h2 { "Out of what" } a href=(link("/artifacts", &[])) { "All artifacts" } }
            div.card-body { (super::respond::denominator(&counts)) }
        }
    };
    Page::new("Overview", Section::Overview).command(&["inventory", "stats"]).show(&visit, body)
}

fn by_severity(open: &[FindingRow]) -> Markup {
    let mut counts: BTreeMap<Option<plimsoll_advisory::Rating>, (u64, &FindingRow)> = BTreeMap::new();
    for row in open {
        let entry = counts.entry(row.severity).or_insert((0, row));
        entry.0 = entry.0.saturating_add(1);
    }
    let most = counts.values().map(|(count, _)| *count).max().unwrap_or(1);
    html! {
        @if counts.is_empty() { p { span.badge.good { "none open" } } }
        ul.bars {
            @for (rating, (count, _)) in counts.iter().rev() {
                li {
                    span.bar-name { @match rating { Some(rating) => (rating.to_string()), None => "not rated" } }
                    span.number { (parts::number(*count)) }
                    (bar(*count, most))
                }
            }
        }
    }
}

/// Findings that were opened and that ceased, day by day, added up from the first day shown.
fn trend(events: &[EventRow], from: Timestamp) -> Markup {
    let mut opened = vec![0_u64; DAYS];
    let mut closed = vec![0_u64; DAYS];
    for event in events {
        let Some(at) = event.at else { continue };
        let day = at.as_second().saturating_sub(from.as_second()).checked_div(86_400).unwrap_or(0);
        let day = usize::try_from(day).unwrap_or(0).min(DAYS.saturating_sub(1));
        let counts = match event.kind {
            EventKind::Opened | EventKind::Reopened => &mut opened,
            EventKind::Fixed | EventKind::Vexed | EventKind::Excepted | EventKind::Undeployed => &mut closed,
            _ => continue,
        };
        if let Some(count) = counts.get_mut(day) {
            *count = count.saturating_add(1);
        }
    }
    let sum = |counts: Vec<u64>| -> Vec<u64> {
        counts
            .into_iter()
            .scan(0_u64, |all, count| {
                *all = all.saturating_add(count);
                Some(*all)
            })
            .collect()
    };
    let day = |at: usize| {
        let hours = i64::try_from(at).unwrap_or(0).saturating_mul(24);
        let day = from.checked_add(SignedDuration::from_hours(hours)).unwrap_or(from);
        day.strftime("%Y-%m-%d").to_string()
    };
    let days: Vec<String> = (0..DAYS).map(day).collect();
    let series = [Series { name: "opened", values: sum(opened) }, Series { name: "closed", values: sum(closed) }];
    let totals: Vec<String> = series
        .iter()
        .map(|series| format!("{} {}", series.values.last().copied().unwrap_or_default(), series.name))
        .collect();
    lines(&format!("Findings in 90 days: {}", totals.join(", ")), &days, &series)
}
