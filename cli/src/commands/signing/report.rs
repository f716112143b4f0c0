//! What was signed: for people, and for programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use plimsoll_attest::DigestSet;
use plimsoll_model::printable;
use plimsoll_sign::{LogVersion, SignedBundle};
use plimsoll_verify::{CheckState, Claim, Claims, Verified};
use serde_json::{Map, Value, json};

use super::{Attached, Opened};
use crate::args::DataFormat;
use crate::failure::Failure;
use crate::output::{Target, write_json};

/// A bundle that was written.
pub(in crate::commands) struct Written {
    /// What it is about: names and digests.
    pub(in crate::commands) subjects: Vec<(String, DigestSet)>,
    /// The file, if there is one.
    pub(in crate::commands) path: Option<PathBuf>,
    /// The manifests in registries.
    pub(in crate::commands) attached: Vec<Attached>,
    pub(in crate::commands) bundle: SignedBundle,
    /// What weakens it.
    pub(in crate::commands) allowed: Vec<&'static str>,
}

/// Writes the report to stdout. `command` is the name of the command.
pub(in crate::commands) fn report(
    command: &str,
    format: DataFormat,
    opened: &Opened,
    written: &[Written],
) -> Result<(), Failure> {
    // Where the bundle itself went to stdout, nothing else does.
    if written.iter().any(|one| one.path.as_deref() == Some(Path::new("-"))) {
        return Ok(());
    }
    match format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, written))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &json(command, opened, written)))?,
    }
    Ok(())
}

/// For people.
pub(in crate::commands) fn text(out: &mut dyn Write, written: &[Written]) -> io::Result<()> {
    for one in written {
        for (name, digests) in &one.subjects {
            let digest = digests.iter().next().map(|(algorithm, hex)| format!("{algorithm}:{hex}")).unwrap_or_default();
            let label = if name.is_empty() || *name == digest { digest } else { format!("{name} {digest}") };
            writeln!(out, "{}", printable(&label))?;
        }
        if let Some(verified) = verified(&one.bundle) {
            if let Some(statement) = verified.statement() {
                writeln!(out, "  states: {}", printable(statement.predicate_type()))?;
            }
            let by = match (verified.claims().identity(), verified.key()) {
                (Some(identity), _) => {
                    format!("{identity} ({})", verified.claims().get(Claim::Issuer).unwrap_or_default())
                }
                (None, Some(key)) => format!("key sha256:{key}"),
                (None, None) => String::new(),
            };
            writeln!(out, "  signed by: {}", printable(&by))?;
        }
        for entry in one.bundle.entries() {
            writeln!(out, "  logged: {} index {}", printable(&entry.log.url), entry.index)?;
        }
        if one.bundle.entries().is_empty() {
            writeln!(out, "  logged: no (--no-tlog)")?;
        }
        for allowed in &one.allowed {
            writeln!(out, "  allowed: {allowed}")?;
        }
        if let Some(path) = &one.path {
            writeln!(out, "  bundle: {}", printable(&path.display().to_string()))?;
        }
        for attached in &one.attached {
            writeln!(out, "  attached to {}: {}", printable(&attached.to), attached.manifest)?;
        }
    }
    Ok(())
}

fn json(command: &str, opened: &Opened, written: &[Written]) -> Value {
    let bundles: Vec<Value> = written.iter().map(bundle).collect();
    json!({
        "schema": format!("plimsoll.{command}/1"),
        "trustedRoot": { "name": opened.root.0, "sha256": opened.root.1 },
        "public": opened.plan.public,
        "bundles": bundles,
    })
}

/// One bundle within the report of another command.
pub(in crate::commands) fn bundle_json(opened: &Opened, written: &Written) -> Value {
    json!({
        "trustedRoot": { "name": opened.root.0, "sha256": opened.root.1 },
        "public": opened.plan.public,
        "bundle": bundle(written),
    })
}

fn bundle(one: &Written) -> Value {
    let subjects: Vec<Value> =
        one.subjects.iter().map(|(name, digests)| json!({ "name": name, "digests": digests })).collect();
    let entries: Vec<Value> = one
        .bundle
        .entries()
        .iter()
        .map(|entry| {
            let version: LogVersion = entry.log.version;
            json!({ "log": entry.log.url, "version": version.number(), "index": entry.index })
        })
        .collect();
    let verified = verified(&one.bundle);
    let checks = |state: CheckState| -> Vec<Value> {
        let all = verified.into_iter().flat_map(Verified::checks).filter(|check| check.state == state);
        all.map(|check| json!({ "name": check.name, "detail": check.detail })).collect()
    };
    json!({
        "path": one.path.as_ref().map(|path| path.display().to_string()),
        "subjects": subjects,
        "predicateType": verified.and_then(Verified::statement).map(plimsoll_attest::Statement::predicate_type),
        "identity": verified.and_then(|verified| verified.claims().identity()),
        "claims": verified.map(|verified| claims(verified.claims())).unwrap_or_default(),
        "key": verified.and_then(Verified::key),
        "entries": entries,
        "timestamps": one.bundle.timestamps(),
        "times": verified.map(Verified::times).unwrap_or_default().iter()
            .map(|time| json!({ "time": time.time.to_string(), "by": time.by })).collect::<Vec<_>>(),
        "checked": checks(CheckState::Passed),
        "notChecked": checks(CheckState::NotChecked),
        "allowed": one.allowed,
        "attached": one.attached.iter()
            .map(|attached| json!({ "to": attached.to, "manifest": attached.manifest })).collect::<Vec<_>>(),
    })
}

fn verified(bundle: &SignedBundle) -> Option<&Verified> {
    bundle.outcome().verified().first()
}

fn claims(claims: &Claims) -> Map<String, Value> {
    claims.iter().map(|(claim, value)| (claim.name().to_owned(), value.into())).collect()
}
