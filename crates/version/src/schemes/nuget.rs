//! NuGet. <https://learn.microsoft.com/nuget/concepts/package-versioning>
//!
//! Semantic versions with up to four numbers, leading zeros and no case in pre-releases.

use super::semver::{self, Variant};
use crate::key::Key;
use crate::native::brackets;
use crate::scan::{is_number, is_word};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "nuget", aliases: &[], purl: &["nuget"], osv: &["NuGet"], valid, key, native: Some(brackets::nuget) };

fn valid(text: &str) -> bool {
    let (text, build) = text.split_once('+').map_or((text, None), |(before, build)| (before, Some(build)));
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    let ids = |ids: Option<&str>| ids.is_none_or(|ids| ids.split('.').all(|id| is_word(id, "-")));
    core.split('.').count() <= 4 && core.split('.').all(is_number) && ids(pre) && ids(build)
}

fn key(text: &str) -> Key {
    semver::key_of(text, Variant { fold_case: true, order_build: false })
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn four_numbers_without_case() {
        ascending(Scheme::NUGET, "1.0.0-ALPHA 1.0.0-beta 1.0.0-Beta.2 1.0.0-rc 1 1.0.0.1-a 1.0.0.1 1.0.01.0");
        equal(Scheme::NUGET, "1 1.0 1.0.0 1.0.0.0 01.0 1.0+meta");
        equal(Scheme::NUGET, "1.0.0-RC1 1.0.0-rc1");
        valid(Scheme::NUGET, "1 1.2.3.4 01.2 1.0-a.b+c");
        invalid(Scheme::NUGET, "1.2.3.4.5 a 1..2 1.0-");
    }
}
