//! Who may ask a server over this inventory, and who did what there.
//!
//! Of a token only its SHA-256 is kept: it is random and long, so that nobody can guess it from that. A session in a browser is a
//! token with a parent, and ends with it.

use jiff::Timestamp;

use crate::answer::time;
use crate::error::InventoryError;
use crate::ingest::Counter;
use crate::inventory::Inventory;
use crate::page::{Listing, Page};
use crate::store::{Row, Value};

/// What somebody may do. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Ask.
    Read,
    /// Add documents, labels and statements.
    Write,
    /// See who did what.
    Admin,
}

impl Role {
    /// As people write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// From [`Role::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|role| role.word() == word)
    }

    fn number(self) -> i64 {
        match self {
            Self::Read => 0,
            Self::Write => 1,
            Self::Admin => 2,
        }
    }

    fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Admin,
            1 => Self::Write,
            _ => Self::Read,
        }
    }
}

/// A token that is to be kept.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// Whose it is or what for.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// Until when; `None` for ever.
    pub expires: Option<Timestamp>,
    /// The token that a session was begun with.
    pub parent: Option<u64>,
}

/// A token, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRow {
    /// Its number.
    pub number: u64,
    /// Whose it is or what for.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Until when it is good; `None` for ever.
    pub expires: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used: Option<Timestamp>,
}

/// Something that somebody did, or was not let do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLogEntry {
    /// When.
    pub at: Option<Timestamp>,
    /// Who: the name of a token, the subject of an identity, `local`, or `unknown`.
    pub actor: String,
    /// From where: an address.
    pub origin: String,
    /// What.
    pub action: String,
    /// What came of it: a status of HTTP.
    pub outcome: u16,
}

/// How often it is written down that a token is used, in seconds.
const USE_STEP: i64 = 60;

type Outcome<T> = Result<T, InventoryError>;

impl Inventory {
    /// Keeps a token. Its number.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn add_token(&mut self, token: &NewToken, now: Timestamp) -> Outcome<u64> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            // Those that ended are of no use to anybody.
            let sql = "DELETE FROM token WHERE shard = ?1 AND parent <> 0 AND expires <> 0 AND expires <= ?2";
            database.execute(sql, &[Value::Int(shard), Value::Int(now.as_second())])?;
            let mut counter = Counter::open(database, shard, "token")?;
            let number = counter.take()?;
            counter.close(database, shard)?;
            let sql = "INSERT INTO token (shard, id, hash, parent, name, role, created, expires, used) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
            let values = [
                Value::Int(shard),
                Value::Int(i64::from(number)),
                Value::Blob(&token.hash),
                Value::Int(token.parent.and_then(|parent| i64::try_from(parent).ok()).unwrap_or_default()),
                Value::Text(&token.name),
                Value::Int(token.role.number()),
                Value::Int(now.as_second()),
                Value::Int(token.expires.map_or(0, Timestamp::as_second)),
            ];
            database.execute(sql, &values)?;
            Ok(u64::from(number))
        })
    }

    /// The token with this SHA-256, when it is good at this time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn token(&mut self, hash: &[u8; 32], now: Timestamp) -> Outcome<Option<TokenRow>> {
        let sql = "SELECT id, name, role, created, expires, used FROM token \
                   WHERE shard = ?1 AND hash = ?2 AND (expires = 0 OR expires > ?3)";
        let values = [Value::Int(self.shard), Value::Blob(hash), Value::Int(now.as_second())];
        self.database.one(sql, &values, token)
    }

    /// All tokens but sessions, by number.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn tokens(&mut self) -> Outcome<Vec<TokenRow>> {
        let sql =
            "SELECT id, name, role, created, expires, used FROM token WHERE shard = ?1 AND parent = 0 ORDER BY id";
        let mut rows = Vec::new();
        self.database.query(sql, &[Value::Int(self.shard)], |row| {
            rows.push(token(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Forgets tokens of this name or number, and the sessions begun with them. How many tokens there were.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn revoke_token(&mut self, name: &str) -> Outcome<u64> {
        let shard = self.shard;
        let wanted = self.tokens()?.into_iter().filter(|row| row.name == name || row.number.to_string() == name);
        let numbers: Vec<i64> = wanted.filter_map(|row| i64::try_from(row.number).ok()).collect();
        self.database.write(shard, |database| {
            for number in &numbers {
                let sql = "DELETE FROM token WHERE shard = ?1 AND (id = ?2 OR parent = ?2)";
                database.execute(sql, &[Value::Int(shard), Value::Int(*number)])?;
            }
            Ok(numbers.len() as u64)
        })
    }

    /// Forgets one session.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn end_session(&mut self, hash: &[u8; 32]) -> Outcome<()> {
        let sql = "DELETE FROM token WHERE shard = ?1 AND hash = ?2 AND parent <> 0";
        let values = [Value::Int(self.shard), Value::Blob(hash)];
        self.database.execute(sql, &values).map(drop)
    }

    /// Notes that a token was used, unless that was noted within the last minute.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn use_token(&mut self, row: &TokenRow, now: Timestamp) -> Outcome<()> {
        if row.used.is_some_and(|used| now.as_second().saturating_sub(used.as_second()) < USE_STEP) {
            return Ok(());
        }
        let sql = "UPDATE token SET used = ?3 WHERE shard = ?1 AND id = ?2";
        let number = i64::try_from(row.number).unwrap_or_default();
        let values = [Value::Int(self.shard), Value::Int(number), Value::Int(now.as_second())];
        self.database.execute(sql, &values).map(drop)
    }

    /// Writes down what somebody did.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record_audit(&mut self, entry: &AuditLogEntry) -> Outcome<()> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            let mut counter = Counter::open(database, shard, "audit_log")?;
            let number = counter.take()?;
            counter.close(database, shard)?;
            let sql = "INSERT INTO audit_log (shard, id, at, actor, origin, action, outcome) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let values = [
                Value::Int(shard),
                Value::Int(i64::from(number)),
                Value::Int(entry.at.map_or(0, Timestamp::as_second)),
                Value::Text(&entry.actor),
                Value::Text(&entry.origin),
                Value::Text(&entry.action),
                Value::Int(i64::from(entry.outcome)),
            ];
            database.execute(sql, &values).map(drop)
        })
    }

    /// What was done, the newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn audit_log(&mut self, page: Page) -> Outcome<Listing<AuditLogEntry>> {
        let shard = Value::Int(self.shard);
        let count = "SELECT count(*) FROM audit_log WHERE shard = ?1";
        let total = self.database.one(count, &[shard], |row| row.int(0))?.unwrap_or_default();
        let before = page.after.map_or(i64::MAX, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let wanted = i64::try_from(page.rows).unwrap_or(i64::MAX);
        let sql = "SELECT id, at, actor, origin, action, outcome FROM audit_log \
                   WHERE shard = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
        let (mut rows, mut last) = (Vec::new(), 0);
        self.database.query(sql, &[shard, Value::Int(before), Value::Int(wanted)], |row| {
            last = row.int(0)?;
            rows.push(AuditLogEntry {
                at: time(row.int(1)?),
                actor: row.text(2)?,
                origin: row.text(3)?,
                action: row.text(4)?,
                outcome: u16::try_from(row.int(5)?).unwrap_or_default(),
            });
            Ok(())
        })?;
        let next = (rows.len() >= page.rows && last > 1).then(|| last.unsigned_abs());
        Ok(Listing { total: total.unsigned_abs(), rows, next })
    }
}

