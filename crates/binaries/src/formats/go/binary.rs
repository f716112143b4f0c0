//! Programs built by Go 1.13 and later: the build information that the linker puts into ELF, PE and Mach-O files.
//! <https://pkg.go.dev/debug/buildinfo>
//!
//! It lists all modules that were built in, but not which needs which: each hangs on the main module. A module that was
//! built where it is developed has the version `(devel)`, which is none; then the linker flags may name one, and the
//! commit tells which it is. Programs
//! built without modules, and `go run FILE`, have no main module.

mod build_info;
mod modules;

use plimsoll_extract::prelude::*;

use crate::object::{self, Object};
use build_info::BuildInfo;
use modules::{Dependency, Modules, linked_version};

/// Reads the modules of programs written in Go.
pub(crate) struct GoBinary;

impl Extractor for GoBinary {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("go/binary")
    }

    fn about(&self) -> About {
        About {
            title: "Go executables, 1.13 and later (ELF, PE, Mach-O)",
            specification: "https://pkg.go.dev/debug/buildinfo",
            facts: &[Fact::Edges],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        crate::formats::OBJECTS
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            if let Some(info) = build_info::read(file, &object)? {
                emit(&info, file, out);
            }
        }
        Ok(())
    }
}

/// How everything here is seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

fn emit(info: &BuildInfo, file: &File<'_>, out: &mut Sink<'_>) {
    let modules = Modules::parse(&info.modules);
    let main = main_module(&modules, file, out);
    if let Some(stdlib) = stdlib(&info.go, out) {
        out.depends(main, stdlib, Scope::Runtime);
    }
    for dependency in &modules.dependencies {
        if let Some(at) = module(dependency, out) {
            out.depends(main, at, Scope::Runtime);
        }
    }
    for line in &modules.odd {
        out.malformed_entry(0, format!("Go build information has a line without a module: {line:?}"));
    }
}

/// The version of Go is that of its standard library: `go1.22.1`, `go1.22.1 X:boringcrypto`, `devel go1.23-5e1e6a0 …`.
fn stdlib(go: &str, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let version = go.split_ascii_whitespace().find_map(|word| word.strip_prefix("go"))?;
    let purl = out.purl(Purl::builder("golang", "stdlib").version(version), 0)?;
    let mut component = Component::from_purl(purl);
    component.properties.push(("plimsoll:go:toolchain".into(), go.into()));
    component.licenses.extend(License::declared("BSD-3-Clause"));
    Some(out.observed(component, RECORDED))
}

/// The program itself, as this extractor emits it; `None` when it is not written in Go, or its information is broken.
pub(crate) fn recorded<'a>(file: &File<'_>, object: &Object) -> Option<(Component, Observation<'a>)> {
    let info = build_info::read(file, object).ok()??;
    Some(main_component(&Modules::parse(&info.modules), file, |purl| purl.build().ok()))
}

fn main_module(modules: &Modules<'_>, file: &File<'_>, out: &mut Sink<'_>) -> ComponentRef {
    let (component, how) = main_component(modules, file, |purl| out.purl(purl, 0));
    out.observed(component, how)
}

