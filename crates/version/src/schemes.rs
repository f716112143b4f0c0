//! The table of schemes, and one file each.

use crate::scheme::Scheme;

macro_rules! schemes {
    ($($constant:ident = $module:ident, $about:literal;)*) => {
        $(mod $module;)*

        impl Scheme {
            $(#[doc = $about] pub const $constant: Self = Self(&$module::RULES);)*
        }

        /// Every scheme, by name.
        pub(crate) static ALL_SCHEMES: &[Scheme] = &[$(Scheme::$constant),*];
    };
}

// In the order of the names in VERS.
schemes! {
    ALL = all, "Every version is in the range; the order is that of bytes.";
    ALPM = alpm, "Arch Linux: pacman's vercmp.";
    APK = apk, "Alpine and its relatives: apk version.";
    CARGO = cargo, "crates.io: semantic versions.";
    COMPOSER = composer, "Packagist: PHP's version_compare after Composer's normalisation.";
    CONAN = conan, "Conan 2.";
    CONDA = conda, "Conda's VersionOrder.";
    CPAN = cpan, "Perl: decimal and dotted versions.";
    CRAN = cran, "R package versions.";
    DATETIME = datetime, "Points in time, as RFC 3339.";
    DEB = deb, "Debian and its relatives: dpkg.";
    FREEBSD = freebsd, "FreeBSD: pkg version.";
    GEM = gem, "RubyGems.";
    GENERIC = generic, "Any software: numbers as numbers, words of pre-releases first.";
    GENTOO = gentoo, "Gentoo: the Package Manager Specification.";
    GOLANG = golang, "Go modules: semantic versions with a v.";
    HACKAGE = hackage, "Haskell package versions.";
    HEX = hex, "Hex: semantic versions.";
    INTDOT = intdot, "Whole numbers with dots.";
    LEXICOGRAPHIC = lexicographic, "The order of bytes.";
    MAVEN = maven, "Maven's ComparableVersion.";
    NONE = none, "No version is in the range; the order is that of bytes.";
    NPM = npm, "npm: semantic versions.";
    NUGET = nuget, "NuGet: semantic versions with four numbers and without case.";
    OPAM = opam, "opam: Debian's order without epoch and revision.";
    OPENSSL = openssl, "OpenSSL: a letter after the number until 1.1.1, then semantic versions.";
    PUB = pub_dev, "Dart and Flutter: semantic versions ordered by build too.";
    PYPI = pypi, "Python: PEP 440.";
    RPM = rpm, "Red Hat, SUSE and their relatives: epoch, version, release.";
    SEMVER = semver, "Semantic Versioning 2.0.0.";
    SWIFT = swift, "Swift packages: semantic versions.";
}

pub(crate) use pypi::parts as pypi_parts;

/// Whether a text is a release of a toolchain: numbers, then perhaps a word and its number (`1.21rc2`).
fn runs_valid(text: &str) -> bool {
    use crate::scan::{digits, leading};
    let (numbers, rest) = leading(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let (word, number) = leading(rest, |byte| byte.is_ascii_lowercase());
    let dots = numbers.split('.').all(crate::scan::is_number);
    dots && ((word.is_empty() && number.is_empty()) || (["rc", "beta"].contains(&word) && digits(number).1.is_empty()))
}

#[cfg(test)]
mod testing {
    use super::Scheme;

    /// Each version is less than all that follow it.
    pub(super) fn ascending(scheme: Scheme, versions: &str) {
        let versions: Vec<_> = versions.split_whitespace().collect();
        for (index, left) in versions.iter().enumerate() {
            for right in &versions[index + 1..] {
                assert!(scheme.order(left, right).is_lt(), "{scheme}: {left} < {right}");
                assert!(scheme.order(right, left).is_gt(), "{scheme}: {right} > {left}");
            }
        }
    }

    /// All versions are equal.
    pub(super) fn equal(scheme: Scheme, versions: &str) {
        let versions: Vec<_> = versions.split_whitespace().collect();
        for left in &versions {
            for right in &versions {
                assert!(scheme.order(left, right).is_eq(), "{scheme}: {left} = {right}");
            }
        }
    }

    pub(super) fn valid(scheme: Scheme, versions: &str) {
        versions.split_whitespace().for_each(|text| assert!(scheme.is_valid(text), "{scheme}: {text}"));
    }

    /// None is valid, nor is the empty text.
    pub(super) fn invalid(scheme: Scheme, versions: &str) {
        versions.split_whitespace().chain([""]).for_each(|text| assert!(!scheme.is_valid(text), "{scheme}: {text:?}"));
    }
}
