//! A text as the set of its phrases of three words.

/// The words of a text: letters and digits only, in lower case, none of one character (numbering, bullets), without
/// copyright lines, whose names and years are anyone's.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !is_copyright(line)) {
        let words = line.split(|character: char| !character.is_alphanumeric());
        out.extend(words.filter(|word| word.chars().nth(1).is_some()).map(word));
    }
    out
}

fn word(word: &str) -> String {
    let lower = word.to_lowercase();
    if lower.starts_with("licence") { lower.replacen("licence", "license", 1) } else { lower }
}

/// `Copyright (c) 2019 Somebody`, but not a line of a paragraph that happens to start with the word.
fn is_copyright(line: &str) -> bool {
    let line =
        line.trim_start_matches(|character: char| !character.is_alphanumeric() && !matches!(character, '(' | '©'));
    let head: String = line.chars().take(80).collect::<String>().to_lowercase();
    let year = head.as_bytes().windows(4).any(|four| four.iter().all(u8::is_ascii_digit));
    let marked = head.contains("(c)") || head.contains('©') || head.contains("<year>");
    head.starts_with("copyright") && (marked || year) || head.starts_with("(c) ") || head.starts_with('©')
}

/// A set of phrases, as hashes in order.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    hashes: Vec<u32>,
    /// A bit for the low sixteen bits of each: most phrases that are asked for are not there.
    bits: Vec<u64>,
}

impl Phrases {
    pub(super) fn of(words: &[String]) -> Self {
        let mut out = Self::default();
        out.add(words.windows(3).map(hash));
        out
    }

    pub(super) fn add(&mut self, hashes: impl Iterator<Item = u32>) {
        self.hashes.extend(hashes);
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.bits = vec![0; 1 << 10];
        for hash in &self.hashes {
            let (word, bit) = place(*hash);
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(super) fn contains(&self, hash: u32) -> bool {
        let (word, bit) = place(hash);
        self.bits.get(word).is_some_and(|held| held & bit != 0) && self.hashes.binary_search(&hash).is_ok()
    }

    /// How many are below a bound.
    pub(super) fn below(&self, bound: u64) -> usize {
        self.hashes.partition_point(|hash| u64::from(*hash) < bound)
    }

    #[cfg(test)]
    pub(super) fn hashes(&self) -> &[u32] {
        &self.hashes
    }
}

/// The word of the bit set, and the bit in it.
fn place(hash: u32) -> (usize, u64) {
    let [low, high, ..] = hash.to_le_bytes();
    let at = u16::from_le_bytes([low, high]);
    (usize::from(at >> 6), 1 << (at & 63))
}

/// FNV-1a, and a last step that spreads it (the one of SplitMix64): samples are taken by the size of the hash.
fn hash(words: &[String]) -> u32 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let fnv =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ fnv >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    let [.., a, b, c, d] = (mixed ^ mixed >> 31).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
