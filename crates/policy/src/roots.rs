//! `[roots.NAME]`: trusted roots and keys.

use std::collections::BTreeMap;

use plimsoll_verify::PublicKey;

use crate::PolicyError;
use crate::file::Fields;

/// A trusted root that a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyRoot {
    /// A Sigstore instance, by its name: `public-good`, `github`, or one that this machine knows.
    Instance(String),
    /// A file, `trusted_root.json`, as the policy names it.
    File(String),
}

pub(crate) const ROOT: &[&str] = &["instance", "trusted_root"];
pub(crate) const KEY: &[&str] = &["file", "pem"];

/// Under this name are keys, not a root.
const KEYS: &str = "keys";

type Read = (Vec<PolicyRoot>, BTreeMap<String, PublicKey>);

pub(crate) fn read(
    policy: &Fields<'_>,
    open: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Read, PolicyError> {
    let (mut roots, mut keys) = (Vec::new(), BTreeMap::new());
    let Some(table) = policy.map("roots")? else { return Ok((roots, keys)) };
    for (name, _) in table.iter().filter(|(name, _)| *name != KEYS) {
        let root = table.table(name, ROOT)?.ok_or_else(|| table.missing(name))?;
        roots.push(match (root.text("instance")?, root.text("trusted_root")?) {
            (Some(instance), None) => PolicyRoot::Instance(instance.to_owned()),
            (None, Some(file)) => PolicyRoot::File(file.to_owned()),
            _ => return Err(table.fault(name, format!("[roots.{name}] has to have either instance or trusted_root"))),
        });
    }
    let Some(table) = table.map(KEYS)? else { return Ok((roots, keys)) };
    for (name, _) in table.iter() {
        let key = table.table(name, KEY)?.ok_or_else(|| table.missing(name))?;
        let (from, pem) = match (key.text("file")?, key.text("pem")?) {
            (Some(file), None) => ("file", open(file).map_err(|reason| key.fault("file", reason))?),
            (None, Some(pem)) => ("pem", pem.to_owned()),
            _ => return Err(table.fault(name, format!("[roots.keys.{name}] has to have either file or pem"))),
        };
        let read = PublicKey::from_pem(&pem).map_err(|error| key.fault(from, error.to_string()))?;
        keys.insert(name.to_owned(), read);
    }
    Ok((roots, keys))
}
