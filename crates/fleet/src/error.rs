//! What can go wrong.

use plimsoll_inventory::InventoryError;
use plimsoll_registry::RegistryError;

/// Why a fleet cannot be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The inventory cannot be used.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The registry does not say what it has.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A line of a list is no target.
    #[error("line {line} is no image and no source: {reason}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// A pattern cannot be read.
    #[error("{0}")]
    Pattern(String),
}
