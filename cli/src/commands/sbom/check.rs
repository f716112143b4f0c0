//! `plimsoll sbom check`.

mod report;

use plimsoll_sbom::check::{Binding, Check, Context, Reason, RowKind, Source, check};
use plimsoll_sbom::map;
use plimsoll_scan::ScanOptions;
use plimsoll_source::LayerScope;

use crate::args::{CheckArguments, CheckFormat, FailOn};
use crate::commands::scan::{source_options, threads};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, sarif, write_json};
use crate::source::{Named, Opened};

pub(super) fn run(arguments: &CheckArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    threads(arguments.jobs)?;
    let named = Named::parse(&arguments.against, offline)?;
    let options = source_options(&arguments.scan, arguments.document.limits.limits())?;
    // A document proves nothing about itself, wherever it lies.
    let options = ScanOptions { ignore_claims: true, ..options };
    let claimed = map::document(&input::document(&arguments.document)?);
    let opened = named.open(&arguments.network, &options, ui)?;
    let progress = ui.progress(format!("scanning {}", named.label()));
    let outcome = one(&opened, &options).and_then(|source| {
        let excluded = |path: &str| options.exclude.is_match(path);
        let context = Context { excluded: &excluded, all_layers: None };
        let checked = check(&claimed, &source, &context);
        // What an earlier layer had is worth a second look only where something is missed.
        if options.scope == LayerScope::AllLayers || source.layers().len() < 2 || !misses(&checked) {
            return Ok(checked);
        }
        let all_layers = one(&opened, &ScanOptions { scope: LayerScope::AllLayers, ..options.clone() })?;
        Ok(check(&claimed, &source, &Context { all_layers: Some(&all_layers), ..context }))
    });
    progress.finish_and_clear();
    let checked = outcome?;
    write(arguments, &checked)?;
    let incomplete = !checked.unread().is_empty();
    if incomplete {
        ui.warning(
            "not everything of the source could be read; what may be hidden there is not held against the document",
        );
    }
    let failing = arguments.fail_on.iter().any(|kind| fails(*kind, &checked));
    Ok(match (failing, incomplete && arguments.strict) {
        (true, _) => exit::NO,
        (false, true) => exit::INCOMPLETE,
        (false, false) => exit::DONE,
    })
}

/// What the one artifact that is meant holds.
fn one(opened: &Opened, options: &ScanOptions) -> Result<Source, Failure> {
    let scans = opened.scan(options)?;
    match scans.as_slice() {
        [only] => Ok(Source::from(&only.document)),
        several => {
            let count = several.len();
            Err(Failure::usage(format!(
                "a document describes one artifact, and these are {count}: name one --platform"
            )))
        }
    }
}

fn misses(checked: &Check) -> bool {
    let mut rows = checked.rows().iter();
    rows.any(|row| row.kind == RowKind::ClaimedOnly && row.reason == Some(Reason::Unexplained))
}

fn fails(wanted: FailOn, checked: &Check) -> bool {
    let against = |kind| checked.counts().get(&kind).is_some_and(|(_, against)| *against > 0);
    let kind = match wanted {
        FailOn::ClaimedOnly => RowKind::ClaimedOnly,
        FailOn::FoundOnly => RowKind::FoundOnly,
        FailOn::OtherVersion => RowKind::OtherVersion,
        FailOn::OtherHash => RowKind::OtherHash,
        FailOn::Unbound => return checked.binding() != Binding::Bound,
        FailOn::Any => {
            return checked.binding() != Binding::Bound || RowKind::ALL.into_iter().any(against);
        }
    };
    against(kind)
}

fn write(arguments: &CheckArguments, checked: &Check) -> Result<(), Failure> {
    let names = report::Names {
        document: arguments.document.path.display().to_string(),
        source: arguments.against.to_string_lossy().into_owned(),
    };
    let rows: Vec<_> = checked.rows().iter().filter(|row| arguments.all || row.kind != RowKind::Confirmed).collect();
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            CheckFormat::Text => report::text(out, &names, checked, &rows)?,
            CheckFormat::Json => write_json(out, &report::json(&names, checked, &rows))?,
            CheckFormat::Markdown => report::markdown(out, &names, checked, &rows)?,
            CheckFormat::Csv => report::csv(out, &rows)?,
            CheckFormat::Sarif => {
                let findings = report::findings(&names, checked);
                write_json(out, &sarif::report("sbom check", findings.into_iter()))?;
            }
        }
        Ok(())
    })
}
