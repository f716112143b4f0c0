//! Dart and Flutter. <https://dart.dev/tools/pub/versioning>
//!
//! Semantic versions, but the build decides between versions that are otherwise equal, as in the drafts of semver.

use super::semver::{self, Variant};
use crate::key::Key;
use crate::native::npm;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "pub",
    aliases: &[],
    purl: &["pub"],
    osv: &["Pub"],
    valid,
    key,
    native: Some(npm::caret_comparators),
};

fn valid(text: &str) -> bool {
    semver::valid(text)
}

fn key(text: &str) -> Key {
    semver::key_of(text, Variant { fold_case: false, order_build: true })
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn builds_are_ordered() {
        ascending(Scheme::PUB, "1.0.0-pre 1.0.0-pre+b 1.0.0 1.0.0+1 1.0.0+2 1.0.0+10 1.0.0+a 1.0.1");
    }
}
