//! `plimsoll scan`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use plimsoll_extract::Catalogue;
use plimsoll_model::Limits;
use plimsoll_sbom::Agent;
use plimsoll_scan::{
    BaseIndex, CargoBuild, Classify, CustomClassifier, FileCache, Identity, JarIndex, Rules, Scan, ScanOptions, Summary,
};
use plimsoll_source::LayerScope;

use super::time;
use crate::args::{FilesMode, OutputArgument, Resolver, ScanArguments, ScopeArgument, SourceArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};
use crate::source::Named;

pub(super) fn run(arguments: &ScanArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    threads(arguments.jobs)?;
    let named = Named::parse(&arguments.source, offline)?;
    if arguments.cargo.resolve.is_some() && !named.path().is_some_and(|path| path.is_dir()) {
        return Err(Failure::usage("--resolve needs the directory of a project"));
    }
    let mut options = options(arguments)?;
    let own = named.path().map(|path| own_outputs(&arguments.output, path)).unwrap_or_default();
    options.exclude = exclude(&[arguments.scan.exclude.as_slice(), &own].concat())?;
    let opened = named.open(&arguments.network, &options, ui)?;
    let progress = ui.progress(format!("scanning {}", named.label()));
    let scans = opened.scan(&options);
    progress.finish_and_clear();
    let scans = scans?;
    let mut incomplete = false;
    for scan in &scans {
        write(scan, &arguments.output, scans.len() > 1, ui)?;
        ui.diagnostics(&scan.document.diagnostics);
        ui.status(&summary_line(scan));
        incomplete |= scan.document.is_incomplete();
    }
    // The process ends here; taking a large graph apart piece by piece would only cost time.
    std::mem::forget(scans);
    Ok(if incomplete && arguments.strict { exit::INCOMPLETE } else { exit::DONE })
}

/// Sets how many threads work.
pub(super) fn threads(jobs: Option<usize>) -> Result<(), Failure> {
    let Some(jobs) = jobs else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global();
    pool.map_err(|error| Failure::usage(format!("--jobs {jobs}: {error}")))
}

/// What every command that scans a source has in common.
pub(super) fn source_options(arguments: &SourceArguments, limits: Limits) -> Result<ScanOptions, Failure> {
    Ok(ScanOptions {
        scope: match arguments.scope {
            ScopeArgument::Squashed => LayerScope::Squashed,
            ScopeArgument::AllLayers => LayerScope::AllLayers,
        },
        platform: arguments.platform.clone(),
        insecure_skip_digests: arguments.insecure_skip_digests,
        exclude: exclude(&arguments.exclude)?,
        exclude_os_owned: arguments.exclude_os_owned,
        cache: cache(arguments.cache.as_deref())?,
        bases: arguments.base_index.as_deref().map(|path| bases(path).map(Arc::new)).transpose()?,
        minus_base: arguments.minus_base,
        classify: classify(arguments)?,
        jar_index: arguments.jar_index.as_deref().map(jar_index).transpose()?,
        limits,
        ..ScanOptions::default()
    })
}

/// The layer cache that the command line or else the environment names.
fn cache(named: Option<&Path>) -> Result<Option<Arc<FileCache>>, Failure> {
    let environment = std::env::var_os("PLIMSOLL_CACHE").filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(directory) = named.map(Path::to_owned).or(environment) else { return Ok(None) };
    let opened = FileCache::open(&directory);
    let failed = |error| Failure::usage(format!("the layer cache {}: {error}", directory.display()));
    opened.map(|cache| Some(Arc::new(cache))).map_err(failed)
}

/// An index of base images.
pub(super) fn bases(path: &Path) -> Result<BaseIndex, Failure> {
    BaseIndex::parse(&input::text(path)?).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn classify(arguments: &SourceArguments) -> Result<Classify, Failure> {
    let Some(path) = &arguments.classifier_rules else {
        return Ok(if arguments.no_classify { Classify::Off } else { Classify::BuiltIn });
    };
    let shown = path.display();
    let classifier = Rules::parse(&input::text(path)?).and_then(CustomClassifier::new);
    let classifier = classifier.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    Ok(Classify::With(Arc::new(classifier)))
}

/// An index that a user names is what the scan goes by: one that cannot be used is a failure, not a diagnostic.
fn jar_index(path: &Path) -> Result<Arc<JarIndex>, Failure> {
    let index = JarIndex::open(path).map_err(|error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot use the index of jars {}", path.display())))
    })?;
    Ok(Arc::new(index))
}

