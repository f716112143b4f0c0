//! SIF, the files of Singularity and Apptainer (<https://github.com/apptainer/sif>, version 01).
//!
//! A header of 128 bytes, then descriptors of 585 bytes. The root file system of a container is the primary system
//! partition, mostly squashfs.

use std::io;

use plimsoll_model::{Diagnostic, DiagnosticCode};

use super::volume::{Volume, bytes, invalid, little, part, unsupported};

const DESCRIPTOR: u64 = 585;
/// Descriptors of one file. Real ones have under ten; `apptainer` makes room for 48.
const DESCRIPTORS: u64 = 4096;
/// `DataPartition`
const PARTITION: u64 = 0x4004;
/// `PartPrimSys`
const PRIMARY: u64 = 2;

pub(super) fn is_sif(volume: &Volume) -> bool {
    bytes::<10>(&**volume, 32).is_ok_and(|magic| &magic == b"SIF_MAGIC\0")
}

/// The primary partition.
pub(super) fn open(volume: &Volume, notices: &mut Vec<Diagnostic>) -> io::Result<Volume> {
    let header = bytes::<128>(&**volume, 0)?;
    let (total, table) = (little(&header, 88, 8), little(&header, 96, 8));
    if total > DESCRIPTORS {
        return Err(invalid(format!("a SIF file with {total} descriptors")));
    }
    let mut primary = None;
    for index in 0..total {
        let at = index.saturating_mul(DESCRIPTOR).saturating_add(table);
        let descriptor = bytes::<585>(&**volume, at)?;
        let used = little(&descriptor, 4, 1) != 0;
        if !used || little(&descriptor, 0, 4) != PARTITION {
            continue;
        }
        // The kind of file system, then that of the partition.
        let (system, kind) = (little(&descriptor, 201, 4), little(&descriptor, 205, 4));
        let (offset, length) = (little(&descriptor, 17, 8), little(&descriptor, 25, 8));
        if kind != PRIMARY || primary.is_some() {
            let message = format!("partition {} is not the primary one and was not read", little(&descriptor, 5, 4));
            notices.push(Diagnostic::new(DiagnosticCode::UNSUPPORTED_ENTRY, message));
            continue;
        }
        match system {
            1 | 2 | 4 => primary = Some(part(volume, offset, length)),
            5 => return Err(unsupported("the primary partition of the SIF file is encrypted")),
            other => return Err(unsupported(format!("the primary partition of the SIF file is of type {other}"))),
        }
    }
    primary.ok_or_else(|| unsupported("the SIF file has no primary partition"))
}
