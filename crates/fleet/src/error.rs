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
    /// The registry cannot be asked what it has.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A list is not one of images.
    #[error("line {line}: {reason}")]
    List {
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A pattern for tags cannot be read.
    #[error("the pattern for tags: {0}")]
    Pattern(#[from] globset::Error),
    /// A part of this program ended in a panic.
    #[error("a worker ended unexpectedly")]
    Worker,
}
