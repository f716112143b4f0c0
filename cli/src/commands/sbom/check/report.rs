//! What a check gave, for people and machines.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_sbom::check::{Binding, Check, DigestClaim, Judgement, Named, Row, RowKind};
use serde_json::{Map, Value, json};

use crate::output::{csv as commas, markdown as marks, sarif};

const SCHEMA: &str = "plimsoll.sbom.check/1";

/// The names that were typed.
pub(super) struct Names {
    pub(super) document: String,
    pub(super) source: String,
}

/// `true`, or what it is instead.
fn judgement(checked: &Check) -> String {
    checked.judgements().into_iter().map(Judgement::word).collect::<Vec<_>>().join(", ")
}

fn binding(checked: &Check) -> &'static str {
    match checked.binding() {
        Binding::Bound => "bound: the document names this artifact",
        Binding::Contradicted => "CONTRADICTED: the document names another artifact",
        _ => "unbound: nothing in the document ties it to this artifact",
    }
}

fn digest(claim: &DigestClaim) -> String {
    let answer = match claim.agrees {
        Some(true) => "agrees",
        Some(false) => "DIFFERS",
        None => "cannot be compared: the source has none of that sort",
    };
    format!("{} ({}) {}: {answer}", claim.of.word(), claim.place, claim.claimed)
}

/// `80 of 88 claimed components are found (90.9 %)`
fn coverage(checked: &Check) -> [String; 2] {
    let held = checked.coverage();
    let of = |part: usize, whole: usize, what: &str| match percent(part, whole) {
        Some(percent) => format!("{part} of {whole} {what} ({percent} %)"),
        None => format!("0 of 0 {what}"),
    };
    [
        of(held.confirmed, held.claimed, "claimed components are there as claimed"),
        of(held.confirmed, held.found, "found components are listed"),
    ]
}

