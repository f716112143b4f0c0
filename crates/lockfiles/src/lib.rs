//! One file per lockfile or manifest format.
//!
//! Each lockfile or manifest is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/lockfiles/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod beam;
mod clojure;
mod conan;
mod conda;
mod container_image;
mod cran;
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
mod pip_requirement;
mod project_manifest;
mod pypi;
mod python_literals;
mod python_project;
mod python_version;
mod repository;
mod runtime_pin;
mod scala;
mod starlark;
mod unpinned;
mod vcs;

pub use formats::extractors;
