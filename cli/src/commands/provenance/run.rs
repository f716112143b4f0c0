//! `plimsoll provenance run`.

mod again;
mod report;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use plimsoll_provenance::observe::{
    self, Build, Inventory, Launch, ObserveError, Outcome, Output, Places, Setup, Source,
};

use crate::args::{ProvenanceObservedArguments, ProvenanceRunArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &ProvenanceRunArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let patterns = patterns(&arguments.subject)?;
    let environment = environment();
    let directory = std::env::current_dir()?.canonicalize()?;
    let source = Source::of(&directory, &environment);
    let places = Places::of(&source.root, &environment);
    let launch = launch(arguments, &directory)?;
    let copies = again::Copies::make(arguments.reproduce, &source, &environment)?;
    let started = Timestamp::now();
    let trace = observe::trace(&launch).map_err(failure)?;
    let inventory = Inventory::of(&trace, &places, &source);
    let products = observe::products(&trace, &inventory, &places, patterns.as_ref()).map_err(failure)?;
    let build = Build {
        command: arguments.command.clone(),
        environment,
        recorded: arguments.env.clone(),
        directory: places.shown(&directory),
        hermetic: arguments.hermetic,
        started,
        finished: Timestamp::now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        trace,
        inventory,
        source,
        places,
        products,
    };
    report::summary(&build, ui);
    if let Some(code) = refused(&build, ui) {
        return Ok(code);
    }
    if build.products.is_empty() {
        let failure = Failure::failed(anyhow::anyhow!("the build made nothing that the provenance could be about"));
        return Err(failure.hint("name the products with --subject"));
    }
    write(&build, arguments)?;
    again::run(&build, &launch, &copies, arguments, ui)
}

/// Becomes a command that is watched. What comes back is why not.
pub(super) fn become_command(arguments: &ProvenanceObservedArguments) -> Failure {
    let setup = Setup { hermetic: arguments.hermetic, umask: arguments.umask, host_name: arguments.host_name.clone() };
    let error = observe::launch(&setup, &arguments.command);
    Failure { code: error.status(), error: error.into(), hint: None }
}

/// The status of a build that there is nothing to be said for.
fn refused(build: &Build, ui: &mut Ui) -> Option<u8> {
    let breaches = build.breaches();
    for breach in &breaches {
        ui.error(&format!("a build without network tried to reach {breach}"));
    }
    if !breaches.is_empty() {
        return Some(exit::NO);
    }
    let outcome = build.trace.outcome;
    if outcome.is_success() {
        return None;
    }
    let how = match outcome {
        Outcome::Exited(code) => format!("ended with status {code}"),
        Outcome::Signaled(signal) => format!("was ended by signal {signal}"),
    };
    ui.error(&format!("the command {how}; nothing is written"));
    Some(outcome.status())
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn launch(arguments: &ProvenanceRunArguments, directory: &Path) -> Result<Launch, Failure> {
    Ok(Launch {
        program: std::env::current_exe()?,
        leading: ["provenance", "observed"].map(OsString::from).to_vec(),
        command: arguments.command.clone(),
        directory: directory.to_owned(),
        environment: BTreeMap::new(),
        clear_environment: false,
        output: if arguments.output.is_some() { Output::Inherit } else { Output::ToStderr },
        setup: Setup { hermetic: arguments.hermetic, ..Setup::default() },
    })
}

fn patterns(patterns: &[String]) -> Result<Option<GlobSet>, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build();
        set.add(glob.map_err(|error| Failure::usage(format!("--subject {pattern}: {error}")))?);
    }
    let built = set.build().map_err(|error| Failure::usage(format!("--subject: {error}")))?;
    Ok(Some(built).filter(|_| !patterns.is_empty()))
}

fn failure(error: ObserveError) -> Failure {
    let hint = match &error {
        ObserveError::Denied(_) => {
            Some("containers need the capability SYS_PTRACE, or a kernel from 4.8 on; see kernel.yama.ptrace_scope")
        }
        ObserveError::NotStarted(71) => {
            Some("a namespace without network needs user namespaces, which this system does not let you have")
        }
        ObserveError::NotStarted(72) => Some("the kernel needs seccomp filters (CONFIG_SECCOMP_FILTER)"),
        _ => None,
    };
    Failure { code: exit::FAILED, error: error.into(), hint: hint.map(str::to_owned) }
}

fn write(build: &Build, arguments: &ProvenanceRunArguments) -> Result<(), Failure> {
    let bill = arguments.sbom.is_some().then(|| report::bill(build)).transpose()?;
    let statements = build.statements(bill.as_deref()).map_err(failure)?;
    let target = arguments.output.clone().map_or(Target::Stdout, Target::File);
    put(&target, &statements.provenance)?;
    let files: [(&Option<PathBuf>, Option<&[u8]>); 2] =
        [(&arguments.trace_output, Some(&statements.trace)), (&arguments.sbom, bill.as_deref())];
    for (path, bytes) in files {
        if let (Some(path), Some(bytes)) = (path, bytes) {
            put(&Target::File(path.clone()), bytes)?;
        }
    }
    Ok(())
}

fn put(target: &Target, bytes: &[u8]) -> Result<(), Failure> {
    target.write(|out| Ok(out.write_all(bytes)?)).map_err(|mut failure: Failure| {
        if let Target::File(path) = target {
            failure.error = failure.error.context(format!("cannot write {}", path.display()));
        }
        failure
    })
}
