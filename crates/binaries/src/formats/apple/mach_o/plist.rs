//! An embedded `Info.plist`, in XML.
//! <https://developer.apple.com/documentation/bundleresources/information-property-list>

use std::collections::BTreeMap;

use plimsoll_extract::syntax::{text, xml};
use plimsoll_model::Limits;

/// The texts of the outermost dictionary.
pub(super) struct InfoPlist {
    texts: BTreeMap<String, String>,
}

impl InfoPlist {
    /// Reads the list; `None` when it is not one in XML.
    pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Option<Self> {
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        let decoded = text::decode(bytes.get(..end)?);
        let document = without_doctype(&decoded.text)?;
        let root = xml::parse(&document, limits).ok()?;
        let mut texts = BTreeMap::new();
        let mut key = None;
        for element in root.child("dict")?.elements() {
            match element.name() {
                "key" => key = Some(element.text().trim().to_owned()),
                "string" => {
                    let text = element.text().trim();
                    if let Some(key) = key.take().filter(|_| !text.is_empty()) {
                        texts.entry(key).or_insert_with(|| text.to_owned());
                    }
                }
                _ => key = None,
            }
        }
        Some(Self { texts })
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.get("CFBundleIdentifier").or_else(|| self.get("CFBundleName"))
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.get("CFBundleShortVersionString").or_else(|| self.build())
    }

    pub(super) fn build(&self) -> Option<&str> {
        self.get("CFBundleVersion")
    }

    pub(super) fn copyright(&self) -> Option<&str> {
        self.get("NSHumanReadableCopyright")
    }
}

/// Every list names Apple's document type, which declares nothing that matters; one that declares something itself is
/// refused.
fn without_doctype(text: &str) -> Option<String> {
    let Some((before, rest)) = text.split_once("<!DOCTYPE") else { return Some(text.to_owned()) };
    let (declared, after) = rest.split_once('>')?;
    (!declared.contains('[')).then(|| [before, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_outermost_dictionary() {
        let text = br#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleIdentifier</key><string>org.example.tool</string>
<key>CFBundleSupportedPlatforms</key><array><string>MacOSX</string></array>
<key>CFBundleShortVersionString</key><string>2.4</string>
</dict></plist>"#;
        let list = InfoPlist::parse(text, &Limits::DEFAULT).unwrap();
        assert_eq!((list.name(), list.version(), list.build()), (Some("org.example.tool"), Some("2.4"), None));
        assert!(InfoPlist::parse(b"<!DOCTYPE plist [<!ENTITY a 'b'>]><plist/>", &Limits::DEFAULT).is_none());
        assert!(InfoPlist::parse(b"bplist00", &Limits::DEFAULT).is_none());
    }
}
