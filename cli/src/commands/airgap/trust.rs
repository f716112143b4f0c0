//! Instances of Sigstore into a folder and out of it. Nobody believes them before somebody names them with --trust.

use plimsoll_sign::instance::{Instance, InstanceError, TrustConfig};
use plimsoll_verify::airgap::{FilePath, Sealed, TrustEntry};
use serde_json::Value;

use super::draft::Draft;
use crate::args::PackArguments;
use crate::commands::trust::instances;
use crate::failure::Failure;
use crate::input;

/// A trust configuration is a few kilobytes.
const MAX_CONFIG: u64 = 8 << 20;

/// Writes the instances that are to be packed.
pub(super) fn pack(arguments: &PackArguments, draft: &Draft) -> Result<Vec<TrustEntry>, Failure> {
    let mut packed = Vec::new();
    for name in &arguments.include_trust {
        packed.push(instances().get(name)?);
    }
    for named in &arguments.include_trusted_root {
        let trusted_root = input::text(&named.path)?;
        packed.push(TrustConfig { trusted_root, signing_config: None }.into_instance(&named.name));
    }
    packed.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some((first, _)) = packed.iter().zip(packed.iter().skip(1)).find(|(a, b)| a.name == b.name) {
        return Err(Failure::usage(format!("two instances are called {}", first.name)));
    }
    let mut entries = Vec::new();
    for instance in packed {
        instance.trusted_root()?;
        let path = FilePath::new(format!("trust/{}.json", instance.name)).map_err(Failure::failed)?;
        let mut config = instance.to_trust_config().map_err(Failure::failed)?;
        config.push('\n');
        draft.write(&path, config.as_bytes())?;
        entries.push(TrustEntry { name: instance.name, path });
    }
    Ok(entries)
}

/// An instance of a folder, and what is to be done with it.
pub(super) struct Incoming {
    pub(super) instance: Instance,
    /// It is known already, and is the same.
    pub(super) is_known: bool,
}

/// The instances of a folder. One that is known under the same name and is another is an error.
pub(super) fn incoming(folder: &Sealed) -> Result<Vec<Incoming>, Failure> {
    let mut all = Vec::new();
    for entry in &folder.manifest().trust {
        let instance = read(folder, entry)?;
        let is_known = match instances().get(&entry.name) {
            Ok(known) if same(&known, &instance) => true,
            Ok(_) => {
                let message = format!("another instance is known as {} already", entry.name);
                return Err(Failure::usage(message).hint(format!(
                    "compare the two, and add this one under another name: plimsoll trust import NAME DIR/{}",
                    entry.path
                )));
            }
            Err(InstanceError::Unknown { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        all.push(Incoming { instance, is_known });
    }
    Ok(all)
}

fn read(folder: &Sealed, entry: &TrustEntry) -> Result<Instance, Failure> {
    let failed = |error: anyhow::Error| Failure::failed(error.context(entry.path.to_string()));
    let bytes = folder.read(&entry.path, MAX_CONFIG).map_err(|error| failed(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(error.into()))?;
    let instance = TrustConfig::parse(&text).map_err(|error| failed(error.into()))?.into_instance(&entry.name);
    instance.trusted_root()?;
    Ok(instance)
}

/// Whether two instances trust the same and sign at the same places, however it is written.
fn same(one: &Instance, other: &Instance) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let config = |instance: &Instance| instance.signing_config.as_deref().map(parsed);
    parsed(&one.trusted_root).is_some()
        && parsed(&one.trusted_root) == parsed(&other.trusted_root)
        && config(one) == config(other)
}
