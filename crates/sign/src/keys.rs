//! Keys in files: made, read, and written so that only their owner can use them.
//!
//! What is written is PKCS #8 encrypted with PBES2 (scrypt, AES-256-CBC; RFC 8018, RFC 7914), which OpenSSL and others read,
//! or cosign's box. Read are also plain PKCS #8, SEC 1 and PKCS #1, which must be asked for by name because nothing
//! protects them. A file is hostile until it is unlocked: what it asks of memory and time has a limit.

mod cosign;
mod encrypted;
mod error;
mod file;
mod key_file;

#[cfg(test)]
mod tests;

pub use cosign::to_cosign_pem;
pub use encrypted::to_encrypted_pem;
pub use error::KeyError;
pub use file::{KEY_FILE_LIMIT, read_key_file, read_public_key, write_key_pair};
pub use key_file::{KeyFile, KeyFormat};
