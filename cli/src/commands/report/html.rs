//! The report as one page that needs nothing else: no script, no font, no picture from elsewhere. It prints.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plimsoll_model::printable;

use super::page::{Check, Compared, Framework, Page, Rule, Sbom};

const STYLE: &str = include_str!("style.css");

pub(super) fn page(page: &Page) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="color-scheme" content="light dark";
                title { (shown(&page.artifact.name)) ": " (page.verdict) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p .kicker { "Release report" }
                    h1 { (shown(&page.artifact.name)) }
                    p .verdict .(page.verdict) { (page.verdict) }
                    p { (shown(&page.sentence())) " Rules: " (page.counted()) "." }
                }
                main {
                    (facts(page))
                    (section("rules", "What was checked", rules(page)))
                    (section("sbom", "Bills of materials", sboms(page)))
                    (section("exceptions", "Exceptions", exceptions(page)))
                    (section("compliance", "Controls", compliance(page)))
                    (section("inputs", "What was read", inputs(page)))
                    (section("reproduce", "How to get the same again", reproduce(page)))
                }
                footer { "Made by " (page.tool.name) " " (page.tool.version) ". Everything here was judged as of " (page.at) "." }
            }
        }
    }
    .into_string()
}

fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (content) } }
}

/// Text that came from outside: invisible and moving characters are shown as what they are.
fn shown(text: &str) -> String {
    printable(text).to_string()
}

fn facts(page: &Page) -> Markup {
    html! {
        dl .facts {
            @for (algorithm, hex) in &page.artifact.digests { dt { (algorithm) } dd { code { (hex) } } }
            @for name in &page.artifact.names { dt { "Known as" } dd { (shown(name)) } }
            dt { "Judged as of" } dd { (page.at) }
            @if let Some(advisories) = &page.advisories {
                dt { "Advisories of" } dd { (advisories.as_of.as_deref().unwrap_or("unknown")) }
            }
            dt { "SLSA" }
            dd { @if page.levels.is_empty() { "no level is proven" } @else { (page.levels.join(", ")) } }
        }
    }
}

fn rules(page: &Page) -> Markup {
    html! {
        @for rule in &page.rules { (one_rule(rule)) }
        @if !page.not_asked.is_empty() {
            p .quiet { "The policy asks nothing about: " (page.not_asked.join(", ")) ". Nothing was checked of these." }
        }
    }
}

fn one_rule(rule: &Rule) -> Markup {
    html! {
        article .rule {
            h3 {
                code { (shown(&rule.rule)) } " "
                span .state .(rule.state) { (rule.state) }
            }
            @if rule.line > 0 { p .quiet {
                "Line " (rule.line) " of the policy."
                @if let Some(since) = &rule.effective_on { " Denies from " (since) " on." }
            } }
            table {
                thead { tr { th scope="col" { "Check" } th scope="col" { "What" } th scope="col" { "Expected" } th scope="col" { "Found" } th scope="col" { "Where" } } }
                tbody { @for check in &rule.checks { (one_check(check)) } }
            }
        }
    }
}

fn one_check(check: &Check) -> Markup {
    html! {
        tr {
            td { span .state .(check.state) { (check.state) } @if let Some(code) = check.code { br; code { (code) } } }
            td {
                @if !check.about.is_empty() { code { (shown(&check.about)) } br; }
                (shown(&check.message))
                @if !check.because.is_empty() { br; span .quiet { "because of " (check.because.join(", ")) } }
                @if let Some(id) = &check.excused_by { br; span .quiet { "excepted by " (shown(id)) } }
            }
            td { (shown(check.expected.as_deref().unwrap_or_default())) }
            td { (shown(check.actual.as_deref().unwrap_or_default())) }
            td { (shown(&check.place)) }
        }
    }
}

fn sboms(page: &Page) -> Markup {
    html! {
        @if page.sboms.is_empty() { p { "There is none." } }
        @for sbom in &page.sboms { (one_sbom(sbom)) }
    }
}

