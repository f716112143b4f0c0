//! All that is known of one artifact.

use jiff::Timestamp;

use super::{ArtifactId, ArtifactRef, ArtifactSummary, Claim, Coverage, DocumentId};
use crate::answer::time;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::page::{Listing, Page};
use crate::segments;
use crate::store::{Database, Value};

/// All that is known of one artifact, without what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArtifactDetail {
    /// What a list shows of it.
    pub summary: ArtifactSummary,
    /// Its other names: tags, references and digests.
    pub aliases: Vec<Alias>,
    /// The documents about it, newest first.
    pub documents: Vec<DocumentDetail>,
    /// How many builds the line has that it belongs to, itself among them.
    pub builds: u64,
}

/// Another name of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Alias {
    /// What it is: `tag`, `reference`, `config`, `manifest` or `index`.
    pub kind: String,
    /// The name.
    pub value: String,
}

/// What is known of a document besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentDetail {
    /// Its number here.
    pub id: DocumentId,
    /// Its format, as `cyclonedx-json@1.6`.
    pub format: String,
    /// Who says what it says.
    pub claim: Claim,
    /// How much of the artifact it covers.
    pub coverage: Coverage,
    /// How many components it lists.
    pub components: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of its bytes: `sha256:…`.
    pub digest: String,
    /// When it was made, as it says.
    pub created: Option<Timestamp>,
    /// When it was added.
    pub added: Option<Timestamp>,
    /// Questions are put to it. A scan that a later scan took the place of is kept, but not asked.
    pub live: bool,
}

impl Inventory {
    /// All that is known of one artifact, without what is in it.
    ///
    /// # Errors
    /// None is called so, or several are.
    pub fn artifact(&mut self, reference: &ArtifactRef) -> Result<ArtifactDetail, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let id = reference.resolve(database, shard)?;
            let mut found = lookup::summaries(database, shard, &[id.number])?;
            let Some(summary) = found.pop() else {
                return Err(InventoryError::Unknown { what: "artifact", reference: reference.to_string() });
            };
            let sql = "SELECT count(*) FROM artifact o JOIN artifact a ON a.shard = o.shard AND a.lineage = o.lineage \
                       WHERE a.shard = ?1 AND a.id = ?2";
            let key = [Value::Int(shard), Value::Int(i64::from(id.number))];
            let builds = database.one(sql, &key, |row| row.int(0))?.unwrap_or_default();
            Ok(ArtifactDetail {
                summary,
                aliases: aliases(database, shard, id)?,
                documents: documents(database, shard, id)?,
                builds: u64::try_from(builds).unwrap_or_default(),
            })
        })
    }

    /// The builds of the line that an artifact belongs to, newest first, itself among them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn history(&mut self, id: ArtifactId, page: Page) -> Result<Listing<ArtifactSummary>, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let builds = builds(database, shard, id)?;
            Listing::of(builds, page).try_map(|builds| lookup::summaries(database, shard, &builds))
        })
    }
}

/// The builds of an artifact's line, newest first: by when they were built, or else by when they were added.
pub(crate) fn builds(database: &mut Database, shard: i64, id: ArtifactId) -> Result<Vec<u32>, InventoryError> {
    let sql = "SELECT o.id, o.built, o.added FROM artifact o JOIN artifact a ON a.shard = o.shard AND a.lineage = o.lineage \
               WHERE a.shard = ?1 AND a.id = ?2";
    let mut builds = Vec::new();
    database.query(sql, &[Value::Int(shard), Value::Int(i64::from(id.number))], |row| {
        let (built, added) = (row.int(1)?, row.int(2)?);
        builds.push((if built == 0 { added } else { built }, number(row.int(0)?)));
        Ok(())
    })?;
    builds.sort_unstable_by(|left, right| right.cmp(left));
    Ok(builds.into_iter().map(|(_, id)| id).collect())
}

fn aliases(database: &mut Database, shard: i64, id: ArtifactId) -> Result<Vec<Alias>, InventoryError> {
    let sql = "SELECT kind, value FROM alias WHERE shard = ?1 AND artifact = ?2";
    let mut aliases = Vec::new();
    database.query(sql, &[Value::Int(shard), Value::Int(i64::from(id.number))], |row| {
        aliases.push(Alias { kind: row.text(0)?, value: row.text(1)? });
        Ok(())
    })?;
    aliases.sort_unstable();
    Ok(aliases)
}

/// The documents about an artifact, newest first.
fn documents(database: &mut Database, shard: i64, id: ArtifactId) -> Result<Vec<DocumentDetail>, InventoryError> {
    let live = segments::mark(database, shard, "live")?;
    let sql = "SELECT id, format, claim, coverage, components, bytes, content, created, added FROM document \
               WHERE shard = ?1 AND artifact = ?2 ORDER BY id DESC";
    let mut documents = Vec::new();
    database.query(sql, &[Value::Int(shard), Value::Int(i64::from(id.number))], |row| {
        let number = number(row.int(0)?);
        documents.push(DocumentDetail {
            id: DocumentId { shard: id.shard, number },
            format: row.text(1)?,
            claim: Claim::from_number(row.int(2)?),
            coverage: Coverage::from_number(row.int(3)?),
            components: u64::try_from(row.int(4)?).unwrap_or_default(),
            bytes: u64::try_from(row.int(5)?).unwrap_or_default(),
            digest: format!("sha256:{}", data_encoding::HEXLOWER.encode(&row.blob(6)?)),
            created: time(row.int(7)?),
            added: time(row.int(8)?),
            live: live.contains(number),
        });
        Ok(())
    })?;
    Ok(documents)
}

/// The documents about an artifact that questions are put to, oldest first.
pub(crate) fn live_documents(database: &mut Database, shard: i64, artifact: u32) -> Result<Vec<u32>, InventoryError> {
    let live = segments::mark(database, shard, "live")?;
    let sql = "SELECT id FROM document WHERE shard = ?1 AND artifact = ?2 ORDER BY id";
    let mut documents = Vec::new();
    database.query(sql, &[Value::Int(shard), Value::Int(i64::from(artifact))], |row| {
        documents.push(number(row.int(0)?));
        Ok(())
    })?;
    documents.retain(|document| live.contains(*document));
    Ok(documents)
}
