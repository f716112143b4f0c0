//! `plimsoll provenance deps`.

mod report;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use plimsoll_model::Purl;
use plimsoll_policy::{DependencyAction, DependencyRequirement, Exceptions, Name};
use plimsoll_provenance::published::{
    CheckOptions, DependencyExpectation, Excuse, Fetch, Lock, Recorder, Report, Required, Requirement, Row, Service,
    Status, Store, check, dependencies,
};
use plimsoll_verify::TrustedRoot;

use self::report::Context;
use super::ask;
use crate::args::{DepsArguments, DepsExpectations, DepsFormat};
use crate::commands::policy::open::{self, Opened};
use crate::commands::{expected, time};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, sarif, write_json};

pub(super) fn run(arguments: &DepsArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if offline && arguments.evidence.is_none() {
        return Err(Failure::usage("provenance deps asks registries, and --offline forbids it")
            .hint("record the answers with `plimsoll provenance fetch`, and name them with --evidence"));
    }
    let now = Timestamp::now();
    let at = match &arguments.expected.at {
        Some(text) => text.parse().map_err(|_| Failure::usage(format!("--at {text}: not an RFC 3339 time")))?,
        None => now,
    };
    let policy = arguments.expected.policy.as_deref().map(open::policy).transpose()?;
    let expectations = expectations(&arguments.expected, policy.as_ref())?;
    let lock_path = arguments.expected.lock.clone().or_else(|| policy.as_ref()?.lock());
    let mut lock = lock(&arguments.expected, lock_path.as_deref())?;
    let exceptions =
        open::exceptions(arguments.expected.exceptions.as_deref(), policy.as_ref(), expected::log(false), at, ui)?;
    let roots = roots(arguments, policy.as_ref(), now, ui)?;
    let (registries, only) = (ask::registries(&arguments.asked)?, ask::only(&arguments.asked));
    let required = required(&arguments.expected, policy.as_ref())?;
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let list = dependencies(&plimsoll_sbom::map::document(&parsed));
    let options = CheckOptions {
        at,
        roots: &roots,
        expectations: &expectations,
        lock: lock.as_ref(),
        only: &only,
        required: &required,
        registries: &registries,
        workers: arguments.asked.jobs.into(),
    };
    let store = arguments.evidence.as_deref().map(Store::open).transpose().map_err(Failure::failed)?;
    let bar = ui.progress(format!("asking about {} components", list.dependencies.len()));
    let mut found = match (&store, &arguments.record) {
        (Some(store), _) => check(&list, store, &options),
        (None, None) => check(&list, &ask::network(&arguments.network, registries.clone()), &options),
        (None, Some(directory)) => {
            let network = ask::network(&arguments.network, registries.clone());
            let recorder = Recorder::new(&network as &dyn Fetch);
            let found = check(&list, &recorder, &options);
            let fetched = time::timestamp(None)?.map_or_else(|| now.to_string(), |time| time.to_string());
            recorder.write_directory(directory, Some(&fetched)).map_err(Failure::failed)?;
            found
        }
    };
    bar.finish_and_clear();
    excuse(&mut found, &exceptions, at, ui);
    let name = arguments.document.path.display().to_string();
    let context = Context {
        name: &name,
        report: &found,
        at,
        roots: &roots,
        evidence: store.as_ref(),
        allow_incomplete: arguments.expected.allow_incomplete,
    };
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            DepsFormat::Text => report::text(out, &context)?,
            DepsFormat::Json => write_json(out, &report::json(&context))?,
            DepsFormat::Sarif => write_json(out, &sarif::report("provenance deps", report::findings(&context)))?,
            DepsFormat::Markdown => report::markdown(out, &context)?,
            DepsFormat::Csv => report::csv(out, &context)?,
        }
        Ok(())
    })?;
    if let (Some(lock), Some(path), true) = (lock.as_mut(), &arguments.expected.lock, arguments.expected.update_lock) {
        update(lock, path, &found, &arguments.expected, ui)?;
    }
    Ok(status(&found, &arguments.expected, ui))
}

/// Whom to believe: who is named, or who the policy names.
fn roots(
    arguments: &DepsArguments,
    policy: Option<&Opened>,
    now: Timestamp,
    ui: &mut Ui,
) -> Result<Vec<TrustedRoot>, Failure> {
    let asked = &arguments.asked;
    match policy.filter(|_| asked.trust.is_empty() && asked.trusted_root.is_empty()).map(Opened::trust) {
        Some((names, files)) => expected::roots(&files, &names, now, ui),
        None => expected::roots(&asked.trusted_root, &asked.trust, now, ui),
    }
}

