//! What people call artifacts: owner, environment, team, service.

use crate::artifact::{ArtifactId, Label};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::{Database, Value};

impl Inventory {
    /// Gives artifacts labels, in place of those of the same names; an empty value takes a label away. All or nothing.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn label(&mut self, labels: &[(ArtifactId, Vec<Label>)]) -> Result<(), InventoryError> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            for (artifact, labels) in labels.iter().filter(|(id, _)| i64::from(id.shard) == shard) {
                for label in labels {
                    if label.value.is_empty() {
                        take(database, shard, artifact.number, &label.name)?;
                    } else {
                        set(database, shard, artifact.number, label)?;
                    }
                }
            }
            Ok(())
        })
    }
}

/// Gives an artifact a label, in place of one of the same name.
pub(crate) fn set(database: &mut Database, shard: i64, artifact: u32, label: &Label) -> Result<(), InventoryError> {
    let sql = "INSERT INTO label (shard, artifact, name, value) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (shard, artifact, name) DO UPDATE SET value = excluded.value";
    let values =
        [Value::Int(shard), Value::Int(i64::from(artifact)), Value::Text(&label.name), Value::Text(&label.value)];
    database.execute(sql, &values).map(drop)
}

fn take(database: &mut Database, shard: i64, artifact: u32, name: &str) -> Result<(), InventoryError> {
    let sql = "DELETE FROM label WHERE shard = ?1 AND artifact = ?2 AND name = ?3";
    database.execute(sql, &[Value::Int(shard), Value::Int(i64::from(artifact)), Value::Text(name)]).map(drop)
}
