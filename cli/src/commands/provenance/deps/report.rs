//! What `plimsoll provenance deps` says.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use plimsoll_model::printable;
use plimsoll_provenance::published::{ExpectedBy, LeftOut, Piece, Report, Row, Signer, Status, Store};
use plimsoll_verify::TrustedRoot;
use serde_json::{Map, Value, json};

use crate::output::{csv as values, markdown as marks, sarif};

const SCHEMA: &str = "plimsoll.provenance.deps/1";

/// A report, and what it was made with.
pub(super) struct Context<'a> {
    /// The SBOM.
    pub(super) name: &'a str,
    pub(super) report: &'a Report,
    pub(super) at: Timestamp,
    pub(super) roots: &'a [TrustedRoot],
    /// The recorded answers, where nobody else was asked.
    pub(super) evidence: Option<&'a Store>,
    pub(super) allow_incomplete: bool,
}

pub(super) fn text(out: &mut dyn Write, context: &Context<'_>) -> io::Result<()> {
    writeln!(out, "{}: {}", printable(context.name), denominator(context.report))?;
    if let Some(store) = context.evidence {
        let when = store.fetched().map(|when| format!(" of {}", printable(when))).unwrap_or_default();
        writeln!(out, "asked nobody: recorded answers{when}")?;
    }
    for status in Status::ALL {
        let rows: Vec<&Row> = context.report.rows.iter().filter(|row| row.status == *status).collect();
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "\n{} ({}): {}", status.name(), rows.len(), status.means())?;
        for row in rows {
            text_row(out, row)?;
        }
    }
    for (title, left) in [("not asked", &context.report.not_asked), ("not applicable", &context.report.not_applicable)]
    {
        if left.is_empty() {
            continue;
        }
        writeln!(out, "\n{title} ({})", left.len())?;
        for (reason, names) in by_reason(left) {
            let more =
                if names.len() > 1 { format!(" and {} more", names.len().saturating_sub(1)) } else { String::new() };
            let first = names.first().copied().unwrap_or_default();
            writeln!(out, "  {}{more}: {}", printable(first), printable(reason))?;
        }
    }
    Ok(())
}

fn text_row(out: &mut dyn Write, row: &Row) -> io::Result<()> {
    let mark = if row.fails() { "✗ " } else { "  " };
    let required = if row.required && row.fails() { " (--require)" } else { "" };
    writeln!(out, "{mark}{}", printable(&row.purl))?;
    let told = matches!(row.status, Status::Verified | Status::Unpinned) && !row.fails();
    if !told {
        let code = row.code.map(|code| format!("{code} ")).unwrap_or_default();
        writeln!(out, "      {code}{}{required}", printable(&row.reason))?;
    }
    if let (Some(expected), Some(actual)) = (&row.expected, &row.actual) {
        writeln!(out, "      expected  {}", printable(expected))?;
        writeln!(out, "      actual    {}", printable(actual))?;
    }
    for signer in &row.signers {
        let untrusted = if row.status == Status::Verified { "" } else { " (UNTRUSTED)" };
        writeln!(out, "      signed by {}{untrusted}", printable(&signer.identity))?;
    }
    if let Some(by) = row.expected_by.as_ref().filter(|_| row.status == Status::Verified) {
        writeln!(out, "      expected by {}", printable(&by_name(by)))?;
    }
    if row.matches_stated_repository == Some(false)
        && let Some(stated) = &row.stated_repository
    {
        writeln!(out, "      note: the SBOM states another repository, {}", printable(stated))?;
    }
    if let Some(asserted) = &row.asserted {
        let repository = asserted.repository.as_deref().unwrap_or("a trusted publisher");
        let by = &asserted.by;
        writeln!(out, "      asserted by {by}, not signed: published from {}", printable(repository))?;
    }
    if let Some(excuse) = row.excuse.as_ref().filter(|_| row.is_excused()) {
        let (id, reason) = (printable(&excuse.id), printable(&excuse.reason));
        writeln!(out, "      excused by {id} until {}: {reason}", excuse.expires)?;
    }
    for note in &row.notes {
        writeln!(out, "      note: {}", printable(note))?;
    }
    Ok(())
}

