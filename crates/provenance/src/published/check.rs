//! Asks about all dependencies at once, a few at a time, and puts the rows together in one order.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;
use plimsoll_verify::{Repository, TrustedRoot};

use super::judge::{Judged, judge};
use super::report::{Binding, Piece, Report, Required, Row, Status};
use super::repository::is_same;
use super::sources::{Asker, Item, Lookup, Source, Trouble, github_for, source_of, why_not};
use super::{Dependency, DependencyExpectation, DependencyList, Fetch, LeftOut, Lock, Registries, Service, What};

/// What is checked, and against what.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions<'a> {
    /// The latest time at which evidence may have been signed.
    pub at: Timestamp,
    /// Whom to believe.
    pub roots: &'a [TrustedRoot],
    /// Who should have signed.
    pub expectations: &'a [DependencyExpectation],
    /// Who signed before.
    pub lock: Option<&'a Lock>,
    /// The only services to ask; all, when none is named.
    pub only: &'a BTreeSet<Service>,
    /// The services whose provenance is asked for.
    pub required: &'a Required,
    /// Which repositories the services stand for.
    pub registries: &'a Registries,
    /// How many dependencies are asked about at a time.
    pub workers: usize,
}

/// More at a time would be taken for an attack.
const MAX_WORKERS: usize = 32;

/// What came of asking about one dependency.
enum Told {
    Row(Box<Row>),
    NotAsked(LeftOut),
    NotApplicable(LeftOut),
}

/// Asks about each dependency of a list, verifies what is published, and holds it to what is expected.
#[must_use]
pub fn check(list: &DependencyList, fetch: &dyn Fetch, options: &CheckOptions<'_>) -> Report {
    let asker = Asker::new(fetch);
    let told = in_parallel(&list.dependencies, options.workers, |dependency| tell(dependency, &asker, options));
    let mut report = Report {
        rows: Vec::new(),
        not_asked: Vec::new(),
        not_applicable: list.left_out.clone(),
        components: list.components,
    };
    for told in told {
        match told {
            Told::Row(row) => report.rows.push(*row),
            Told::NotAsked(left) => report.not_asked.push(left),
            Told::NotApplicable(left) => report.not_applicable.push(left),
        }
    }
    report.rows.sort_by(|one, other| (one.status, &one.purl).cmp(&(other.status, &other.purl)));
    report.not_asked.sort();
    report.not_applicable.sort();
    report
}

/// Asks about each dependency and judges nothing: for a fetch that keeps the answers. Gives how many were asked about.
#[must_use]
pub fn gather(list: &DependencyList, fetch: &dyn Fetch, options: &CheckOptions<'_>) -> usize {
    let asker = Asker::new(fetch);
    let asked = in_parallel(&list.dependencies, options.workers, |dependency| match sources(dependency, options) {
        Ok((source, more)) => {
            drop(find(dependency, source, more, &asker));
            true
        }
        Err(_) => false,
    });
    asked.into_iter().filter(|asked| *asked).count()
}

