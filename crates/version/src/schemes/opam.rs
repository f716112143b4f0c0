//! opam: Debian's order over the whole text, without epoch and revision.
//! <https://opam.ocaml.org/doc/Manual.html#version-ordering>

use super::deb;
use crate::key::Key;
use crate::scan::is_word;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "opam", aliases: &[], purl: &["opam"], osv: &["opam"], valid, key, native: None };

fn valid(text: &str) -> bool {
    is_word(text, "-_+.~")
}

fn key(text: &str) -> Key {
    Key::of([deb::section(text)])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn manual() {
        ascending(Scheme::OPAM, "~~ ~ ~beta2 ~beta10 0.1 1.0~beta 1.0 1.0-test 1.0.1 1.0.10 dev v1.0");
        invalid(Scheme::OPAM, "1:2 1|2");
    }
}
