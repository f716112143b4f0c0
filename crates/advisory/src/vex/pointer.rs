//! Where in the bytes a JSON Pointer leads (RFC 6901).

use rustc_hash::FxHashMap;

/// Longer pointers are not looked for: comparing them for every value would cost more than a line number is worth.
const LONGEST: usize = 256;

/// One level of what is open.
struct Level {
    /// The length of the pointer outside it.
    outer: usize,
    /// The index of the next item; `None` for an object.
    item: Option<usize>,
}

/// The offsets of the values that pointers lead to. Of what is not there, that of the nearest one around it.
///
/// The bytes need not be valid JSON to their end; what follows a fault is not found.
pub(crate) fn offsets(bytes: &[u8], pointers: &[&str]) -> Vec<Option<usize>> {
    let mut places: FxHashMap<&str, Option<usize>> = FxHashMap::default();
    for pointer in pointers.iter().filter(|pointer| pointer.len() <= LONGEST) {
        let mut rest = *pointer;
        loop {
            places.insert(rest, None);
            let Some((parent, _)) = rest.rsplit_once('/') else { break };
            rest = parent;
        }
    }
    if !places.is_empty() {
        walk(bytes, &mut places);
    }
    let nearest = |pointer: &&str| {
        let mut rest = *pointer;
        loop {
            if let Some(at) = places.get(rest).copied().flatten() {
                return Some(at);
            }
            (rest, _) = rest.rsplit_once('/')?;
        }
    };
    pointers.iter().map(nearest).collect()
}

/// Goes over all values once and notes those that are looked for.
fn walk(bytes: &[u8], places: &mut FxHashMap<&str, Option<usize>>) {
    let mut path = String::new();
    let mut open: Vec<Level> = Vec::new();
    let mut key = None;
    let mut at = 0_usize;
    let mut fresh = true;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at = at.saturating_add(1);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => continue,
            b',' => {
                fresh = true;
                continue;
            }
            b']' | b'}' => {
                let Some(level) = open.pop() else { return };
                path.truncate(level.outer);
                fresh = false;
                continue;
            }
            _ => {}
        }
        if *byte == b'"' {
            at = string_end(bytes, at);
        }
        let is_key = *byte == b'"' && fresh && key.is_none() && open.last().is_some_and(|level| level.item.is_none());
        if is_key {
            key = bytes.get(start.saturating_add(1)..at.saturating_sub(1));
            continue;
        }
        if !fresh {
            // The rest of a number or a word.
            continue;
        }
        fresh = false;
        let outer = path.len();
        step(&mut path, open.last_mut(), key.take());
        if path.len() <= LONGEST
            && let Some(place) = places.get_mut(path.as_str())
        {
            *place = Some(start);
        }
        if matches!(byte, b'[' | b'{') {
            open.push(Level { outer, item: (*byte == b'[').then_some(0) });
            fresh = true;
        } else {
            path.truncate(outer);
        }
    }
}

/// Adds the step to a value to the path.
fn step(path: &mut String, level: Option<&mut Level>, key: Option<&[u8]>) {
    let Some(level) = level else { return };
    path.push('/');
    if let Some(item) = &mut level.item {
        path.push_str(&item.to_string());
        *item = item.saturating_add(1);
    } else {
        let key = String::from_utf8_lossy(key.unwrap_or_default());
        path.push_str(&escape(&key));
    }
}

/// A key as a step of a pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The offset after the closing quote of the string whose content starts at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        at = at.saturating_add(match byte {
            b'"' => return at.saturating_add(1),
            b'\\' => 2,
            _ => 1,
        });
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::offsets;

    #[test]
    fn values_are_found_once_and_for_all() {
        let text = br#"{"a": [1, {"b/c": "x", "d": [true, null]}, -2.5e3], "e": {}}"#;
        let found = offsets(text, &["", "/a/0", "/a/1/b~1c", "/a/1/d/1", "/a/2", "/e", "/a/1/none/5", "/z"]);
        let at = |part: &str| text.windows(part.len()).position(|window| window == part.as_bytes());
        let expected = [Some(0), at("1,"), at("\"x\""), at("null"), at("-2.5"), at("{}"), at("{\"b/c"), Some(0)];
        assert_eq!(found, expected);
    }

    #[test]
    fn broken_and_deep_documents_end() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(50_000));
        assert_eq!(offsets(deep.as_bytes(), &["/0/0"]), [Some(2)]);
        assert_eq!(offsets(b"}]", &["/a"]), [None]);
        assert_eq!(offsets(b"{\"a\": \"", &["/a"]), [Some(6)]);
        assert_eq!(offsets(b"{\"a", &["/a"]), [Some(0)]);
    }
}
