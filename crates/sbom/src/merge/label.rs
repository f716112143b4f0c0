//! What a thing is called before people.

use crate::tree::Value;

/// The name of a thing, for people.
pub(crate) fn label(value: &Value) -> String {
    let name = ["name", "fileName", "id", "licenseId", "type"].iter().find_map(|member| value.text_of(member));
    let group = value.text_of("group").filter(|group| !group.is_empty());
    let version = ["version", "versionInfo", "software_packageVersion"].iter().find_map(|member| value.text_of(member));
    let mut out = group.map(|group| format!("{group}/")).unwrap_or_default();
    out.push_str(name.unwrap_or("the document"));
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        out.push('@');
        out.push_str(version);
    }
    out
}
