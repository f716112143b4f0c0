//! Patterns for names of files: `*` stands for any bytes, `#` for digits and dots, at least one.

/// Whether a name matches a pattern. Linear in the name for each star of the pattern, and patterns are short.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let Some((&first, rest)) = pattern.split_first() else { return name.is_empty() };
    match first {
        b'*' => {
            let Some(next) = rest.iter().position(|&byte| matches!(byte, b'*' | b'#')) else {
                return name.ends_with(rest);
            };
            let (literal, tail) = rest.split_at(next);
            // Each literal is taken at its first place: what follows it is a star or digits, and takes any later one.
            let Some(at) = memchr::memmem::find(name, literal) else { return false };
            matches(tail, name.get(at.saturating_add(literal.len())..).unwrap_or_default())
        }
        b'#' => {
            let count = digits(name);
            count > 0 && matches(rest, name.get(count..).unwrap_or_default())
        }
        _ => name.split_first().is_some_and(|(&head, tail)| head == first && matches(rest, tail)),
    }
}

/// How many digits and dots a name starts with; a dot at their end is no part of a version.
fn digits(name: &[u8]) -> usize {
    let count = name.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let dots = name.iter().take(count).rev().take_while(|byte| **byte == b'.').count();
    count.saturating_sub(dots)
}

/// What the first `#` of a pattern stands for in a name that matches it: `3.11` of `python3.11`.
pub(super) fn number<'n>(pattern: &[u8], name: &'n [u8]) -> Option<&'n [u8]> {
    let at = pattern.iter().position(|&byte| byte == b'#')?;
    let literal = pattern.get(..at).filter(|literal| matches(pattern, name) && !literal.contains(&b'*'))?;
    let rest = name.get(literal.len()..)?;
    rest.get(..digits(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (pattern, name, want) in [
            ("python#", "python3.11", true),
            ("python#", "python", false),
            ("python#", "python3-config", false),
            ("libpython#*.so*", "libpython3.7m.so.1.0", true),
            ("libz.so*", "libz.so.1.2.13", true),
            ("libz.so*", "libzstd.so.1", false),
            ("node", "nodejs", false),
            ("lib*.so", "libx.so.1", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
        assert_eq!(number(b"libpython#*.so*", b"libpython3.8.so.1.0"), Some(b"3.8".as_slice()));
        assert_eq!(number(b"node", b"node"), None);
    }
}
