//! From flags to somebody who signs.

use jiff::Timestamp;
use plimsoll_sign::instance::{Instance, TrustConfig};
use plimsoll_sign::{
    AmbientOptions, Environment, LogVersion, Means, Needs, Overrides, Plan, Session, SignError, SigningConfig, ambient,
};
use plimsoll_verify::TrustedRoot;

use super::{key, sign_in};
use crate::args::{NetworkArguments, SigningArguments};
use crate::commands::trust;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// Somebody who signs, and what is to be said about it.
pub(in crate::commands) struct Opened {
    pub(in crate::commands) session: Session,
    pub(in crate::commands) plan: Plan,
    /// The trusted root: its name and digest.
    pub(in crate::commands) root: (String, String),
}

/// What else decides.
pub(in crate::commands) struct Options<'a> {
    pub(in crate::commands) network: &'a NetworkArguments,
    pub(in crate::commands) offline: bool,
    /// Whether a log of version 1 is needed, whose promise that layout keeps.
    pub(in crate::commands) cosign_layout: bool,
}

/// What the service is called in errors.
const LOG: &str = "transparency log";

/// Opens the key or finds the identity, chooses the services, and says what will be published. Nothing is published yet.
pub(in crate::commands) fn open(
    arguments: &SigningArguments,
    options: &Options<'_>,
    ui: &mut Ui,
) -> Result<Opened, Failure> {
    if options.cosign_layout && arguments.rekor_version == Some(2) {
        return Err(Failure::usage(
            "--cosign-layout keeps what a log of version 1 promises: --rekor-version 2 is for no such log",
        ));
    }
    let now = Timestamp::now();
    let instance = instance(arguments)?;
    let root = instance.trusted_root().map_err(Failure::failed)?;
    let config = instance.signing_config.as_deref().map(SigningConfig::parse).transpose()?.unwrap_or_default();
    let named = arguments.signing_config.is_some() || arguments.trust_config.is_some();
    let needs = Needs {
        certificate: arguments.key.is_none(),
        log: !arguments.no_tlog,
        timestamps: !arguments.no_tlog || named,
    };
    let mut overrides = Overrides::default();
    overrides.authority.clone_from(&arguments.fulcio_url);
    overrides.log.clone_from(&arguments.rekor_url);
    let version = arguments.rekor_version.or(options.cosign_layout.then_some(1));
    overrides.log_version = version.and_then(LogVersion::from_number);
    overrides.timestamps.clone_from(&arguments.timestamp_url);
    let services = config.services(now, needs, &overrides).map_err(|error| match error {
        SignError::NoService { service: LOG, .. } if options.cosign_layout => Failure::failed(error)
            .hint("--cosign-layout needs a log of version 1: leave it out, or name one with --rekor-url"),
        error => error.into(),
    })?;
    if options.offline && (needs.certificate || !services.logs.is_empty() || !services.timestamps.is_empty()) {
        return Err(Failure::usage("signing asks services, and --offline refuses the network")
            .hint("offline, sign with --key and --no-tlog"));
    }
    let means = match &arguments.key {
        Some(reference) => Means::Key(key::open(reference, &arguments.password, options.offline)?),
        None => identity(arguments, services.issuer.as_deref(), ui)?,
    };
    let told = (root.name().to_owned(), root.digest().to_owned());
    let mut session = Session::new(means, services, root, options.network.services());
    if options.cosign_layout {
        session.check_cosign_layout()?;
    }
    let plan = session.plan(now)?;
    announce(&plan, ui);
    if !arguments.public_log
        && let Some(refusal) = plan.refusal()
    {
        return Err(refusal.into());
    }
    Ok(Opened { session, plan, root: told })
}

/// Whom to trust and where to sign.
fn instance(arguments: &SigningArguments) -> Result<Instance, Failure> {
    if let Some(path) = &arguments.trust_config {
        let name = path.display().to_string();
        let config =
            TrustConfig::parse(&input::text(path)?).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        return Ok(config.into_instance(&name));
    }
    let mut instance = trust::instances().get(&arguments.trust)?;
    if let Some(path) = &arguments.trusted_root {
        let name = path.display().to_string();
        instance.trusted_root = input::text(path)?;
        TrustedRoot::parse(&name, &instance.trusted_root, None)
            .map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        (instance.name, instance.as_of) = (name, None);
    }
    if let Some(path) = &arguments.signing_config {
        instance.signing_config = Some(input::text(path)?);
    }
    Ok(instance)
}

/// The identity of this job, or of the person at the terminal.
fn identity(arguments: &SigningArguments, issuer: Option<&str>, ui: &mut Ui) -> Result<Means, Failure> {
    let mut options = AmbientOptions::new(Environment::new(|name| std::env::var_os(name)));
    options.audience.clone_from(&arguments.audience);
    options.token_file.clone_from(&arguments.identity_token_file);
    let identity = match ambient(&options)? {
        Some(identity) => identity,
        None => sign_in::sign_in(arguments, issuer, options.environment, ui)?,
    };
    Ok(Means::Keyless(Box::new(identity)))
}

/// Says who signs, and what becomes public by it.
fn announce(plan: &Plan, ui: &mut Ui) {
    if let Some(key) = &plan.key {
        ui.detail(&format!("signing with {key}"));
    }
    let Some(identity) = &plan.identity else { return };
    if plan.public.is_empty() {
        ui.detail(&format!("signing as {} ({})", identity.principal, identity.issuer));
        return;
    }
    ui.status(&format!("published for ever, for everybody, at {}:", plan.public.join(" and ")));
    ui.status(&format!("  identity: {}", identity.principal));
    ui.status(&format!("  issuer: {}", identity.issuer));
    for (name, value) in &identity.claims {
        ui.status(&format!("  {name}: {value}"));
    }
    ui.status("  the digest of what is signed");
}
