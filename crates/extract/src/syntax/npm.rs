//! What `package.json` and the lock files of npm, Yarn, pnpm and Bun write the same way: names, aliases, where a
//! package comes from, licences and people.
//!
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>,
//! <https://docs.npmjs.com/cli/v11/using-npm/package-spec>

mod fields;
mod origin;

use plimsoll_model::{Component, ComponentKind, Purl, PurlBuilder};

pub use fields::{LicenseField, PersonField, UrlField};
pub use origin::Origin;

/// Starts the purl of a package; `None` when the text cannot be the name of one: empty, or with slashes other than
/// the one after a scope.
///
/// Names are not checked further: the registry keeps packages from before its rules (capitals, `_` in front).
#[must_use]
pub fn purl(name: &str) -> Option<PurlBuilder> {
    let (scope, name) = split_name(name)?;
    let builder = Purl::builder("npm", name);
    Some(match scope {
        Some(scope) => builder.namespace(scope),
        None => builder,
    })
}

/// A component for a package that no registry knows, under its scope and name; `None` as for [`purl`].
#[must_use]
pub fn local(kind: ComponentKind, name: &str) -> Option<Component> {
    let (scope, name) = split_name(name)?;
    Some(Component { group: scope.map(Into::into), ..Component::new(kind, name) })
}

/// The scope, with its `@`, and the name within it.
#[must_use]
pub fn split_name(name: &str) -> Option<(Option<&str>, &str)> {
    let (scope, name) = match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        Some((scope, rest)) => (Some(name.get(..scope.len().saturating_add(1))?), rest),
        None => (None, name),
    };
    let plain = |part: &str| !part.is_empty() && !part.contains('/') && !matches!(part, "." | "..");
    (plain(name) && scope.is_none_or(|scope| scope.len() > 1)).then_some((scope, name))
}

/// Splits `name@rest` after the scope: `@a/b@npm:^1` is `@a/b` and `npm:^1`. Without an `@` there is no rest.
#[must_use]
pub fn split_descriptor(text: &str) -> (&str, Option<&str>) {
    let from = usize::from(text.starts_with('@'));
    let at = text.get(from..).and_then(|tail| tail.find('@')).map(|at| at.saturating_add(from));
    match at {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at.saturating_add(1)..)),
        None => (text, None),
    }
}

/// The name and range behind an alias: `npm:@a/b@^1` is `@a/b` and `^1`; `None` when it is no alias.
#[must_use]
pub fn alias(range: &str) -> Option<(&str, Option<&str>)> {
    let target = range.strip_prefix("npm:")?;
    let (name, rest) = split_descriptor(target);
    // `npm:^1.2` only names the registry.
    let starts_like_name =
        name.starts_with('@') || name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    (rest.is_some() || starts_like_name && !is_range(name))
        .then_some((name, rest))
        .filter(|(name, _)| split_name(name).is_some())
}

/// `latest`, `next` and `x` are ranges too, but only the last cannot be told from a name by its letters.
fn is_range(text: &str) -> bool {
    matches!(text, "x" | "X" | "latest" | "next")
        || text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(split_name("@a/b"), Some((Some("@a"), "b")));
        assert_eq!(split_name("b"), Some((None, "b")));
        for wrong in ["", "@a/", "@/b", "a/b", "@a/b/", "..", "@a/../b"] {
            assert_eq!(split_name(wrong), None, "{wrong}");
        }
        assert_eq!(purl("@a/b").unwrap().version("1").build().unwrap().to_string(), "pkg:npm/%40a/b@1");
    }

    #[test]
    fn descriptors_and_aliases() {
        assert_eq!(split_descriptor("@a/b@npm:^1"), ("@a/b", Some("npm:^1")));
        assert_eq!(split_descriptor("b@npm:@a/b@1"), ("b", Some("npm:@a/b@1")));
        assert_eq!(split_descriptor("b"), ("b", None));
        assert_eq!(alias("npm:@a/b@^1"), Some(("@a/b", Some("^1"))));
        assert_eq!(alias("npm:ms"), Some(("ms", None)));
        assert_eq!(alias("npm:^1.2"), None);
        assert_eq!(alias("npm:v1.2"), None);
        assert_eq!(alias("npm:latest"), None);
        assert_eq!(alias("^1"), None);
    }
}
