//! Refs: branches, tags and versions.

use super::check::Checks;
use super::{BuildView, RefExpectation, SourceView};
use crate::Code;

pub(super) fn check(checks: &mut Checks, view: &BuildView, expected: &[RefExpectation]) {
    let source = view.source.as_ref();
    let place = source.map_or("", |source| source.place.as_str());
    let found = source.and_then(|source| source.reference.as_deref());
    if expected.is_empty() {
        return checks.not_checked("ref", found, place);
    }
    for wanted in expected {
        let tag = source.and_then(SourceView::tag);
        let (holds, code, found) = match wanted {
            RefExpectation::Exact(text) => (found == Some(text), Code::Ref, found),
            RefExpectation::Branch(name) => {
                (view.branch.as_deref() == Some(name), Code::Branch, view.branch.as_deref().or(found))
            }
            RefExpectation::Tag(name) => (tag == Some(name), Code::Tag, found),
            RefExpectation::VersionedTag(version) => {
                (tag.is_some_and(|tag| is_of_version(tag, version)), Code::VersionedTag, found)
            }
        };
        checks.compare(holds, "ref", code, wanted.to_string(), found, place);
    }
}

/// Whether a tag is a version of which the wanted one leaves trailing parts out. What is left out of the tag is zero. The part
/// before a release (`-rc.1`) has to be the same, and build metadata (`+…`) says nothing, as in <https://semver.org/>.
fn is_of_version(tag: &str, wanted: &str) -> bool {
    let (Some(tag), Some(wanted)) = (Version::parse(tag), Version::parse(wanted)) else {
        return false;
    };
    let same = |part: usize| match wanted.numbers.get(part) {
        Some(number) => tag.numbers.get(part).copied().unwrap_or("0") == *number,
        None => true,
    };
    // A version with a part missing says nothing about what comes before a release of another patch.
    let release = wanted.numbers.len() < 3 && wanted.before.is_empty() && tag.before.is_empty();
    (0..3).all(same) && (release || tag.before == wanted.before)
}

struct Version<'a> {
    numbers: Vec<&'a str>,
    before: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v')?;
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (numbers, before) = text.split_once('-').unwrap_or((text, ""));
        let numbers: Vec<&str> = numbers.split('.').collect();
        let plain = |number: &&str| {
            !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && (number.len() == 1 || !number.starts_with('0'))
        };
        let whole = numbers.len() == 3 || (numbers.len() < 3 && before.is_empty());
        (whole && numbers.iter().all(plain)).then_some(Self { numbers, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_leave_trailing_parts_out() {
        for (tag, wanted, holds) in [
            ("v1.2.3", "v1", true),
            ("v1.2.3", "v1.2", true),
            ("v1.2.3", "v1.2.3", true),
            ("v1.2.3+linux", "v1.2.3", true),
            ("v14", "v14.0", true),
            ("v14", "v14.0.0", true),
            ("v14", "v14.2", false),
            ("v14.2", "v14.2.1", false),
            ("v1.2.3", "v1.3", false),
            ("v1.20.3", "v1.2", false),
            ("v1.2.3-rc.1", "v1.2.3", false),
            ("v1.2.3-rc.1", "v1.2.3-rc.1", true),
            ("v1.2.3-rc.1", "v1", false),
            ("1.2.3", "v1.2.3", false),
            ("v1.2.3", "1.2.3", false),
            ("v01.2.3", "v1.2.3", false),
            ("v1.2.3.4", "v1.2.3", false),
            ("v1..3", "v1", false),
        ] {
            assert_eq!(is_of_version(tag, wanted), holds, "{tag} {wanted}");
        }
    }
}
