//! Mill's `build.mill`, `build.sc` and `package.mill`: the dependencies that are written out in them.
//! <https://mill-build.org/mill/fundamentals/library-deps.html>
//!
//! A build file is a Scala program. It is read, not run: `ivy"…"` and `mvn"…"` literals count, values that a `val` or
//! `def` of the file gives a string are filled in. `org::name:1` stands for `org:name_SCALA:1`, where SCALA is the
//! binary version of Scala; when the file has not just one of these, the real name is not known and there is no purl.

mod program;

use plimsoll_extract::prelude::*;

use crate::maven::{self, Artifact, Version};
use crate::scala::binary_version;
use program::{Literal, Program};

/// Reads the build files of Mill.
pub(crate) struct Mill;

impl Extractor for Mill {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/mill")
    }

    fn about(&self) -> About {
        About {
            title: "Mill build files, where dependencies are written out",
            specification: "https://mill-build.org/mill/fundamentals/library-deps.html",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("build.mill"),
            Interest::Name("build.mill.scala"),
            Interest::Name("package.mill"),
            Interest::Name("package.mill.scala"),
            Interest::Name("build.sc"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let program = Program::read(&text.text);
        for literal in header(&text.text) {
            dependency(&literal, &program, out);
        }
        for literal in &program.dependencies {
            dependency(literal, &program, out);
        }
        Ok(())
    }
}

/// The dependencies of the build itself, which is Scala 3 since Mill 1: `mvnDeps` in the YAML before the program, each line of which starts with `//|`.
fn header(text: &str) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut listing = false;
    let lines = syntax::text::lines(text).map_while(|(line, text)| Some((line, text.strip_prefix("//|")?.trim())));
    for (line, content) in lines {
        let items = match content.strip_prefix('-') {
            Some(item) => item,
            None => {
                let (key, rest) = content.split_once(':').unwrap_or_default();
                listing = matches!(key, "mvnDeps" | "ivyDeps");
                rest.trim().trim_start_matches('[').trim_end_matches(']')
            }
        };
        let items = items.split(',').map(|item| item.trim().trim_matches(['"', '\'']));
        let literal = |text| Literal { text, line, scope: Scope::Build, is_platform: false, build: Some("3") };
        found.extend(items.filter(|item| listing && !item.is_empty()).map(literal));
    }
    found
}

/// What the number of colons asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cross {
    None,
    Binary,
    Full,
}

/// `group:name:version`, with `::` for the binary and `:::` for the full version of Scala. A second `::` stands for the
/// platform, which on the JVM has no name. Attributes follow a semicolon.
fn split(text: &str) -> Option<(&str, Cross, &str, &str)> {
    let text = text.split(';').next()?;
    let (group, rest) = text.split_once(':')?;
    let (cross, rest) = match (rest.strip_prefix("::"), rest.strip_prefix(':')) {
        (Some(rest), _) => (Cross::Full, rest),
        (None, Some(rest)) => (Cross::Binary, rest),
        (None, None) => (Cross::None, rest),
    };
    let (name, version) = rest.split_once(':').unwrap_or((rest, ""));
    let version = version.trim_start_matches(':');
    (!group.is_empty() && !name.is_empty()).then_some((group, cross, name, version))
}

fn dependency(literal: &Literal<'_>, program: &Program<'_>, out: &mut Sink<'_>) {
    let line = literal.line;
    let text = program.interpolate(literal.text);
    let Some((group, cross, name, version)) =
        split(&text).filter(|(group, _, name, _)| !group.contains('$') && !name.contains('$'))
    else {
        return out.malformed_entry(line, format!("the name of dependency {} is not known", literal.text));
    };
    let version = if version.contains('$') { "" } else { version };
    let suffix = match cross {
        Cross::Binary if literal.build.is_some() => literal.build.map(|version| format!("_{version}")),
        Cross::None => Some(String::new()),
        Cross::Binary => program.scala_version().map(|version| format!("_{}", binary_version(&version))),
        Cross::Full => program.scala_version().map(|version| format!("_{version}")),
    };
    let component = match suffix {
        Some(suffix) => {
            let name = format!("{name}{suffix}");
            maven::library(Artifact::jar(group, &name), Version::read(version), line, out)
        }
        None => {
            let mut component = Component::new(ComponentKind::Library, name);
            component.group = Some(group.into());
            component.version = Version::read(version).exact().map(Into::into);
            Some(component)
        }
    };
    let Some(component) = component else { return };
    if version.is_empty() && !literal.is_platform {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {group}:{name} is not known"));
    }
    let at = out.component(Component { scope: literal.scope, ..component }, line);
    out.direct(at, literal.scope);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        assert_eq!(split("com.lihaoyi::upickle:3.1.0"), Some(("com.lihaoyi", Cross::Binary, "upickle", "3.1.0")));
        assert_eq!(split("a::b::1"), Some(("a", Cross::Binary, "b", "1")));
        assert_eq!(split("a:::b:1"), Some(("a", Cross::Full, "b", "1")));
        assert_eq!(split("a:b:1;classifier=x"), Some(("a", Cross::None, "b", "1")));
        assert_eq!(split("a:b"), Some(("a", Cross::None, "b", "")));
        assert_eq!(split("ab"), None);
    }
}