fn one_sbom(sbom: &Sbom) -> Markup {
    html! {
        article {
            h3 { (shown(&sbom.place)) " " span .state .(if sbom.signer.is_empty() { "warned" } else { "passed" }) { (sbom.claim) } }
            dl .facts {
                @if !sbom.signer.is_empty() { dt { "Signed by" } dd { (shown(&sbom.signer)) } }
                dt { "Components" } dd { (sbom.components) }
                @for score in &sbom.scores { dt { (score.title) } dd { (score.score) " of 100" } }
            }
            @match &sbom.compared {
                None => p .quiet { "Nobody looked into the artifact, so whether this is true was not checked." },
                Some(compared) => (differences(compared)),
            }
        }
    }
}

fn differences(compared: &Compared) -> Markup {
    html! {
        p {
            "Held against the artifact: " (compared.judgements.join(", ")) ". It names the artifact: " (compared.binding) ". "
            (compared.confirmed) " of " (compared.claimed) " claimed and " (compared.found) " found components agree."
        }
        @if !compared.differences.is_empty() {
            table {
                thead { tr { th scope="col" { "Kind" } th scope="col" { "Component" } th scope="col" { "Reason" } } }
                tbody { @for one in &compared.differences { tr {
                    td { (one.kind) } td { code { (shown(&one.component)) } } td { (shown(&one.reason)) }
                } } }
            }
            @if compared.more > 0 { p .quiet { "and " (compared.more) " more; `plimsoll sbom check` lists them." } }
        }
    }
}

fn exceptions(page: &Page) -> Markup {
    html! {
        @if page.exceptions.is_empty() { p { "There are none." } } @else { table {
            thead { tr { th scope="col" { "Id" } th scope="col" { "State" } th scope="col" { "For" } th scope="col" { "Why" } th scope="col" { "Who" } th scope="col" { "Until" } } }
            tbody { @for one in &page.exceptions { tr {
                td { code { (shown(&one.id)) } }
                td { span .state .(one.state) { (one.state) } @for finding in &one.findings { br; span .quiet { (shown(finding)) } } }
                td { (shown(&one.rules.join(", "))) " in " (shown(&one.scope.join(", "))) }
                td { (shown(&one.reason)) }
                td { "needed by " (shown(&one.owner)) ", approved by " (shown(&one.approver)) }
                td { (one.created) " to " (one.expires) }
            } } }
        } }
    }
}

fn compliance(page: &Page) -> Markup {
    html! {
        p .quiet {
            "Which controls the checks above speak of. A control is shown where all that speaks of it holds; it says so where there is no evidence, "
            "and where nothing that can be checked of an artifact speaks of it."
        }
        @for framework in &page.compliance { (one_framework(framework)) }
    }
}

fn one_framework(framework: &Framework) -> Markup {
    html! {
        details open {
            summary { (framework.title) }
            p .quiet { (framework.source) }
            table {
                thead { tr { th scope="col" { "Control" } th scope="col" { "Asks that" } th scope="col" { "Standing" } th scope="col" { "Evidence" } } }
                tbody { @for control in &framework.controls { tr {
                    th scope="row" { (control.id) }
                    td { (control.asks) }
                    td { span .state .(control.standing.replace(' ', "-")) { (control.standing) } }
                    td { @for line in &control.evidence { div { (shown(line)) } } }
                } } }
            }
        }
    }
}

fn inputs(page: &Page) -> Markup {
    html! { table {
        thead { tr { th scope="col" { "For" } th scope="col" { "Name" } th scope="col" { "SHA-256" } } }
        tbody { @for input in &page.inputs { tr { td { (input.role) } td { (shown(&input.name)) } td { code { (input.sha256) } } } } }
    } }
}

fn reproduce(page: &Page) -> Markup {
    html! { @for command in &page.reproduce {
        p { (command.what) " (exit status " (command.status) "):" }
        pre { code { (shown(&command.command)) } }
    } }
}
