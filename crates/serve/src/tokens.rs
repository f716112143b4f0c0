//! Making tokens.

use jiff::Timestamp;
use plimsoll_inventory::{Inventory, InventoryError, NewToken, Role};

use crate::access;

/// Makes a token and keeps its hash. The text is in nothing but what this returns.
///
/// # Errors
/// The store cannot be written, or the system has no randomness.
pub fn new_token(
    inventory: &mut Inventory,
    name: &str,
    role: Role,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Result<String, InventoryError> {
    let dry = || InventoryError::Store { doing: "make a token", reason: "the system has no randomness".to_owned() };
    let (text, hash) = access::generate().ok_or_else(dry)?;
    inventory.add_token(&NewToken { hash, name: name.to_owned(), role, expires, parent: None }, now)?;
    Ok(text)
}
