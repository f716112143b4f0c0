//! The frame of every page.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets;
use super::command;
use super::parts::{Icon, icon};
use super::visit::{Theme, Visit};

/// The parts of the site, as the navigation shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Respond,
    Overview,
    Artifacts,
    Ingest,
    /// None of them.
    None,
}

const SECTIONS: &[(Section, &str, &str)] = &[
    (Section::Respond, "/", "Respond"),
    (Section::Overview, "/overview", "Overview"),
    (Section::Artifacts, "/artifacts", "Artifacts"),
    (Section::Ingest, "/ingest", "Ingest"),
];

/// A page being made.
#[derive(Debug)]
pub(crate) struct Page {
    title: String,
    section: Section,
    crumbs: Vec<(String, String)>,
    lead: Option<Markup>,
    command: Option<String>,
    status: StatusCode,
}

impl Page {
    /// A page with a title, in a section.
    pub(crate) fn new(title: &str, section: Section) -> Self {
        Self { title: title.to_owned(), section, crumbs: Vec::new(), lead: None, command: None, status: StatusCode::OK }
    }

    /// A page above this one: its name and address, the uppermost first.
    pub(crate) fn under(mut self, name: &str, address: &str) -> Self {
        self.crumbs.push((name.to_owned(), address.to_owned()));
        self
    }

    /// What stands below the title.
    pub(crate) fn lead(mut self, lead: Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// The words of the command, after the program's name, that gives the same answer.
    pub(crate) fn command(mut self, words: &[&str]) -> Self {
        self.command = Some(command::line(words));
        self
    }

    /// Another status than 200.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The whole page.
    #[expect(clippy::needless_pass_by_value, reason = "the end of what it is built from")]
    pub(crate) fn show(self, visit: &Visit, body: Markup) -> Response {
        let theme = (visit.theme != Theme::Automatic).then(|| visit.theme.word());
        let markup = html! {
            (DOCTYPE)
            html lang="en" data-theme=[theme] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) " · Plimsoll" }
                    link rel="stylesheet" href=(assets::STYLE.address);
                    link rel="icon" type="image/svg+xml" href=(assets::ICON.address);
                    script defer src=(assets::SCRIPT.address) {}
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    (top(self.section, visit))
                    main #main tabindex="-1" {
                        @if !self.crumbs.is_empty() { (crumbs(&self.crumbs, &self.title)) }
                        (self.head())
                        (body)
                        @if let Some(line) = &self.command {
                            section.same aria-label="The same from a terminal" {
                                span.quiet { "The same answer from a terminal" }
                                (command::shown(line))
                            }
                        }
                    }
                    (foot())
                    div #said .apart role="status" {}
                }
            }
        };
        let headers = [(header::CACHE_CONTROL, "private, no-cache")];
        (self.status, headers, Html(markup.into_string())).into_response()
    }

    fn head(&self) -> Markup {
        html! {
            div.page-head {
                div {
                    h1 { (self.title) }
                    @if let Some(lead) = &self.lead { (lead) }
                }
            }
        }
    }
}

fn top(section: Section, visit: &Visit) -> Markup {
    html! {
        header.top {
            div.top-in {
                a.brand href="/" { (mark()) span { "Plimsoll" } }
                nav.nav aria-label="Sections" {
                    @for (this, address, name) in SECTIONS {
                        a href=(address) aria-current=[(*this == section).then_some("page")] { (name) }
                    }
                }
                @if visit.address != "/" && !visit.address.starts_with("/?") {
                    form.top-search action="/" role="search" {
                        input type="search" name="q" aria-label="Search the inventory" placeholder="Search: pkg:npm/lodash@<4.17.21"
                            autocomplete="off" spellcheck="false";
                    }
                }
                div.top-end { (theme_button(visit)) }
            }
        }
    }
}

fn theme_button(visit: &Visit) -> Markup {
    let next = visit.theme.next();
    let says = format!("Theme: {}. Change to {}.", visit.theme.word(), next.word());
    html! {
        form action="/theme" method="post" {
            input type="hidden" name="to" value=(next.word());
            input type="hidden" name="back" value=(visit.address);
            button.icon-button type="submit" title=(says) aria-label=(says) {
                (icon(match visit.theme { Theme::Automatic => Icon::Automatic, Theme::Light => Icon::Sun, Theme::Dark => Icon::Moon }))
            }
        }
    }
}

fn crumbs(above: &[(String, String)], title: &str) -> Markup {
    html! {
        nav.crumbs aria-label="Breadcrumb" {
            ol {
                @for (name, address) in above { li { a href=(address) { (name) } } }
                li aria-current="page" title=(title) { (title) }
            }
        }
    }
}

fn foot() -> Markup {
    html! {
        footer.foot {
            div.foot-in {
                span { "Plimsoll " (env!("CARGO_PKG_VERSION")) }
                a href="/api/v1/openapi.json" { "API" }
                span { kbd { "/" } " searches" }
            }
        }
    }
}

/// The load line of a ship, after which the program is named.
fn mark() -> Markup {
    PreEscaped(
        r#"<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.2"><circle cx="12" cy="12" r="7"/><path d="M1.5 12h21"/></svg>"#
            .to_owned(),
    )
}
