//! One file per lockfile or manifest format.
//!
//! Each lockfile or manifest is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/lockfiles/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod beam;
mod cran;
mod clojure;
mod conan;
mod conda;
mod container_image;
mod dependency_scope;
mod edn;
mod formats;
mod golang;
mod hcl;
mod ini;
mod locator;
mod maven;
mod npm_manifest;
mod npm_package;
mod npm_scope;
mod nuget;
mod project_manifest;
mod pip_requirement;
mod pypi;
mod python_literals;
mod python_project;
mod python_version;
mod vcs;
mod starlark;
mod repository;
mod runtime_pin;
mod unpinned;

pub use formats::extractors;
