//! What we write and read, held against the official schemas and suites.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod licenses;
#[cfg(test)]
mod own;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod purl;
#[cfg(test)]
mod schemas;
