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
    /// Bitnami images.
    bitnami { components::BitnamiComponents, }
    /// Browsers.
    browser { extension::BrowserExtension, }
    /// Conda.
    conda { environment::Environment, package_file::PackageFile, }
    /// C and C++.
    cpp { vcpkg::Vcpkg, }
    /// .NET: NuGet.
    dotnet { nupkg::Nupkg, nuspec::Nuspec, }
    /// Editors.
    editor { jetbrains::Jetbrains, vscode::VsCode, }
    /// Erlang and what runs on its machine.
    erlang { app_file::AppFile, }
    /// JavaScript.
    javascript { asar::Asar, node_modules::NodeModules, yarn_cache::YarnCache, }
    /// Operating systems and their packages.
    os {
        alpm::Alpm,
        alpm_file::AlpmFile,
        apk::Apk,
        apk_file::ApkFile,
        bottlerocket::Bottlerocket,
        bsd_packages::BsdPackages,
        chisel::Chisel,
        chocolatey::Chocolatey,
        cos::Cos,
        deb_file::DebFile,
        dpkg::Dpkg,
        eopkg::Eopkg,
        flatpak::Flatpak,
        freebsd::FreeBsd,
        guix_profile::GuixProfile,
        homebrew::Homebrew,
        image_manifest::ImageManifest,
        mac_app::MacApp,
        macports::MacPorts,
        nix::Nix,
        opkg::Opkg,
        os_release::OsRelease,
        portage::Portage,
        rpm::Rpm,
        rpm_file::RpmFile,
        rpm_manifest::RpmManifest,
        slackware::Slackware,
        snap::Snap,
        spack::Spack,
        winget::Winget,
        xbps::Xbps,
    }
    /// Perl.
    perl { distribution::PerlDistribution, }
    /// PHP: PEAR and PECL.
    php { pear::Pear, }
    /// SWI-Prolog.
    prolog { pack::Pack, }
    /// Python.
    python { distribution::Distribution, }
    /// R.
    r { description::Description, }
    /// Ruby.
    ruby { gem_file::GemFile, gemspec::Gemspec, }
    /// Rust.
    rust { crate_file::CrateFile, }
    /// WordPress.
    wordpress { site::WordPress, }
}
