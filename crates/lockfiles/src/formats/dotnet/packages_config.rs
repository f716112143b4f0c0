//! `packages.config`, the package list of projects before `PackageReference`.
//! <https://learn.microsoft.com/nuget/reference/packages-config>
//!
//! It lists all packages, needed directly or not, and no edges. `developmentDependency` means that the package is for
//! this project only and not for those that use it: analyzers, build tools.

use plimsoll_extract::prelude::*;

use crate::nuget::{self, Version};

/// Reads the package list of old .NET projects.
pub(crate) struct PackagesConfig;

impl Extractor for PackagesConfig {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dotnet/packages-config")
    }

    fn about(&self) -> About {
        About {
            title: "NuGet packages.config",
            specification: "https://learn.microsoft.com/nuget/reference/packages-config",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        // Of several projects in one directory each has its own.
        &[Interest::Name("packages.config"), Interest::Name("Packages.config"), Interest::Path("packages.*.config")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        match root.filter(|root| root.name() == "packages") {
            Some(root) => root.children("package").for_each(|package| component(package, out)),
            None if fault.is_none() => return Err(ExtractError::malformed("no <packages> element")),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn component(package: &syntax::xml::Element<'_>, out: &mut Sink<'_>) {
    let line = package.line();
    let id = package.attribute("id").unwrap_or_default();
    let version = Version::read(package.attribute("version").unwrap_or_default());
    if version.is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("package {id} has no version"));
    }
    let Some(mut component) = nuget::package(id, version, line, out) else { return };
    let development = package.attribute("developmentDependency").unwrap_or_default();
    component.scope = if development.eq_ignore_ascii_case("true") { Scope::Dev } else { Scope::Unspecified };
    out.component(component, line);
}
