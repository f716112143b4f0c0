//! `etc/cos-package-info.json` of Container-Optimized OS: what is installed, and what it was built with.
//! <https://cloud.google.com/container-optimized-os/docs>
//!
//! Packages are Gentoo's, with a category; `ebuild_version` has the revision that `version` may lack.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Loose, Text, fill};

use crate::annotate;
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;

/// Reads the packages of Container-Optimized OS.
pub(in crate::formats) struct Cos;

loose_object! {
    struct Packages<'a> {
        "installedPackages" => installed: Vec<Loose<Package<'a>>>,
        "buildTimePackages" => build_time: Vec<Loose<Package<'a>>>,
    }
}

loose_object! {
    struct Package<'a> {
        "category" => category: Text<'a>,
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "ebuild_version" => ebuild_version: Text<'a>,
    }
}

impl Extractor for Cos {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/cos")
    }

    fn about(&self) -> About {
        About {
            title: "Container-Optimized OS package list",
            specification: "https://cloud.google.com/container-optimized-os/docs",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("cos-package-info.json"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let mut root: Loose<Packages<'_>> = Loose::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let lines = syntax::text::LineIndex::new(&*bytes);
        let mut faults = Faults::default();
        let lists =
            root.get().map(|root| [(root.installed.items(), Scope::Runtime), (root.build_time.items(), Scope::Build)]);
        for (packages, scope) in lists.into_iter().flatten() {
            for package in packages {
                let named = package.get().and_then(|held| Some((held, held.name.as_str()?, held.version.as_str()?)));
                let Some((package, name, version)) = named else {
                    faults.entry(out, Span::Line(1), "a package lacks its name or version; left out");
                    continue;
                };
                let line = lines.line_of(name).unwrap_or(0);
                let Some(purl) = out.purl(Purl::builder("cos", name).version(version), line) else { continue };
                let mut component = Component { scope, ..Component::from_purl(purl) };
                annotate::property(&mut component, "plimsoll:os:category", package.category.as_str());
                let ebuild = package.ebuild_version.as_str().filter(|ebuild| *ebuild != version);
                annotate::property(&mut component, "plimsoll:os:ebuild-version", ebuild);
                out.component(component, line);
            }
        }
        outcome?;
        if root.get().is_none() {
            return Err(ExtractError::malformed("not a list of packages"));
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).qualify(files, |_| "etc");
    }
}
