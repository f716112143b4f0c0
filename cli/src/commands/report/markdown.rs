//! The report as Markdown (GitHub's dialect).

use std::io::{self, Write};

use super::page::{Page, Rule, Sbom};
use crate::output::markdown::{head, row, text};

pub(super) fn write(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    writeln!(out, "# {}: {}\n", text(&page.artifact.name), page.verdict)?;
    writeln!(out, "{} Rules: {}.\n", text(&page.sentence()), page.counted())?;
    for (algorithm, hex) in &page.artifact.digests {
        writeln!(out, "- {}: {hex}", text(algorithm))?;
    }
    writeln!(out, "- judged as of {}", page.at)?;
    if let Some(advisories) = &page.advisories {
        writeln!(out, "- advisories of {}", advisories.as_of.as_deref().unwrap_or("unknown"))?;
    }
    let levels = if page.levels.is_empty() { "no level of SLSA".to_owned() } else { page.levels.join(", ") };
    writeln!(out, "- proven: {}\n\n## What was checked", text(&levels))?;
    for rule in &page.rules {
        one_rule(out, rule)?;
    }
    if !page.not_asked.is_empty() {
        writeln!(out, "\nThe policy asks nothing about: {}.", text(&page.not_asked.join(", ")))?;
    }
    writeln!(out, "\n## Bills of materials\n")?;
    if page.sboms.is_empty() {
        writeln!(out, "There is none.")?;
    }
    for sbom in &page.sboms {
        one_sbom(out, sbom)?;
    }
    exceptions(out, page)?;
    writeln!(out, "\n## Controls")?;
    for framework in &page.compliance {
        writeln!(out, "\n### {}\n", text(framework.title))?;
        head(out, &["control", "asks that", "standing", "evidence"])?;
        for control in &framework.controls {
            row(out, [control.id, control.asks, control.standing, &control.evidence.join("; ")])?;
        }
    }
    writeln!(out, "\n## What was read\n")?;
    head(out, &["for", "name", "SHA-256"])?;
    for input in &page.inputs {
        row(out, [input.role.as_str(), &input.name, &input.sha256])?;
    }
    writeln!(out, "\n## How to get the same again\n")?;
    for command in &page.reproduce {
        writeln!(out, "- {} (exit status {}): {}", command.what, command.status, text(&command.command))?;
    }
    writeln!(out, "\nMade by {} {}.", page.tool.name, page.tool.version)
}

fn one_rule(out: &mut dyn Write, rule: &Rule) -> io::Result<()> {
    writeln!(out, "\n### {}: {}\n", text(&rule.rule), rule.state)?;
    head(out, &["check", "code", "what", "expected", "found", "where"])?;
    for check in &rule.checks {
        let excused = check.excused_by.as_ref().map(|id| format!(" (excepted by {id})")).unwrap_or_default();
        let because = if check.because.is_empty() { String::new() } else { format!(" ({})", check.because.join(", ")) };
        let about = if check.about.is_empty() { String::new() } else { format!("{}: ", check.about) };
        let what = format!("{about}{}{because}{excused}", check.message);
        let expected = check.expected.as_deref().unwrap_or_default();
        let actual = check.actual.as_deref().unwrap_or_default();
        row(out, [check.state, check.code.unwrap_or_default(), &what, expected, actual, &check.place])?;
    }
    Ok(())
}

fn one_sbom(out: &mut dyn Write, sbom: &Sbom) -> io::Result<()> {
    let by = if sbom.signer.is_empty() { String::new() } else { format!(", signed by {}", sbom.signer) };
    writeln!(out, "- {} ({}{}), {} components", text(&sbom.place), sbom.claim, text(&by), sbom.components)?;
    for score in &sbom.scores {
        writeln!(out, "  - {}: {} of 100", text(score.title), score.score)?;
    }
    let Some(compared) = &sbom.compared else {
        return writeln!(out, "  - whether it is true was not checked");
    };
    let (judged, binding) = (compared.judgements.join(", "), compared.binding);
    let (confirmed, claimed, found) = (compared.confirmed, compared.claimed, compared.found);
    writeln!(
        out,
        "  - {judged}; it names the artifact: {binding}; {confirmed} of {claimed} claimed and {found} found components agree"
    )?;
    for one in &compared.differences {
        writeln!(out, "  - {}: {}: {}", one.kind, text(&one.component), text(&one.reason))?;
    }
    if compared.more > 0 {
        writeln!(out, "  - and {} more", compared.more)?;
    }
    Ok(())
}

fn exceptions(out: &mut dyn Write, page: &Page) -> io::Result<()> {
    writeln!(out, "\n## Exceptions\n")?;
    if page.exceptions.is_empty() {
        return writeln!(out, "There are none.");
    }
    head(out, &["id", "state", "for", "why", "who", "until"])?;
    for one in &page.exceptions {
        let state = if one.findings.is_empty() {
            one.state.to_owned()
        } else {
            format!("{}: {}", one.state, one.findings.join("; "))
        };
        let about = format!("{} in {}", one.rules.join(", "), one.scope.join(", "));
        let who = format!("needed by {}, approved by {}", one.owner, one.approver);
        row(out, [one.id.as_str(), &state, &about, &one.reason, &who, &format!("{} to {}", one.created, one.expires)])?;
    }
    Ok(())
}
