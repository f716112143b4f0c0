//! An embedded `Info.plist`. <https://developer.apple.com/documentation/bundleresources/information-property-list>

use plimsoll_extract::syntax::plist::{self, Value};
use plimsoll_model::Limits;

/// What the outermost dictionary says.
pub(super) struct InfoPlist(Value);

impl InfoPlist {
    /// Reads the list; `None` when it is none or broken. The section of one in XML is filled up with zeroes.
    pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Option<Self> {
        let is_text = !bytes.starts_with(b"bplist");
        let end = bytes.iter().position(|&byte| byte == 0).filter(|_| is_text).unwrap_or(bytes.len());
        match plist::parse_partial(bytes.get(..end)?, limits) {
            (Some(list @ Value::Dictionary(_)), None) => Some(Self(list)),
            _ => None,
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.text_of(key).map(str::trim)
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
