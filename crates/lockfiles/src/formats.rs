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
    /// Bazel.
    bazel { maven_install::MavenInstall, module::BazelModule, }
    /// Clojure.
    clojure { deps_edn::DepsEdn, project_clj::ProjectClj, }
    /// .NET: NuGet and Paket.
    dotnet {
        deps_json::DepsJson,
        packages_config::PackagesConfig,
        packages_lock::PackagesLock,
        paket::Paket,
        project_assets::ProjectAssets,
        project_file::ProjectFile,
        project_json::ProjectJson,
        tool_manifest::ToolManifest,
    }
    /// Go.
    go {
        dep_lock::DepLock,
        glide_lock::GlideLock,
        go_mod::GoMod,
        vendored_json::VendoredJson,
    }
    /// Java and Scala: Maven, Gradle, Ivy, sbt and Mill.
    java {
        gradle_catalog::GradleCatalog,
        gradle_lock::GradleLock,
        ivy::Ivy,
        mill::Mill,
        pom::MavenPom,
        sbt_build::SbtBuild,
        sbt_lock::SbtLock,
        versions_lock::VersionsLock,
    }
    /// JavaScript: npm, Yarn, pnpm and Bun.
    javascript { bun_lock::BunLock, package_lock::PackageLock, pnpm_lock::PnpmLock, yarn_lock::YarnLock, }
    /// PHP.
    php { composer::Composer, }
    /// Python.
    python {
        pdm_lock::PdmLock,
        pipfile_lock::PipfileLock,
        poetry_lock::PoetryLock,
        pylock::Pylock,
        requirements::Requirements,
        setup::Setup,
        uv_lock::UvLock,
    }
    /// Ruby.
    ruby { gemfile_lock::GemfileLock, }
    /// Rust.
    rust { cargo_lock::CargoLock, }
}
