//! Container images: what `docker save`, `skopeo`, `podman save` and `buildkit` write.
//!
//! Nothing in an image names a file outside of it: digests are checked before they become paths, and links between the
//! members of an archive are followed within the archive. Everything that has a digest is compared with it.

mod docker;
mod manifest;
mod members;
mod oci;
mod platform;
mod remote;
mod store;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use docker::open_docker;
pub(crate) use manifest::looks_like_docker_manifest;
pub(crate) use members::Members;
pub(crate) use oci::{open_archive_layout, open_layout};
pub(crate) use remote::RemoteBlob;
pub use remote::{Blobs, OpenArchive, RemoteArchive, RemoteImage, open_archive_stream, open_remote};
pub(crate) use stream::{Expect, Streamed, is_image_member};