/// `50 components: 42 of services that publish provenance, 42 asked about, 8 not applicable; 40 verified, 2 none`
fn denominator(report: &Report) -> String {
    let counts = report.counts();
    let statuses = Status::ALL.iter().rev().filter_map(|status| match report.count(*status) {
        0 => None,
        count => Some(format!("{count} {}", status.name())),
    });
    let statuses: Vec<String> = statuses.collect();
    let components = if counts.components == 1 { "component" } else { "components" };
    let found = if statuses.is_empty() { String::new() } else { format!("; {}", statuses.join(", ")) };
    format!(
        "{} {components}: {} of services that publish provenance, {} asked about, {} not applicable{found}",
        counts.components, counts.known, counts.asked, counts.not_applicable
    )
}

fn by_reason(left: &[LeftOut]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in left {
        all.entry(&one.reason).or_default().push(&one.name);
    }
    all
}

fn by_name(by: &ExpectedBy) -> String {
    match by {
        ExpectedBy::Expectation(place) => place.clone(),
        ExpectedBy::Lock => "the lock".into(),
        _ => String::new(),
    }
}

/// The cells of a table.
const COLUMNS: [&str; 9] =
    ["status", "component", "service", "source", "identity", "issuer", "digest from", "fails", "why"];

fn cells(row: &Row) -> [String; 9] {
    let first = |of: fn(&Signer) -> Option<&str>| row.signers.first().and_then(of).unwrap_or_default().to_owned();
    let code = row.code.map(|code| format!("{code} ")).unwrap_or_default();
    let fails = match (row.fails(), row.is_excused()) {
        (true, _) => "yes",
        (false, true) => "excused",
        (false, false) => "no",
    };
    [
        row.status.name().to_owned(),
        row.purl.clone(),
        row.service.name().to_owned(),
        first(|signer| signer.source.as_deref()),
        first(|signer| Some(&signer.identity)),
        first(|signer| Some(&signer.issuer)),
        row.binding.map(|binding| binding.name()).unwrap_or_default().to_owned(),
        fails.to_owned(),
        format!("{code}{}", row.reason),
    ]
}

pub(super) fn markdown(out: &mut dyn Write, context: &Context<'_>) -> io::Result<()> {
    writeln!(out, "# Provenance of the components of {}\n", marks::text(context.name))?;
    writeln!(out, "{}\n", marks::text(&denominator(context.report)))?;
    marks::head(out, &COLUMNS)?;
    for row in &context.report.rows {
        let cells = cells(row);
        marks::row(out, cells.iter().map(String::as_str))?;
    }
    if !context.report.not_applicable.is_empty() {
        writeln!(out, "\n## Not applicable\n")?;
        marks::head(out, &["components", "why"])?;
        for (reason, names) in by_reason(&context.report.not_applicable) {
            marks::row(out, [names.len().to_string().as_str(), reason])?;
        }
    }
    Ok(())
}

pub(super) fn csv(out: &mut dyn Write, context: &Context<'_>) -> io::Result<()> {
    values::row(out, COLUMNS)?;
    for row in &context.report.rows {
        let cells = cells(row);
        values::row(out, cells.iter().map(String::as_str))?;
    }
    Ok(())
}

/// One finding for each component that is not verified.
pub(super) fn findings<'a>(context: &'a Context<'_>) -> impl Iterator<Item = sarif::Finding> + 'a {
    context.report.rows.iter().filter(|row| row.status != Status::Verified).map(|row| {
        let level = match row.status {
            _ if row.fails() => "error",
            Status::Unreachable => "warning",
            _ => "note",
        };
        let rule = row.rule().unwrap_or("dependencies.invalid");
        let message = format!("{}: {}", printable(&row.purl), printable(&row.reason));
        sarif::Finding { rule: rule.to_owned(), level, message, file: context.name.to_owned(), line: None }
    })
}

