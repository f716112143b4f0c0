//! One layer: a tar file, perhaps compressed, read in one pass.

mod notes;
mod pipeline;
mod read_ahead;
mod records;
mod scan;

use std::io;

use plimsoll_model::{Diagnostic, DiagnosticCode, Digest, LayerIndex};

use crate::compression::Compression;
use crate::error::budget_exceeded;
use crate::hashing::{Hasher, HashingReader};
use crate::image::RemoteBlob;
use crate::input::{Section, SectionInput};
use crate::tar::TarError;
use crate::{Body as _, SourceError};
pub(crate) use notes::Notes;
pub(crate) use pipeline::{Algorithms, Chunks, Piped, pipe};
pub(crate) use records::{Offered, Record, Records};
pub(crate) use scan::{Backing, Scan, Scanner, clean, read_limited};

/// A layer, and what is promised about it.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// `layer 2`, for messages.
    pub(crate) what: String,
    /// Its bytes; `None` when the image does not carry them.
    pub(crate) blob: Option<Stored>,
    /// Digest of the bytes.
    pub(crate) digest: Option<Digest>,
    /// Digest of the tar file within.
    pub(crate) diff_id: Option<Digest>,
}

/// Where the bytes of a layer are.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    /// In a file, to be read by position.
    Section(Section),
    /// Elsewhere, to be read from the start to the end.
    Remote(RemoteBlob),
}

impl Stored {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Section(section) => section.len(),
            Self::Remote(blob) => blob.size,
        }
    }
}

/// A file of up to this size is kept in memory as it passes, even when it could be read again from its place: then the
/// bytes that are looked at are the bytes that were hashed.
const KEPT_IN_MEMORY: u64 = 16 << 20;

