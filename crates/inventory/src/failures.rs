//! What could not be read: kept, so that no answer passes over it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::answer::time;
use crate::coverage;
use crate::error::InventoryError;
use crate::intake::shorten;
use crate::inventory::Inventory;
use crate::store::Value;

/// A document or an image that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where it is.
    pub place: String,
    /// Why it could not be read.
    pub reason: String,
}

/// The same, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadRow {
    /// What and why.
    pub unread: Unread,
    /// When it failed first.
    pub first: Option<Timestamp>,
    /// When it failed last.
    pub last: Option<Timestamp>,
}

impl Inventory {
    /// Keeps what could not be read, and forgets it of places that could be by now. Each place counts once, however often it fails.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record_unread(
        &mut self,
        unread: &[Unread],
        read: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), InventoryError> {
        let shard = self.shard;
        let any = "SELECT 1 FROM failure WHERE shard = ?1 LIMIT 1";
        let held = self.database.one(any, &[Value::Int(shard)], |_| Ok(()))?.is_some();
        if unread.is_empty() && (!held || read.is_empty()) {
            return Ok(());
        }
        self.database.write(shard, |database| {
            // Counted as it changes: there may be a million of them, and this is done for each batch.
            let (mut new, mut gone) = (0_u64, 0_u64);
            for Unread { place, reason } in unread {
                let (place, reason) = (kept(place), kept(reason));
                let values =
                    [Value::Int(shard), Value::Text(&place), Value::Text(&reason), Value::Int(now.as_second())];
                let insert = "INSERT INTO failure (shard, place, reason, first, last) VALUES (?1, ?2, ?3, ?4, ?4) \
                              ON CONFLICT (shard, place) DO NOTHING";
                let added = database.execute(insert, &values)?;
                if added == 0 {
                    let update = "UPDATE failure SET reason = ?3, last = ?4 WHERE shard = ?1 AND place = ?2";
                    database.execute(update, &values)?;
                }
                new = new.saturating_add(added);
            }
            for place in read {
                let place = kept(place);
                let sql = "DELETE FROM failure WHERE shard = ?1 AND place = ?2";
                gone = gone.saturating_add(database.execute(sql, &[Value::Int(shard), Value::Text(&place)])?);
            }
            coverage::add_failed(database, shard, new, gone)
        })
    }

    /// What could not be read, by its place.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unread(&mut self) -> Result<Vec<UnreadRow>, InventoryError> {
        let mut rows = Vec::new();
        let sql = "SELECT place, reason, first, last FROM failure WHERE shard = ?1 ORDER BY place";
        self.database.query(sql, &[Value::Int(self.shard)], |row| {
            let unread = Unread { place: row.text(0)?, reason: row.text(1)? };
            rows.push(UnreadRow { unread, first: time(row.int(2)?), last: time(row.int(3)?) });
            Ok(())
        })?;
        Ok(rows)
    }
}

/// A text as databases hold it.
fn kept(text: &str) -> String {
    shorten(&text.replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Store;

    #[test]
    fn a_place_counts_once_until_it_can_be_read() {
        let store = Store::new("unread");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        let unread = |place: &str| Unread { place: place.to_owned(), reason: "broken\0".to_owned() };
        let second = |second| Timestamp::from_second(second).unwrap();
        let none = BTreeSet::new();
        inventory.record_unread(&[unread("a.json"), unread("b\0.json")], &none, second(5)).unwrap();
        inventory.record_unread(&[unread("a.json")], &none, second(9)).unwrap();
        let failed = |inventory: &mut Inventory| {
            inventory.find(&crate::Query::Everything, crate::Page::default()).unwrap().denominator.failed
        };
        assert_eq!(failed(&mut inventory), 2);
        let held = inventory.unread().unwrap();
        assert_eq!(held.iter().map(|row| row.unread.place.as_str()).collect::<Vec<_>>(), ["a.json", "b\u{fffd}.json"]);
        assert_eq!((held[0].first, held[0].last), (Some(second(5)), Some(second(9))));
        inventory.record_unread(&[], &BTreeSet::from(["a.json".to_owned()]), second(10)).unwrap();
        assert_eq!((inventory.unread().unwrap().len(), failed(&mut inventory)), (1, 1));
        inventory.record_unread(&[unread(&"x".repeat(5000))], &none, second(11)).unwrap();
        assert!(inventory.unread().unwrap().iter().all(|row| row.unread.place.len() <= 900));
    }
}
