//! Red Hat, SUSE and their relatives: epoch, version, release, each by rpmvercmp.
//! <https://rpm-software-management.github.io/rpm/manual/dependencies.html>
//!
//! `~` sorts before the end, `^` just after it. Separators only separate. A missing epoch is 0. A missing release
//! sorts before any: in a dependency it would match all of them, but an order cannot say so.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{digits, is_number, is_word, leading};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "rpm",
    aliases: &["redhat"],
    purl: &["rpm"],
    osv: &[
        "Red Hat",
        "AlmaLinux",
        "Amazon Linux",
        "Azure Linux",
        "CentOS",
        "Fedora",
        "Mageia",
        "Oracle Linux",
        "Photon OS",
        "Rocky Linux",
        "SUSE",
        "TuxCare",
        "openEuler",
        "openSUSE",
    ],
    valid,
    key,
    native: Some(relations::rpm),
};

mod rank {
    pub(super) const TILDE: u8 = 1;
    pub(super) const END: u8 = 2;
    pub(super) const CARET: u8 = 3;
    pub(super) const LETTERS: u8 = 4;
    pub(super) const NUMBER: u8 = 5;
}

/// Epoch, version and release.
fn parts(text: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let (version, release) = rest.rsplit_once('-').map_or((rest, None), |(version, rest)| (version, Some(rest)));
    (epoch, version, release)
}

fn valid(text: &str) -> bool {
    let (epoch, version, release) = parts(text);
    is_number(epoch) && is_word(version, "._+~^") && release.is_none_or(|release| is_word(release, "._+~^"))
}

fn key(text: &str) -> Key {
    let (epoch, version, release) = parts(text.trim());
    let given = Section::one(Atom::small(rank::NUMBER, u64::from(release.is_some())));
    Key::of([segments(epoch), segments(version), given, segments(release.unwrap_or_default())])
}

fn segments(text: &str) -> Section {
    let mut section = Section::new(Atom::rank(rank::END));
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (atom, after) = match next {
            '0'..='9' => {
                let (number, after) = digits(rest);
                (Atom::number(rank::NUMBER, number), after)
            }
            'a'..='z' | 'A'..='Z' => {
                let (letters, after) = leading(rest, |byte| byte.is_ascii_alphabetic());
                (Atom::text(rank::LETTERS, letters), after)
            }
            '~' | '^' => {
                let rank = if next == '~' { rank::TILDE } else { rank::CARET };
                (Atom::rank(rank), rest.get(1..).unwrap_or_default())
            }
            separator => {
                rest = rest.get(separator.len_utf8()..).unwrap_or_default();
                continue;
            }
        };
        section.push(atom);
        rest = after;
    }
    section
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn tilde_and_caret() {
        ascending(
            Scheme::RPM,
            "1.0~rc1 1.0~rc1^git1 1.0 1.0^ 1.0^git1~pre 1.0^git1 1.0^git2 1.0^20160101 1.0a 1.0.1 1.1",
        );
        ascending(Scheme::RPM, "1.0 1.0-1.el8 1.0-1.el8_2 1.0-1.el9 1.0-2.el8 1.0.1-1 1:0.1-1");
        ascending(Scheme::RPM, "1.a 1.B1a 1.1".replace("1.a 1.B1a", "1.B1a 1.a").as_str());
        equal(Scheme::RPM, "1.0 1_0 0:1.0 1..0 01.00 1.0. 1.0é");
        valid(Scheme::RPM, "1 0:1.2-3.el9 1~a^b-1");
        invalid(Scheme::RPM, "a:1 1-2-3 1:2:3 1-");
    }
}
