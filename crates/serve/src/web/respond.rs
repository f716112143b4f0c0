//! Respond: one question, its counts, and the artifacts it is true of.

use std::collections::BTreeMap;

use axum::extract::{Query as Parameters, State};
use axum::response::Response;
use maud::{Markup, html};
use plimsoll_inventory::{Answer, AnswerRow, Query};
use serde::Deserialize;

use super::chart::bar;
use super::fault;
use super::link::link;
use super::page::{Page, Section};
use super::parts::{self, Icon, icon};
use super::visit::Visit;
use crate::question;
use crate::state::AppState;

/// Rows of a page.
const ROWS: usize = 50;
/// What rows are grouped by, and the label of each.
const GROUPS: &[(&str, &str)] = &[("owner", "owner"), ("environment", "environment"), ("team", "team")];
/// Questions to begin with.
const EXAMPLES: &[(&str, &str)] = &[
    ("pkg:npm/lodash@<4.17.21", "a package before a version"),
    ("log4j*", "a name"),
    ("license:GPL-3.0*", "a licence"),
    ("path:**/JndiLookup.class", "a file"),
    ("pkg:pypi/requests AND env:prod", "both"),
];

/// What a question comes with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    after: Option<u64>,
}

/// `GET /`
pub(crate) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Parameters(asked): Parameters<Asked>,
) -> Response {
    let text = asked.q.trim().to_owned();
    if text.is_empty() {
        return start(&state, &visit).await;
    }
    let after = asked.after;
    let answer = match question::read(&state, Some(&text)).await {
        Ok(query) => {
            let page = plimsoll_inventory::Page { rows: ROWS, after };
            state.with_inventory(move |inventory| inventory.find(&query, page)).await
        }
        Err(problem) => Err(problem),
    };
    let page = Page::new("Respond", Section::Respond);
    match answer {
        Ok(answer) => page.command(&["find", &text]).show(&visit, answered(&state, &text, &answer, after.is_some())),
        Err(problem) if problem.status == axum::http::StatusCode::BAD_REQUEST => {
            let body = html! {
                (search(&text))
                div.note-box.bad role="alert" {
                    p { strong { "This question cannot be read" } }
                    p { (problem.detail) }
                }
                (examples())
            };
            page.status(problem.status).show(&visit, body)
        }
        Err(problem) => fault::shown(&visit, &problem),
    }
}

async fn start(state: &AppState, visit: &Visit) -> Response {
    let everything = state.with_inventory(|inventory| {
        inventory.find(&Query::Everything, plimsoll_inventory::Page { rows: 0, after: None })
    });
    let counts = match everything.await {
        Ok(answer) => answer.denominator,
        Err(problem) => return fault::shown(visit, &problem),
    };
    let body = html! {
        (search(""))
        (examples())
        section.card {
            @if counts.artifacts == 0 {
                (parts::empty("The inventory is empty", html! {
                    p { "Add an SBOM of any format, and ask which of your artifacts have a package." }
                    div.actions { a.button.primary href="/ingest" { "Add documents" } }
                }))
            } @else {
                div.card-head { h2 { "What can be asked about" } a href="/artifacts" { "All artifacts" } }
                div.card-body { (denominator(&counts, state)) }
            }
        }
    };
    let page = Page::new("Which of our artifacts contain it?", Section::Respond);
    let page = page.lead(html! { p { "A package, a range of versions, a licence, a digest, a file or a label." } });
    page.command(&["find", "--help"]).show(visit, body)
}

/// The search box.
fn search(text: &str) -> Markup {
    html! {
        form.search action="/" role="search" {
            div.search-box {
                (icon(Icon::Search))
                input type="search" name="q" value=(text) aria-label="Question" autocomplete="off" autocapitalize="off" spellcheck="false"
                    placeholder="pkg:npm/lodash@<4.17.21" autofocus[text.is_empty()];
                kbd aria-hidden="true" { "/" }
            }
            button.button.primary type="submit" { "Find" }
        }
    }
}

fn examples() -> Markup {
    html! {
        nav.examples aria-label="Examples" {
            @for (query, what) in EXAMPLES { a href=(link("/", &[("q", query)])) title=(what) { (query) } }
        }
    }
}

fn answered(state: &AppState, text: &str, answer: &Answer, later: bool) -> Markup {
    let here = link("/", &[("q", text)]);
    let next = answer.next.map(|after| link("/", &[("q", text), ("after", &after.to_string())]));
    let counts = &answer.denominator;
    html! {
        (search(text))
        dl.tiles {
            (parts::tile("Artifacts", &parts::number(answer.artifacts), &format!("of {}", parts::number(counts.artifacts))))
            (parts::tile("Components", &parts::number(answer.components), "matched anywhere"))
            (parts::tile("Could not tell", &parts::number(counts.unsearched), "no files listed"))
            (parts::tile("Read in part", &parts::number(counts.partial), "something may be missing"))
        }
        @if answer.rows.is_empty() {
            section.card {
                (parts::empty("No artifact matches", html! {
                    p { "None of " (parts::counted(counts.artifacts, "artifact")) " that were searched. "
                        @if counts.partial > 0 { (parts::number(counts.partial)) " of them were read in part only. " }
                        @if counts.unsearched > 0 { (parts::number(counts.unsearched)) " could not tell." } }
                }))
                div.card-foot { (denominator(counts, state)) }
            }
        } @else {
            (groups(text, &answer.rows, later || next.is_some()))
            section.card {
                div.card-head {
                    h2 { "Artifacts" span.count { (parts::number(answer.artifacts)) } }
                    div.actions {
                        @for (format, name) in [("csv", "CSV"), ("jsonl", "JSON lines")] {
                            a.button.small href=(link("/api/v1/export", &[("q", text), ("format", format)])) download {
                                (icon(Icon::Download)) (name)
                            }
                        }
                    }
                }
                (rows(&answer.rows))
                div.card-foot {
                    (denominator(counts, state))
                    (parts::pager(next.as_deref(), later.then_some(here.as_str())))
                }
            }
        }
    }
}

