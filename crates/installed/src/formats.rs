//! The list of formats. A new one is one line here.

use plimsoll_extract::Extractor;

/// Declares the modules of the formats, by ecosystem, and the list of their extractors.
macro_rules! formats {
    ($($(#[$doc:meta])* $ecosystem:ident { $($module:ident :: $extractor:ident,)* })*) => {
        $(
            $(#[$doc])*
            mod $ecosystem {
                $(mod $module; pub(super) use $module::$extractor;)*
            }
        )*

        /// Every extractor of this crate, in the order of the list.
        #[must_use]
        pub fn extractors() -> &'static [&'static dyn Extractor] {
            &[$($(&$ecosystem::$extractor,)*)*]
        }
    };
}

formats! {
    /// Conda.
    conda { environment::Environment, }
    /// C and C++.
    cpp { vcpkg::Vcpkg, }
    /// .NET: NuGet.
    dotnet { nuspec::Nuspec, }
    /// JavaScript.
    javascript { node_modules::NodeModules, }
    /// Operating systems and their packages.
    os { apk::Apk, dpkg::Dpkg, os_release::OsRelease, rpm::Rpm, }
    /// Python.
    python { distribution::Distribution, }
    /// Ruby.
    ruby { gemspec::Gemspec, }
}
