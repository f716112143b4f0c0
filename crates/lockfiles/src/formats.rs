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
    /// Clojure.
    clojure { deps_edn::DepsEdn, project_clj::ProjectClj, }
    /// Conda.
    conda { conda_lock::CondaLock, environment_file::EnvironmentFile, explicit::Explicit, pixi::Pixi, }
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
    /// Crystal: Shards.
    crystal { shard_lock::ShardLock, }
    /// Dart and Flutter: pub.
    dart { pubspec_lock::PubspecLock, }
    /// D: DUB.
    dlang { dub_selections::DubSelections, }
    /// .NET: NuGet.
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
    /// Elixir: Mix.
    elixir { mix_lock::MixLock, }
    /// Elm.
    elm { elm_json::ElmJson, }
    /// Erlang: rebar3.
    erlang { rebar_lock::RebarLock, }
    /// Gleam.
    gleam { manifest_toml::ManifestToml, }
    /// Go.
    go { dep_lock::DepLock, glide_lock::GlideLock, go_mod::GoMod, vendored_json::VendoredJson, }
    /// Haskell: Cabal and Stack.
    haskell { cabal_freeze::CabalFreeze, stack_lock::StackLock, }
    /// Haxe: Haxelib.
    haxe { haxelib_json::HaxelibJson, }
    /// Java: Maven and Gradle.
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
    javascript {
        bun_lock::BunLock,
        bun_lockb::BunLockb,
        deno::Deno,
        package_lock::PackageLock,
        pnpm_lock::PnpmLock,
        yarn_lock::YarnLock,
    }
    /// Julia.
    julia { manifest::JuliaManifest, }
    /// Lua: LuaRocks.
    lua { rockspec::Rockspec, }
    /// Nim: Nimble.
    nim { nimble_lock::NimbleLock, }
    /// Nix.
    nix { flake_lock::FlakeLock, }
    /// OCaml: opam.
    ocaml { opam::Opam, }
    /// Perl: Carton.
    perl { cpanfile_snapshot::CpanfileSnapshot, }
    /// PHP.
    php { composer::Composer, }
    /// PureScript: Spago.
    purescript { spago_lock::SpagoLock, }
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
    /// R: renv and Packrat.
    r { packrat_lock::PackratLock, renv_lock::RenvLock, }
    /// Ruby.
    ruby { gemfile_lock::GemfileLock, }
    /// Versions of languages and tools.
    runtime { global_json::GlobalJson, toolchain::Toolchain, version_file::VersionFile, }
    /// Rust.
    rust { cargo_lock::CargoLock, }
    /// Swift: Swift packages, CocoaPods and Carthage.
    swift {
        cartfile_resolved::CartfileResolved,
        package_resolved::PackageResolved,
        podfile_lock::PodfileLock,
    }
    /// Terraform and OpenTofu.
    terraform { configuration::Configuration, }
    /// Zig.
    zig { build_zig_zon::BuildZigZon, }
}
