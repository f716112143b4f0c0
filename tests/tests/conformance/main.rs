//! What we write and read, held against the official schemas and suites.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

#[cfg(test)]
mod convert;
#[cfg(test)]
mod cyclonedx;
#[cfg(test)]
mod cyclonedx_protobuf;
#[cfg(test)]
mod cyclonedx_xml;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod find;
#[cfg(test)]
mod forging;
#[cfg(test)]
mod licenses;
#[cfg(test)]
mod map_spdx2;
#[cfg(test)]
mod merge;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod own;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod purl;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod sigstore;
#[cfg(test)]
mod slsa;
#[cfg(test)]
mod spdx2;
#[cfg(test)]
mod spdx3;
#[cfg(test)]
mod versions;
