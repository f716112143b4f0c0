//! What a module imports, as far as that names the interfaces of its host.

use std::collections::BTreeSet;

use crate::cursor::Cursor;
use crate::wasm::Header;

/// Most interfaces that are listed.
const MAX_LISTED: usize = 256;

/// Adds the modules that a core module imports from, or the interfaces that a component imports.
///
/// A component's import has its type after its name, and types nest. They are not read: the names of instances are found
/// by their form, `namespace:package/interface`, which no type has.
pub(super) fn read(header: Header, content: &[u8], into: &mut BTreeSet<String>) {
    match header {
        Header::Module => module(Cursor::new(content), into),
        Header::Component => component(content, into),
    };
}

/// Core specification 5.5.5: a vector of module name, name and description.
fn module(mut cursor: Cursor<'_>, into: &mut BTreeSet<String>) -> Option<()> {
    let count = cursor.leb128()?;
    for _ in 0..count {
        let from = std::str::from_utf8(cursor.sized()?).ok()?;
        if into.len() < MAX_LISTED && !into.contains(from) {
            into.insert(from.to_owned());
        }
        cursor.sized()?;
        match cursor.u8()? {
            // A function: its type.
            0 => drop(cursor.leb128()?),
            // A table: reference type and limits.
            1 => {
                cursor.u8()?;
                limits(&mut cursor)?;
            }
            2 => limits(&mut cursor)?,
            // A global: value type and mutability.
            3 => drop(cursor.take(2)?),
            // A tag: attribute and type.
            4 => {
                cursor.u8()?;
                cursor.leb128()?;
            }
            _ => return None,
        }
    }
    Some(())
}

/// Core specification 5.3.5 and its extensions for 64-bit and shared memories.
fn limits(cursor: &mut Cursor<'_>) -> Option<()> {
    let flags = cursor.u8()?;
    cursor.leb128()?;
    if flags & 1 != 0 {
        cursor.leb128()?;
    }
    Some(())
}

fn component(content: &[u8], into: &mut BTreeSet<String>) -> Option<()> {
    let mut cursor = Cursor::new(content);
    cursor.leb128()?;
    while !cursor.is_empty() {
        // A name starts with 0 or 1 (both: a name), or 2 (with options), then its length.
        let mut name = cursor;
        let marked = name.u8().filter(|mark| *mark <= 2).and_then(|_| name.sized());
        let text = marked.and_then(|bytes| std::str::from_utf8(bytes).ok()).filter(|text| is_interface(text));
        match text {
            Some(text) => {
                if into.len() < MAX_LISTED {
                    into.insert(text.to_owned());
                }
                cursor = name;
            }
            None => drop(cursor.u8()?),
        }
    }
    Some(())
}

/// `wasi:http/types@0.2.0`
fn is_interface(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'.'))
    };
    let path = text.split_once('@').map_or(text, |(path, _)| path);
    path.split_once(':').is_some_and(|(namespace, rest)| word(namespace) && rest.contains('/') && word(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_modules_and_components() {
        let mut found = BTreeSet::new();
        read(
            Header::Module,
            b"\x02\x03env\x06memory\x02\x01\x01\x10\x16wasi_snapshot_preview1\x08fd_write\0\x02",
            &mut found,
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["env", "wasi_snapshot_preview1"]);
        let mut found = BTreeSet::new();
        read(Header::Component, b"\x02\0\x13wasi:io/error@0.2.0\x05\0\0\x03run\x01\0", &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["wasi:io/error@0.2.0"]);
    }
}
