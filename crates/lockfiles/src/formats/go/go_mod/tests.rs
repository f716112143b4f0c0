use std::cmp::Ordering;

use super::sum::compare;

#[test]
fn versions_are_ordered_as_semver() {
    for (less, more) in [
        ("v1.9.0", "v1.10.0"),
        ("v1.0.0-rc.1", "v1.0.0"),
        ("v0.0.0-20200804184101-5ec99f83aff1", "v0.0.0-20231012003039-104605ab7028"),
        ("v2.0.0+incompatible", "v2.0.1"),
    ] {
        assert_eq!(compare(less, more), Ordering::Less, "{less} {more}");
    }
}