pub(super) fn json(context: &Context<'_>) -> Value {
    let report = context.report;
    let counts = report.counts();
    let statuses: Map<String, Value> =
        Status::ALL.iter().map(|status| (status.name().to_owned(), report.count(*status).into())).collect();
    let root = |root: &TrustedRoot| json!({ "name": root.name(), "sha256": root.digest() });
    let left = |all: &[LeftOut]| -> Vec<Value> {
        all.iter().map(|left| json!({ "name": left.name, "reason": left.reason })).collect()
    };
    json!({
        "schema": SCHEMA,
        "document": context.name,
        "at": context.at.to_string(),
        "trustedRoots": context.roots.iter().map(root).collect::<Vec<_>>(),
        "evidence": context.evidence.map(|store| json!({ "fetched": store.fetched(), "requests": store.len() })),
        "passed": counts.failing == 0,
        "complete": !report.is_incomplete(),
        "incompleteAllowed": context.allow_incomplete,
        "counts": {
            "components": counts.components,
            "known": counts.known,
            "asked": counts.asked,
            "notAsked": report.not_asked.len(),
            "notApplicable": counts.not_applicable,
            "failing": counts.failing,
            "excused": counts.excused,
            "statuses": statuses,
        },
        "components": report.rows.iter().map(row).collect::<Vec<_>>(),
        "notAsked": left(&report.not_asked),
        "notApplicable": left(&report.not_applicable),
    })
}

fn row(row: &Row) -> Value {
    let expected_by = row.expected_by.as_ref().map(|by| match by {
        ExpectedBy::Lock => json!({ "kind": "lock" }),
        other => json!({ "kind": "expectation", "place": by_name(other) }),
    });
    let asserted = row.asserted.as_ref().map(|asserted| {
        json!({
            "by": asserted.by,
            "provider": asserted.provider,
            "repository": asserted.repository,
            "commit": asserted.commit,
            "run": asserted.run,
        })
    });
    let excuse = row.excuse.as_ref().filter(|_| row.is_excused()).map(|excuse| {
        let (id, reason, owner) = (&excuse.id, &excuse.reason, &excuse.owner);
        json!({ "id": id, "reason": reason, "owner": owner, "expires": excuse.expires.to_string() })
    });
    json!({
        "purl": row.purl,
        "package": row.package,
        "version": row.version,
        "service": row.service.name(),
        "status": row.status.name(),
        "fails": row.fails(),
        "required": row.required,
        "tolerated": row.tolerated,
        "lost": row.lost,
        "reason": row.reason,
        "code": row.code.map(|code| code.id()),
        "expected": row.expected,
        "actual": row.actual,
        "expectedBy": expected_by,
        "digestFrom": row.binding.map(|binding| binding.name()),
        "trusted": row.status == Status::Verified,
        "signers": row.signers.iter().map(signer).collect::<Vec<_>>(),
        "evidence": row.pieces.iter().map(piece).collect::<Vec<_>>(),
        "asserted": asserted,
        "statedRepository": row.stated_repository,
        "matchesStatedRepository": row.matches_stated_repository,
        "excuse": excuse,
        "notes": row.notes,
    })
}

fn signer(signer: &Signer) -> Value {
    json!({
        "identity": signer.identity,
        "issuer": signer.issuer,
        "source": signer.source,
        "sourceId": signer.source_id,
        "sourceRef": signer.source_ref,
        "sourceCommit": signer.source_commit,
        "workflow": signer.workflow,
        "runner": signer.runner,
    })
}

fn piece(piece: &Piece) -> Value {
    json!({
        "file": piece.file,
        "place": piece.place,
        "kind": piece.kind,
        "what": piece.what.name(),
        "predicateType": piece.predicate_type,
        "holds": piece.refused.is_none(),
        "identity": piece.signer.as_ref().map(|signer| &signer.identity),
        "key": piece.key,
        "signed": piece.signed.map(|time| time.to_string()),
        "code": piece.refused.as_ref().map(|(code, _)| code.id()),
        "reason": piece.refused.as_ref().map(|(_, reason)| reason),
    })
}
