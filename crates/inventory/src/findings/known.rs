//! All packages that the inventory knows, for answers to say out of what they are.

use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::Value;

impl Inventory {
    /// Calls `each` with every component that documents here have had, by its purl; an empty text for one without.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn each_component(&mut self, mut each: impl FnMut(&str)) -> Result<(), InventoryError> {
        let shard = self.shard;
        let sql = "SELECT p.kind, p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
                   WHERE c.shard = ?1 AND c.id <> 0";
        self.database.query(sql, &[Value::Int(shard)], |row| {
            if row.text(0)?.is_empty() {
                each("");
            } else {
                each(&(row.text(1)? + &row.text(2)?));
            }
            Ok(())
        })
    }
}
