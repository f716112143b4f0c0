//! Documents that are named on the command line.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_sbom::FaultKind;
use plimsoll_sbom::encoding::Parsed;

use crate::args::DocumentArgument;
use crate::failure::Failure;

/// The bytes of a file, or of standard input for `-`; at most as many as one member of an archive may have.
pub(crate) fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    // One byte more than may be, to tell the limit from what is beyond it.
    let most = limits.member_bytes.saturating_add(1);
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| {
            let length = file.metadata().map(|metadata| metadata.len()).unwrap_or_default().min(most);
            bytes.reserve_exact(usize::try_from(length).unwrap_or_default().saturating_add(1));
            file.take(most).read_to_end(&mut bytes)
        })
    };
    read.map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}"))))?;
    if bytes.len() as u64 > limits.member_bytes {
        let message = format!("{name} is larger than {} bytes (--max-member-bytes)", limits.member_bytes);
        return Err(Failure::failed(anyhow::anyhow!(message)));
    }
    Ok(bytes)
}

/// The text of a small file that the command line names, read within the usual limits.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(bytes(path, &Limits::DEFAULT)?);
    text.map_err(|_| Failure::usage(format!("{}: it is not UTF-8", path.display())))
}

/// A document, read.
pub(crate) fn document(argument: &DocumentArgument) -> Result<Parsed, Failure> {
    let limits = argument.limits.limits();
    parsed(&argument.path, &limits)
}

/// A document of a file, read.
pub(crate) fn parsed(path: &Path, limits: &Limits) -> Result<Parsed, Failure> {
    opened(path, &bytes(path, limits)?, limits)
}

/// The document that the bytes of a file are.
pub(crate) fn opened(path: &Path, bytes: &[u8], limits: &Limits) -> Result<Parsed, Failure> {
    let name = path.display();
    let parsed = plimsoll_sbom::open(bytes, limits)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}"))))?;
    // Readers differ in which of two members counts, so what the document says depends on who reads it.
    match parsed.faults.iter().find(|fault| fault.kind == FaultKind::Duplicate) {
        Some(fault) => Err(Failure::failed(anyhow::anyhow!("{name} is ambiguous: {fault}"))),
        None => Ok(parsed),
    }
}
