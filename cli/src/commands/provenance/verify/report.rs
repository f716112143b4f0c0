//! The report for people, as text and as Markdown.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_policy::{Build, BuildState, Judgement, Verdict, VerdictState};
use plimsoll_verify::{BuildCheck, BuildCheckState, Claim, Code};

use super::Judged;
use super::json::{codes, state};
use super::wanted::Wanted;
use crate::commands::expected::quoted;
use crate::commands::verify::report::trusted;
use crate::output::{Ui, markdown};

/// What is verified, on stdout, so that it can be kept. With `explain`, every check of everything.
pub(super) fn text(out: &mut dyn Write, judged: &[Judged], wanted: &Wanted, explain: bool) -> io::Result<()> {
    for one in judged {
        let verdicts = || one.judgements.iter().flat_map(Judgement::verdicts);
        if one.is_accepted() {
            writeln!(out, "verified: {} ({})", printable(&one.name), one.subject)?;
            // Several expectations hold of the same builds.
            let mut told: Vec<&str> = Vec::new();
            for build in verdicts().flat_map(Verdict::builds).filter(|build| build.state() != BuildState::Refused) {
                if !told.contains(&build.place()) {
                    told.push(build.place());
                    proven(out, build)?;
                }
            }
            for (code, id) in verdicts().flat_map(Verdict::excuses) {
                writeln!(out, "  EXCUSED       {code} {} by {}", code.name(), printable(id))?;
            }
            if !explain {
                summary(out, verdicts())?;
            }
        } else if explain {
            writeln!(out, "NOT VERIFIED: {} ({})", printable(&one.name), one.subject)?;
        }
        if explain {
            for verdict in verdicts() {
                explained(out, verdict, wanted)?;
            }
        }
    }
    if explain || judged.iter().any(Judged::is_accepted) {
        trusted(out, &wanted.expected)?;
    }
    Ok(())
}

/// A build that is what was expected.
fn proven(out: &mut dyn Write, build: &Build) -> io::Result<()> {
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<13} {}", printable(value));
    if let (Some(view), Some(level)) = (build.view(), build.level()) {
        line("built by", &view.builder_id)?;
        line("level", &format!("{level} ({})", build.builder().unwrap_or_default()))?;
        if let Some(source) = &view.source {
            let repository = source.repository.as_ref().map_or_else(|| source.uri.clone(), ToString::to_string);
            line("from", &repository)?;
            source.reference.iter().try_for_each(|reference| line("ref", reference))?;
            source.commit.iter().try_for_each(|commit| line("commit", commit))?;
        }
        view.workflow.iter().try_for_each(|workflow| line("workflow", workflow))?;
        view.event.iter().try_for_each(|event| line("started by", event))?;
        view.invocation.iter().try_for_each(|run| line("run", run))?;
    }
    let claims = build.claims();
    if let Some(identity) = claims.identity() {
        line("signed by", identity)?;
        line("vouched by", claims.get(Claim::Issuer).unwrap_or_default())?;
    }
    if let Some(verified) = build.verified() {
        verified.key().iter().try_for_each(|key| line("key", &format!("sha256:{key}")))?;
        verified.times().first().iter().try_for_each(|time| line("at", &time.time.to_string()))?;
    }
    line("evidence", &format!("{} {}", build.kind().map_or("", plimsoll_verify::EvidenceKind::name), build.place()))
}

/// Which checks were made, and which were not.
fn summary<'a>(out: &mut dyn Write, verdicts: impl Iterator<Item = &'a Verdict>) -> io::Result<()> {
    let (mut passed, mut open): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for verdict in verdicts {
        let good = verdict.builds().iter().filter(|build| build.state() != BuildState::Refused);
        for check in good.flat_map(Build::checks).chain(verdict.checks()) {
            let list = if check.state == BuildCheckState::Passed { &mut passed } else { &mut open };
            if !list.contains(&check.name) {
                list.push(check.name);
            }
        }
    }
    open.retain(|name| !passed.contains(name));
    writeln!(out, "  checked:      {}", passed.join(", "))?;
    if !open.is_empty() {
        writeln!(out, "  not checked:  {}", open.join(", "))?;
    }
    Ok(())
}

/// Every check of an expectation.
fn explained(out: &mut dyn Write, verdict: &Verdict, wanted: &Wanted) -> io::Result<()> {
    writeln!(out, "  expectation of {}: {}", printable(&place(verdict, wanted)), state(verdict.state()))?;
    verdict.checks().iter().try_for_each(|check| explained_check(out, check))?;
    for build in verdict.builds() {
        let kind = build.kind().map_or("evidence", plimsoll_verify::EvidenceKind::name);
        let word = match build.state() {
            BuildState::Proven => "proven".to_owned(),
            BuildState::Excused => "excused".to_owned(),
            _ => format!("{}: {}", build.code().map_or("refused", Code::id), build.reason().unwrap_or_default()),
        };
        writeln!(out, "  {kind} {}: {}", printable(build.place()), printable(&word))?;
        build.checks().try_for_each(|check| explained_check(out, check))?;
    }
    Ok(())
}

fn explained_check(out: &mut dyn Write, check: &BuildCheck) -> io::Result<()> {
    let state = match check.state {
        BuildCheckState::Passed => "ok",
        BuildCheckState::Failed(_) => "FAILED",
        _ => "-",
    };
    writeln!(out, "    {state:<6} {}", check.name)?;
    let mut line = |name: &str, value: &str| writeln!(out, "           {name:<9} {}", printable(value));
    match &check.expected {
        Some(expected) => line("expected", expected)?,
        None if check.place == "evidence" => {}
        None => line("expected", "(not asked for)")?,
    }
    line("actual", check.actual.as_deref().unwrap_or("(nothing)"))?;
    if !check.place.is_empty() {
        line("where", &check.place)?;
    }
    Ok(())
}

