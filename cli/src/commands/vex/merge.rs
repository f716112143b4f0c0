//! `plimsoll vex merge`.

use plimsoll_advisory::vex::merge;

use crate::args::VexMergeArguments;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &VexMergeArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let mut documents = Vec::new();
    for path in &arguments.documents {
        let (document, _) = super::open(path, &limits)?;
        super::warn(path, &document, ui);
        documents.push(document);
    }
    let mut merged = merge(&documents);
    let mut authors: Vec<&str> = documents.iter().filter_map(|document| document.author.as_deref()).collect();
    authors.sort_unstable();
    authors.dedup();
    // Statements keep no author of their own in any format that is written: several authors are named together.
    if arguments.output.author.is_none() && authors.len() > 1 {
        return Err(Failure::usage(format!("the documents are by {}; give --author", authors.join(", "))));
    }
    merged.author = authors.first().map(|author| (*author).into());
    super::describe(&mut merged, &arguments.output);
    let time = super::time(&arguments.output)?;
    merged.timestamp = Some(time);
    super::put(&merged, &arguments.output, time, arguments.accept_loss, ui)
}