/// Who should have signed.
fn expectations(arguments: &DepsExpectations, policy: Option<&Opened>) -> Result<Vec<DependencyExpectation>, Failure> {
    let read = |text: &String| {
        // A repository has no equals sign; qualifiers of a package URL do.
        let (purl, source) = text.rsplit_once('=').ok_or("PURL=REPOSITORY is needed".to_owned())?;
        DependencyExpectation::new(purl, Some(source), arguments.issuer.as_deref(), None, "--expect")
            .map_err(|error| error.to_string())
    };
    let mut all = Vec::new();
    for text in &arguments.expect {
        all.push(read(text).map_err(|reason| Failure::usage(format!("--expect {text}: {reason}")))?);
    }
    if let Some((opened, rules)) = policy.and_then(|opened| Some((opened, opened.policy.dependencies()?))) {
        let file = opened.policy.file();
        let stated = DependencyExpectation::of_policy(rules, file);
        all.extend(stated.map_err(|error| Failure::usage(format!("{file}: dependencies: {error}")))?);
    }
    Ok(all)
}

/// What has to be published: what the policy refuses without, and what is asked for besides.
fn required(arguments: &DepsExpectations, policy: Option<&Opened>) -> Result<Required, Failure> {
    let mut required = match arguments.require.iter().any(|name| name == "all") {
        true => Required::all(),
        false => Required::of(arguments.require.iter().filter_map(|name| Service::named(name))),
    };
    let rules = policy.and_then(|opened| opened.policy.dependencies());
    for (kind, wanted) in
        rules.into_iter().filter(|rules| rules.default == DependencyAction::Deny).flat_map(|rules| &rules.require)
    {
        let wanted = match wanted {
            DependencyRequirement::Nothing => continue,
            DependencyRequirement::Provenance => Requirement::Provenance,
            _ => Requirement::Published,
        };
        let service = if kind == "docker" { Some(Service::Oci) } else { Service::named(kind) };
        let service = service.ok_or_else(|| {
            Failure::usage(format!("the policy asks for provenance of {kind}, which no known service publishes"))
        })?;
        required.add(service, wanted);
    }
    Ok(required)
}

/// The lock, when one is named. To be updated, it need not be there yet.
fn lock(arguments: &DepsExpectations, path: Option<&Path>) -> Result<Option<Lock>, Failure> {
    let Some(path) = path else {
        return match arguments.update_lock {
            true => Err(Failure::usage("name the lock to update with --lock, or in the policy")),
            false => Ok(None),
        };
    };
    for package in &arguments.accept {
        let purl = Purl::parse(package).map_err(|error| Failure::usage(format!("--accept {package}: {error}")))?;
        if purl.version().is_some() {
            return Err(Failure::usage(format!("--accept {package}: a package without version is needed")));
        }
    }
    if arguments.update_lock && std::fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(Some(Lock::default()));
    }
    let lock = Lock::parse(&input::text(path)?);
    lock.map(Some).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Covers rows with exceptions, and says which of them ended or are too broad.
fn excuse(found: &mut Report, exceptions: &Exceptions, at: Timestamp, ui: &mut Ui) {
    found.excuse(|row: &Row| {
        let name = Name::parse(&row.purl).ok()?;
        let exception = exceptions.excusing(&[name], &[row.rule()?], at)?;
        Some(Excuse {
            id: exception.id.clone(),
            reason: exception.reason.clone(),
            owner: exception.owner.clone(),
            expires: exception.expires,
        })
    });
    let used: BTreeSet<String> =
        found.rows.iter().filter_map(|row| row.excuse.as_ref()).map(|excuse| excuse.id.clone()).collect();
    for (_, diagnostic) in exceptions.findings(&used, at) {
        ui.diagnostics(&[diagnostic]);
    }
}

/// Writes the lock, when something is new or was accepted.
fn update(
    lock: &mut Lock,
    path: &Path,
    found: &Report,
    arguments: &DepsExpectations,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let accepted = arguments.accept.iter().filter_map(|package| Purl::parse(package).ok());
    let changes = lock.update(found, &accepted.map(|purl| purl.to_string()).collect());
    for change in &changes {
        ui.status(&format!("{}: {change}", path.display()));
    }
    if changes.is_empty() && path.exists() {
        return Ok(());
    }
    Target::File(path.to_owned()).write(|out| out.write_all(lock.to_toml().as_bytes()))?;
    Ok(())
}

/// What the answer is.
fn status(found: &Report, arguments: &DepsExpectations, ui: &mut Ui) -> u8 {
    let counts = found.counts();
    if counts.failing > 0 {
        ui.error(&format!("{} of {} components fail", counts.failing, counts.asked));
        return exit::NO;
    }
    let unreachable = found.count(Status::Unreachable);
    if !found.is_incomplete() {
        return exit::DONE;
    }
    let message = format!("{unreachable} of {} components could not be asked about", counts.asked);
    if arguments.allow_incomplete {
        ui.warning(&message);
        return exit::DONE;
    }
    ui.error(&message);
    exit::FAILED
}
