//! `plimsoll provenance generate`.

mod claims;
mod facts;
mod github;
mod report;
mod subjects;

use jiff::Timestamp;
use plimsoll_model::Limits;
use plimsoll_provenance::generate::{
    Artifact, CertificateCheck, GenerateError, Generated, Platform, Request, Subjects, TokenClaims, generate,
};
use plimsoll_sbom::map;
use plimsoll_sign::SignedBundle;

pub(in crate::commands) use self::facts::Variables;
use crate::args::{BuildFacts, GenerateArguments, SigningArguments};
use crate::commands::signing::{Attached, Destination, Image, Kind, Opened, Options, open};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

/// What the document is about and made of, before anybody is asked who signs.
pub(in crate::commands) struct Prepared {
    subjects: Subjects,
    dependencies: Vec<plimsoll_attest::ResourceDescriptor>,
}

impl Prepared {
    /// For commands that know what the statement is about.
    pub(in crate::commands) fn about(artifacts: &[Artifact]) -> Result<Self, Failure> {
        Ok(Self { subjects: Subjects::read(artifacts)?, dependencies: Vec::new() })
    }
}

/// A signed statement and what came of comparing it with the certificate.
pub(in crate::commands) struct Signed {
    pub(in crate::commands) generated: Generated,
    pub(in crate::commands) bundle: SignedBundle,
    pub(in crate::commands) checks: Vec<CertificateCheck>,
}

pub(super) fn run(arguments: &GenerateArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    refuse_what_only_signing_takes(arguments)?;
    let options = Options { network: &arguments.network, offline, cosign_layout: false };
    let (artifacts, images, only) = subjects::list(arguments, &options, ui)?;
    let dependencies = arguments.sbom.as_deref().map(|path| dependencies(path, ui)).transpose()?.unwrap_or_default();
    let prepared = Prepared { subjects: Subjects::read(&artifacts)?, dependencies };
    let variables = Variables::read(&arguments.build)?;
    if !arguments.sign {
        let claims = claims::offered(&arguments.build, &arguments.signing)?;
        let generated = make(prepared, &arguments.build, &variables, claims.as_ref())?;
        say(&generated, ui);
        write_statement(arguments, &generated)?;
        github::tell(&variables, &generated, arguments.output.as_deref(), None, None)?;
        if arguments.output.is_some() {
            report::write(arguments, &generated, None, None)?;
        }
        return Ok(exit::DONE);
    }
    let upload = arguments.upload.then(|| github::Upload::prepare(&variables, &options)).transpose()?;
    // What is attached to images needs no file, as long as there is nothing else.
    let target = match &arguments.bundle {
        None if images.len() == artifacts.len() => None,
        named => destination(named.as_deref(), only.as_deref())?,
    };
    let mut opened = open(&arguments.signing, &options, ui)?;
    let signed = sign(&mut opened, prepared, &arguments.build, &arguments.signing, &variables)?;
    say(&signed.generated, ui);
    if arguments.output.is_some() {
        write_statement(arguments, &signed.generated)?;
    }
    if let Some(target) = &target {
        target.write(signed.bundle.json())?;
    }
    let attached = attach(&images, &signed, ui)?;
    let stored = upload.map(|upload| upload.store(&signed.bundle)).transpose()?;
    let path = target.as_ref().map(Destination::path);
    github::tell(&variables, &signed.generated, arguments.output.as_deref(), path, stored.as_ref())?;
    report::signed(arguments, &opened, signed, path, attached, stored.as_ref())?;
    Ok(exit::DONE)
}

/// Makes the provenance of artifacts and signs it, if its certificate does not contradict it. Nothing is logged before that.
pub(in crate::commands) fn sign(
    opened: &mut Opened,
    prepared: Prepared,
    build: &BuildFacts,
    signing: &SigningArguments,
    variables: &Variables,
) -> Result<Signed, Failure> {
    let keyless = opened.session.claims(Timestamp::now())?;
    let keyless =
        keyless.map(|claims| TokenClaims::from(claims.all().clone().into_iter().collect::<serde_json::Map<_, _>>()));
    let claims = match (keyless, &build.claims) {
        (Some(_), Some(path)) => {
            return Err(Failure::usage(format!(
                "--claims {}: what is signed says what the token claims that signs it",
                path.display()
            )));
        }
        (Some(claims), None) => Some(claims),
        (None, _) => claims::offered(build, signing)?,
    };
    let generated = make(prepared, build, variables, claims.as_ref())?;
    opened.session.check_size(generated.bytes().len())?;
    let checks = match opened.session.certified(Timestamp::now())? {
        Some(certified) => generated.check_certificate(&certified)?,
        None => Vec::new(),
    };
    let bundle = opened.session.attest(generated.bytes(), Timestamp::now())?;
    Ok(Signed { generated, bundle, checks })
}

