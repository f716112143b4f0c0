//! `.modinfo`: texts `name=value`, each with a NUL after it; names may occur more than once.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

/// Names that become properties.
const PROPERTIES: &[(&str, &str)] = &[
    ("import_ns", "plimsoll:linux:namespace"),
    ("intree", "plimsoll:linux:in-tree"),
    ("srcversion", "plimsoll:linux:source-version"),
    ("vermagic", "plimsoll:linux:vermagic"),
];
/// Most values of one name; aliases of a driver are many, and not wanted.
const MAX_VALUES: usize = 64;

/// The values, by name.
pub(super) struct ModInfo<'a> {
    values: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> ModInfo<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Self {
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for text in bytes.split(|&byte| byte == 0) {
            let named = std::str::from_utf8(text).ok().and_then(|text| text.trim_end().split_once('='));
            if let Some((name, value)) = named.filter(|(_, value)| !value.is_empty()) {
                let held = values.entry(name).or_default();
                if held.len() < MAX_VALUES {
                    held.push(value);
                }
            }
        }
        Self { values }
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.values.get(name)?.first().copied()
    }

    fn all(&self, name: &str) -> &[&'a str] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The version of the kernel that the module was built for.
    pub(super) fn release(&self) -> Option<&'a str> {
        self.get("vermagic")?.split_ascii_whitespace().next()
    }

    /// The names of the modules that it needs.
    pub(super) fn depends(&self) -> impl Iterator<Item = &'a str> {
        self.get("depends").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty())
    }

    pub(super) fn component(&self, name: &str, out: &mut Sink<'_>) -> Option<Component> {
        let stated = self.get("version");
        let version = stated.or_else(|| self.release()).unwrap_or_default();
        let mut component = Component::from_purl(out.purl(Purl::builder("generic", name).version(version), 0)?);
        component.description = self.get("description").map(Into::into);
        component.author = Some(self.all("author").join(", ")).filter(|names| !names.is_empty()).map(Into::into);
        component.licenses.extend(self.all("license").iter().filter_map(|text| License::declared(text)));
        if stated.is_none() && self.release().is_some() {
            component.properties.push(("plimsoll:linux:version-from".into(), "vermagic".into()));
        }
        for (key, property) in PROPERTIES {
            let values = self.all(key).iter().map(|value| ((*property).into(), (*value).into()));
            component.properties.extend(values);
        }
        Some(component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_name() {
        let info = ModInfo::parse(
            b"license=GPL\0author=A\0author=B\0depends=crc32c,libfoo\0odd\0vermagic=6.1.0-18-amd64 SMP\0",
        );
        assert_eq!(info.release(), Some("6.1.0-18-amd64"));
        assert_eq!(info.depends().collect::<Vec<_>>(), ["crc32c", "libfoo"]);
        assert_eq!(info.all("author"), ["A", "B"]);
        assert_eq!(info.get("odd"), None);
    }
}
