//! `.PKGINFO`, which package files of apk and of pacman start with: `key = value` a line, keys repeated.
//! <https://wiki.alpinelinux.org/wiki/Apk_spec#PKGINFO_Format>, `alpm-pkginfo(5)`

use crate::control::split_line;

/// The lines of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PkgInfo<'a>(pub(crate) &'a [u8]);

impl<'a> PkgInfo<'a> {
    /// The values of a key, in order.
    pub(crate) fn all(&self, key: &'static str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            while let Some((line, after)) = split_line(rest) {
                rest = after;
                let value = line.strip_prefix(key.as_bytes()).map(<[u8]>::trim_ascii_start);
                if let Some(value) = value.and_then(|value| value.strip_prefix(b"=")) {
                    return Some(value.trim_ascii());
                }
            }
            None
        })
    }

    /// The first value of a key.
    pub(crate) fn first(&self, key: &'static str) -> Option<&'a [u8]> {
        self.all(key).find(|value| !value.is_empty())
    }
}
