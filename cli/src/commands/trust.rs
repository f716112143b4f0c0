//! `plimsoll trust`.

mod show;

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_sign::instance::{Fetch, Instance, InstanceError, Instances, Origin, TrustConfig, TufError};

use crate::args::{NetworkArguments, TrustAddArguments, TrustCommand, TrustExportArguments, TrustImportArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

pub(super) fn run(command: &TrustCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        TrustCommand::Show(arguments) => show::run(arguments, ui),
        TrustCommand::Add(arguments) => add(arguments, offline, ui),
        TrustCommand::Update(arguments) => {
            let names = if arguments.names.is_empty() { &["public-good".to_owned()][..] } else { &arguments.names };
            update(names, &arguments.network, offline, ui)
        }
        TrustCommand::Import(arguments) => import(arguments, ui),
        TrustCommand::Export(arguments) => export(arguments),
    }
}

/// The instances of this user: `PLIMSOLL_TRUST`, else below the data directory.
pub(super) fn instances() -> Instances {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(std::path::PathBuf::from);
    let data = || set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    match set("PLIMSOLL_TRUST").or_else(|| Some(data()?.join("plimsoll/trust"))) {
        Some(directory) => Instances::new(directory),
        // Never the working directory, which may be somebody else's.
        None => Instances::built_in(),
    }
}

fn add(arguments: &TrustAddArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let root = input::text(&arguments.root)?;
    let instance = match &arguments.tuf {
        Some(url) => {
            let fetch = fetch(&arguments.network, offline)?;
            instances().add_from_tuf(&arguments.name, url, &root, &fetch, Timestamp::now())?
        }
        None => {
            let signing_config = arguments.signing_config.as_deref().map(input::text).transpose()?;
            let name = arguments.name.clone();
            let instance = Instance { name, trusted_root: root, signing_config, origin: Origin::Files, as_of: None };
            instances().add(&instance)?;
            instance
        }
    };
    added(&instance, ui)
}

fn added(instance: &Instance, ui: &mut Ui) -> Result<u8, Failure> {
    let root = instance.trusted_root()?;
    ui.status(&format!(
        "{} is known from now on (sha256:{}); trust it with --trust {}",
        instance.name,
        root.digest(),
        instance.name
    ));
    Ok(exit::DONE)
}

fn update(names: &[String], network: &NetworkArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let fetch = fetch(network, offline)?;
    for name in names {
        let before = instances().get(name)?.trusted_root()?;
        let after = instances().update(name, &fetch, Timestamp::now())?.trusted_root()?;
        let what = if before.digest() == after.digest() { "is as it was" } else { "has changed" };
        ui.status(&format!("{name} {what} (sha256:{})", after.digest()));
    }
    Ok(exit::DONE)
}

fn fetch(network: &NetworkArguments, offline: bool) -> Result<Arc<dyn Fetch>, Failure> {
    if offline {
        return Err(Failure::usage("a TUF repository needs the network, and --offline forbids it"));
    }
    Ok(Arc::new(plimsoll_sign::Downloads::new(network.services())))
}

fn import(arguments: &TrustImportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let config = TrustConfig::parse(&input::text(&arguments.file)?)
        .map_err(|error| Failure::usage(format!("{}: {error}", arguments.file.display())))?;
    let instance = config.into_instance(&arguments.name);
    instances().add(&instance)?;
    added(&instance, ui)
}

fn export(arguments: &TrustExportArguments) -> Result<u8, Failure> {
    let config = instances().get(&arguments.name)?.to_trust_config().map_err(Failure::failed)?;
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    target.write(|out| writeln!(out, "{config}"))?;
    Ok(exit::DONE)
}

impl From<InstanceError> for Failure {
    fn from(error: InstanceError) -> Self {
        match error {
            InstanceError::Unknown { .. } => {
                Self::usage(error.to_string()).hint("see `plimsoll trust show`; `plimsoll trust add` adds one")
            }
            InstanceError::NoDirectory => Self::usage(error.to_string()).hint("set PLIMSOLL_TRUST to one"),
            InstanceError::Name { .. } | InstanceError::Exists { .. } => Self::usage(error.to_string()),
            _ => Self::failed(error),
        }
    }
}

impl From<TufError> for Failure {
    fn from(error: TufError) -> Self {
        match error {
            TufError::Instance(error) => error.into(),
            TufError::NoRepository { .. } => Self::usage(error.to_string()).hint("add it with --tuf URL"),
            _ => Self::failed(error),
        }
    }
}
