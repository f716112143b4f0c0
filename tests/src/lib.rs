//! What the tests of the whole share: the `plimsoll` binary, temporary directories, and the folder of official suites
//! that lies beside the repository.

mod answers;
mod binary;
mod documents;
mod image;
mod layout;
mod memory;
mod places;
mod postgres;
mod random;
mod shared;
mod sigstore;
mod temporary;
mod workspace;
mod zip;

pub use answers::AnswerServer;
pub use binary::{Outcome, binary, plimsoll, scan};
pub use documents::cyclonedx_json;
pub use image::{docker_archive, docker_archive_of_bytes, sha256, tar};
pub use layout::Layout;
pub use memory::MemorySource;
pub use places::places;
pub use postgres::PostgresServer;
pub use random::Random;
pub use shared::{note, shared, skip, skip_without};
pub use sigstore::{PrivateSigstore, Signing, SigstoreClient};
pub use temporary::TemporaryDirectory;
pub use workspace::{fixtures, tracked_files, workspace};
pub use zip::zip;
