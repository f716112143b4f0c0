//! Images from OCI registries and from the sockets of container engines, as sources; what refers to images; copies.
//!
//! `registry:` speaks the OCI distribution specification (1.1) over HTTPS. A name is resolved once; from
//! then on everything is asked for by its digest and compared with it (`plimsoll_source` does the comparing). Layers are
//! streamed from the connection into the walk over their files: nothing is stored. `docker:` and `podman:` ask the engine
//! on this machine for the archive that `docker save` would write, and stream that.
//!
//! [`Repository`] reads and writes manifests, blobs and referrers (signatures, SBOMs, attestations) by digest, in the layout
//! of OCI 1.1, of its fallback for registries without referrers, and of cosign. [`referrer_tree`] lists what refers to an
//! image; [`copy()`] takes all of it elsewhere. None of them judges what was attached: a list of referrers is a claim.
//!
//! A registry is not trusted with anything but the credentials for itself: they are sent to no other host, wherever it
//! redirects to and whatever it names as its token service (see `token`). Plain HTTP is for loopback and for hosts that
//! the user names. The client is asynchronous inside (reqwest on tokio) and blocking outside; see decision record 0011
//! for why it is not `oci-client`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod attach;
mod blob;
mod bounded;
mod catalogue;
mod challenge;
mod checked;
mod copy;
mod cosign;
mod credentials;
mod document;
mod endpoint;
mod ends;
mod engine;
mod error;
mod evidence;
mod exchange;
mod host;
mod image;
mod layout;
mod manifest;
mod options;
mod pace;
mod pages;
mod permits;
mod push;
mod reference;
mod referrers;
mod remote;
mod repository;
mod secret;
#[cfg(test)]
mod tests;
mod token;
mod transport;
mod tree;
mod unsigned;
mod wire;

pub use attach::{Attachment, Layer};
pub use catalogue::{built, digest_in_layout, digest_of_name, repositories, tags};
pub use copy::{Copied, CopiedManifest, CopyOptions, CopyPlace, Role, copy};
pub use cosign::CosignTag;
pub use engine::{Engine, open_engine};
pub use error::RegistryError;
pub use evidence::{EvidenceOptions, EvidencePiece, Evidenced, evidence_kept_in, evidence_of};
pub use host::Host;
pub use image::{Opened, open_registry};
pub use layout::LayoutReference;
pub use manifest::{Content, Descriptor, Manifest};
pub use options::{Environment, Mirror, NetworkOptions, TokenHost};
pub use push::Pushed;
pub use reference::{ImageReference, RemoteReference};
pub use referrers::{Referrer, ReferrerPlace};
pub use repository::Repository;
pub use tree::{ReferrerNode, ReferrerTree, TreeOptions, referrer_tree};
pub use unsigned::{UnsignedStatement, UnsignedStatements, unsigned_statements_of};
