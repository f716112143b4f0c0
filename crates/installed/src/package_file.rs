//! What package files have in common: they are archives that name their package in a member near the front, and that
//! others know by the digest of the whole file.
//!
//! A package file that lies somewhere is not installed. What it needs is no component: it may be there or not. Edges
//! lead only to what is known: the other package files of the same sort in the same source.

use std::ops::{ControlFlow, Range};

use plimsoll_extract::prelude::*;
use sha2::{Digest as _, Sha256};

/// Metadata larger than this is none.
pub(crate) const MAX_METADATA: u64 = 16 << 20;

/// The SHA-256 of the whole file.
pub(crate) fn digest(file: &File<'_>) -> Option<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut offset = 0_u64;
    loop {
        let count = file.body().read_at(offset, &mut buffer).ok()?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count)?);
        offset = offset.checked_add(count as u64)?;
    }
    Digest::from_bytes(DigestAlgorithm::Sha256, hasher.finalize().to_vec()).ok()
}

/// The name and content of a member.
pub(crate) type Member = (Vec<u8>, Vec<u8>);

/// The first member of a tar archive, perhaps compressed, that is wanted: its name and content. Of the members only so
/// many are looked at.
pub(crate) fn member(
    file: &File<'_>,
    range: Range<u64>,
    most: usize,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Option<Member>, packed::PackedError> {
    let stream = packed::decompressed(file.body(), range, file.budget())?;
    let mut found = None;
    let mut seen = 0_usize;
    packed::tar_members(stream, file.budget(), &mut |mut member| {
        seen = seen.saturating_add(1);
        if wanted(member.name()) {
            found = Some((member.name().to_vec(), member.read(MAX_METADATA)?));
        }
        Ok(if found.is_some() || seen >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// Emits the component of a package file, with the digest of the file, and what to link it by.
pub(crate) fn emit(
    mut component: Component,
    file: &File<'_>,
    name: &[u8],
    relations: crate::relations::Relations,
    out: &mut Sink<'_>,
) {
    component.hashes.extend(digest(file));
    out.observed(component, Observation { member: Some(name), ..Observation::default() });
    out.keep(relations.into_kept());
}

/// Links the package files of one source.
pub(crate) fn link(files: &mut Resolver<'_>, neutral: &[u8]) {
    crate::relations::link(files, neutral, |_| Some(Vec::new()));
}

/// The bytes of the first part of a file.
pub(crate) fn head<const N: usize>(file: &File<'_>) -> Result<[u8; N], ExtractError> {
    let mut head = [0; N];
    file.body().read_at(0, &mut head).map_err(ReadError::from)?;
    Ok(head)
}