/// Where an expectation is written.
pub(super) fn place(verdict: &Verdict, wanted: &Wanted) -> String {
    match (&wanted.policy, verdict.line()) {
        (Some(opened), line) if line > 0 => format!("{}:{line}", opened.policy.file()),
        _ => "the command line".to_owned(),
    }
}

/// A table of all subjects and all that is asked of them.
pub(super) fn markdown(out: &mut dyn Write, judged: &[Judged], wanted: &Wanted) -> io::Result<()> {
    writeln!(out, "# Provenance\n")?;
    markdown::head(out, &["Artifact", "Digest", "Verdict", "Level", "Source", "Ref", "Commit", "Builder"])?;
    for one in judged {
        let verdict = if one.is_accepted() { "verified" } else { "NOT VERIFIED" };
        let builds = one.judgements.iter().flat_map(Judgement::verdicts).flat_map(Verdict::builds);
        let build = builds.into_iter().find(|build| build.state() != BuildState::Refused);
        let view = build.and_then(Build::view);
        let source = view.and_then(|view| view.source.as_ref());
        let level = build.and_then(Build::level).map(|level| level.to_string()).unwrap_or_default();
        let repository =
            source.map(|source| source.repository.as_ref().map_or_else(|| source.uri.clone(), ToString::to_string));
        markdown::row(
            out,
            [
                one.name.as_str(),
                &one.subject.to_string(),
                verdict,
                &level,
                &repository.unwrap_or_default(),
                source.and_then(|source| source.reference.as_deref()).unwrap_or_default(),
                source.and_then(|source| source.commit.as_deref()).unwrap_or_default(),
                view.map(|view| view.builder_id.as_str()).unwrap_or_default(),
            ],
        )?;
    }
    writeln!(out, "\n## Checks\n")?;
    markdown::head(out, &["Artifact", "Asked by", "Check", "State", "Expected", "Actual", "Where"])?;
    for one in judged {
        for verdict in one.judgements.iter().flat_map(Judgement::verdicts) {
            let by = place(verdict, wanted);
            for check in verdict.checks().iter().chain(verdict.builds().iter().flat_map(Build::checks)) {
                let state = match check.state {
                    BuildCheckState::Passed => "passed",
                    BuildCheckState::Failed(code) => code.id(),
                    _ => "not checked",
                };
                let (expected, actual) = (check.expected.as_deref(), check.actual.as_deref());
                let (expected, actual) = (expected.unwrap_or_default(), actual.unwrap_or_default());
                markdown::row(out, [one.name.as_str(), &by, check.name, state, expected, actual, &check.place])?;
            }
        }
    }
    Ok(())
}

/// Why something is not verified, for people: on stderr.
pub(in crate::commands) fn refused(ui: &mut Ui, one: &Judged, wanted: &Wanted) {
    ui.error(&format!("{} ({}) is not verified", one.name, one.subject));
    if !one.named {
        ui.error(&format!("{} {}", Code::NoExpectation, Code::NoExpectation.means()));
        ui.status(&format!("  {}", Code::NoExpectation.next_step()));
    }
    let mut told = Vec::new();
    for verdict in one.judgements.iter().flat_map(Judgement::verdicts).filter(|one| one.state() == VerdictState::Denied)
    {
        if verdict.line() > 0 {
            ui.error(&format!("what {} expects does not hold", place(verdict, wanted)));
        }
        for check in verdict.checks() {
            if let BuildCheckState::Failed(code) = check.state {
                difference(ui, &format!("{code} {}", code.means()), check.expected.as_deref(), check.actual.as_deref());
                ui.status(&format!("  {}", code.next_step()));
            }
        }
        let good = verdict.builds().iter().any(|build| build.state() != BuildState::Refused);
        for build in verdict.builds().iter().filter(|_| !good) {
            let key = (build.place().to_owned(), build.code());
            if !told.contains(&key) {
                told.push(key);
                refused_build(ui, build);
            }
        }
    }
    if codes(one).is_empty() {
        ui.error("no evidence was looked at");
    }
}

fn refused_build(ui: &mut Ui, build: &Build) {
    let Some(code) = build.code() else { return };
    let place = if build.place().is_empty() { String::new() } else { format!("{}: ", build.place()) };
    let (expected, actual) = build.difference();
    difference(ui, &format!("{code} {place}{}", build.reason().unwrap_or_default()), expected, actual);
    // What else does not hold, so that not every mending is followed by the next refusal.
    let mut seen = vec![code];
    for check in build.checks() {
        if let BuildCheckState::Failed(other) = check.state
            && !seen.contains(&other)
        {
            seen.push(other);
            difference(ui, &format!("{other} {}", other.means()), check.expected.as_deref(), check.actual.as_deref());
        }
    }
    match (code, build.claims().identity()) {
        (Code::UntrustedBuilder, Some(identity)) => {
            let issuer = build.claims().get(Claim::Issuer).unwrap_or_default();
            ui.status(&format!(
                "  the signature holds; to accept this UNTRUSTED signer: --identity {} --issuer {}",
                quoted(identity),
                quoted(issuer)
            ));
        }
        _ => ui.status(&format!("  {}", code.next_step())),
    }
}

fn difference(ui: &mut Ui, what: &str, expected: Option<&str>, actual: Option<&str>) {
    ui.error(what);
    if let Some(expected) = expected {
        ui.error(&format!("  expected  {expected}"));
        ui.error(&format!("  actual    {}", actual.unwrap_or("nothing")));
    }
}
