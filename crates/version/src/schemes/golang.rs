//! Go modules. <https://go.dev/ref/mod#versions>
//!
//! Semantic versions with a `v`, which OSV leaves out. A pseudo-version (`v0.0.0-20210101000000-abcdef123456`) is a
//! pre-release whose timestamp orders it, and `+incompatible` is build metadata: both need no rule of their own. The
//! toolchain writes its own releases as `go1.21rc2`; they are read too.

use super::semver;
use crate::key::Key;
use crate::native::relations;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "golang",
    aliases: &["go"],
    purl: &["golang"],
    osv: &["Go"],
    valid,
    key,
    native: Some(relations::golang),
};

fn toolchain(text: &str) -> &str {
    match text.strip_prefix("go") {
        Some(rest) if rest.starts_with(|next: char| next.is_ascii_digit()) => rest,
        _ => text,
    }
}

fn valid(text: &str) -> bool {
    semver::valid(text) || (toolchain(text) != text && super::runs_valid(toolchain(text)))
}

fn key(text: &str) -> Key {
    semver::key(toolchain(text))
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn pseudo_versions() {
        ascending(
            Scheme::GOLANG,
            "v0.0.0-20190101000000-ffffffffffff v0.0.0-20200101000000-000000000000 v0.1.0 \
             v1.2.3-pre.0.20200101000000-abcdefabcdef v1.2.3 v1.2.4-0.20200101000000-abcdefabcdef v1.2.4 v2.0.0",
        );
        equal(Scheme::GOLANG, "v2.0.0+incompatible v2.0.0 2.0.0");
        ascending(Scheme::GOLANG, "go1.20 go1.21beta1 go1.21rc2 go1.21rc3 go1.21.0 go1.21.1 1.22.0");
        valid(Scheme::GOLANG, "v1.2.3 go1.21rc2 v0.0.0-20190101000000-ffffffffffff 1.2.3");
        invalid(Scheme::GOLANG, "latest go v1 go1.x");
    }
}
