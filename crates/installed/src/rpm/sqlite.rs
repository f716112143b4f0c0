//! `rpmdb.sqlite` (rpm since 4.16): the table `Packages` of an SQLite 3 file, `(hnum INTEGER PRIMARY KEY, blob BLOB)`.
//!
//! Changes in a write-ahead log beside the file are not seen here.

use std::borrow::Cow;

use plimsoll_extract::ExtractError;

use super::{Each, Item};
use crate::sqlite::{Database, Row, columns};

/// Whether the file starts as this format does.
pub(super) fn is(file: &[u8]) -> bool {
    crate::sqlite::is(file)
}

/// Hands out the blobs, in order of the rows.
pub(super) fn read<'a>(file: &'a [u8], each: Each<'_, 'a>) -> Result<(), ExtractError> {
    let mut database = Database::open(file)?;
    for (span, message) in database.take_faults() {
        each(Item::Fault { span, message });
    }
    let root = database
        .root_of("Packages")
        .ok_or_else(|| ExtractError::malformed("the SQLite file has no table 'Packages'"))?;
    database.records(root, &mut |row| match row {
        Row::Record { span, record, .. } => match blob_column(record) {
            Some(bytes) => each(Item::Blob { span, bytes }),
            None => each(Item::Fault { span, message: "a row of 'Packages' has no blob" }),
        },
        Row::Fault { span, message } => each(Item::Fault { span, message }),
    });
    Ok(())
}

/// The blob in a row of the table, `(hnum, blob)`.
fn blob_column(record: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let (_, blob) = columns(&record).nth(1)?;
    match record {
        Cow::Borrowed(record) => record.get(blob).map(Cow::Borrowed),
        Cow::Owned(mut record) => {
            record.truncate(blob.end);
            (blob.start <= record.len()).then(|| Cow::Owned(record.split_off(blob.start)))
        }
    }
}
