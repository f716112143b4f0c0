//! qcow2 versions 2 and 3, the disks of QEMU.
//!
//! <https://www.qemu.org/docs/master/interop/qcow2.html>. A table (L1) of tables (L2) says where each cluster is. Nothing
//! of that is taken into memory as a whole: an entry of L1 is read when it is needed, and a few L2 tables and compressed
//! clusters are held. Refused are backing files (the rest of the content is elsewhere), encryption, external data files
//! and extended L2 entries. Snapshots are not looked at: the disk is read in its current state.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::volume::{Volume, big, bytes, fill, invalid, unsupported};
use crate::Body;
use crate::compression::Compression;

/// Bits 9 to 55 of an entry.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;
const COMPRESSED: u64 = 1 << 62;
/// Incompatible features: only a flag of how it was closed, and the method of compression, are known here.
const CORRUPT: u64 = 1 << 1;
const EXTERNAL: u64 = 1 << 2;
const METHOD: u64 = 1 << 3;
const EXTENDED: u64 = 1 << 4;
const DIRTY: u64 = 1;
/// Tables and clusters that are held, each of up to 2 MiB.
const HELD: usize = 16;

pub(super) fn is_qcow2(volume: &Volume) -> bool {
    bytes::<4>(&**volume, 0).is_ok_and(|magic| &magic == b"QFI\xfb")
}

type Held = Mutex<VecDeque<(u64, Arc<Vec<u8>>)>>;

/// The disk within.
struct Qcow2 {
    file: Volume,
    length: u64,
    cluster_bits: u32,
    l1: u64,
    l1_entries: u64,
    version: u64,
    zstd: bool,
    tables: Held,
    clusters: Held,
}

/// The disk in a qcow2 file.
pub(super) fn open(file: Volume) -> io::Result<Volume> {
    let header = bytes::<72>(&*file, 0)?;
    let version = big(&header, 4, 4);
    let (mut features, mut method) = (0, 0);
    match version {
        2 => {}
        3 => {
            features = u64::from_be_bytes(bytes::<8>(&*file, 72)?);
            let length = u64::from(u32::from_be_bytes(bytes::<4>(&*file, 100)?));
            if features & METHOD != 0 && length > 104 {
                let [byte] = bytes::<1>(&*file, 104)?;
                method = byte;
            }
        }
        other => return Err(unsupported(format!("qcow2 version {other}; 2 and 3 are read"))),
    }
    let refused = match () {
        () if big(&header, 8, 8) != 0 => {
            Some("it has a backing file, which holds the rest; run `qemu-img convert` first")
        }
        () if big(&header, 32, 4) != 0 => Some("it is encrypted"),
        () if features & EXTERNAL != 0 => Some("its data is in another file"),
        () if features & EXTENDED != 0 => Some("it has extended L2 entries"),
        () if features & !(DIRTY | CORRUPT | METHOD) != 0 => Some("it uses features that are not known"),
        () if method > 1 => Some("it is compressed in a way that is not known"),
        () => None,
    };
    if let Some(reason) = refused {
        return Err(unsupported(format!("qcow2: {reason}")));
    }
    let cluster_bits = u32::try_from(big(&header, 20, 4)).unwrap_or_default();
    if !(9..=21).contains(&cluster_bits) {
        return Err(invalid(format!("qcow2: clusters of 2^{cluster_bits} bytes")));
    }
    Ok(Arc::new(Qcow2 {
        length: big(&header, 24, 8),
        l1: big(&header, 40, 8),
        l1_entries: big(&header, 36, 4),
        file,
        cluster_bits,
        version,
        zstd: method == 1,
        tables: Held::default(),
        clusters: Held::default(),
    }))
}

/// What is held for `key`, or what `read` gives.
fn hold(held: &Held, key: u64, read: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Arc<Vec<u8>>> {
    let lock = || held.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = lock().iter().find(|(at, _)| *at == key) {
        return Ok(Arc::clone(found));
    }
    let found = Arc::new(read()?);
    let mut held = lock();
    held.truncate(HELD.saturating_sub(1));
    held.push_front((key, Arc::clone(&found)));
    Ok(found)
}

impl Qcow2 {
    fn cluster(&self) -> usize {
        1 << self.cluster_bits
    }

    /// The L2 entry of a cluster; 0 when there is none.
    fn entry(&self, cluster: u64) -> io::Result<u64> {
        let bits = self.cluster_bits.saturating_sub(3);
        let (table, index) = (cluster >> bits, cluster & (1_u64 << bits).saturating_sub(1));
        if table >= self.l1_entries {
            return Err(invalid("qcow2: the L1 table is too short for the disk"));
        }
        let at = self.l1.saturating_add(table.saturating_mul(8));
        let offset = u64::from_be_bytes(bytes::<8>(&*self.file, at)?) & OFFSET;
        if offset == 0 {
            return Ok(0);
        }
        let table = hold(&self.tables, offset, || {
            let mut table = vec![0; self.cluster()];
            fill(&*self.file, offset, &mut table)?;
            Ok(table)
        })?;
        Ok(big(&table, usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(8), 8))
    }

    /// A compressed cluster; its entry holds the place and how many sectors it lies in.
    fn decompress(&self, entry: u64) -> io::Result<Vec<u8>> {
        let split = 70_u32.saturating_sub(self.cluster_bits);
        let offset = entry & (1_u64 << split).saturating_sub(1);
        let sectors = ((entry & COMPRESSED.saturating_sub(1)) >> split).saturating_add(1);
        let length = sectors.saturating_mul(512).saturating_sub(offset & 511);
        let length = length.min(self.file.len().saturating_sub(offset)).min((self.cluster() as u64).saturating_mul(2));
        let mut raw = vec![0; usize::try_from(length).unwrap_or_default()];
        fill(&*self.file, offset, &mut raw)?;
        // What follows the stream in its last sector is not part of it: no more is taken than a cluster.
        let mut out = vec![0; self.cluster()];
        let compression = if self.zstd { Compression::Zstd } else { Compression::Deflate };
        compression
            .open(raw.as_slice())?
            .read_exact(&mut out)
            .map_err(|error| invalid(format!("qcow2: a cluster cannot be decompressed: {error}")))?;
        Ok(out)
    }
}

impl Body for Qcow2 {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let cluster = offset >> self.cluster_bits;
        let within = offset & (self.cluster() as u64).saturating_sub(1);
        let room = (self.cluster() as u64).saturating_sub(within).min(self.length.saturating_sub(offset));
        let count = buffer.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let Some(buffer) = buffer.get_mut(..count).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let entry = self.entry(cluster)?;
        if entry & COMPRESSED != 0 {
            let content = hold(&self.clusters, entry, || self.decompress(entry))?;
            let within = usize::try_from(within).unwrap_or(usize::MAX);
            let there = within.checked_add(count).and_then(|end| content.get(within..end));
            buffer.copy_from_slice(there.ok_or_else(|| invalid("qcow2: a cluster is too short"))?);
        } else if entry & OFFSET == 0 || (self.version >= 3 && entry & 1 != 0) {
            buffer.fill(0);
        } else {
            fill(&*self.file, (entry & OFFSET).saturating_add(within), buffer)?;
        }
        Ok(count)
    }
}
