//! Versions of languages and tools that a project pins for the machines it is worked on.
//!
//! There is no purl type for runtimes: `pkg:generic/NAME`, with the names that other tools use too. A version with fewer
//! parts than a release has is a range.

use plimsoll_extract::prelude::*;

/// The one name of a tool that version managers call differently.
pub(crate) fn tool_name(name: &str) -> &str {
    match name {
        "nodejs" | "node" => "node",
        "golang" | "go" => "go",
        "openjdk" | "java" | "jdk" => "java",
        "dotnet" | "dotnet-core" | "dotnet-sdk" => "dotnet-sdk",
        other => other,
    }
}

/// Whether a version names one release: it has three numbers, or names a build (`temurin-21.0.2+13`).
pub(crate) fn is_release(version: &str) -> bool {
    let number = version.trim_start_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    let digits = number.starts_with(|c: char| c.is_ascii_digit());
    digits && number.split('.').count() >= 3 && !version.contains(['*', '<', '>', '~', '^', '|', ' '])
}

/// Emits a tool at a version; `exact` when the file can only mean one release.
pub(crate) fn emit(name: &str, version: &str, exact: bool, line: u32, out: &mut Sink<'_>) {
    let name = tool_name(name);
    let plain = version.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let version = plain.unwrap_or(version);
    if !version.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return out.malformed_entry(line, format!("{name} left out: its version is no text"));
    }
    let builder = Purl::builder("generic", name).version(if exact { version } else { "" });
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.kind = ComponentKind::Application;
    if !exact {
        component.version_range = Some(version).filter(|version| !version.is_empty()).map(Into::into);
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
    }
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

/// Emits a package of a registry at a version: what mise installs from npm, PyPI and others.
pub(crate) fn package(kind: &str, name: &str, version: &str, line: u32, out: &mut Sink<'_>) {
    let exact = version.starts_with(|c: char| c.is_ascii_digit() || c == 'v') && version.contains('.');
    let (namespace, short) = name.rsplit_once('/').unwrap_or(("", name));
    let builder = Purl::builder(kind, short).namespace(namespace).version(if exact { version } else { "" });
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    if !exact {
        component.version_range = Some(version).filter(|version| !version.is_empty()).map(Into::into);
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
    }
    let at = out.component(component, line);
    out.direct(at, Scope::Unspecified);
}

/// Emits a tool that a version manager names: `node`, or with the place it comes from, `npm:prettier`.
pub(crate) fn managed(name: &str, version: &str, exact: bool, line: u32, out: &mut Sink<'_>) {
    let Some((backend, rest)) = name.split_once(':') else { return emit(name, version, exact, line, out) };
    // Options stand in brackets behind the name.
    let rest = rest.split('[').next().unwrap_or(rest);
    let kind = match backend {
        "npm" => "npm",
        "pipx" => "pypi",
        "cargo" => "cargo",
        "gem" => "gem",
        "go" => "golang",
        "dotnet" => "nuget",
        "ubi" | "github" | "aqua" if rest.split('/').count() == 2 => "github",
        "core" | "asdf" | "vfox" => return emit(rest, version, exact, line, out),
        _ => return emit(rest.rsplit('/').next().unwrap_or(rest), version, exact, line, out),
    };
    package(kind, rest, version, line, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        for version in ["20.11.0", "v20.11.0", "temurin-21.0.2+13.0.LTS", "pypy3.10-7.3.12", "8.0.100"] {
            assert!(is_release(version), "{version}");
        }
        for version in ["20", "3.12", "lts/iron", "stable", "^3.1.0", "", "1.2.*"] {
            assert!(!is_release(version), "{version}");
        }
    }
}
