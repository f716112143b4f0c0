//! `plimsoll find`.

mod question;
mod rows;
mod sums;

pub(super) use rows::{artifact_json, name, put};

use plimsoll_inventory::{Answer, GroupBy, Page};

use super::inventory::open;
use super::inventory::words::artifacts;
use crate::args::{FindArguments, FindFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &FindArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let location = open::location(&arguments.store)?;
    let mut inventory = open::open(&location)?;
    let asked = question::read(arguments, ui)?;
    let page = Page { rows: arguments.limit, after: arguments.after };
    let format = arguments.format;
    let (answer, next) = if arguments.blast_radius {
        only_pages(arguments, "--blast-radius")?;
        let blast = inventory.blast_radius(&asked.query)?;
        Target::Stdout.write(|out| sums::blast_radius(out, &asked, &blast, arguments))?;
        (blast.answer, None)
    } else if arguments.fix {
        only_pages(arguments, "--fix")?;
        let plan = inventory.patch_plan(&asked.query)?;
        Target::Stdout.write(|out| sums::plan(out, &asked, &plan, arguments))?;
        (plan.answer, None)
    } else if let Some(by) = &arguments.group_by {
        let by = group_by(by)?;
        let (answer, groups) = inventory.find_grouped(&asked.query, &by, page)?;
        Target::Stdout.write(|out| sums::groups(out, &asked, &answer, &groups, format))?;
        (answer, groups.next)
    } else {
        let answer = inventory.find(&asked.query, page)?;
        Target::Stdout.write(|out| rows::write(out, &asked, &answer, format))?;
        let next = answer.next;
        (answer, next)
    };
    if let Some(next) = next {
        ui.status(&format!("more: --after {next}"));
    }
    if matches!(format, FindFormat::Csv | FindFormat::Markdown) {
        // Tables have no place for it.
        ui.status(&rows::denominator_line(&answer));
    }
    Ok(if arguments.fail_on_match && answer.artifacts > 0 { exit::NO } else { exit::DONE })
}

fn only_pages(arguments: &FindArguments, flag: &str) -> Result<(), Failure> {
    match arguments.after {
        Some(_) => Err(Failure::usage(format!("--after does not go with {flag}: raise --limit"))),
        None => Ok(()),
    }
}

fn group_by(text: &str) -> Result<GroupBy, Failure> {
    match text.split_once(':') {
        None if text == "lineage" => Ok(GroupBy::Lineage),
        None if matches!(text, "team" | "owner" | "service") => Ok(GroupBy::Label(text.to_owned())),
        Some(("label", name)) if !name.is_empty() => Ok(GroupBy::Label(name.to_owned())),
        _ => Err(Failure::usage(format!("--group-by {text}: write lineage, or label:NAME"))),
    }
}

/// What was asked, and how it is said.
pub(super) struct Asked {
    pub(super) query: plimsoll_inventory::Query,
    /// The question with the terms that flags added.
    pub(super) text: String,
    /// When the advisories are from, where any were looked up.
    pub(super) advisories: Option<jiff::Timestamp>,
}

/// `3 of 12 artifacts`
fn found(answer: &Answer) -> String {
    format!("{} of {}", answer.artifacts, artifacts(answer.denominator.artifacts))
}
