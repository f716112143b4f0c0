//! Zip archives made here (APPNOTE 6.3.10), their members stored as they are.

/// CRC-32 of ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A zip archive of these members.
#[must_use]
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    let word = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    for (name, content) in members {
        let offset = body.len();
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc32(content).to_le_bytes());
        common.extend([word(content.len()), word(content.len()), word(name.len())].concat());
        body.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), content].concat());
        directory
            .extend([b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 10], &word(offset), name.as_bytes()].concat());
    }
    let (start, count) = (body.len(), word(members.len()));
    let count = [count[0], count[1]];
    let end =
        [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &word(directory.len()), &word(start), &[0; 2]].concat();
    [body, directory, end].concat()
}