/// The groups of the rows on this page.
fn groups(text: &str, rows: &[AnswerRow], some: bool) -> Markup {
    html! {
        section.grid aria-label="Groups" {
            @for (title, name) in GROUPS {
                div.card {
                    div.card-head {
                        h2 { "By " (title) }
                        @if some { span.quiet { "of this page" } }
                    }
                    div.card-body { (group(text, name, rows)) }
                }
            }
        }
    }
}

fn group(text: &str, name: &str, rows: &[AnswerRow]) -> Markup {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let count = counts.entry(parts::label(&row.artifact, name)).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
    let most = counts.first().map_or(1, |first| first.1);
    let shown = counts.len().min(6);
    html! {
        ul.bars {
            @for (value, count) in counts.iter().take(shown) {
                li {
                    @if value.is_empty() { span.bar-name.quiet { "not said" } }
                    @else { a href=(link("/", &[("q", &format!("({text}) AND {name}:{}", quoted(value)))])) title=(value) { (value) } }
                    span.number { (parts::number(*count)) }
                    (bar(*count, most))
                }
            }
        }
        @if counts.len() > shown { p.quiet { "and " (counts.len().saturating_sub(shown)) " more" } }
    }
}

/// A value as the language of questions takes it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace(['"', '\\'], "?"))
}

/// What a question is true of, as a table.
pub(crate) fn rows(rows: &[AnswerRow]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Artifacts that match" {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "Artifact" } th scope="col" { "What matched" } th scope="col" { "Said by" }
                        th scope="col" { "Read" } th scope="col" { "Owner" } th scope="col" { "Environment" }
                        th scope="col" { span.apart { "Explanation" } }
                    }
                }
                tbody { @for row in rows { (result(row)) } }
            }
        }
    }
}

fn result(row: &AnswerRow) -> Markup {
    let number = row.artifact.id.to_number().to_string();
    let first = row.components.first().map_or("", String::as_str);
    html! {
        tr {
            th scope="row" { (parts::artifact(&row.artifact)) }
            td data-label="Matched" {
                div.purls {
                    @for component in row.components.iter().take(4) { (parts::component(component)) }
                    @for file in row.files.iter().take(4) { (parts::purl(file)) }
                    @if row.components.len() > 4 { span.quiet { "and " (row.components.len().saturating_sub(4)) " more" } }
                }
            }
            td data-label="Said by" { (parts::claim(row.claim)) }
            td data-label="Read" { (parts::coverage(row.coverage)) }
            td data-label="Owner" { (or_none(parts::label(&row.artifact, "owner"))) }
            td data-label="Environment" { (or_none(parts::label(&row.artifact, "environment"))) }
            td {
                @if !first.is_empty() {
                    a.nowrap href=(link("/why", &[("artifact", &number), ("component", first)])) {
                        "Why" span.apart { " is " (first) " in " (row.artifact.name) "?" }
                    }
                }
            }
        }
    }
}

fn or_none(value: &str) -> Markup {
    html! {
        @if value.is_empty() { span.quiet { "—" } } @else { span.clip.short title=(value) { (value) } }
    }
}

/// Out of what an answer is.
pub(crate) fn denominator(counts: &plimsoll_inventory::Denominator, state: &AppState) -> Markup {
    let advisories = state.advisories().age(state.now());
    html! {
        p.denominator {
            "Out of " strong { (parts::counted(counts.artifacts, "artifact")) } ": "
            (parts::number(counts.complete)) " read whole, " (parts::number(counts.partial)) " in part"
            @if counts.unsearched > 0 { ", " (parts::number(counts.unsearched)) " could not tell" }
            @if counts.failed > 0 { "; " (parts::counted(counts.failed, "document")) " could not be read" }
            @if counts.never_scanned > 0 {
                "; " (parts::counted(counts.never_scanned, "image")) " that " (if counts.never_scanned == 1 { "runs" } else { "run" })
                " never scanned"
            }
            @if let Some(oldest) = counts.oldest { "; oldest document of " (parts::time(Some(oldest))) }
            @if let Some((of, old)) = advisories {
                "; advisories of " (parts::time(Some(of)))
                @if old { " " span.badge.warn { "too old" } }
            }
            "."
        }
    }
}
