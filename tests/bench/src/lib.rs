//! The SBOMs of a large organisation, the same on every machine: applications that are built again and again, most of each
//! build like the one before, of packages that nearly all use and packages that nearly none does.
//!
//! Random documents would flatter nobody: what an inventory costs depends on how alike documents are. So packages are drawn by
//! Zipf's law (s = 1) within their ecosystem, versions come out over time, and a build differs from the one before in 3 % of its
//! components: most go to a newer version, some are replaced by others. What was generated is told to the caller as numbers
//! too, so that an answer can be checked and not only timed.

mod builds;
mod cyclonedx;
mod ecosystem;
mod spdx;
mod tar;
mod universe;

pub use builds::{Build, Builds, Component, Order, Shape};
pub use ecosystem::Ecosystem;
pub use tar::{Tar, next_file};
pub use universe::{PackageId, Universe};
