//! `plimsoll report`.

mod commands;
mod fill;
mod html;
mod markdown;
mod page;

use std::path::Path;

use crate::args::{ReportArguments, ReportFileFormat};
use crate::commands::gather::{Gathered, Grounds, subjects};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};
use page::Page;

pub(super) fn run(arguments: &ReportArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let targets: Vec<(Target, ReportFileFormat)> = match arguments.output.as_slice() {
        [] => vec![(Target::Stdout, arguments.format)],
        files => files
            .iter()
            .map(|path| Ok((Target::File(path.clone()), by_ending(path)?)))
            .collect::<Result<_, Failure>>()?,
    };
    let named = subjects(std::slice::from_ref(&arguments.subject), &arguments.gather, offline)?;
    let [subject] = named.as_slice() else {
        return Err(Failure::usage("a report is about one artifact, and these are several"));
    };
    let grounds = Grounds::read(&arguments.gather, Some(&named), ui)?;
    let gathered = Gathered::read(subject, &grounds, &arguments.gather, offline, ui)?;
    gathered.notices.iter().for_each(|notice| ui.status(notice));
    let page = fill::page(arguments, &gathered, &grounds)?;
    for (target, format) in targets {
        write(&target, format, &page)?;
    }
    ui.status(&page.sentence());
    Ok(exit::DONE)
}

fn by_ending(path: &Path) -> Result<ReportFileFormat, Failure> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => Ok(ReportFileFormat::Html),
        Some("md" | "markdown") => Ok(ReportFileFormat::Markdown),
        Some("json") => Ok(ReportFileFormat::Json),
        _ => Err(Failure::usage(format!("{}: the ending of a report is .html, .md or .json", path.display()))),
    }
}

fn write(target: &Target, format: ReportFileFormat, page: &Page) -> Result<(), Failure> {
    target.write(|out| -> Result<(), Failure> {
        match format {
            ReportFileFormat::Html => out.write_all(html::page(page).as_bytes())?,
            ReportFileFormat::Markdown => markdown::write(out, page)?,
            ReportFileFormat::Json => write_json(out, &serde_json::to_value(page).map_err(Failure::failed)?)?,
        }
        Ok(())
    })
}