/// Does the same to all, several at a time; the results are in the order of what they are of.
fn in_parallel<T: Sync, R: Send>(all: &[T], workers: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(all.len())));
    thread::scope(|scope| {
        for _ in 0..workers.clamp(1, MAX_WORKERS).min(all.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(index) else { break };
                    let result = work(one);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Who is asked about a dependency, and then GitHub, where that applies.
fn sources(
    dependency: &Dependency,
    options: &CheckOptions<'_>,
) -> Result<(&'static Source, Option<&'static Source>), Told> {
    let left = |reason: String| LeftOut { name: dependency.purl.to_string(), reason };
    let kind = dependency.purl.kind();
    let asked = |source: &&Source| options.only.is_empty() || options.only.contains(&source.service);
    let own = source_of(kind);
    if let (Some(source), Some(repository)) = (own, dependency.purl.qualifier("repository_url"))
        && source.service != Service::Oci
        && !options.registries.serves(source.service, repository)
    {
        let reason = format!("it is of another repository, {repository}; --registry {}=URL asks that", source.service);
        return Err(Told::NotApplicable(left(reason)));
    }
    let github = github_for(dependency);
    match (own.filter(asked), github.filter(asked)) {
        // crates.io asks GitHub itself, with what it knows of the repository.
        (Some(own), more) => Ok((own, more.filter(|_| !matches!(own.service, Service::GitHub | Service::Crates)))),
        (None, Some(github)) => Ok((github, None)),
        (None, None) if own.is_some() || github.is_some() => {
            Err(Told::NotAsked(left("its service is not among those of --only".into())))
        }
        (None, None) => Err(Told::NotApplicable(left(why_not(kind).to_owned()))),
    }
}

/// What is published about a dependency, and by whom.
fn find(
    dependency: &Dependency,
    own: &'static Source,
    more: Option<&'static Source>,
    asker: &Asker<'_>,
) -> (&'static Source, Result<Lookup, Trouble>) {
    let outcome = (own.look_up)(asker, dependency);
    let (Ok(lookup), Some(more)) = (&outcome, more.filter(|_| matches!(&outcome, Ok(lookup) if lookup.is_empty())))
    else {
        return (own, outcome);
    };
    match (more.look_up)(asker, dependency) {
        Ok(found) if !found.is_empty() => {
            let mut found = found;
            found.notes.extend(lookup.notes.iter().cloned());
            (more, Ok(found))
        }
        Err(Trouble::Unreachable(reason)) => {
            let reason = format!("{} has nothing, and GitHub could not be asked: {reason}", own.service);
            (more, Err(Trouble::Unreachable(reason)))
        }
        _ => (own, outcome),
    }
}

fn tell(dependency: &Dependency, asker: &Asker<'_>, options: &CheckOptions<'_>) -> Told {
    let (own, more) = match sources(dependency, options) {
        Ok(sources) => sources,
        Err(Told::NotApplicable(left)) => return cannot_ask(dependency, left, options),
        Err(told) => return told,
    };
    let (source, outcome) = find(dependency, own, more, asker);
    let mut row = blank(dependency, own, options);
    match outcome {
        Err(Trouble::NotApplicable(reason)) => {
            let left = LeftOut { name: dependency.purl.to_string(), reason };
            return cannot_ask(dependency, left, options);
        }
        Err(Trouble::Unreachable(reason)) => {
            row.status = Status::Unreachable;
            row.reason = reason;
        }
        Ok(lookup) => {
            row.service = source.service;
            fill(&mut row, lookup, dependency, source, options);
        }
    }
    let was_there = options.lock.is_some_and(|lock| !lock.signers(&row.package).is_empty());
    row.lost = row.status == Status::None && row.signers.is_empty() && was_there;
    if row.lost {
        row.reason = "nothing is published, and the lock says that there was".into();
    }
    Told::Row(Box::new(row))
}

/// What nobody can be asked about is told as such, unless provenance of its kind is asked for: then it cannot pass by naming
/// another repository.
fn cannot_ask(dependency: &Dependency, left: LeftOut, options: &CheckOptions<'_>) -> Told {
    match source_of(dependency.purl.kind()).filter(|source| options.required.covers(source.service)) {
        Some(source) => {
            let row = blank(dependency, source, options);
            Told::Row(Box::new(Row { status: Status::Unreachable, reason: left.reason, ..row }))
        }
        None => Told::NotApplicable(left),
    }
}

fn blank(dependency: &Dependency, source: &Source, options: &CheckOptions<'_>) -> Row {
    Row {
        purl: dependency.purl.to_string(),
        package: dependency.package(),
        version: dependency.purl.version().unwrap_or_default().to_owned(),
        service: source.service,
        status: Status::None,
        reason: "nothing is published".into(),
        code: None,
        expected: None,
        actual: None,
        lost: false,
        expected_by: None,
        binding: None,
        signers: Vec::new(),
        pieces: Vec::new(),
        asserted: None,
        stated_repository: dependency.repository.as_ref().map(Repository::to_uri),
        matches_stated_repository: None,
        notes: Vec::new(),
        required: options.required.covers(source.service),
        tolerated: false,
        excuse: None,
        verified: Vec::new(),
    }
}

/// Puts together what came of all files: a dependency is as good as the worst of them.
fn fill(row: &mut Row, lookup: Lookup, dependency: &Dependency, source: &Source, options: &CheckOptions<'_>) {
    row.notes = lookup.notes;
    row.asserted = lookup.asserted;
    if lookup.not_asked > 0 {
        row.notes.push(format!("{} more files were not asked about", lookup.not_asked));
    }
    let judged: Vec<(&Item, Judged)> =
        lookup.items.iter().map(|item| (item, judge(item, dependency, source, options))).collect();
    if judged.len() > 1 {
        let with = judged.iter().filter(|(_, judged)| judged.status != Status::None).count();
        row.notes.push(format!("{with} of {} files have evidence", judged.len()));
    }
    let worst = judged.iter().enumerate().min_by_key(|(at, (_, judged))| (judged.status, *at)).map(|(at, _)| at);
    for (at, (item, judged)) in judged.into_iter().enumerate() {
        if Some(at) == worst {
            row.status = judged.status;
            row.reason = match (&item.file, judged.status) {
                (_, Status::Verified | Status::Unpinned) | (None, _) => judged.reason,
                (Some(file), _) => format!("{file}: {}", judged.reason),
            };
            row.code = judged.code;
            row.expected_by = judged.expected_by;
            row.tolerated = judged.tolerated;
            (row.expected, row.actual) = judged.difference.map_or((None, None), |differs| {
                (Some(differs.expected), differs.actual.or_else(|| Some("none".into())))
            });
        }
        row.binding = row.binding.max(Some(item.binding));
        row.signers.extend(judged.signers);
        row.pieces.extend(judged.pieces);
        row.notes.extend(judged.notes);
        row.verified.extend(judged.verified);
    }
    let is_provenance = |piece: &Piece| piece.refused.is_none() && piece.what == What::Provenance;
    let right = matches!(row.status, Status::Verified | Status::Unpinned);
    if right && options.required.wants_provenance(source.service) && !row.pieces.iter().any(is_provenance) {
        row.status = Status::None;
        row.reason = "it says who published it and not how it was built, and provenance is asked for".into();
    }
    if row.status != Status::Verified {
        row.verified.clear();
    }
    if row.binding == Some(Binding::Registry) {
        row.notes.push("the SBOM states no digest: what is verified is the file that the registry names".into());
    }
    row.signers.sort();
    row.signers.dedup();
    row.notes.sort();
    row.notes.dedup();
    let built_from: BTreeSet<Option<Repository>> =
        row.signers.iter().map(|signer| Repository::parse(signer.source.as_deref()?)).collect();
    if let (Some(stated), false) = (&dependency.repository, built_from.is_empty()) {
        let same = |from: &Option<Repository>| from.as_ref().is_some_and(|from| is_same(from, stated));
        row.matches_stated_repository = Some(built_from.iter().all(same));
    }
}
