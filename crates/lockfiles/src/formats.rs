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
        project_assets::ProjectAssets,
        project_file::ProjectFile,
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
    go { go_mod::GoMod, }
    /// Haskell: Cabal and Stack.
    haskell { cabal_freeze::CabalFreeze, stack_lock::StackLock, }
    /// Haxe: Haxelib.
    haxe { haxelib_json::HaxelibJson, }
    /// Java: Maven and Gradle.
    java {
        gradle_catalog::GradleCatalog,
        gradle_lock::GradleLock,
        pom::MavenPom,
        versions_lock::VersionsLock,
    }
    /// JavaScript: npm, Yarn, pnpm and Bun.
    javascript { bun_lock::BunLock, package_lock::PackageLock, pnpm_lock::PnpmLock, yarn_lock::YarnLock, }
    /// Julia.
    julia { manifest::JuliaManifest, }
    /// Lua: LuaRocks.
    lua { rockspec::Rockspec, }
    /// Nim: Nimble.
    nim { nimble_lock::NimbleLock, }
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
    /// Rust.
    rust { cargo_lock::CargoLock, }
    /// Swift: Swift packages, CocoaPods and Carthage.
    swift { cartfile_resolved::CartfileResolved, package_resolved::PackageResolved, podfile_lock::PodfileLock, }
    /// Zig.
    zig { build_zig_zon::BuildZigZon, }
}
