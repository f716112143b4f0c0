//! sbt's `build.sbt`, `project/plugins.sbt` and `project/*.scala`: the dependencies that are written out in them.
//! <https://www.scala-sbt.org/1.x/docs/Library-Dependencies.html>
//!
//! ```scala
//! libraryDependencies += "org.typelevel" %% "cats-core" % catsVersion % Test
//! ```
//!
//! A build is a Scala program. It is read, not run: what a name of the same file stands for is known when it is given
//! one string. `%%` stands for the binary version of Scala at the end of the name; when the file does not state one, the
//! real name is not known and there is no purl. A `build.sbt.lock` beside says all of this better, and then counts alone.

use std::collections::BTreeSet;

use plimsoll_extract::prelude::*;

use crate::maven::{self, Artifact, Version};
use crate::scala::{Token, Tokens, Values, binary_version};

/// Reads the build files of sbt.
pub(crate) struct SbtBuild;

impl Extractor for SbtBuild {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/sbt-build")
    }

    fn about(&self) -> About {
        About {
            title: "sbt build files, where dependencies are written out",
            specification: "https://www.scala-sbt.org/1.x/docs/Library-Dependencies.html",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".sbt"), Interest::Path("project/*.scala"), Interest::Name("build.sbt.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name().ends_with(b".lock") {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let build = Build::read(&text.text);
        let in_project = file.path().parent().rsplit(|&byte| byte == b'/').next() == Some(b"project");
        let plugins = in_project && file.path().name().ends_with(b".sbt");
        for module in &build.modules {
            emit(module, &build, plugins, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for file in files.named("build.sbt") {
            if files.find_beside(file, "build.sbt.lock").is_some() {
                files.retain(file, |_| false);
            }
        }
    }
}

/// Parts of a module that count: group, name, version and configuration.
const MAX_PARTS: usize = 4;

/// A part of a module that is a string, or a name that stands for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// `group % name % version % configuration`.
#[derive(Debug)]
struct Module<'a> {
    parts: Vec<Part<'a>>,
    /// The number of `%` after the group.
    cross: usize,
    line: u32,
    /// The argument of `addSbtPlugin` or `addCompilerPlugin`.
    plugin: &'a str,
}

#[derive(Debug, Default)]
struct Build<'a> {
    modules: Vec<Module<'a>>,
    values: Values<'a>,
    scala: BTreeSet<&'a str>,
}

impl<'a> Build<'a> {
    fn read(text: &'a str) -> Self {
        let mut build = Self::default();
        let mut open: Option<Module<'a>> = None;
        let (mut previous, mut before) = (Token::Close, Token::Close);
        let mut plugin = "";
        for (token, line) in Tokens::new(text) {
            let part = match token {
                Token::Text(text) => Some(Part::Text(text)),
                Token::Word(name) => Some(Part::Name(name)),
                _ => None,
            };
            match (&mut open, previous, token, part) {
                // `V.cats`: the last name counts.
                (Some(module), Token::Dot, _, Some(part @ Part::Name(_))) => {
                    if let Some(last) = module.parts.last_mut() {
                        *last = part;
                    }
                }
                (Some(module), Token::Percent(_), _, Some(part)) if module.parts.len() < MAX_PARTS => {
                    module.parts.push(part);
                }
                (Some(_), _, Token::Dot | Token::Percent(_), _) => {}
                (_, Token::Text(group), Token::Percent(cross), _) => {
                    let parts = vec![Part::Text(group)];
                    open = Some(Module { parts, cross, line, plugin: std::mem::take(&mut plugin) });
                }
                _ => {
                    build.modules.extend(open.take());
                    build.assigned(before, previous, token);
                    if let Token::Word(word @ ("addSbtPlugin" | "addCompilerPlugin" | "compilerPlugin")) = token {
                        plugin = word;
                    }
                }
            }
            (before, previous) = (previous, token);
        }
        build.modules.extend(open);
        build.modules.retain(|module| module.parts.len() >= 3);
        build
    }

    /// `val name = "…"`, `scalaVersion := "…"`.
    fn assigned(&mut self, before: Token<'a>, previous: Token<'a>, token: Token<'a>) {
        let Token::Text(text) = token else { return };
        match (before, previous) {
            (_, Token::Word("scalaVersion")) => drop(self.scala.insert(text)),
            (Token::Word("val" | "def"), Token::Word(name)) => self.values.add(name, text),
            // `val name: String = "…"`
            (Token::Word(name), Token::Word("String")) => self.values.add(name, text),
            _ => {}
        }
    }

    fn text(&self, part: Option<&Part<'a>>) -> Option<String> {
        match part? {
            Part::Text(text) => Some(self.values.interpolate(text)).filter(|text| !text.contains('$')),
            Part::Name(name) => self.values.get(name).map(str::to_owned),
        }
    }

    fn scala_version(&self) -> Option<String> {
        let stated: BTreeSet<String> = self.scala.iter().map(|text| self.values.interpolate(text)).collect();
        let mut binary = stated.into_iter();
        binary.next().filter(|version| binary.next().is_none() && !version.contains('$'))
    }
}

fn emit(module: &Module<'_>, build: &Build<'_>, plugins: bool, out: &mut Sink<'_>) {
    let line = module.line;
    let part = |at: usize| build.text(module.parts.get(at));
    let (Some(group), Some(name)) = (part(0), part(1)) else {
        return out.malformed_entry(line, "the name of a dependency is not known");
    };
    let version = part(2).unwrap_or_default();
    let configuration = match module.parts.get(3) {
        Some(Part::Text(text) | Part::Name(text)) => text.to_ascii_lowercase(),
        None => String::new(),
    };
    let scope = match configuration.split("->").next().unwrap_or_default() {
        _ if plugins || !module.plugin.is_empty() => Scope::Build,
        "provided" => Scope::Build,
        "optional" => Scope::Optional,
        text if text.contains("test") || text == "it" => Scope::Dev,
        _ => Scope::Runtime,
    };
    let version = Version::read(&version);
    // Plugins carry the versions of Scala and sbt, which are those of sbt 1.
    let suffix = match (module.plugin, module.cross) {
        ("addSbtPlugin", _) => Some("_2.12_1.0".to_owned()),
        (_, 0 | 1) => Some(String::new()),
        _ => build.scala_version().map(|version| format!("_{}", binary_version(&version))),
    };
    let component = match suffix {
        Some(suffix) => maven::library(Artifact::jar(&group, &format!("{name}{suffix}")), version, line, out),
        None => {
            let mut component = Component::new(ComponentKind::Library, name.as_str());
            component.group = Some(group.as_str().into());
            component.version = version.exact().map(Into::into);
            Some(component)
        }
    };
    let Some(component) = component else { return };
    if version == Version::Unknown {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {group}:{name} is not known"));
    }
    let at = out.component(Component { scope, ..component }, line);
    out.direct(at, scope);
}
