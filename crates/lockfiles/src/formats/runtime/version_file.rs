//! Files that hold the version of one language: `.nvmrc`, `.node-version`, `.python-version`, `.ruby-version`,
//! `.java-version`, `.go-version`, `.terraform-version`; `.sdkmanrc`, one tool a line; `.tool-versions` of asdf.
//! <https://asdf-vm.com/manage/configuration.html#tool-versions>, <https://github.com/nvm-sh/nvm#nvmrc>,
//! <https://github.com/pyenv/pyenv#understanding-python-version-selection>, <https://sdkman.io/usage#env-command>
//!
//! - `20`, `3.12`, `lts/iron` and `latest` are ranges. asdf takes what stands there as it is: a version is a release.
//! - `.python-version` may name environments instead of versions, and several in order of preference.
//! - `system`, `ref:…` and `path:…` of asdf say that the version is none of a release.

use plimsoll_extract::prelude::*;

use crate::runtime_pin::{emit, is_release, managed};

/// Implementations of Python and Ruby that have names of their own, as they start.
const IMPLEMENTATIONS: [&str; 12] = [
    "pypy",
    "miniconda",
    "anaconda",
    "miniforge",
    "mambaforge",
    "graalpy",
    "jython",
    "ironpython",
    "micropython",
    "jruby",
    "truffleruby",
    "mruby",
];

/// Reads version files.
pub(crate) struct VersionFile;

impl Extractor for VersionFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("runtime/version-file")
    }

    fn about(&self) -> About {
        About {
            title: ".tool-versions, .nvmrc, .node-version, .python-version, .ruby-version, .java-version, .go-version, .sdkmanrc",
            specification: "https://asdf-vm.com/manage/configuration.html#tool-versions",
            facts: &[Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name(".tool-versions"),
            Interest::Name(".nvmrc"),
            Interest::Name(".node-version"),
            Interest::Name(".python-version"),
            Interest::Name(".ruby-version"),
            Interest::Name(".java-version"),
            Interest::Name(".go-version"),
            Interest::Name(".terraform-version"),
            Interest::Name(".sdkmanrc"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let name = String::from_utf8_lossy(file.path().name()).into_owned();
        for (line, entry) in syntax::text::lines(&text) {
            let entry = entry.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            match name.as_str() {
                ".tool-versions" => tools(entry, line, out),
                ".sdkmanrc" => match entry.split_once('=') {
                    Some((tool, version)) => emit(tool.trim(), version.trim(), true, line, out),
                    None => out.malformed_entry(line, "line left out: it has no version"),
                },
                // Each may be tried; the rest of a `.nvmrc` is settings.
                ".nvmrc" if entry.contains('=') => {}
                _ => entry.split_whitespace().for_each(|version| single(&name, version, line, out)),
            }
        }
        Ok(())
    }
}

/// `tool version version …`, in order of preference.
fn tools(entry: &str, line: u32, out: &mut Sink<'_>) {
    let mut words = entry.split_whitespace();
    let name = words.next().unwrap_or_default();
    let mut any = false;
    for version in words {
        any = true;
        match version {
            "system" => {}
            "latest" => managed(name, version, false, line, out),
            _ if version.starts_with("path:") => {}
            _ => {
                let plain = version.strip_prefix("ref:").unwrap_or(version);
                managed(name, plain, !version.starts_with("latest:") && !version.starts_with("prefix:"), line, out);
            }
        }
    }
    if !any {
        out.malformed_entry(line, format!("tool left out: {name} has no version"));
    }
}

fn single(file: &str, version: &str, line: u32, out: &mut Sink<'_>) {
    let name = file.trim_start_matches('.').split('-').next().unwrap_or_default();
    let name = if name == "nvmrc" { "node" } else { name };
    let version = version.trim_matches(['"', '\'']);
    let implementation =
        version.split_once('-').filter(|(word, _)| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let (name, version) = match implementation {
        // `ruby-3.3.0`, `cpython-3.12.1`; and another implementation: `pypy3.10-7.3.12`, `jruby-9.4.5.0`.
        Some(("ruby" | "cpython" | "node" | "go", rest)) => (name, rest),
        Some((word, rest)) if IMPLEMENTATIONS.iter().any(|known| word.starts_with(known)) => (word, rest),
        // Who built it is part of the version: `temurin-17.0.13`.
        _ => (name, version),
    };
    // Languages whose managers take names of environments too.
    let label = matches!(name, "python" | "ruby" | "java") && !version.starts_with(|c: char| c.is_ascii_digit());
    if version == "system" || label && (name != "java" || implementation.is_none()) {
        return;
    }
    emit(name, version, is_release(version), line, out);
}
