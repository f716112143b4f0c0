//! The identity of a .NET assembly: what its metadata and its version resource say together.

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::*;

use crate::clr::{Assembly, AssemblyName};
use crate::object::{self, Directories};
use crate::version_info::VersionInfo;

/// An assembly in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) metadata: Assembly,
    pub(crate) info: VersionInfo,
    pub(crate) is_library: bool,
}

impl Found {
    /// Reads the assembly in a file; `None` when it is none.
    pub(crate) fn read(file: &File<'_>) -> Result<Option<Self>, ExtractError> {
        let Some(directories) = Directories::read(file)? else { return Ok(None) };
        if directories.get(Directories::RUNTIME).is_none() {
            return Ok(None);
        }
        for object in object::read(file)? {
            if let Some(metadata) = Assembly::read(file, &object, &directories)? {
                // An assembly without resources, or with broken ones, is still one.
                let info = VersionInfo::read(file, &object, &directories).ok().flatten().unwrap_or_default();
                return Ok(Some(Self { metadata, info, is_library: directories.is_library }));
            }
        }
        Ok(None)
    }

    /// Whether it holds texts of a language for another assembly, and no code.
    pub(crate) fn is_satellite(&self) -> bool {
        !self.metadata.own.culture.is_empty() || self.metadata.own.name.ends_with(".resources")
    }

    /// Its component: packages are named as their main assembly is, nearly always.
    pub(crate) fn component(&self, file: &File<'_>, out: &mut Sink<'_>) -> Option<Component> {
        let own = &self.metadata.own;
        let version = self.version();
        let mut component = if self.is_library {
            Component::from_purl(out.purl(Purl::builder("nuget", own.name.as_str()).version(version.as_str()), 0)?)
        } else {
            let mut component = Component::new(ComponentKind::Application, own.name.as_str());
            component.version = Some(version.into());
            component.location = Some(file.path().clone());
            component
        };
        self.describe(&mut component);
        Some(component)
    }

    /// Adds what the version resource says.
    pub(crate) fn describe(&self, component: &mut Component) {
        let info = &self.info;
        component.supplier = info.get("CompanyName").map(Into::into);
        component.copyright = info.get("LegalCopyright").map(Into::into);
        let own = &self.metadata.own;
        component.properties.push(("plimsoll:dotnet:assembly".into(), reference(own).into()));
        for (name, key) in [("plimsoll:dotnet:product", "ProductName"), ("plimsoll:dotnet:file-version", "FileVersion")]
        {
            component.properties.extend(info.get(key).map(|value| (name.into(), value.into())));
        }
    }

    /// The version of the package, most likely: assemblies keep theirs over many releases of a package, so the version
    /// of the product goes first.
    fn version(&self) -> String {
        let product = self.info.get("ProductVersion").and_then(package_version);
        let file = self.info.get("FileVersion").and_then(package_version);
        product.or(file).unwrap_or_else(|| dotted(self.metadata.own.version))
    }
}

/// `Newtonsoft.Json, Version=13.0.0.0`
pub(crate) fn reference(name: &AssemblyName) -> String {
    let [major, minor, build, revision] = name.version;
    format!("{}, Version={major}.{minor}.{build}.{revision}", name.name)
}

/// A version text as packages have it: without the commit after `+`, and without a fourth number that is zero.
fn package_version(text: &str) -> Option<String> {
    let text = text.split(['+', ' ']).next().unwrap_or_default();
    let numbers: Vec<&str> = text.split('-').next()?.split('.').collect();
    let is_version = (2..=4).contains(&numbers.len())
        && numbers.iter().all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_version || numbers.iter().all(|number| *number == "0") {
        return None;
    }
    Some(match numbers.as_slice() {
        [major, minor, build, "0"] if !text.contains('-') => format!("{major}.{minor}.{build}"),
        _ => text.to_owned(),
    })
}

/// A version of four numbers, without a fourth that is zero.
pub(crate) fn dotted(version: [u16; 4]) -> String {
    let [major, minor, build, revision] = version;
    match revision {
        0 => format!("{major}.{minor}.{build}"),
        _ => format!("{major}.{minor}.{build}.{revision}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_packages_have_them() {
        for (text, want) in [
            ("13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef", Some("13.0.3")),
            ("8.0.0-preview.1", Some("8.0.0-preview.1")),
            ("4.6.26515.06 @BuiltBy: dlab", Some("4.6.26515.06")),
            ("1.2.3.0", Some("1.2.3")),
            ("1.2.3.4", Some("1.2.3.4")),
            ("0.0.0.0", None),
            ("release", None),
        ] {
            assert_eq!(package_version(text).as_deref(), want, "{text}");
        }
    }
}