impl Layer {
    /// Walks the layer and hands its files over; with `check`, its digests are made and compared.
    pub(crate) fn scan(&self, scanner: &Scanner<'_>, check: bool) -> Result<Scan, SourceError> {
        let mut scan = Scan::default();
        let Some(blob) = &self.blob else {
            let message = format!("{} is not in the image, its files are not known", self.what);
            scan.notes.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).in_layer(scanner.layer));
            return Ok(scan);
        };
        let reading = |error| SourceError::reading(&self.what, error);
        let wanted = if check { self.algorithms() } else { Algorithms::default() };
        let piped = match blob {
            Stored::Section(blob) => {
                let head = blob.head(Compression::HEAD_BYTES).map_err(reading)?;
                let raw = Compression::detect(&head) == Compression::None;
                if raw && !check {
                    let backing = Backing { section: blob, above: 0 };
                    let walked = scanner.walk(&mut SectionInput::new(blob.clone()), Some(backing), &mut scan);
                    walked.map_err(|error| error.of(&self.what))?;
                    return Ok(scan);
                }
                let backing = raw.then_some(Backing { section: blob, above: KEPT_IN_MEMORY });
                pipe(blob.reader(), wanted, scanner.budget, |input| scanner.walk(input, backing, &mut scan))
            }
            Stored::Remote(blob) => {
                pipe(blob.open(&self.what)?, wanted, scanner.budget, |input| scanner.walk(input, None, &mut scan))
            }
        };
        let Piped { value, blob, content, implausible } = piped.map_err(reading)?;
        if let Some(limit) = implausible {
            let message = format!(
                "{} expands beyond --max-ratio ({}); it was read on, in bounded memory",
                self.what, limit.limit
            );
            scan.notes.push(Diagnostic::new(DiagnosticCode::HIGH_RATIO, message).in_layer(scanner.layer));
        }
        match value {
            Ok(()) if check => {
                self.compare("", self.digest.as_ref(), blob)?;
                self.compare(" when uncompressed", self.diff_id.as_ref(), content)?;
            }
            Ok(()) => {}
            Err(TarError::Read(error)) if budget_exceeded(&error).is_some() => {
                let message = format!("{} was not read to its end, nor its digest checked: {error}", self.what);
                scan.notes.push(Diagnostic::new(DiagnosticCode::TOTAL_BYTES, message).in_layer(scanner.layer));
            }
            Err(error) => return Err(error.of(&self.what)),
        }
        Ok(scan)
    }

    fn algorithms(&self) -> Algorithms {
        Algorithms {
            blob: self.digest.as_ref().map(Digest::algorithm),
            content: self.diff_id.as_ref().map(Digest::algorithm),
        }
    }

    fn compare(&self, how: &str, expected: Option<&Digest>, actual: Option<Digest>) -> Result<(), SourceError> {
        compare(&format!("{}{how}", self.what), expected, actual)
    }

    /// Compares the layer as it is stored with its digest, and looks at nothing in it. One that is fetched is named by its
    /// digest: what is not fetched is the layer of that name.
    pub(crate) fn verify(&self) -> Result<(), SourceError> {
        let Some(Stored::Section(blob)) = &self.blob else { return Ok(()) };
        let Some(expected) = self.digest.as_ref().or(self.diff_id.as_ref()) else { return Ok(()) };
        let mut reader = HashingReader::new(blob.reader(), Hasher::new(expected.algorithm()));
        let actual = reader.finish().map_err(|error| SourceError::reading(&self.what, error))?;
        self.compare("", Some(expected), actual)
    }

    /// Reads the layer again for some of its entries. A file is not hashed: it was, the first time.
    pub(crate) fn fetch(
        &self,
        scanner: &Scanner<'_>,
        deliver: &mut dyn FnMut(u32, &dyn crate::Body),
        wanted: &[u32],
        check: bool,
    ) -> Result<(), SourceError> {
        let blob = match &self.blob {
            Some(Stored::Section(blob)) => blob,
            Some(Stored::Remote(blob)) => return self.fetch_remote(blob, scanner, deliver, wanted, check),
            None => return Ok(()),
        };
        let reading = |error| SourceError::reading(&self.what, error);
        let head = blob.head(Compression::HEAD_BYTES).map_err(reading)?;
        let fetched = if Compression::detect(&head) == Compression::None {
            let backing = Backing { section: blob, above: 0 };
            scanner.fetch(&mut SectionInput::new(blob.clone()), Some(backing), wanted, deliver)
        } else {
            // The closure runs on this thread.
            pipe(blob.reader(), Algorithms::default(), scanner.budget, |input| {
                scanner.fetch(input, None, wanted, deliver)
            })
            .map_err(reading)?
            .value
        };
        fetched.map_err(|error| error.of(&self.what))
    }

    /// What is fetched a second time need not be the same, so it is hashed again, to its end.
    fn fetch_remote(
        &self,
        blob: &RemoteBlob,
        scanner: &Scanner<'_>,
        deliver: &mut dyn FnMut(u32, &dyn crate::Body),
        wanted: &[u32],
        check: bool,
    ) -> Result<(), SourceError> {
        let algorithms = Algorithms { content: None, ..self.algorithms() };
        let algorithms = if check { algorithms } else { Algorithms::default() };
        let piped = pipe(blob.open(&self.what)?, algorithms, scanner.budget, |input| {
            scanner.fetch(input, None, wanted, deliver)?;
            if check {
                io::copy(input, &mut io::sink())?;
            }
            Ok::<(), TarError>(())
        });
        let piped = piped.map_err(|error| SourceError::reading(&self.what, error))?;
        piped.value.map_err(|error| error.of(&self.what))?;
        if check { self.compare("", self.digest.as_ref(), piped.blob) } else { Ok(()) }
    }
}

/// Fails when a digest is promised and not met.
pub(crate) fn compare(what: &str, expected: Option<&Digest>, actual: Option<Digest>) -> Result<(), SourceError> {
    match (expected, actual) {
        (None, _) => Ok(()),
        (Some(expected), Some(actual)) if *expected == actual => Ok(()),
        (Some(expected), actual) => Err(SourceError::DigestMismatch {
            what: what.to_owned(),
            expected: expected.to_string(),
            actual: actual.map_or_else(|| "none".to_owned(), |actual| actual.to_string()),
        }),
    }
}

/// The layer that messages and evidence name.
pub(crate) fn layer_index(position: usize) -> LayerIndex {
    LayerIndex(u32::try_from(position).unwrap_or(u32::MAX))
}
