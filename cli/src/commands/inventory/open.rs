//! Which inventory is meant.

use std::ffi::OsString;
use std::path::PathBuf;

use plimsoll_inventory::{Inventory, InventoryError, Location};

use crate::args::StoreArguments;
use crate::exit;
use crate::failure::Failure;

/// `--store`, else `PLIMSOLL_STORE`, else a file below the data directory.
pub(crate) fn location(arguments: &StoreArguments) -> Result<Location, Failure> {
    if let Some(text) = &arguments.store {
        return Ok(Location::parse(text));
    }
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match set("PLIMSOLL_STORE").map(OsString::into_string) {
        Some(Ok(text)) => return Ok(Location::parse(&text)),
        Some(Err(path)) => return Ok(Location::File(path.into())),
        None => {}
    }
    let data = set("XDG_DATA_HOME").map(PathBuf::from);
    // Never the working directory, which may be somebody else's.
    let data = data.or_else(|| Some(PathBuf::from(set("HOME")?).join(".local/share")));
    match data {
        Some(data) => Ok(Location::File(data.join("plimsoll/inventory.db"))),
        None => Err(Failure::usage("there is no data directory for the inventory").hint("name one with --store")),
    }
}

/// Opens the inventory, and makes it where there is none.
pub(crate) fn create(location: &Location) -> Result<Inventory, Failure> {
    if let Location::File(path) = location
        && let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(directory).map_err(|error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot make {}", directory.display())))
        })?;
    }
    Ok(Inventory::create(location)?)
}

/// Opens an inventory that is there.
pub(crate) fn open(location: &Location) -> Result<Inventory, Failure> {
    Ok(Inventory::open(location)?)
}

impl From<InventoryError> for Failure {
    fn from(error: InventoryError) -> Self {
        let (code, hint) = match &error {
            InventoryError::Missing { .. } => {
                (exit::FAILED, Some("`plimsoll inventory add` makes one; --store or PLIMSOLL_STORE name another"))
            }
            InventoryError::Version { .. } => (exit::FAILED, Some("use a later release")),
            InventoryError::Query(_) => (exit::USAGE, None),
            _ => (exit::FAILED, None),
        };
        Self { code, hint: hint.map(str::to_owned), error: error.into() }
    }
}
