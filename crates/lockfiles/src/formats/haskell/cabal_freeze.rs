//! `cabal.project.freeze`. <https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze>
//!
//! One field `constraints` with a list of `any.name ==1.0`, `name ==1.0` and `name +flag -flag`. All packages are there,
//! those that come with the compiler among them; edges and digests are not. What surprises: the flags of a package are
//! an entry of their own, and often follow it; a version may be `==1.0 || ==1.1`, which pins nothing.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::vcs::reference;

/// Reads the frozen versions of Cabal.
pub(crate) struct CabalFreeze;

impl Extractor for CabalFreeze {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("haskell/cabal-freeze")
    }

    fn about(&self) -> About {
        About {
            title: "Cabal cabal.project.freeze",
            specification: "https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("cabal.project.freeze"), Interest::Name("cabal.config.freeze")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut in_constraints = false;
        let mut found: HashMap<&str, ComponentRef> = HashMap::new();
        let mut flags = Vec::new();
        for (line, content) in syntax::text::lines(&text) {
            let mut content = content.trim_end();
            if content.trim_start().starts_with("--") {
                continue;
            }
            if !content.starts_with([' ', '\t']) && !content.is_empty() {
                let (field, rest) = content.split_once(':').unwrap_or((content, ""));
                in_constraints = field.trim().eq_ignore_ascii_case("constraints");
                content = rest;
            }
            for entry in content.split(',').map(str::trim).filter(|entry| in_constraints && !entry.is_empty()) {
                let (subject, constraint) = split(entry);
                let name = subject.rsplit(['.', ':']).next().unwrap_or_default();
                if constraint.starts_with(['+', '-']) {
                    flags.push((name, constraint));
                } else if let Some(component) = component(name, constraint, line, out) {
                    found.insert(name, out.component(component, line));
                }
            }
        }
        for (name, flags) in flags {
            if let Some(component) = found.get(name).and_then(|&at| out.get_mut(at)) {
                component.properties.push(("plimsoll:hackage:flags".into(), flags.into()));
            }
        }
        Ok(())
    }
}

/// The subject of a constraint, such as `any.name` or `setup.name`, and what is asked of it.
fn split(entry: &str) -> (&str, &str) {
    let end = entry.find(|character: char| character.is_whitespace() || "=<>^".contains(character));
    let (subject, constraint) = entry.split_at_checked(end.unwrap_or(entry.len())).unwrap_or((entry, ""));
    (subject, constraint.trim())
}

fn component(name: &str, constraint: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let pinned = constraint.strip_prefix("==").map(str::trim);
    let pinned = pinned.filter(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let version = pinned.unwrap_or_default();
    let mut component = Component::from_purl(out.purl(Purl::builder("hackage", name).version(version), line)?);
    if version.is_empty() {
        if constraint == "installed" {
            component.version_range = None;
        } else {
            component.version_range = (!constraint.is_empty()).then(|| constraint.into());
        }
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned to a version"));
    } else {
        let url = format!("https://hackage.haskell.org/package/{name}-{version}/{name}-{version}.tar.gz");
        component.references.push(reference(ReferenceKind::SourceDistribution, url));
    }
    Some(component)
}