fn token(row: &Row<'_>) -> Outcome<TokenRow> {
    Ok(TokenRow {
        number: row.int(0)?.unsigned_abs(),
        name: row.text(1)?,
        role: Role::from_number(row.int(2)?),
        created: time(row.int(3)?),
        expires: time(row.int(4)?),
        used: time(row.int(5)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Location;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn tokens_end_and_take_their_sessions_along() {
        let directory = std::env::temp_dir().join(format!("plimsoll-access-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let mut inventory = Inventory::create(&Location::File(directory.join("a.db"))).unwrap();
        let new = |byte: u8, expires, parent| NewToken {
            hash: [byte; 32],
            name: format!("token {byte}"),
            role: Role::Write,
            expires,
            parent,
        };
        let number = inventory.add_token(&new(1, None, None), at(10)).unwrap();
        inventory.add_token(&new(2, Some(at(50)), None), at(10)).unwrap();
        inventory.add_token(&new(3, Some(at(90)), Some(number)), at(10)).unwrap();
        let row = inventory.token(&[1; 32], at(20)).unwrap().unwrap();
        inventory.use_token(&row, at(20)).unwrap();
        assert_eq!(inventory.token(&[1; 32], at(20)).unwrap().unwrap().used, Some(at(20)));
        assert!(inventory.token(&[2; 32], at(49)).unwrap().is_some());
        assert!(inventory.token(&[2; 32], at(50)).unwrap().is_none());
        assert_eq!(inventory.tokens().unwrap().len(), 2);
        assert!(inventory.token(&[3; 32], at(20)).unwrap().is_some());
        assert_eq!(inventory.revoke_token("token 1").unwrap(), 1);
        assert!(inventory.token(&[3; 32], at(20)).unwrap().is_none());
        for outcome in [200, 403, 201] {
            let entry = AuditLogEntry {
                at: Some(at(5)),
                actor: "ci".into(),
                origin: "127.0.0.1".into(),
                action: "addDocument".into(),
                outcome,
            };
            inventory.record_audit(&entry).unwrap();
        }
        let page = inventory.audit_log(Page { rows: 2, after: None }).unwrap();
        assert_eq!((page.total, page.rows[0].outcome, page.rows.len()), (3, 201, 2));
        let rest = inventory.audit_log(Page { rows: 2, after: page.next }).unwrap();
        assert_eq!((rest.rows.len(), rest.rows[0].outcome, rest.next), (1, 200, None));
        drop(inventory);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
