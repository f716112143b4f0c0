//! A bounded, read-only view of the files in a directory, archive or image, layer by layer.
//!
//! A [`Source`] pushes files at a [`Visitor`]: each layer is streamed once, only the bytes that the visitor asks for are
//! kept, and nothing is unpacked to disk. What the layers of an image do to each other's files is worked out here
//! ([`FileState`]), so that nothing above this crate knows about whiteouts.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod archive;
mod compression;
mod detect;
mod directory;
mod disk;
mod error;
mod file;
mod hashing;
mod image;
mod info;
mod input;
mod kept;
mod layer;
mod layered;
mod open;
mod overlay;
pub mod packed;
mod tar;
#[cfg(test)]
mod testing;
mod visit;
pub mod zip;
mod zipped;

pub use error::SourceError;
pub use file::{Body, File, ReadError};
pub use hashing::{Hasher, digest_of};
pub use image::{Blobs, OpenArchive, RemoteArchive, RemoteImage, open_archive_stream, open_remote};
pub use info::{ImageInfo, LayerInfo, SourceInfo, SourceKind};
pub use kept::{LayerContent, Listing};
pub use open::{LayerScope, OpenOptions, Scheme, SourceReference, open};
pub use visit::{FileId, FileState, Source, Visited, VisitedFile, Visitor, Wanted};