/// With one digit, rounded down: nothing is 100 % that is not whole.
fn percent(part: usize, whole: usize) -> Option<String> {
    let tenths = part.saturating_mul(1000).checked_div(whole)?;
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

fn name(named: Option<&Named>) -> &str {
    named.map_or("", |named| &named.label)
}

fn version(named: Option<&Named>) -> &str {
    named.and_then(|named| named.version.as_deref()).unwrap_or_default()
}

/// Why, in a few words.
fn why(row: &Row) -> String {
    let reason = row.reason.map(|reason| reason.word().to_owned());
    [reason, row.detail.clone()].into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// `pkg:npm/a@1 -> 2: the source is newer`
fn sentence(row: &Row) -> String {
    let (label, why) = (row.label(), why(row));
    match row.kind {
        RowKind::OtherVersion => format!("{label} is {} there: {why}", version(row.found.as_ref())),
        _ if why.is_empty() => label.to_owned(),
        _ => format!("{label}: {why}"),
    }
}

pub(super) fn text(out: &mut dyn Write, names: &Names, checked: &Check, rows: &[&Row]) -> io::Result<()> {
    writeln!(out, "{}: {}", printable(&names.document), judgement(checked))?;
    writeln!(out, "{}", binding(checked))?;
    for claim in checked.digests() {
        writeln!(out, "  {}", printable(&digest(claim)))?;
    }
    for line in coverage(checked) {
        writeln!(out, "{line}")?;
    }
    match checked.coverage().not_compared {
        0 => {}
        count => writeln!(out, "{count} files, services and snippets of the document are not compared")?,
    }
    for kind in RowKind::ALL {
        let of: Vec<&&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        if of.is_empty() {
            continue;
        }
        let alarm = if kind == RowKind::OtherHash { ": SAME VERSION, OTHER CONTENT" } else { "" };
        writeln!(out, "{} ({}){alarm}", kind.word(), of.len())?;
        for row in of {
            let mark = if row.counts_against() { "!" } else { " " };
            writeln!(out, "  {mark} {}", printable(&sentence(row)))?;
        }
    }
    if !checked.unread().is_empty() {
        writeln!(out, "could not be read ({})", checked.unread().len())?;
    }
    for unread in checked.unread() {
        let file = unread.file.as_deref().unwrap_or("the source");
        writeln!(out, "  {} {}", unread.code, printable(&format!("{file}: {}", unread.message)))?;
    }
    Ok(())
}

const COLUMNS: [&str; 7] = ["result", "claimed", "claimed version", "found", "found version", "reason", "detail"];

fn cells(row: &Row) -> [&str; 7] {
    let (claimed, found) = (row.claimed.as_ref(), row.found.as_ref());
    let reason = row.reason.map(|reason| reason.word()).unwrap_or_default();
    let detail = row.detail.as_deref().unwrap_or_default();
    [row.kind.word(), name(claimed), version(claimed), name(found), version(found), reason, detail]
}

pub(super) fn markdown(out: &mut dyn Write, names: &Names, checked: &Check, rows: &[&Row]) -> io::Result<()> {
    writeln!(out, "# {}: {}\n", marks::text(&names.document), judgement(checked))?;
    writeln!(out, "Held against {}. {}.\n", marks::text(&names.source), binding(checked))?;
    for line in checked.digests().iter().map(digest).chain(coverage(checked)) {
        writeln!(out, "- {}", marks::text(&line))?;
    }
    for unread in checked.unread() {
        let line = format!("{} {}: {}", unread.code, unread.file.as_deref().unwrap_or("the source"), unread.message);
        writeln!(out, "- not read: {}", marks::text(&line))?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    marks::head(out, &COLUMNS)?;
    rows.iter().try_for_each(|row| marks::row(out, cells(row)))
}

pub(super) fn csv(out: &mut dyn Write, rows: &[&Row]) -> io::Result<()> {
    commas::row(out, COLUMNS)?;
    rows.iter().try_for_each(|row| commas::row(out, cells(row)))
}

pub(super) fn findings(names: &Names, checked: &Check) -> Vec<sarif::Finding> {
    let finding = |rule: String, level, message| sarif::Finding {
        rule,
        level,
        message,
        file: names.document.clone(),
        line: None,
    };
    let bound = match checked.binding() {
        Binding::Bound => None,
        Binding::Contradicted => Some("error"),
        _ => Some("note"),
    };
    let bound = bound.map(|level| finding("sbom-check-unbound".to_owned(), level, binding(checked).to_owned()));
    let rows = checked.rows().iter().filter(|row| row.kind != RowKind::Confirmed).map(|row| {
        let level = match row.kind {
            RowKind::OtherHash => "error",
            _ if row.counts_against() => "warning",
            _ => "note",
        };
        finding(format!("sbom-check-{}", row.kind.word()), level, format!("{}: {}", row.kind.word(), sentence(row)))
    });
    bound.into_iter().chain(rows).collect()
}

pub(super) fn json(names: &Names, checked: &Check, rows: &[&Row]) -> Value {
    let held = checked.coverage();
    let counts: Map<String, Value> = checked
        .counts()
        .into_iter()
        .map(|(kind, (all, against))| (kind.word().to_owned(), json!({ "all": all, "unexplained": against })))
        .collect();
    json!({
        "schema": SCHEMA,
        "document": names.document,
        "source": names.source,
        "judgements": checked.judgements().into_iter().map(Judgement::word).collect::<Vec<_>>(),
        "binding": {
            "result": checked.binding().word(),
            "digests": checked.digests().iter().map(|claim| json!({
                "of": claim.of.word(), "place": claim.place, "claimed": claim.claimed, "agrees": claim.agrees,
            })).collect::<Vec<_>>(),
        },
        "coverage": {
            "claimed": held.claimed,
            "found": held.found,
            "confirmed": held.confirmed,
            "confirmedOfClaimed": percent(held.confirmed, held.claimed),
            "confirmedOfFound": percent(held.confirmed, held.found),
            "notCompared": held.not_compared,
        },
        "counts": counts,
        "rows": rows.iter().map(|row| json!({
            "result": row.kind.word(),
            "against": row.counts_against(),
            "claimed": row.claimed.as_ref().map(side),
            "found": row.found.as_ref().map(side),
            "reason": row.reason.map(|reason| reason.word()),
            "detail": row.detail,
        })).collect::<Vec<_>>(),
        "unread": checked.unread().iter().map(|unread| json!({
            "file": unread.file, "code": unread.code, "message": unread.message,
        })).collect::<Vec<_>>(),
    })
}

fn side(named: &Named) -> Value {
    json!({ "name": named.label, "version": named.version, "places": named.places })
}
