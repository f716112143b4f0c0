//! Names of packages as they are compared.
//!
//! Advisories and package URLs write one name in several ways. Where an ecosystem takes two spellings for one package, or
//! a package URL cannot tell them apart, they become the same here; nowhere else.

/// The name of a package of an ecosystem, so that equal names are equal texts.
#[must_use]
pub fn normalise_name(ecosystem: &str, suffix: &str, name: &str) -> String {
    match ecosystem {
        // PEP 503.
        "PyPI" => {
            let mut out = String::with_capacity(name.len());
            for character in name.chars() {
                match character {
                    '-' | '_' | '.' if out.ends_with('-') => {}
                    '-' | '_' | '.' => out.push('-'),
                    other => out.extend(other.to_lowercase()),
                }
            }
            out
        }
        // The registry takes no two names that differ only so.
        "crates.io" => name.to_ascii_lowercase().replace('_', "-"),
        "npm" | "Go" | "NuGet" | "Packagist" | "Hex" | "Pub" | "GitHub Actions" | "ConanCenter" | "Bitnami" => {
            name.to_lowercase()
        }
        "SwiftURL" | "GIT" => repository(name),
        "VSCode" => {
            let name = name.to_lowercase();
            if name.contains('/') { name } else { name.replacen('.', "/", 1) }
        }
        // Rebuilders name whose packages they rebuild: `Echo:PyPI`.
        "Docker Hardened Images" | "Echo" | "Root" | "TuxCare" if !suffix.is_empty() => {
            let (rebuilt, rest) = suffix.split_once(':').unwrap_or((suffix, ""));
            if rebuilt == ecosystem { name.to_owned() } else { normalise_name(rebuilt, rest, name) }
        }
        _ => name.to_owned(),
    }
}

/// A repository without what does not tell it apart: the protocol, a user, `.git`, case.
fn repository(url: &str) -> String {
    let url = url.trim().to_ascii_lowercase();
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // As ssh writes it: `git@host:path`.
    let host = host.replacen(':', "/", usize::from(!url.contains("://")));
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_matches('/');
    if path.is_empty() { host } else { format!("{host}/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_package_one_name() {
        for (ecosystem, written, name) in [
            ("PyPI", "Zope.Interface__x", "zope-interface-x"),
            ("crates.io", "Serde_JSON", "serde-json"),
            ("Go", "github.com/Masterminds/goutils", "github.com/masterminds/goutils"),
            ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
            ("Packagist", "Symfony/Http-Kernel", "symfony/http-kernel"),
            ("Maven", "Org.X:Y", "Org.X:Y"),
            ("RubyGems", "RedCloth", "RedCloth"),
            ("SwiftURL", "https://github.com/Vapor/vapor.git", "github.com/vapor/vapor"),
            ("GIT", "git@github.com:A/b.git", "github.com/a/b"),
            ("GIT", "ssh://git@example.org:2222/b/", "example.org:2222/b"),
            ("VSCode", "RedHat.java", "redhat/java"),
        ] {
            assert_eq!(normalise_name(ecosystem, "", written), name);
        }
        assert_eq!(normalise_name("Echo", "PyPI", "A_b"), "a-b");
        assert_eq!(normalise_name("Root", "Root", "A_b"), "A_b");
    }

    #[test]
    fn names_are_normal_once_normalised() {
        for (ecosystem, name) in [("PyPI", "A.-_b"), ("GIT", "https://x@y@z/a/.git/"), ("crates.io", "__")] {
            let once = normalise_name(ecosystem, "", name);
            assert_eq!(normalise_name(ecosystem, "", &once), once, "{name}");
        }
    }
}
