//! What a transparency log knows of evidence that came without entry or proof.

use plimsoll_sign::LogSearch;
use plimsoll_verify::{EntryQuery, Evidence};

use crate::args::BundleUpgradeArguments;
use crate::commands::evidence::refused;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

/// The public log of version 1.
const PUBLIC: &str = "https://rekor.sigstore.dev";

/// Fetches what is missing of each piece.
pub(super) fn fetch(
    found: &mut [Evidence],
    arguments: &BundleUpgradeArguments,
    offline: bool,
    ui: &mut Ui,
) -> Result<(), Failure> {
    if offline {
        return Err(Failure::usage("--fetch needs the network, and --offline refuses it")
            .hint("supply the entry with --rekor-entry"));
    }
    let url = arguments.rekor_url.as_deref().unwrap_or(PUBLIC);
    let log = LogSearch::new(url, arguments.network.services());
    let mut fetched = 0_usize;
    for piece in found {
        let unread = |piece: &Evidence, error| refused(piece.place().as_ref(), error);
        while let Some(query) = piece.missing_entry().map_err(|error| unread(piece, error))? {
            *piece = one(piece, &query, &log, url)?;
            fetched = fetched.saturating_add(1);
        }
    }
    ui.status(&format!("log entries fetched from {url}: {fetched}; nothing is verified"));
    Ok(())
}

/// The piece with one entry more, or one more proof.
fn one(piece: &Evidence, query: &EntryQuery, log: &LogSearch, url: &str) -> Result<Evidence, Failure> {
    let hash = match query {
        EntryQuery::Index(index) => {
            let answer = log.at(*index).map_err(Failure::failed)?;
            let proven = piece.with_fetched_entry(&answer);
            return proven.map_err(|error| refused(piece.place().as_ref(), error));
        }
        EntryQuery::Hash(hash) => hash,
        _ => return Err(Failure::usage("this log cannot be asked for it")),
    };
    let entries = log.about(hash).map_err(Failure::failed)?;
    // Anybody can log something about the same artifact: only an entry of this signature and certificate is one.
    entries.iter().find_map(|entry| piece.with_fetched_entry(entry).ok()).ok_or_else(|| Failure {
        code: exit::NO,
        error: anyhow::anyhow!(
            "{}: none of the {} entries that {url} lists for {hash} is of this signature and certificate",
            piece.place(),
            entries.len()
        ),
        hint: None,
    })
}
