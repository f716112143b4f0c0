//! The embedding API: source in, documents out, with the built-in extractors.
//!
//! ```no_run
//! use plimsoll_scan::{ScanOptions, scan};
//! use plimsoll_source::SourceReference;
//!
//! let reference = SourceReference::parse("dir:.".as_ref())?;
//! for scan in scan(&reference, &ScanOptions::default())? {
//!     println!("{} components", scan.document.graph.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base;
mod cargo_resolve;
mod error;
mod extractors;
mod file_cache;
mod found_sbom;
mod jar_index;
mod options;
mod scan;
mod subject;

pub use base::{Base, BaseIndex, BaseIndexError};
pub use cargo_resolve::CargoBuild;
pub use error::ScanError;
pub use extractors::extractors;
pub use file_cache::FileCache;
pub use jar_index::{IndexedJars, index_jars};
pub use options::{Classify, Identity, ScanOptions};
pub use plimsoll_binaries::{CustomClassifier, JarIndex, JarIndexBuilder, JarIndexError, KeyLength, RuleError, Rules};
pub use scan::{Scan, Summary, scan, scan_sources};
