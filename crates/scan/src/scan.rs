//! The scan.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_binaries::IndexedJavaArchive;
use plimsoll_extract::{CacheUse, Extraction, Extractor, RunOptions, run};
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode};
use plimsoll_sbom::{Observation, Subject, Tool};
use plimsoll_source::{LayerScope, Source, SourceReference, open};

use crate::cargo_resolve::resolve as resolve_cargo;
use crate::{Classify, ScanError, ScanOptions, extractors, subject};

/// What one source gave.
#[derive(Debug)]
pub struct Scan {
    /// The document.
    pub document: Observation,
    /// Figures for people.
    pub summary: Summary,
    /// `os-arch[-variant]` of the image, to tell the documents of several platforms apart.
    pub platform: Option<String>,
}

/// Figures about a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Components by purl type, or kind for those without purl.
    pub components: BTreeMap<String, u64>,
    /// Edges between components.
    pub relationships: u64,
    /// Entries of the source: files, links and directories.
    pub entries: u64,
    /// Files that an extractor read.
    pub files_read: u64,
    /// Diagnostics which mean that something is missing.
    pub incomplete: u64,
}

/// Scans what the reference names; one result for each platform.
///
/// # Errors
/// The source cannot be opened, or is not what it claims to be.
pub fn scan(reference: &SourceReference, options: &ScanOptions) -> Result<Vec<Scan>, ScanError> {
    scan_sources(&open(reference, &options.open_options())?, Some(&reference.path), options)
}

/// Scans sources that were opened with [`ScanOptions::open_options`]; one result for each. `project` is the directory that
/// cargo is asked about, when it is.
///
/// # Errors
/// A source cannot be read, or is not what it claims to be.
pub fn scan_sources(
    sources: &[Box<dyn Source>],
    project: Option<&Path>,
    options: &ScanOptions,
) -> Result<Vec<Scan>, ScanError> {
    sources.iter().map(|source| scan_one(project, &**source, options)).collect()
}

fn scan_one(project: Option<&Path>, source: &dyn Source, options: &ScanOptions) -> Result<Scan, ScanError> {
    let budget = Budget::new(options.limits.clone());
    let mut run_options = RunOptions::default();
    run_options.all_layers = options.scope == LayerScope::AllLayers;
    run_options.exclude_os_owned = options.exclude_os_owned;
    run_options.catalogue = options.catalogue;
    run_options.cache = options.cache.as_deref().map(|cache| CacheUse { store: cache, program: cache.program() });
    let mut readers = extractors();
    readers.retain(|reader| !(options.ignore_claims && reader.claims()));
    let indexed = options.jar_index.as_deref().map(IndexedJavaArchive::new);
    if let Some(indexed) = &indexed {
        let plain = readers.iter_mut().filter(|reader| reader.id() == indexed.id());
        plain.for_each(|reader| *reader = indexed);
    }
    match &options.classify {
        Classify::BuiltIn => {}
        Classify::Off => readers.retain(|reader| reader.id() != plimsoll_binaries::CLASSIFIER),
        Classify::With(custom) => {
            let built_in = readers.iter_mut().filter(|reader| reader.id() == plimsoll_binaries::CLASSIFIER);
            built_in.for_each(|reader| *reader = &**custom);
        }
    }
    let extraction = run(source, &readers, run_options, &budget)?;
    let info = source.info();
    let Extraction { mut graph, files, mut diagnostics, entries, files_read } = extraction;
    let mut component = subject::component(info, &options.identity);
    if let Some(build) = &options.cargo {
        let project = project.ok_or_else(|| ScanError::Cargo { reason: "the source is no directory".into() })?;
        let resolved = resolve_cargo(project, build, &graph)?;
        // What the walk could not read does not bear on what cargo says; it served for the checksums of the lockfile.
        diagnostics.clear();
        diagnostics.push(Diagnostic::new(DiagnosticCode::RAN_CARGO, "`cargo metadata` was run on the project"));
        (component, graph) = (subject::named(resolved.0, &options.identity), resolved.1);
    }
    let base = options.bases.as_deref().and_then(|bases| bases.find(info));
    if let Some(base) = &base {
        let mut builder = graph.into_builder();
        base.mark(&mut builder, options.minus_base);
        graph = builder.finish();
        component.properties.extend(base.properties().map(|(name, value)| (name.into(), value.into())));
    } else if options.minus_base {
        diagnostics
            .push(Diagnostic::new(DiagnosticCode::UNKNOWN_BASE, "no known image is its base; nothing was left out"));
    }
    if !info.digests_checked {
        diagnostics
            .push(Diagnostic::new(DiagnosticCode::DIGESTS_SKIPPED, "content was not hashed (--insecure-skip-digests)"));
    }
    let timestamp = subject::timestamp(info, &options.identity, &mut diagnostics);
    diagnostics.sort_unstable();
    diagnostics.dedup();
    let document = Observation {
        subject: Subject { component, direct: graph.roots() },
        graph,
        files,
        layers: subject::layers(info),
        timestamp,
        authors: options.identity.authors.clone(),
        supplier: options.identity.supplier.clone(),
        tools: vec![Tool { name: "plimsoll".into(), version: Some(env!("CARGO_PKG_VERSION").into()), vendor: None }],
        lifecycle: subject::lifecycle(info),
        properties: properties(options),
        diagnostics,
    };
    let summary = summary(&document, entries, files_read);
    let platform = info.image.as_ref().map(|image| subject::platform(image).replace('/', "-"));
    Ok(Scan { document, summary, platform })
}

