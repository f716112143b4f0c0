//! Public keys that policies hold.

use plimsoll_verify::PublicKey;

use super::place::{Place, Remarks};
use super::rules::Signer;

/// The keys of all policies, by the names that they get.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) all: Vec<(String, String)>,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const NONE: &str = "another key could sign";

impl Keys {
    /// The keys of a text in PEM, each a signer; `None` when one cannot be read, which is told.
    pub(super) fn read(&mut self, place: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<Signer>> {
        let text = place.fixed(remarks)?;
        let blocks = blocks(text);
        if blocks.is_empty() || blocks.len() > 64 {
            remarks.denies(place, "the key is not here: only keys in PEM can be converted", NONE);
            return None;
        }
        let mut signers = Vec::new();
        for block in blocks {
            match PublicKey::from_pem(&block) {
                Ok(_) => signers.push(Signer::Key(self.name(block))),
                Err(error) => {
                    remarks.denies(place, format!("the key cannot be read: {error}"), NONE);
                    return None;
                }
            }
        }
        Some(signers)
    }

    fn name(&mut self, pem: String) -> String {
        if let Some((name, _)) = self.all.iter().find(|(_, held)| *held == pem) {
            return name.clone();
        }
        let name = format!("key{}", self.all.len().saturating_add(1));
        self.all.push((name.clone(), pem));
        name
    }
}

/// The public keys of a text, each in lines of its own.
fn blocks(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with(BEGIN) {
            lines.clear();
        }
        if lines.is_empty() && !line.starts_with(BEGIN) {
            continue;
        }
        lines.push(line);
        if line.starts_with(END) {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | ' ');
            let is_plain = lines.iter().all(|line| line.chars().all(plain));
            let is_key = lines.first().is_some_and(|first| first.ends_with("PUBLIC KEY-----"));
            if is_plain && is_key {
                all.push(lines.join("\n"));
            }
            lines.clear();
        }
    }
    // A block that is something else, or does not end, is a key that is not understood.
    if text.matches(BEGIN).count() == all.len() { all } else { Vec::new() }
}
