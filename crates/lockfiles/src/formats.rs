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
    /// Continuous integration.
    ci {
        azure_pipelines::AzurePipelines,
        bitbucket_pipelines::BitbucketPipelines,
        circleci::Circleci,
        github_actions::GithubActions,
        gitlab_ci::GitlabCi,
        pre_commit::PreCommit,
        woodpecker::Woodpecker,
    }
    /// Conda.
    conda {
        conda_lock::CondaLock,
        environment::Environment,
        explicit::Explicit,
        pixi::Pixi,
    }
    /// Container images: Dockerfiles, compose, Kubernetes and Helm.
    containers { compose::Compose, dockerfile::Dockerfile, helm::Helm, kubernetes::Kubernetes, }
    /// C and C++.
    cpp {
        cmake::Cmake,
        conan::Conan,
        git_submodules::GitSubmodules,
        meson_wrap::MesonWrap,
        vcpkg_manifest::VcpkgManifest,
    }
    /// .NET: NuGet.
    dotnet {
        deps_json::DepsJson,
        packages_config::PackagesConfig,
        packages_lock::PackagesLock,
        project_assets::ProjectAssets,
        project_file::ProjectFile,
    }
    /// Go.
    go { go_mod::GoMod, }
    /// Java: Maven and Gradle.
    java {
        gradle_catalog::GradleCatalog,
        gradle_lock::GradleLock,
        pom::MavenPom,
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
    /// Versions of languages and tools.
    runtime { global_json::GlobalJson, toolchain::Toolchain, version_file::VersionFile, }
    /// Rust.
    rust { cargo_lock::CargoLock, }
    /// Terraform and OpenTofu.
    terraform { configuration::Configuration, }
}
