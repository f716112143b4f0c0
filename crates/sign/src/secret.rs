//! What is never shown, and is wiped when it is no longer needed: passwords, tokens, private keys.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// Bytes or text that must not be seen: `Secret<String>`, `Secret<Vec<u8>>`.
///
/// It has no `Display` and its `Debug` says nothing. Comparing two takes the same time wherever they differ.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

/// Secret text: a password or a token.
pub type SecretText = Secret<String>;

/// Secret bytes: a private key.
pub type SecretBytes = Secret<Vec<u8>>;

impl<T: Zeroize> Secret<T> {
    /// Takes the value over.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place that uses it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl SecretText {
    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal((*self.0).as_ref(), (*other.0).as_ref()).is_ok()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let text = Secret::new("hunter2".to_owned());
        assert!(!format!("{text:?} {:?}", Some(&text)).contains("hunter2"));
        assert_eq!(text, Secret::new("hunter2".to_owned()));
        assert_ne!(text, Secret::new("hunter3".to_owned()));
        assert!(Secret::new(String::new()).is_empty());
    }
}