/// How the document was made, as far as it bears on what it proves.
fn properties(options: &ScanOptions) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if options.insecure_skip_digests {
        out.push(("plimsoll:insecure-skip-digests".to_owned(), "true".to_owned()));
    }
    if options.scope == LayerScope::AllLayers {
        out.push(("plimsoll:scope".to_owned(), "all-layers".to_owned()));
    }
    if let Some(build) = &options.cargo {
        out.push(("plimsoll:resolve".to_owned(), "cargo".to_owned()));
        out.extend(build.target.iter().map(|target| ("plimsoll:rust:target".to_owned(), target.clone())));
        out.extend(build.features.iter().map(|feature| ("plimsoll:rust:feature".to_owned(), feature.clone())));
        let switches = [
            ("plimsoll:rust:all-features", build.all_features),
            ("plimsoll:rust:no-default-features", build.no_default_features),
            ("plimsoll:rust:no-dev", build.no_dev),
        ];
        let given = switches.into_iter().filter(|(_, given)| *given);
        out.extend(given.map(|(name, _)| (name.to_owned(), "true".to_owned())));
    }
    match options.classify {
        Classify::BuiltIn => {}
        Classify::Off => out.push(("plimsoll:classify".to_owned(), "off".to_owned())),
        Classify::With(_) => out.push(("plimsoll:classify".to_owned(), "custom-rules".to_owned())),
    }
    if let Some(index) = &options.jar_index {
        out.push(("plimsoll:jar-index".to_owned(), index.digest().to_string()));
    }
    if options.minus_base {
        out.push(("plimsoll:minus-base".to_owned(), "true".to_owned()));
    }
    if options.exclude_os_owned {
        out.push(("plimsoll:exclude-os-owned".to_owned(), "true".to_owned()));
    }
    out
}

fn summary(document: &Observation, entries: u64, files_read: u64) -> Summary {
    let mut components: BTreeMap<String, u64> = BTreeMap::new();
    for (_, component) in document.graph.components() {
        let kind = component.purl.as_ref().map_or_else(|| component.kind.word(), |purl| purl.kind());
        let count = components.entry(kind.to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    Summary {
        components,
        relationships: document.graph.relationships().len() as u64,
        entries,
        files_read,
        incomplete: document.diagnostics.iter().filter(|held| held.is_incomplete()).count() as u64,
    }
}
