//! `plimsoll vex add`.

use std::fs::File;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use plimsoll_advisory::vex::{
    Identifiers, Justification, OutputFormat, VexDocument, VexFormat, VexProduct, VexStatement, VexStatus,
    VexVulnerability, write,
};
use plimsoll_model::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256};

use super::local;
use crate::args::{VexAddArguments, VexStatusArgument};
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn run(arguments: &VexAddArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let time = super::time(&arguments.output)?;
    let statement = statement(arguments, time)?;
    let mut document = match &arguments.document {
        Some(path) => {
            let (mut document, _) = super::open(path, &limits)?;
            super::warn(path, &document, ui);
            let version = document.version.as_deref().and_then(|version| version.parse::<u64>().ok());
            document.version = Some(version.unwrap_or(1).saturating_add(1).to_string().into());
            document.last_updated = Some(time);
            document
        }
        None => new_document(time),
    };
    if document.author.is_none() && arguments.output.author.is_none() && !arguments.local {
        return Err(Failure::usage("a document needs an --author").hint("without one nobody knows whose word it is"));
    }
    super::describe(&mut document, &arguments.output);
    if arguments.local {
        let mut only = new_document(time);
        only.author.clone_from(&document.author);
        only.statements.push(statement.clone());
        let directory = local::directory(arguments.vex_dir.as_deref())?;
        let written = write(&only, OutputFormat::OpenVex, time);
        let path = local::keep(&directory, &arguments.vulnerability, &written.document)?;
        ui.status(&format!("kept as {}", path.display()));
    }
    document.statements.push(statement);
    if arguments.local && arguments.output.output.is_none() {
        return Ok(exit::DONE);
    }
    super::put(&document, &arguments.output, time, false, ui)
}

fn new_document(time: Timestamp) -> VexDocument {
    let mut document = VexDocument::new(VexFormat::OpenVex, "0.2.0");
    document.timestamp = Some(time);
    document
}

fn statement(arguments: &VexAddArguments, time: Timestamp) -> Result<VexStatement, Failure> {
    let status = match arguments.status {
        VexStatusArgument::NotAffected => VexStatus::NotAffected,
        VexStatusArgument::Affected => VexStatus::Affected,
        VexStatusArgument::Fixed => VexStatus::Fixed,
        VexStatusArgument::UnderInvestigation => VexStatus::UnderInvestigation,
    };
    let ids = std::iter::once(&arguments.vulnerability).chain(&arguments.alias).map(String::as_str);
    let mut statement = VexStatement::new(VexVulnerability::from_ids(ids), status);
    if statement.vulnerability.id.is_empty() {
        return Err(Failure::usage("--vulnerability is empty"));
    }
    let components: Vec<Identifiers> = arguments.component.iter().map(|text| named(text)).collect::<Result<_, _>>()?;
    for text in &arguments.product {
        let mut product = VexProduct::new(named(text)?);
        product.subcomponents.clone_from(&components);
        statement.products.push(product);
    }
    let text = |text: &Option<String>| text.as_deref().filter(|text| !text.trim().is_empty()).map(Box::from);
    statement.impact = text(&arguments.impact);
    statement.action = text(&arguments.action);
    statement.notes = text(&arguments.notes);
    statement.justification = arguments.justification.as_deref().map(justification).transpose()?;
    statement.timestamp = Some(time);
    demand(&statement)?;
    Ok(statement)
}

/// What a status asks for, before somebody else has to complain.
fn demand(statement: &VexStatement) -> Result<(), Failure> {
    let message = match statement.status {
        VexStatus::NotAffected if statement.justification.is_none() && statement.impact.is_none() => {
            "not_affected needs a --justification or an --impact"
        }
        VexStatus::Affected if statement.action.is_none() => "affected needs an --action",
        VexStatus::Fixed if !statement.products.iter().all(has_version) => {
            "fixed needs products or components with a version or digest: which one is?"
        }
        status if status != VexStatus::NotAffected && statement.justification.is_some() => {
            "--justification is for not_affected"
        }
        status if status != VexStatus::NotAffected && statement.impact.is_some() => "--impact is for not_affected",
        _ => return Ok(()),
    };
    Err(Failure::usage(message))
}

fn has_version(product: &VexProduct) -> bool {
    std::iter::once(&product.identifiers).chain(&product.subcomponents).any(|named| {
        let vers = |key: &str| key == "vers";
        !named.digests.is_empty()
            || named.purls.iter().any(|purl| purl.version().is_some() || purl.qualifiers().any(|(key, _)| vers(key)))
    })
}

fn justification(word: &str) -> Result<Justification, Failure> {
    match Justification::from_word(word) {
        Justification::Other(_) => {
            let known: Vec<String> = Justification::known().map(|known| known.to_string()).collect();
            Err(Failure::usage(format!("--justification {word}: there are {}", known.join(", "))))
        }
        known => Ok(known),
    }
}

/// What a product is named by. A file stands for its digest.
fn named(text: &str) -> Result<Identifiers, Failure> {
    let identifiers = Identifiers::from_text(text);
    let only_named = identifiers.purls.is_empty() && identifiers.cpes.is_empty() && identifiers.digests.is_empty();
    if !only_named {
        return Ok(identifiers);
    }
    if text.starts_with("pkg:") {
        return Err(
            Failure::usage(format!("{text}: not a package URL")).hint("plimsoll purl explain says what is wrong")
        );
    }
    let path = Path::new(text.strip_prefix("file:").unwrap_or(text));
    if !path.is_file() {
        let message = format!("{text}: neither a package URL, a CPE, a digest nor a file");
        return Err(Failure::usage(message).hint("name an image by its digest, as `plimsoll verify` prints it"));
    }
    let failed = |error: io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
    };
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path).map_err(failed)?, &mut hasher).map_err(failed)?;
    let digest = Digest::from_bytes(DigestAlgorithm::Sha256, hasher.finalize().as_slice())
        .map_err(|error| Failure::failed(anyhow::Error::new(error)))?;
    Ok(Identifiers { digests: vec![digest], ..Identifiers::default() })
}
