//! What the tests of the whole share: the `plimsoll` binary, temporary directories, and the folder of official suites
//! that lies beside the repository.

mod binary;
mod documents;
mod image;
mod layout;
mod memory;
mod shared;
mod temporary;
mod workspace;

pub use binary::{Outcome, binary, plimsoll, scan};
pub use documents::cyclonedx_json;
pub use image::docker_archive;
pub use layout::Layout;
pub use memory::MemorySource;
pub use shared::{note, shared, skip};
pub use temporary::TemporaryDirectory;
pub use workspace::{fixtures, tracked_files, workspace};
