//! What people call artifacts: owner, environment, team, service.

use crate::artifact::Label;
use crate::error::InventoryError;
use crate::store::{Database, Value};

/// Gives an artifact a label, in place of one of the same name.
pub(crate) fn set(database: &mut Database, shard: i64, artifact: u32, label: &Label) -> Result<(), InventoryError> {
    let sql = "INSERT INTO label (shard, artifact, name, value) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (shard, artifact, name) DO UPDATE SET value = excluded.value";
    let values =
        [Value::Int(shard), Value::Int(i64::from(artifact)), Value::Text(&label.name), Value::Text(&label.value)];
    database.execute(sql, &values).map(drop)
}
