//! The order of bytes: the VERS scheme `lexicographic`.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "lexicographic", aliases: &[], purl: &[], osv: &[], valid, key, native: Some(relations::symbols) };

fn valid(text: &str) -> bool {
    !text.is_empty()
}

fn key(text: &str) -> Key {
    Key::of([Section::one(Atom::text(0, text))])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn bytes() {
        ascending(Scheme::LEXICOGRAPHIC, "1 1.10 1.9 A a ä");
        invalid(Scheme::LEXICOGRAPHIC, "");
    }
}
