//! What we write and read, held against the official schemas and suites.

#[cfg(test)]
mod purl;
