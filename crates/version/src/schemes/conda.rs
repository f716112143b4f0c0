//! Conda's `VersionOrder`. <https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html>
//!
//! `[epoch!]version[+local]`. Between dots, hyphens and underscores, runs of letters and digits in turn; letters sort
//! before numbers, `dev` before all letters, `post` after everything; what is missing is zero.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{Run, is_number, is_word, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "conda", aliases: &[], purl: &["conda"], osv: &[], valid, key, native: Some(relations::symbols) };

mod rank {
    pub(super) const DEV: u8 = 1;
    pub(super) const WORD: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
    pub(super) const POST: u8 = 4;
}

fn parts(text: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = match text.split_once('!') {
        Some((epoch, rest)) if is_number(epoch) => (epoch, rest),
        _ => ("", text),
    };
    let (version, local) = rest.split_once('+').map_or((rest, None), |(version, local)| (version, Some(local)));
    (epoch, version, local)
}

fn valid(text: &str) -> bool {
    let (_, version, local) = parts(text);
    // An underscore at the end is a letter (openssl's `1.0.1_`).
    let version = version.strip_suffix('_').unwrap_or(version);
    let whole = |text: &str| text.split(['.', '-', '_']).all(|part| is_word(part, ""));
    whole(version) && local.is_none_or(whole)
}

fn key(text: &str) -> Key {
    let lower = text.trim().to_ascii_lowercase();
    let (epoch, version, local) = parts(&lower);
    let mut sections = vec![Section::one(Atom::number(rank::NUMBER, epoch))];
    components(&mut sections, version);
    let then = local.map(|local| {
        let mut key = Key::default();
        components(&mut key.sections, local);
        Box::new(key)
    });
    Key { sections, then }
}

fn components(sections: &mut Vec<Section>, text: &str) {
    let (text, underscore) = text.strip_suffix('_').map_or((text, false), |text| (text, true));
    for component in text.split(['.', '-', '_']) {
        let mut section = Section::new(Atom::small(rank::NUMBER, 0));
        if !component.starts_with(|first: char| first.is_ascii_digit()) {
            section.push(Atom::small(rank::NUMBER, 0));
        }
        for run in runs(component) {
            section.push(match run {
                Run::Digits(number) => Atom::number(rank::NUMBER, number),
                Run::Letters("dev") => Atom::rank(rank::DEV),
                Run::Letters("post") => Atom::rank(rank::POST),
                Run::Letters(word) | Run::Other(word) => Atom::text(rank::WORD, word),
            });
        }
        sections.push(section);
    }
    if let (true, Some(last)) = (underscore, sections.last_mut()) {
        last.push(Atom::text(rank::WORD, "_"));
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn documented_order() {
        ascending(
            Scheme::CONDA,
            "0.4 0.4.1.rc 0.4.1 0.5a1 0.5b3 0.5C1 0.5 0.9.6 0.960923 1.0 1.1dev1 1.1_ 1.1a1 1.1.0dev1 1.1.a1 1.1.0rc1 \
             1.1.0 1.1.0post1 1.1post1 1996.07.12 1!0.4.1 1!3.1.1.6 2!0.4.1",
        );
        equal(Scheme::CONDA, "0.4 0.4.0 0.4.0.0");
        equal(Scheme::CONDA, "1.1.0post1 1.1.post1");
        equal(Scheme::CONDA, "0.5C1 0.5c1");
        ascending(Scheme::CONDA, "1.0.1dev 1.0.1_ 1.0.1a 1.0.1b 1.0.1 1.0.1post.a");
        ascending(Scheme::CONDA, "1.0 1.0+1 1.0+1.1 1.0.1");
        invalid(Scheme::CONDA, "1..2 1+ 1,2");
    }
}