fn options(arguments: &ScanArguments) -> Result<ScanOptions, Failure> {
    let identity = &arguments.identity;
    Ok(ScanOptions {
        catalogue: match arguments.files {
            FilesMode::None => Catalogue::None,
            FilesMode::Unowned => Catalogue::Unowned,
            FilesMode::All => Catalogue::All,
        },
        cargo: arguments.cargo.resolve.map(|Resolver::Cargo| CargoBuild {
            package: arguments.cargo.package.clone(),
            features: arguments.cargo.features.clone(),
            all_features: arguments.cargo.all_features,
            no_default_features: arguments.cargo.no_default_features,
            target: arguments.cargo.target.clone(),
            no_dev: arguments.cargo.no_dev,
        }),
        identity: Identity {
            name: identity.name.clone(),
            version: identity.version.clone(),
            supplier: identity.supplier.as_deref().map(Agent::parse),
            authors: identity.author.iter().map(|author| Agent::parse(author)).collect(),
            timestamp: time::timestamp(identity.timestamp.as_deref())?,
        },
        ..source_options(&arguments.scan, arguments.limits.limits())?
    })
}

/// The documents that this run writes into the directory that it scans. What an earlier run wrote there is no part of the
/// project: it would come back as claims, and the second run would differ from the first.
fn own_outputs(outputs: &[OutputArgument], source: &Path) -> Vec<String> {
    let Ok(root) = source.canonicalize() else { return Vec::new() };
    let place = |output: &OutputArgument| {
        let Target::File(path) = &output.target else { return None };
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let absolute = directory.canonicalize().ok()?.join(path.file_name()?);
        Some(globset::escape(absolute.strip_prefix(&root).ok()?.to_str()?))
    };
    outputs.iter().filter_map(place).collect()
}

pub(super) fn exclude(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob =
            GlobBuilder::new(pattern.trim_start_matches("./").trim_end_matches('/')).literal_separator(true).build();
        set.add(glob.map_err(|error| Failure::usage(format!("--exclude {pattern}: {error}")))?);
    }
    set.build().map_err(|error| Failure::usage(format!("--exclude: {error}")))
}

fn write(scan: &Scan, outputs: &[OutputArgument], several: bool, ui: &mut Ui) -> Result<(), Failure> {
    for output in outputs {
        let platform = scan.platform.as_deref().filter(|_| several);
        let target = output.target.for_platform(platform);
        if several && target == output.target && target != Target::Stdout {
            return Err(Failure::usage("with several platforms, PATH must hold {os}-{arch}"));
        }
        let written = target.write(|out| Ok(output.format.write_observation(&scan.document, out)?));
        written.map_err(|mut failure: Failure| {
            failure.error = failure.error.context(format!("cannot write {}", output.format));
            failure
        })?;
        if ui.is_verbose() {
            for (fact, count) in output.format.loss(&scan.document).facts() {
                ui.detail(&format!("{} has no place for: {fact} ({count})", output.format));
            }
        }
    }
    Ok(())
}

/// `412 components (npm 400, deb 12), 890 relationships, 31 of 5,237 entries read, complete`
fn summary_line(scan: &Scan) -> String {
    let Summary { components, relationships, entries, files_read, incomplete } = &scan.summary;
    let total: u64 = components.values().sum();
    let mut kinds: Vec<(&String, &u64)> = components.iter().collect();
    kinds.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let state = match incomplete {
        0 => "complete".to_owned(),
        &count => format!("INCOMPLETE: {}", counted(count, "problem")),
    };
    let platform = scan.platform.as_deref().filter(|text| !text.is_empty()).map(|text| format!("{text}: "));
    format!(
        "{}{}{kinds}, {}, {files_read} of {entries} entries read, {state}",
        platform.unwrap_or_default(),
        counted(total, "component"),
        counted(*relationships, "relationship"),
    )
}

fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
