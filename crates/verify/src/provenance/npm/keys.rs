//! The keys of npm's registry. `https://registry.npmjs.org/-/npm/v1/keys` answers them, and so does the repository of Sigstore
//! (`registry.npmjs.org/keys.json`), for the use `npm:attestations`.

use data_encoding::BASE64;
use jiff::Timestamp;

use crate::PublicKey;

/// A key of a registry.
#[derive(Debug, Clone)]
pub struct RegistryKey {
    /// Its name at the registry.
    pub id: String,
    /// The key.
    pub key: PublicKey,
    /// When it ended. Nothing that was signed later counts.
    pub until: Option<Timestamp>,
}

/// Name, `SubjectPublicKeyInfo` in base64, and end.
const KEYS: &[(&str, &str, Option<&str>)] = &[
    (
        "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==",
        Some("2025-01-29T00:00:00Z"),
    ),
    (
        "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g==",
        None,
    ),
];

/// The keys of npm's registry that are built in.
#[must_use]
pub fn npm_registry_keys() -> Vec<RegistryKey> {
    let read = |(id, key, until): &(&str, &str, Option<&str>)| {
        let until = match until {
            // An end that cannot be read would be none.
            Some(text) => Some(text.parse().ok()?),
            None => None,
        };
        let key = PublicKey::from_der(BASE64.decode(key.as_bytes()).ok()?).ok()?;
        Some(RegistryKey { id: (*id).to_owned(), key, until })
    };
    KEYS.iter().filter_map(read).collect()
}
