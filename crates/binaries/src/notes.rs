//! Notes of ELF files: lengths of owner and description, type, owner, description, each padded to four bytes.

/// The descriptions of the notes of one owner and type, in order, up to one that is cut off.
pub(crate) fn find<'a>(notes: &'a [u8], little: bool, owner: &[u8], kind: u32) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut rest = notes;
    while let Some((note, after)) = next(rest, little) {
        if note.kind == kind && note.owner.strip_suffix(b"\0").unwrap_or(note.owner) == owner {
            found.push(note.description);
        }
        rest = after;
    }
    found
}

struct Note<'a> {
    owner: &'a [u8],
    kind: u32,
    description: &'a [u8],
}

fn next(notes: &[u8], little: bool) -> Option<(Note<'_>, &[u8])> {
    let number = |bytes: [u8; 4]| if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    let (header, rest) = notes.split_first_chunk::<12>()?;
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *header;
    let [owner_length, length, kind] = [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(number);
    let padded = |length: u32| usize::try_from(length).ok()?.checked_next_multiple_of(4);
    let owner = rest.get(..usize::try_from(owner_length).ok()?)?;
    let rest = rest.get(padded(owner_length)?..)?;
    let description = rest.get(..usize::try_from(length).ok()?)?;
    // The last one need not be padded.
    let rest = rest.get(padded(length)?..).unwrap_or_default();
    Some((Note { owner, kind, description }, rest))
}

/// Text up to its first NUL.
pub(crate) fn text(description: &[u8]) -> &[u8] {
    let end = description.iter().position(|&byte| byte == 0).unwrap_or(description.len());
    description.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_an_owner_and_type() {
        let note = |owner: &[u8], kind: u32, text: &[u8]| {
            let mut out = [owner.len() as u32, text.len() as u32, kind].map(u32::to_le_bytes).concat();
            for part in [owner, text] {
                out.extend(part);
                out.resize(out.len().next_multiple_of(4), 0);
            }
            out
        };
        let notes = [
            note(b"GNU\0", 1, b"a"),
            note(b"FDO\0", 7, b"one\0"),
            note(b"FDO\0", 8, b"x"),
            note(b"FDO\0", 7, b"two\0"),
        ];
        let notes = notes.concat();
        assert_eq!(find(&notes, true, b"FDO", 7), [b"one\0".as_slice(), b"two\0"]);
        assert_eq!(find(&notes[..notes.len() - 2], true, b"FDO", 7), [b"one\0".as_slice()]);
        assert_eq!(text(b"one\0\0"), b"one");
    }
}
