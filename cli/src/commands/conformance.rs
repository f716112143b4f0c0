//! `plimsoll conformance`.

use std::path::Path;

use jiff::Timestamp;
use plimsoll_sign::{
    Artifact, Identity, IdentityToken, Means, Needs, NetworkOptions, Overrides, Provider, SecretText, Session,
    SigningConfig,
};
use plimsoll_verify::{
    BuiltIn, Expectation, Pattern, PublicKey, SignerExpectation, Subject, TrustedRoot, read_evidence, verify,
};

use super::trust;
use crate::args::{ConformanceCommand, SignBundleArguments, VerifyBundleArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};
use plimsoll_model::Limits;

pub(super) fn run(command: &ConformanceCommand, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        ConformanceCommand::SignBundle(arguments) => sign_bundle(arguments),
        ConformanceCommand::VerifyBundle(arguments) => verify_bundle(arguments, ui),
    }
}

fn sign_bundle(arguments: &SignBundleArguments) -> Result<u8, Failure> {
    let now = Timestamp::now();
    let token = SecretText::new(arguments.identity_token.clone());
    let token = IdentityToken::parse(&token).map_err(|error| Failure::usage(error.to_string()))?;
    let identity = Identity::fixed(Provider::Variable, "sigstore", token);
    let name = if arguments.staging { "staging" } else { "public-good" };
    let mut instance = trust::instances().get(name)?;
    if let Some(path) = &arguments.trusted_root {
        instance.trusted_root = input::text(path)?;
    }
    if let Some(path) = &arguments.signing_config {
        instance.signing_config = Some(input::text(path)?);
    }
    let root = instance.trusted_root().map_err(Failure::failed)?;
    let config = instance.signing_config.as_deref().map(SigningConfig::parse).transpose()?.unwrap_or_default();
    let needs = Needs { certificate: true, log: true, timestamps: true };
    let services = config.services(now, needs, &Overrides::default())?;
    let mut session = Session::new(Means::Keyless(Box::new(identity)), services, root, NetworkOptions::default());
    let bundle = if arguments.in_toto {
        session.attest(&input::bytes(&arguments.subject, &Limits::DEFAULT)?, now)?
    } else {
        session.sign(&Artifact::File(arguments.subject.clone()), now)?
    };
    Target::File(arguments.bundle.clone()).write(|out| out.write_all(bundle.json()))?;
    Ok(exit::DONE)
}

fn verify_bundle(arguments: &VerifyBundleArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let root = match (&arguments.trusted_root, arguments.staging) {
        (Some(path), _) => TrustedRoot::parse(&path.display().to_string(), &input::text(path)?, None),
        (None, true) => BuiltIn::Staging.trusted_root(),
        (None, false) => BuiltIn::PublicGood.trusted_root(),
    }
    .map_err(Failure::failed)?;
    let signer = match (&arguments.key, &arguments.certificate_identity, &arguments.certificate_oidc_issuer) {
        (Some(key), ..) => {
            SignerExpectation::Keys(vec![PublicKey::from_pem(&input::text(key)?).map_err(Failure::failed)?])
        }
        (None, Some(identity), Some(issuer)) => SignerExpectation::Keyless {
            identity: vec![Pattern::exact(identity)],
            issuer: vec![Pattern::exact(issuer)],
            claims: Vec::new(),
        },
        _ => return Err(Failure::usage("name an identity and its issuer, or a key")),
    };
    let bundle = input::bytes(&arguments.bundle, &Limits::DEFAULT)?;
    let evidence = read_evidence(&bundle, &arguments.bundle.display().to_string()).map_err(|error| Failure {
        code: exit::NO,
        error: error.into(),
        hint: None,
    })?;
    let path = Path::new(&arguments.subject);
    let digests: Vec<_> = evidence.iter().flat_map(plimsoll_verify::Evidence::digests).collect();
    let subject = match Subject::digest(&arguments.subject) {
        Ok(digest) if !path.exists() => digest,
        _ => Subject::file(path, &digests).map_err(Failure::failed)?,
    };
    let outcome = verify(&evidence, &subject, &Expectation::new(signer, Timestamp::now()), &[root]);
    if outcome.is_verified() {
        return Ok(exit::DONE);
    }
    for refusal in outcome.refused() {
        ui.error(&format!("{} {}: {}", refusal.code(), refusal.place(), refusal.reason()));
    }
    Ok(exit::NO)
}
