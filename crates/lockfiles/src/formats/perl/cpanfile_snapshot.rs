//! `cpanfile.snapshot` of Carton and Carmel, version 1.0.
//! <https://metacpan.org/dist/Carton>; the reader is `Carton::Snapshot::Parser`.
//!
//! Below `DISTRIBUTIONS`, indent tells what a line is: two spaces a distribution, four its sections, six the entries of
//! `provides` and `requirements`, which are modules. An edge leads to the distribution that provides the module; modules
//! that come with Perl are provided by none.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::vcs::reference;

/// Reads the lockfile of Carton.
pub(crate) struct CpanfileSnapshot;

impl Extractor for CpanfileSnapshot {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("perl/cpanfile-snapshot")
    }

    fn about(&self) -> About {
        About {
            title: "Carton cpanfile.snapshot 1.0",
            specification: "https://metacpan.org/dist/Carton",
            facts: &[Fact::Edges, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("cpanfile.snapshot")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let mut snapshot = Snapshot::default();
        for (line, content) in syntax::text::lines(&text) {
            let trimmed = content.trim();
            if trimmed.is_empty() {
                continue;
            }
            if let Some(comment) = trimmed.strip_prefix('#') {
                if let Some((_, version)) = comment.split_once("snapshot format: version ")
                    && version != "1.0"
                {
                    out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, line, format!("snapshot version {version}"));
                }
                continue;
            }
            let indent = content.len().saturating_sub(content.trim_start_matches(' ').len());
            snapshot.read(line, indent, trimmed, out);
        }
        snapshot.finish(out);
        for (from, module) in &snapshot.needs {
            if let Some(&to) = snapshot.providers.get(module)
                && to != *from
            {
                out.depends(*from, to, Scope::Unspecified);
            }
        }
        Ok(())
    }
}

/// A distribution whose lines are being read.
struct Distribution<'t> {
    title: &'t str,
    line: u32,
    pathname: Option<&'t str>,
    provides: Vec<&'t str>,
    requirements: Vec<&'t str>,
}

#[derive(Default)]
struct Snapshot<'t> {
    current: Option<Distribution<'t>>,
    section: &'t str,
    providers: HashMap<&'t str, ComponentRef>,
    needs: Vec<(ComponentRef, &'t str)>,
}

impl<'t> Snapshot<'t> {
    fn read(&mut self, line: u32, indent: usize, text: &'t str, out: &mut Sink<'_>) {
        let first = text.split(' ').next().unwrap_or_default();
        match (indent, &mut self.current) {
            (0, _) => self.finish(out),
            (2, _) => {
                self.finish(out);
                self.section = "";
                self.current = Some(Distribution {
                    title: text,
                    line,
                    pathname: None,
                    provides: Vec::new(),
                    requirements: Vec::new(),
                });
            }
            (4, Some(current)) => {
                let (key, value) = text.split_once(':').unwrap_or((text, ""));
                self.section = key;
                if key == "pathname" {
                    current.pathname = Some(value.trim());
                }
            }
            (6, Some(current)) if self.section == "provides" => current.provides.push(first),
            (6, Some(current)) if self.section == "requirements" => current.requirements.push(first),
            _ => out.malformed_entry(line, "unexpected indent"),
        }
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        let Some(distribution) = self.current.take() else { return };
        let line = distribution.line;
        let Some((name, version)) = split_title(distribution.title) else {
            return out.malformed_entry(line, format!("{} has no version", distribution.title));
        };
        let pathname = distribution.pathname.unwrap_or_default();
        let builder = Purl::builder("cpan", name).version(version);
        let Some(purl) = out.purl(builder, line) else { return };
        let mut component = Component::from_purl(purl);
        if !pathname.is_empty() {
            let url = format!("https://cpan.metacpan.org/authors/id/{pathname}");
            component.references.push(reference(ReferenceKind::SourceDistribution, url));
        }
        let at = out.component(component, line);
        self.providers.extend(distribution.provides.into_iter().map(|module| (module, at)));
        self.needs.extend(distribution.requirements.into_iter().map(|module| (at, module)));
    }
}

/// `Module-Name-v1.2.3-TRIAL`: the version starts at the first part with a digit in front, after `v` or not.
fn split_title(title: &str) -> Option<(&str, &str)> {
    let at = title.match_indices('-').map(|(at, _)| at).find(|at| {
        let rest = title.get(at.saturating_add(1)..).unwrap_or_default();
        rest.strip_prefix('v').unwrap_or(rest).starts_with(|first: char| first.is_ascii_digit())
    })?;
    Some((title.get(..at)?, title.get(at.saturating_add(1)..)?))
}