fn main_component<'a>(
    modules: &Modules<'_>,
    file: &File<'_>,
    build: impl FnOnce(PurlBuilder) -> Option<Purl>,
) -> (Component, Observation<'a>) {
    let main = modules.main.as_ref().map(|main| main.replacement.unwrap_or(main.module));
    let stated = main.map(|main| main.version).filter(|version| !matches!(*version, "" | "(devel)"));
    let flags = modules.setting("-ldflags").unwrap_or_default();
    let linked = main.filter(|_| stated.is_none()).and_then(|main| linked_version(flags, main.path));
    let purl = main.and_then(|main| {
        let version = stated.map(str::to_owned).or_else(|| linked.map(with_v)).unwrap_or_default();
        let commit = modules.setting("vcs.revision").filter(|_| version.is_empty());
        let source = commit.and_then(|commit| vcs_url(main.path, modules.setting("vcs")?, commit));
        let builder = golang(main.path).version(version);
        build(source.into_iter().fold(builder, |builder, url| builder.qualifier("vcs_url", url)))
    });
    let mut component = match purl {
        Some(purl) => Component { kind: ComponentKind::Application, ..Component::from_purl(purl) },
        None => {
            let name = String::from_utf8_lossy(file.path().name());
            let mut component = Component::new(ComponentKind::Application, name);
            component.location = Some(file.path().clone());
            component
        }
    };
    let mut property = |name: &'static str, value: Option<&str>| {
        component.properties.extend(value.map(|value| (name.into(), value.into())));
    };
    property("plimsoll:go:package", Some(modules.path).filter(|path| !path.is_empty()));
    property("plimsoll:go:h1", main.map(|main| main.sum).filter(|sum| !sum.is_empty()));
    property("plimsoll:go:version-from", linked.map(|_| "-ldflags"));
    property("plimsoll:go:goos", modules.setting("GOOS"));
    property("plimsoll:go:goarch", modules.setting("GOARCH"));
    property("plimsoll:go:cgo", modules.setting("CGO_ENABLED"));
    property("plimsoll:go:experiment", modules.setting("GOEXPERIMENT"));
    property("plimsoll:go:fips140", modules.setting("GOFIPS140"));
    property("plimsoll:go:vcs", modules.setting("vcs"));
    property("plimsoll:go:vcs.revision", modules.setting("vcs.revision"));
    property("plimsoll:go:vcs.time", modules.setting("vcs.time"));
    property("plimsoll:go:vcs.modified", modules.setting("vcs.modified"));
    let confidence = if linked.is_some() { Confidence::MEDIUM } else { Confidence::STATED };
    (component, Observation { confidence, ..RECORDED })
}

/// A module that was built in; one that a directory replaces is local.
fn module(dependency: &Dependency<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let used = dependency.replacement.unwrap_or(dependency.module);
    // A directory has no version; recent versions of Go write `(devel)` there.
    let unversioned = matches!(used.version, "" | "(devel)");
    let local = unversioned && (used.path.starts_with(['.', '/']) || used.path.get(1..3) == Some(":\\"));
    let mut component = if local {
        out.diagnose(
            DiagnosticCode::LOCAL_COMPONENT,
            0,
            format!("{} comes from {}", dependency.module.path, used.path),
        );
        let mut component = Component::new(ComponentKind::Library, dependency.module.path);
        component.properties.push(("plimsoll:go:local".into(), used.path.into()));
        component
    } else {
        let version = if unversioned { "" } else { used.version };
        Component::from_purl(out.purl(golang(used.path).version(version), 0)?)
    };
    if !used.sum.is_empty() {
        component.properties.push(("plimsoll:go:h1".into(), used.sum.into()));
    }
    if dependency.replacement.is_some() {
        let replaced = dependency.module;
        let text = format!("{} {}", replaced.path, replaced.version);
        component.properties.push(("plimsoll:go:replaces".into(), text.trim_end().into()));
    }
    Some(out.observed(component, RECORDED))
}

/// The purl of a module: all but the last part of its path is the namespace.
fn golang(path: &str) -> PurlBuilder {
    match path.rsplit_once('/') {
        Some((namespace, name)) => Purl::builder("golang", name).namespace(namespace),
        None => Purl::builder("golang", path),
    }
}

/// Where the commit of a module is that has no version, when its path tells: on the hosts that the `go` command knows
/// without asking, a repository has two names. <https://go.dev/ref/mod#vcs-find>
fn vcs_url(path: &str, system: &str, commit: &str) -> Option<String> {
    let mut parts = path.split('/');
    let host =
        parts.next().filter(|host| matches!(*host, "bitbucket.org" | "codeberg.org" | "github.com" | "gitlab.com"))?;
    let (owner, name) = (parts.next()?, parts.next()?);
    (system == "git").then(|| format!("git+https://{host}/{owner}/{name}@{commit}"))
}

/// Versions of modules start with `v`; what people link in often does not.
fn with_v(version: &str) -> String {
    if version.starts_with('v') { version.to_owned() } else { format!("v{version}") }
}
