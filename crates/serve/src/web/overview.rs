//! Overview: how many, how well covered, and how things go.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use plimsoll_inventory::{EventCount, EventKind, FindingCount, FindingFilter, FindingState, Query};

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
        // Those that are exploited come first.
        let worst = inventory.findings_page(&open, plimsoll_inventory::Page { rows: 8, after: None })?;
        let events = inventory.event_counts(from, now)?;
        Ok((everything.denominator, inventory.finding_counts(&open)?, worst.rows, events, inventory.assessed()?))
    });
    let (counts, open, worst, events, assessed) = match found.await {
        Ok(found) => found,
        Err(problem) => return fault::shown(&visit, &problem),
    };
    let sum = |kev: bool| {
        open.iter().filter(|count| count.kev || !kev).fold(0_u64, |all, count| all.saturating_add(count.findings))
    };
    let exploited = sum(true);
    let age = state.advisories().age(now);
    let body = html! {
        dl.tiles {
            (parts::tile("Artifacts", &parts::number(counts.artifacts), "with a document"))
            (parts::tile("Open findings", &parts::number(sum(false)), if assessed.is_some() { "as of the last audit" } else { "never audited" }))
            (parts::tile("Known to be exploited", &parts::number(exploited), "open and in KEV"))
            (parts::tile("Advisories", &age.map_or_else(|| "none".to_owned(), |(of, _)| of.strftime("%Y-%m-%d").to_string()), match age {
                Some((_, true)) => "too old: questions by them are refused",
                Some(_) => "what they are of",
                None => "the server was started without",
            }))
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
                div.card-head { h2 { "Known to be exploited" span.count { (parts::number(exploited)) } } }
                @if exploited == 0 {
                    div.card-body { p {
                        @if assessed.is_some() { span.badge.good { "none open" } " No open finding is in the list of exploited vulnerabilities." }
                        @else { span.badge { "not known" } " The fleet was never audited against advisories." }
                    } }
                } @else {
                    div.card-body { ul.bars.pairs { @for row in worst.iter().filter(|row| row.kev) {
                        li {
                            a href=(super::vulnerability::address(&row.advisory)) { (row.advisory) }
                            span { (row.artifact.name) }
                        }
                    } } }
                }
            }
            section.card {
                div.card-head { h2 { "Open by severity" } }
                div.card-body { (by_severity(&open, assessed.is_some())) }
            }
        }
        section.card {
            div.card-head { h2 { "Out of what" } a href=(link("/artifacts", &[])) { "All artifacts" } }
            div.card-body { (super::respond::denominator(&counts, &state)) }
        }
    };
    Page::new("Overview", Section::Overview).command(&["inventory", "stats"]).show(&visit, body)
}

fn by_severity(open: &[FindingCount], assessed: bool) -> Markup {
    let mut counts: BTreeMap<Option<plimsoll_advisory::Rating>, u64> = BTreeMap::new();
    for count in open {
        let held = counts.entry(count.severity).or_default();
        *held = held.saturating_add(count.findings);
    }
    let most = counts.values().copied().max().unwrap_or(1);
    html! {
        @if counts.is_empty() { p { @if assessed { span.badge.good { "none open" } } @else { span.badge { "not known" } } } }
        ul.bars {
            @for (rating, count) in counts.iter().rev() {
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
fn trend(events: &[EventCount], from: Timestamp) -> Markup {
    let mut opened = vec![0_u64; DAYS];
    let mut closed = vec![0_u64; DAYS];
    for event in events {
        let day = usize::try_from(event.day).unwrap_or(0).min(DAYS.saturating_sub(1));
        let counts = match event.kind {
            EventKind::Opened | EventKind::Reopened => &mut opened,
            EventKind::Fixed | EventKind::Vexed | EventKind::Excepted | EventKind::Undeployed => &mut closed,
            _ => continue,
        };
        if let Some(count) = counts.get_mut(day) {
            *count = count.saturating_add(event.events);
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
        // A day is called by when it ends: the last one is today.
        let hours = i64::try_from(at).unwrap_or(0).saturating_add(1).saturating_mul(24);
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
