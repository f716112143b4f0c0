//! Windows programs and libraries that are not .NET assemblies: product, vendor and version from their version
//! resource. <https://learn.microsoft.com/windows/win32/menurc/versioninfo-resource>
//!
//! What surprises: all strings are optional and free text, and what developers forgot to change is in many. The version
//! is that of the product when it is one, else that of the file. Files of one product and version are one component.

use plimsoll_extract::prelude::*;

use crate::assembly::dotted;
use crate::object::{self, Directories};
use crate::version_info::VersionInfo;

/// Reads the version resource of PE files.
pub(crate) struct VersionResource;

/// Longest name.
const MAX_NAME: usize = 200;

impl Extractor for VersionResource {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("windows/version-resource")
    }

    fn about(&self) -> About {
        About {
            title: "Windows executables and libraries (PE version resource)",
            specification: "https://learn.microsoft.com/windows/win32/menurc/versioninfo-resource",
            facts: &[],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Magic(b"MZ")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let Some(directories) = Directories::read(file)? else { return Ok(()) };
        // Assemblies have a reader of their own.
        if directories.get(Directories::RUNTIME).is_some() || directories.get(Directories::RESOURCES).is_none() {
            return Ok(());
        }
        for object in object::read(file)? {
            let Some(info) = VersionInfo::read(file, &object, &directories)? else { continue };
            let Some((name, version)) = product(&info, file.path()) else { continue };
            let builder = Purl::builder("generic", name.as_str()).version(version.as_str());
            let Some(purl) = out.purl(builder, 0) else { continue };
            let mut component = Component::from_purl(purl);
            if !directories.is_library {
                component.kind = ComponentKind::Application;
            }
            describe(&info, &mut component);
            out.observed(
                component,
                Observation {
                    technique: Technique::BinaryAnalysis,
                    confidence: Confidence::HIGH,
                    ..Observation::default()
                },
            );
        }
        Ok(())
    }
}

/// Name and version; `None` when no version is stated.
fn product(info: &VersionInfo, path: &SourcePath) -> Option<(String, String)> {
    let stated = ["ProductName", "FileDescription", "InternalName", "OriginalFilename"];
    let name = stated.into_iter().find_map(|key| info.get(key)).map(clean).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| String::from_utf8_lossy(path.name()).into_owned());
    let version = ["ProductVersion", "FileVersion"].into_iter().find_map(|key| version(info.get(key)?));
    Some((name.chars().take(MAX_NAME).collect(), version.or_else(|| info.file.map(dotted))?))
}

/// A name without the marks of its owner.
fn clean(name: &str) -> String {
    let name = name.replace(['\u{ae}', '\u{2122}', '\u{a9}'], "").replace("(R)", "").replace("(TM)", "");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `10.0.19041.1 (WinBuild.160101.0800)`, `1, 2, 3, 4`, `v1.2`
fn version(text: &str) -> Option<String> {
    let text = text.replace(", ", ".").replace(',', ".");
    let word = text.split_whitespace().next()?;
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_' | b'~');
    let is_version = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(sound)
        && digits.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    is_version.then(|| digits.to_owned())
}

fn describe(info: &VersionInfo, component: &mut Component) {
    component.supplier = info.get("CompanyName").map(Into::into);
    component.description = info.get("FileDescription").map(Into::into);
    component.copyright = info.get("LegalCopyright").map(Into::into);
    for (name, key) in [
        ("plimsoll:windows:file-version", "FileVersion"),
        ("plimsoll:windows:internal-name", "InternalName"),
        ("plimsoll:windows:original-filename", "OriginalFilename"),
    ] {
        component.properties.extend(info.get(key).map(|value| (name.into(), value.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_free_text() {
        for (text, want) in [
            ("10.0.19041.1 (WinBuild.160101.0800)", Some("10.0.19041.1")),
            ("1, 2, 3, 4", Some("1.2.3.4")),
            ("3.0.13", Some("3.0.13")),
            ("v2.1-beta", Some("2.1-beta")),
            ("0.0.0.0", None),
            ("Release Build", None),
            ("", None),
        ] {
            assert_eq!(version(text).as_deref(), want, "{text}");
        }
        assert_eq!(clean("Microsoft\u{ae} Windows(R)  System"), "Microsoft Windows System");
    }
}
