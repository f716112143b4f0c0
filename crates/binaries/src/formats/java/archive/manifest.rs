//! `META-INF/MANIFEST.MF`: the main section (JAR File Specification, "JAR Manifest").
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest>
//!
//! Lines are cut at 72 bytes and go on after a space, even within a character. Sections of single entries, which follow
//! the first empty line, are not read.

use std::collections::BTreeMap;

/// Entries of a `Class-Path` that are looked at.
const MAX_CLASS_PATH: usize = 10_000;

/// The attributes of the main section; names in lower case.
#[derive(Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, String>);

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match (line.strip_prefix(b" "), lines.last_mut()) {
                (Some(rest), Some(last)) => last.extend_from_slice(rest),
                _ if line.is_empty() => {
                    if !lines.is_empty() {
                        break;
                    }
                }
                _ => lines.push(line.to_vec()),
            }
        }
        let mut attributes = BTreeMap::new();
        for line in &lines {
            let line = String::from_utf8_lossy(line);
            if let Some((name, value)) = line.trim_start_matches('\u{feff}').split_once(':') {
                attributes.entry(name.trim().to_ascii_lowercase()).or_insert_with(|| value.trim().to_owned());
            }
        }
        Self(attributes)
    }

    /// The value of an attribute, named in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `Bundle-SymbolicName` without its directives.
    pub(super) fn symbolic_name(&self) -> Option<&str> {
        self.get("bundle-symbolicname")?.split(';').next().map(str::trim)
    }

    /// `Class-Path`: relative addresses of archives, from the place of this one
    /// (<https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#class-path-attribute>).
    pub(super) fn class_path(&self) -> impl Iterator<Item = &str> {
        let paths = self.get("class-path").unwrap_or_default().split_whitespace();
        paths.filter(|path| !path.contains(':') && !path.starts_with('/') && !path.ends_with('/')).take(MAX_CLASS_PATH)
    }

    /// Licences: OSGi's `Bundle-License` (`text;link=…, …`) and those of Jenkins plugins.
    pub(super) fn licenses(&self) -> Vec<&str> {
        let bundle = self.get("bundle-license").into_iter().flat_map(|all| all.split(','));
        let bundle = bundle.map(|one| one.split(';').next().unwrap_or_default().trim().trim_matches('"'));
        let jenkins = self.0.iter().filter(|(name, _)| name.starts_with("plugin-license-name"));
        bundle.chain(jenkins.map(|(_, value)| value.as_str())).filter(|text| !text.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_after_a_space_and_the_first_section_counts() {
        let manifest = Manifest::parse(
            b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.exam\r\n ple;singleton:=true\r\n\
              Bundle-License: Apache-2.0;link=\"https://x/\", MIT\r\n\r\nName: a\r\nImplementation-Title: no\r\n",
        );
        assert_eq!(manifest.symbolic_name(), Some("org.example"));
        assert_eq!(manifest.get("implementation-title"), None);
        assert_eq!(manifest.licenses(), ["Apache-2.0", "MIT"]);
    }
}
