//! `plimsoll provenance verify`.

use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::{
    BuildExpectation, Evidence, LogRule, ProvenanceExpectation, RefExpectation, Repository, Subject, builders_known,
    verify_provenance,
};

use crate::args::ProvenanceVerifyArguments;
use crate::commands::{evidence, expected};
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &ProvenanceVerifyArguments, _offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let read = expected::read(&arguments.expected, ui)?;
    let mut build = BuildExpectation { level: arguments.level, ..BuildExpectation::default() };
    if let Some(text) = &arguments.expected.source_repo {
        let source = Repository::parse(text);
        build.source = Some(source.ok_or_else(|| Failure::usage(format!("--source-repo {text}: not a repository")))?);
    }
    build.references.extend(arguments.expected.source_ref.clone().map(RefExpectation::Exact));
    build.commit.clone_from(&arguments.expected.source_digest);
    let wanted = &read.expectation;
    // Whoever leaves the log away leaves away what it says about the time.
    let times = if wanted.log == LogRule::IgnoredInsecurely && wanted.times == 1 { 0 } else { wanted.times };
    let (log, logs, at) = (wanted.log, wanted.logs, wanted.at);
    let expectation = ProvenanceExpectation { builders: builders_known(), build, log, logs, times, at };
    let mut pieces = Vec::new();
    for path in &arguments.bundle {
        pieces.extend(evidence::read(path)?);
    }
    let wanted: Vec<DigestAlgorithm> = pieces.iter().flat_map(Evidence::digests).collect();
    let mut code = exit::DONE;
    for name in &arguments.subjects {
        let subject = if name.starts_with("sha256:") || name.starts_with("sha512:") {
            Subject::digest(name).map_err(|error| Failure::usage(error.to_string()))?
        } else {
            Subject::file(name.as_ref(), &wanted).map_err(Failure::failed)?
        };
        let outcome = verify_provenance(&pieces, &subject, &expectation, &read.roots);
        for build in outcome.proven() {
            ui.status(&format!("{name}: level {} by {}", build.level(), build.builder()));
        }
        if !outcome.is_proven() {
            code = exit::NO;
            for refusal in outcome.refused() {
                ui.warning(&format!("{name}: {} {}", refusal.code(), refusal.reason()));
            }
        }
    }
    Ok(code)
}