fn make(
    prepared: Prepared,
    build: &BuildFacts,
    variables: &Variables,
    claims: Option<&TokenClaims>,
) -> Result<Generated, Failure> {
    let platform = build.platform.as_deref().map(Platform::named).transpose()?;
    let request = Request {
        platform,
        variables: &|name| variables.get(name),
        claims,
        stated: facts::stated(build),
        subjects: prepared.subjects,
        dependencies: prepared.dependencies,
    };
    Ok(generate(request)?)
}

fn attach(images: &[Image], signed: &Signed, ui: &mut Ui) -> Result<Vec<Attached>, Failure> {
    let predicate_type = signed.generated.statement().predicate_type();
    images.iter().map(|image| image.attach(signed.bundle.json(), predicate_type, ui)).collect()
}

fn destination(
    named: Option<&std::path::Path>,
    only: Option<&std::path::Path>,
) -> Result<Option<Destination>, Failure> {
    let kind = Kind::Statement(plimsoll_attest::PROVENANCE_V1);
    Destination::beside(named, only, kind).map(Some)
}

fn dependencies(path: &std::path::Path, ui: &mut Ui) -> Result<Vec<plimsoll_attest::ResourceDescriptor>, Failure> {
    let document = map::document(&input::parsed(path, &Limits::DEFAULT)?);
    let (found, left_out) = plimsoll_provenance::generate::dependencies(&document);
    if left_out > 0 {
        let name = path.display();
        ui.warning(&format!("{name}: {left_out} components have neither package URL nor digest, and are left out"));
    }
    Ok(found)
}

fn write_statement(arguments: &GenerateArguments, generated: &Generated) -> Result<(), Failure> {
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    target.write(|out| {
        out.write_all(generated.bytes())?;
        out.write_all(b"\n")
    })?;
    Ok(())
}

/// Says how much of it is authenticated, and how each field is.
fn say(generated: &Generated, ui: &mut Ui) {
    ui.status(&generated.summary());
    for (place, how) in generated.marks() {
        ui.detail(&format!("  {how} {place}"));
    }
}

/// Flags that mean nothing where nothing is signed are a mistake, not a wish.
fn refuse_what_only_signing_takes(arguments: &GenerateArguments) -> Result<(), Failure> {
    let signing = &arguments.signing;
    let given = [
        ("--key", signing.key.is_some()),
        ("--trust-config", signing.trust_config.is_some()),
        ("--trusted-root", signing.trusted_root.is_some()),
        ("--signing-config", signing.signing_config.is_some()),
        ("--public-log", signing.public_log),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) if !arguments.sign => Err(Failure::usage(format!("{flag} says how to sign: add --sign"))),
        _ => Ok(()),
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        let hint = match &error {
            GenerateError::Missing { .. } => None,
            GenerateError::Ambiguous { .. } => Some("name it with --platform"),
            GenerateError::Contradiction { .. } | GenerateError::Issuer { .. } => {
                Some("one of them is wrong: find out which before anything is signed")
            }
            GenerateError::Certificate { .. } => Some("nothing was signed: whoever reads both would refuse it"),
            GenerateError::NoSubject => Some("name it with --subject, --subjects-from or --subject-digest"),
            _ => None,
        };
        let code = match &error {
            GenerateError::Contradiction { .. } | GenerateError::Certificate { .. } | GenerateError::Issuer { .. } => {
                exit::NO
            }
            GenerateError::Read { .. } | GenerateError::Statement(_) | GenerateError::NoMatch { .. } => exit::FAILED,
            _ => exit::USAGE,
        };
        Self { code, hint: hint.map(str::to_owned), error: error.into() }
    }
}
