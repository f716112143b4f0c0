//! `plimsoll inventory show`.

use std::io::{self, Write};

use plimsoll_inventory::{
    ArtifactDetail, ArtifactRef, AttestationRow, DeploymentRow, DocumentDetail, GateRow, Verification,
};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::{open, select};
use crate::args::{DataFormat, InventoryShowArguments};
use crate::commands::find::{artifact_json, put};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

/// All there is to show.
struct Shown {
    detail: ArtifactDetail,
    attestations: Vec<AttestationRow>,
    running: Vec<DeploymentRow>,
    decisions: Vec<GateRow>,
}

/// Decisions that are shown, the last ones.
const MOST_DECISIONS: u32 = 20;

pub(super) fn run(arguments: &InventoryShowArguments) -> Result<u8, Failure> {
    let mut inventory = open::open(&open::location(&arguments.store)?)?;
    let detail = inventory.artifact(&ArtifactRef::parse(&arguments.artifact))?;
    let attestations = inventory.attestations(detail.summary.id)?;
    let is_it =
        |digest: &str| detail.summary.digest == digest || detail.aliases.iter().any(|alias| alias.value == digest);
    let running = inventory.deployments(false)?.into_iter().filter(|row| is_it(&row.digest)).collect();
    let decisions = inventory.decisions_about(detail.summary.id, MOST_DECISIONS)?;
    let shown = Shown { detail, attestations, running, decisions };
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => text(out, &shown),
        DataFormat::Json => write_json(out, &json(&shown)),
    })?;
    Ok(exit::DONE)
}

fn text(out: &mut dyn Write, shown: &Shown) -> io::Result<()> {
    let summary = &shown.detail.summary;
    let mut line = |text: String| writeln!(out, "{}", printable(&text));
    line(select::shown(summary))?;
    if !summary.digest.is_empty() {
        line(format!("  digest       {}", summary.digest))?;
    }
    for alias in &shown.detail.aliases {
        line(format!("  {:<12} {}", alias.kind, alias.value))?;
    }
    for label in &summary.labels {
        line(format!("  label        {}={}", label.name, label.value))?;
    }
    for (word, time) in [("built", summary.built), ("added", summary.added)] {
        if let Some(time) = time {
            line(format!("  {word:<12} {time}"))?;
        }
    }
    line(format!("  builds       {} of this name", shown.detail.builds))?;
    for document in &shown.detail.documents {
        let replaced = if document.live { "" } else { ", replaced by a later scan" };
        line(format!(
            "  document     {}: {} components, {}, {}{replaced}",
            document.format,
            document.components,
            document.claim.word(),
            document.coverage.word()
        ))?;
        line(format!("               {}", document.digest))?;
    }
    for attestation in &shown.attestations {
        let level = match attestation.level {
            0 => String::new(),
            level => format!(", SLSA Build L{level}"),
        };
        line(format!("  attestation  {}: {}{level}", attestation.predicate, said(&attestation.verification)))?;
    }
    for row in &shown.running {
        line(format!("  runs         {} on {}: {}", row.environment, row.cluster, row.workload))?;
    }
    for row in &shown.decisions {
        line(format!("  gate         {}", decided(row)))?;
    }
    Ok(())
}

/// What a gate decided, when, and why.
fn decided(row: &GateRow) -> String {
    let note = &row.note;
    let at = row.at.map(|at| format!(" at {at}")).unwrap_or_default();
    let codes = if note.codes.is_empty() { String::new() } else { format!(": {}", note.codes.join(", ")) };
    let glass = note.broken_glass.as_ref().map(|id| format!(", glass broken by {id}")).unwrap_or_default();
    format!("{}{at}{codes}{glass}", note.verdict)
}

fn said(verification: &Verification) -> String {
    match verification {
        Verification::Verified { signer, .. } => format!("verified, signed by {signer}"),
        Verification::Unverified { reason } => format!("not verified: {reason}"),
        _ => String::new(),
    }
}

fn json(shown: &Shown) -> Value {
    let aliases: Vec<Value> =
        shown.detail.aliases.iter().map(|alias| json!({ "kind": alias.kind, "value": alias.value })).collect();
    let mut value = artifact_json(&shown.detail.summary);
    put(&mut value, "schema", "plimsoll.inventory.show/1");
    put(&mut value, "aliases", aliases);
    put(&mut value, "builds", shown.detail.builds);
    put(&mut value, "documents", shown.detail.documents.iter().map(document_json).collect::<Vec<_>>());
    put(&mut value, "attestations", shown.attestations.iter().map(attestation_json).collect::<Vec<_>>());
    put(&mut value, "running", shown.running.iter().map(running_json).collect::<Vec<_>>());
    put(&mut value, "decisions", shown.decisions.iter().map(decision_json).collect::<Vec<_>>());
    value
}

fn document_json(document: &DocumentDetail) -> Value {
    json!({
        "id": document.id.to_number(),
        "format": document.format,
        "digest": document.digest,
        "bytes": document.bytes,
        "components": document.components,
        "claim": document.claim.word(),
        "coverage": document.coverage.word(),
        "live": document.live,
        "created": document.created.map(|time| time.to_string()),
        "added": document.added.map(|time| time.to_string()),
    })
}

fn attestation_json(attestation: &AttestationRow) -> Value {
    let (verified, signer, issuer, reason) = match &attestation.verification {
        Verification::Verified { signer, issuer } => (true, signer.as_str(), issuer.as_str(), ""),
        Verification::Unverified { reason } => (false, "", "", reason.as_str()),
        _ => (false, "", "", ""),
    };
    json!({
        "id": attestation.number,
        "predicateType": attestation.predicate,
        "buildLevel": attestation.level,
        "verified": verified,
        "signer": signer,
        "issuer": issuer,
        "reason": reason,
        "builder": attestation.builder,
        "digest": attestation.digest,
        "added": attestation.added.map(|time| time.to_string()),
    })
}

fn running_json(row: &DeploymentRow) -> Value {
    json!({
        "environment": row.environment,
        "cluster": row.cluster,
        "workload": row.workload,
        "image": row.image,
        "since": row.started.map(|time| time.to_string()),
    })
}

fn decision_json(row: &GateRow) -> Value {
    json!({
        "at": row.at.map(|time| time.to_string()),
        "verdict": row.note.verdict,
        "codes": row.note.codes,
        "policy": row.note.policy,
        "brokenGlass": row.note.broken_glass,
    })
}
