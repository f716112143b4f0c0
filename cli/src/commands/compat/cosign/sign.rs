//! `cosign sign-blob` and `attest-blob`.

use std::path::Path;

use jiff::Timestamp;
use plimsoll_attest::{DigestSet, StatementBuilder};
use plimsoll_model::Limits;
use plimsoll_sign::{Artifact, SignedBundle};
use plimsoll_verify::Subject;
use serde_json::{Value, json};

use super::{own_with, predicate_type};
use crate::args::{CosignAttest, CosignAttestBlob, CosignSign, CosignSignBlob, CosignSigning};
use crate::commands::compat::policy::Flags;
use crate::commands::signing::{Opened, Options, open};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

pub(super) fn sign(arguments: &CosignSignBlob, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let mut opened = opened(&arguments.signing, offline, ui)?;
    let bundle = opened.session.sign(&Artifact::File(arguments.blob.clone()), Timestamp::now())?;
    write(&bundle, &arguments.bundle, ui)?;
    let signature = signature(&bundle, "/messageSignature/signature");
    if let Some(path) = &arguments.output_signature {
        Target::File(path.clone()).write(|out| out.write_all(signature.as_bytes()))?;
    } else if arguments.bundle != Path::new("-") {
        Target::Stdout.write(|out| writeln!(out, "{signature}"))?;
    }
    Ok(exit::DONE)
}

pub(super) fn attest(arguments: &CosignAttestBlob, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let uri = predicate_type(&arguments.predicate_type)?;
    let predicate = predicate(&arguments.predicate_type, &arguments.predicate)?;
    let subject = Subject::file(&arguments.blob, &[])
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(arguments.blob.display().to_string())))?;
    let digests: DigestSet =
        subject.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect();
    let name = arguments.blob.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let built = StatementBuilder::new(uri, predicate).subject(name, digests).build();
    let (_, statement) = built.map_err(|error| Failure::usage(error.to_string()))?;
    let mut opened = opened(&arguments.signing, offline, ui)?;
    let bundle = opened.session.attest(&statement, Timestamp::now())?;
    write(&bundle, &arguments.bundle, ui)?;
    Ok(exit::DONE)
}

/// The predicate as cosign makes it of a file: its own type holds the text with a time, SPDX as text what is not named
/// `spdxjson`; all else is JSON.
fn predicate(name: &str, path: &Path) -> Result<Value, Failure> {
    if matches!(name, "custom" | "spdx") {
        let text = input::text(path)?;
        return Ok(match name {
            "spdx" => text.into(),
            _ => json!({ "Data": text, "Timestamp": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string() }),
        });
    }
    let bytes = input::bytes(path, &Limits::DEFAULT)?;
    plimsoll_attest::refuse_duplicates(&bytes)
        .and_then(|()| serde_json::from_slice(&bytes))
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Signs images as `plimsoll sign` does: a statement of cosign 3 about the digest, attached as a bundle.
pub(super) fn sign_images(arguments: &CosignSign, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let flags = flags(&arguments.signing)?;
    for image in &arguments.images {
        let place = format!("registry:{image}");
        let line: Vec<&str> = ["sign", &place].into_iter().chain(flags.words()).collect();
        let code = own_with(&line, image, &arguments.registry, offline, ui)?;
        if code != exit::DONE {
            return Ok(code);
        }
    }
    Ok(exit::DONE)
}

pub(super) fn attest_image(arguments: &CosignAttest, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if matches!(arguments.predicate_type.as_str(), "custom" | "spdx") {
        let message = format!("--type {}: cosign makes text of the predicate; name a URI", arguments.predicate_type);
        return Err(Failure::usage(message).hint("--type spdxjson states an SPDX document in JSON as it is"));
    }
    let mut flags = flags(&arguments.signing)?;
    flags.value("type", Some(predicate_type(&arguments.predicate_type)?));
    flags.path("predicate", Some(&arguments.predicate))?;
    let place = format!("registry:{}", arguments.image);
    let line: Vec<&str> = ["attest", &place].into_iter().chain(flags.words()).collect();
    own_with(&line, &arguments.image, &arguments.registry, offline, ui)
}

fn opened(signing: &CosignSigning, offline: bool, ui: &mut Ui) -> Result<Opened, Failure> {
    let network = Flags::default().network()?;
    open(&flags(signing)?.signing()?, &Options { network: &network, offline, cosign_layout: false }, ui)
}

/// Who signs, and where, in our own flags.
fn flags(signing: &CosignSigning) -> Result<Flags, Failure> {
    let mut flags = Flags::default();
    flags.value("key", signing.key.as_ref());
    if let Some(path) = &signing.identity_token {
        if !path.is_file() {
            return Err(Failure::usage("--identity-token is the file of a token here, never the token itself")
                .hint("or set SIGSTORE_ID_TOKEN"));
        }
        flags.path("identity-token-file", Some(path))?;
    }
    flags.switch("no-tlog", !signing.tlog_upload);
    flags.path("signing-config", signing.signing_config.as_ref())?;
    flags.path("trusted-root", signing.trusted_root.as_ref())?;
    flags.value("fulcio-url", signing.fulcio_url.as_ref());
    flags.value("rekor-url", signing.rekor_url.as_ref());
    flags.value("timestamp-url", signing.timestamp_server_url.as_ref());
    flags.switch("public-log", signing.yes);
    Ok(flags)
}

fn write(bundle: &SignedBundle, path: &Path, ui: &mut Ui) -> Result<(), Failure> {
    let target = if path == Path::new("-") { Target::Stdout } else { Target::File(path.to_owned()) };
    target.write(|out| out.write_all(bundle.json()))?;
    if path != Path::new("-") {
        ui.status(&format!("Wrote bundle to file {}", path.display()));
    }
    Ok(())
}

fn signature(bundle: &SignedBundle, pointer: &str) -> String {
    let document: Value = serde_json::from_slice(bundle.json()).unwrap_or_default();
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
