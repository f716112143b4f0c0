//! What a value must look like. Whatever the kind, all of the value has to match.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

use crate::VerifyError;

/// A condition on a text of a certificate.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Exact,
    Glob(GlobMatcher),
    Regex(Regex),
}

/// Bytes that a compiled expression may take.
const MAX_REGEX: usize = 1 << 20;

impl Pattern {
    /// Equal to this text, byte for byte.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Exact }
    }

    /// A glob: `*` and `?` do not cross a `/`, `**` does.
    ///
    /// # Errors
    /// It is malformed.
    pub fn glob(text: &str) -> Result<Self, VerifyError> {
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let bad = |error: globset::Error| VerifyError::Pattern {
            text: text.to_owned(),
            kind: "glob",
            reason: error.kind().to_string(),
        };
        Ok(Self { text: text.to_owned(), kind: Kind::Glob(glob.map_err(bad)?.compile_matcher()) })
    }

    /// A regular expression, anchored at both ends whether it says so or not.
    ///
    /// # Errors
    /// It is malformed, or too large when compiled.
    pub fn regex(text: &str) -> Result<Self, VerifyError> {
        let bad = |reason: String| VerifyError::Pattern { text: text.to_owned(), kind: "regular expression", reason };
        // By itself first: `a)|(b` is two halves that the anchors would complete.
        Regex::new(text).map_err(|error| bad(error.to_string()))?;
        let anchored = RegexBuilder::new(&format!(r"\A(?:{text})\z")).size_limit(MAX_REGEX).build();
        Ok(Self { text: text.to_owned(), kind: Kind::Regex(anchored.map_err(|error| bad(error.to_string()))?) })
    }

    /// Whether a value satisfies it.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match &self.kind {
            Kind::Exact => self.text == value,
            Kind::Glob(glob) => glob.is_match(value),
            Kind::Regex(regex) => regex.is_match(value),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Exact => f.write_str(&self.text),
            Kind::Glob(_) => write!(f, "glob {}", self.text),
            Kind::Regex(_) => write!(f, "regular expression {}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_takes_the_whole_value() {
        let uri = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1";
        assert!(Pattern::exact(uri).matches(uri) && !Pattern::exact("https://github.com/acme").matches(uri));
        for (glob, matches) in [
            ("https://github.com/acme/app/.github/workflows/*@refs/tags/*", true),
            ("https://github.com/acme/**", true),
            ("https://github.com/acme/*", false),
            ("https://github.com/acme/app", false),
            ("https://github.com/acme/app/.github/workflows/release?yml@refs/tags/v1", true),
            ("*", false),
        ] {
            assert_eq!(Pattern::glob(glob).unwrap().matches(uri), matches, "{glob}");
        }
        for (regex, matches) in [
            ("https://github.com/acme", false),
            (r"https://github\.com/acme/.*", true),
            (r"x|https://github\.com/acme/app", false),
            (r"^https://github\.com/.*$", true),
            (r"(?m)^https.*$", true),
        ] {
            assert_eq!(Pattern::regex(regex).unwrap().matches(uri), matches, "{regex}");
        }
        assert!(!Pattern::regex("(?m)^a$").unwrap().matches("a\nb"));
        assert!(!Pattern::regex("a").unwrap().matches("a\n"));
    }

    #[test]
    fn malformed_patterns_are_refused() {
        assert!(Pattern::glob("[").is_err() && Pattern::regex("(").is_err());
        assert!(Pattern::regex("a)|(b").is_err() && Pattern::regex("(?:x{1000}){1000}").is_err());
    }
}
