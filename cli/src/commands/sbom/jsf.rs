//! `plimsoll sbom jsf-sign` and `plimsoll sbom jsf-verify`.

use std::path::Path;

use plimsoll_attest::{JsfDocument, JsfForm};
use plimsoll_model::printable;
use plimsoll_sign::{JsfSignError, JsfSigning, sign_jsf};
use plimsoll_verify::{
    Check, CheckState, ExcludesRule, JsfExpectation, JsfOutcome, JsfRule, JsfVerified, PublicKey, verify_jsf,
};
use serde_json::{Value, json};

use crate::args::{DataFormat, DocumentArgument, JsfFormArgument, JsfSignArguments, JsfVerifyArguments};
use crate::commands::signing;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.sbom.jsf-verify/1";

pub(super) fn sign(arguments: &JsfSignArguments, offline: bool) -> Result<u8, Failure> {
    let text = text(&arguments.document)?;
    let name = arguments.document.path.display();
    let document = JsfDocument::parse(&text).map_err(|error| named(&arguments.document.path, error))?;
    if !document.is_cyclonedx() {
        return Err(Failure::failed(anyhow::anyhow!(
            "{name} is not CycloneDX, and only that has a place for a signature"
        ))
        .hint("`plimsoll attest` signs a document of any kind"));
    }
    let how = JsfSigning {
        form: match arguments.form {
            JsfFormArgument::Single => JsfForm::Single,
            JsfFormArgument::Signers => JsfForm::Signers,
            JsfFormArgument::Chain => JsfForm::Chain,
        },
        replace: arguments.replace,
        key_id: arguments.key_id.clone(),
        with_public_key: !arguments.no_public_key,
    };
    let signer = signing::open_key(&arguments.key, &arguments.password, offline)?;
    let signed = sign_jsf(&text, signer.as_ref(), &how).map_err(|error| match error {
        JsfSignError::Signed => Failure::usage(format!("{name} is signed already"))
            .hint("throw its signature away with --replace; one made with --form signers or chain can be added to"),
        error => named(&arguments.document.path, error),
    })?;
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    target.write(|out| out.write_all(&signed).map_err(Failure::from))?;
    Ok(exit::DONE)
}

pub(super) fn verify(arguments: &JsfVerifyArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut keys = Vec::new();
    for path in &arguments.key {
        let key = PublicKey::from_pem(&input::text(path)?);
        keys.push(key.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?);
    }
    let expectation = JsfExpectation {
        keys,
        signatures: if arguments.all { JsfRule::All } else { JsfRule::One },
        excludes: if arguments.allow_excludes { ExcludesRule::Accepted } else { ExcludesRule::Refused },
    };
    let path = &arguments.document.path;
    // What cannot be read proves nothing, which is an answer and no failure to work.
    let document = JsfDocument::parse(&text(&arguments.document)?)
        .map_err(|error| Failure { code: exit::NO, ..named(path, error) })?;
    let outcome = verify_jsf(&document, &expectation);
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| write_text(out, path, &outcome))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &report(path, &outcome)))?,
    }
    tell(path, &outcome, ui);
    Ok(if outcome.is_verified() { exit::DONE } else { exit::NO })
}

/// The bytes of a document of JSON.
fn text(argument: &DocumentArgument) -> Result<Vec<u8>, Failure> {
    let text = input::bytes(&argument.path, &argument.limits.limits())?;
    if text.trim_ascii_start().starts_with(b"<") {
        let error =
            anyhow::anyhow!("{} is XML, whose signatures (XML-DSig) are not made or checked", argument.path.display());
        return Err(Failure::failed(error).hint("`plimsoll sbom convert` makes JSON of it"));
    }
    Ok(text)
}

fn named(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::failed(anyhow::Error::new(error).context(path.display().to_string()))
}

fn write_text(out: &mut dyn std::io::Write, path: &Path, outcome: &JsfOutcome) -> std::io::Result<()> {
    if !outcome.is_verified() {
        return Ok(());
    }
    writeln!(out, "verified: {}", printable(&path.display().to_string()))?;
    for signature in outcome.verified() {
        writeln!(out, "  signature {}  {}  key sha256:{}", signature.index(), signature.algorithm(), signature.key())?;
    }
    for check in outcome.checks() {
        let state = if check.state == CheckState::Passed { "checked:     " } else { "not checked: " };
        writeln!(out, "  {state} {}: {}", check.name, printable(&check.detail))?;
    }
    for pointer in outcome.nested() {
        writeln!(out, "  not checked:  {}", printable(pointer))?;
    }
    Ok(())
}

/// What does not hold.
fn tell(path: &Path, outcome: &JsfOutcome, ui: &mut Ui) {
    if !outcome.is_verified() {
        ui.error(&format!("{} is not verified", path.display()));
    }
    for refusal in outcome.refused() {
        let which = refusal.index().map_or_else(String::new, |index| format!("signature {index}: "));
        let line = format!("{} {which}{}", refusal.code(), refusal.reason());
        if outcome.is_verified() {
            ui.warning(&line);
        } else {
            ui.error(&line);
            ui.status(&format!("  {}", refusal.code().next_step()));
        }
    }
}

fn report(path: &Path, outcome: &JsfOutcome) -> Value {
    let checks = |state: CheckState| -> Vec<Value> {
        let as_json = |check: &Check| json!({ "name": check.name, "detail": check.detail });
        outcome.checks().iter().filter(|check| check.state == state).map(as_json).collect()
    };
    let signature = |verified: &JsfVerified| json!({ "index": verified.index(), "algorithm": verified.algorithm(), "key": verified.key() });
    let refused = outcome.refused().iter().map(|refusal| {
        json!({
            "index": refusal.index(),
            "code": refusal.code().id(),
            "name": refusal.code().name(),
            "reason": refusal.reason(),
            "nextStep": refusal.code().next_step(),
        })
    });
    json!({
        "schema": SCHEMA,
        "document": path.display().to_string(),
        "verified": outcome.is_verified(),
        "signatures": outcome.verified().iter().map(signature).collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
        "excludes": outcome.excludes(),
        "nested": outcome.nested(),
        "checked": checks(CheckState::Passed),
        "notChecked": checks(CheckState::NotChecked),
    })
}
