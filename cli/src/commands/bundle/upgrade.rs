//! `plimsoll bundle upgrade`.

use super::fetch::fetch;
use crate::args::BundleUpgradeArguments;
use crate::commands::evidence;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &BundleUpgradeArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let mut found = evidence::read(&arguments.path)?;
    if let Some(path) = &arguments.certificate {
        let certificate = evidence::bytes(path)?;
        for piece in found.iter_mut().filter(|piece| !piece.has_certificate()) {
            *piece = piece.with_certificate(&certificate).map_err(|error| evidence::refused(path, error))?;
        }
    }
    if let Some(path) = &arguments.rekor_entry {
        // Of several pieces, which it is about is not for a guess.
        let [piece] = found.as_mut_slice() else {
            return Err(Failure::usage("--rekor-entry is for a file that holds one piece of evidence"));
        };
        *piece = piece.with_log_entry(&evidence::bytes(path)?).map_err(|error| evidence::refused(path, error))?;
    }
    if arguments.fetch || arguments.rekor_url.is_some() {
        fetch(&mut found, arguments, offline, ui)?;
    }
    let mut bundles = Vec::with_capacity(found.len());
    for piece in &found {
        let bundle = piece.to_bundle_json();
        bundles.push(bundle.map_err(|error| evidence::refused(piece.place().as_ref(), error))?);
    }
    Target::File(arguments.output.clone()).write::<Failure>(|out| {
        match bundles.as_slice() {
            [bundle] => write_json(out, bundle)?,
            several => several.iter().try_for_each(|bundle| writeln!(out, "{bundle}"))?,
        }
        Ok(())
    })?;
    ui.status(&format!("{} in {}", count(bundles.len()), arguments.output.display()));
    Ok(exit::DONE)
}

fn count(bundles: usize) -> String {
    if bundles == 1 { "1 bundle".to_owned() } else { format!("{bundles} bundles") }
}
