//! The entries of git's index that are submodules. <https://git-scm.com/docs/index-format>
//!
//! Versions 2 and 3, with the SHA-1 of a commit; version 4 and repositories with SHA-256 are left to what is checked out.

/// The fixed part of an entry: times, numbers, mode, owner, size, the commit, and flags.
const FIXED: usize = 62;
const MODE: usize = 24;
const COMMIT: usize = 40;
const SUBMODULE: [u8; 4] = 0o160_000_u32.to_be_bytes();

/// Commit, space and path of each submodule a line.
pub(super) fn submodules(bytes: &[u8]) -> String {
    let mut out = String::new();
    let Some((header, mut rest)) = bytes.split_at_checked(12) else { return out };
    if !matches!(header, [b'D', b'I', b'R', b'C', 0, 0, 0, 2 | 3, ..]) {
        return out;
    }
    let count = header.last_chunk().map_or(0, |count| u32::from_be_bytes(*count));
    for _ in 0..count {
        let Some((fixed, mut after)) = rest.split_at_checked(FIXED) else { break };
        // Bit 14 of the flags: two more bytes of flags, in version 3.
        let extended = fixed.get(60).is_some_and(|flags| flags & 0x40 != 0);
        if extended {
            after = after.get(2..).unwrap_or_default();
        }
        let Some(length) = memchr::memchr(0, after) else { break };
        let path = after.get(..length).unwrap_or_default();
        if fixed.get(MODE..).is_some_and(|mode| mode.starts_with(&SUBMODULE)) {
            let commit = fixed.get(COMMIT..FIXED.saturating_sub(2)).unwrap_or_default();
            commit.iter().for_each(|byte| out.push_str(&format!("{byte:02x}")));
            out.push_str(&format!(" {}\n", String::from_utf8_lossy(path).replace('\n', " ")));
        }
        // One to eight NULs, so that the entry is a multiple of eight bytes.
        let size = FIXED.saturating_add(usize::from(extended).saturating_mul(2)).saturating_add(length);
        let padded = size.saturating_add(8) & !7;
        let Some(next) = rest.get(padded..) else { break };
        rest = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: u32, path: &str) -> Vec<u8> {
        let mut out = vec![0; MODE];
        out.extend(mode.to_be_bytes());
        out.resize(COMMIT, 0);
        out.extend([0xab; 20]);
        out.extend([0, path.len() as u8]);
        out.extend(path.as_bytes());
        let padded = (out.len() + 8) & !7;
        out.resize(padded, 0);
        out
    }

    #[test]
    fn submodules_of_an_index() {
        let mut index = b"DIRC\0\0\0\x02\0\0\0\x03".to_vec();
        index.extend(entry(0o100_644, "README"));
        index.extend(entry(0o160_000, "libs/zlib"));
        index.extend(entry(0o100_644, "src/main.c"));
        assert_eq!(submodules(&index), format!("{} libs/zlib\n", "ab".repeat(20)));
        for end in 0..index.len() {
            submodules(&index[..end]);
        }
    }
}
