//! From the bytes of a file to what is kept of it.

use plimsoll_inventory::{Claim, Context, Intake, InventoryError, Label, NewAttestation, Unread, Verification};
use plimsoll_model::{Digest, Limits};
use plimsoll_sbom::detect;
use plimsoll_sbom::encoding::ReadError;
use regex::{Regex, RegexBuilder};

use super::attest::{self, Attested};
use super::gather::Piece;
use super::sniff;
use crate::args::AddingArguments;
use crate::commands::expected::Expected;
use crate::failure::Failure;
use crate::output::Ui;

/// Bytes that a compiled expression may take.
const MAX_REGEX: usize = 1 << 20;

/// Reads pieces.
pub(super) struct Reader {
    limits: Limits,
    name: Option<Regex>,
    labels: Vec<Label>,
    expected: Option<Expected>,
}

/// A piece, read.
pub(super) enum Outcome {
    Document {
        place: String,
        intake: Box<Intake>,
    },
    /// Attestations, and the SBOMs that some of them say.
    Attestations {
        place: String,
        all: Vec<(NewAttestation, Option<Intake>)>,
    },
    Other {
        place: String,
    },
    Unread {
        unread: Unread,
        named: bool,
    },
}

impl Reader {
    pub(super) fn new(
        arguments: &AddingArguments,
        labels: Vec<Label>,
        limits: Limits,
        ui: &mut Ui,
    ) -> Result<Self, Failure> {
        let expected = attest::expectation(&arguments.expected, ui)?;
        let name = arguments.artifact_from_name.as_deref().map(expression).transpose()?;
        Ok(Self { limits, name, labels, expected })
    }

    pub(super) fn read(&self, piece: Piece) -> Outcome {
        let (place, bytes, named) = match piece {
            Piece::Bytes { place, bytes, named } => (place, bytes, named),
            Piece::Unread { unread, named } => return Outcome::Unread { unread, named },
            Piece::Other { place } => return Outcome::Other { place },
        };
        let broken = |reason: String, place: String| Outcome::Unread { unread: Unread { place, reason }, named };
        match detect(&bytes) {
            Ok(_) => match self.document(&place, &bytes) {
                Ok(intake) => Outcome::Document { place, intake: Box::new(intake) },
                Err(error) => broken(error, place),
            },
            Err(ReadError::Unknown { .. }) if let Some(read) = attest::read(&place, &bytes, self.expected.as_ref()) => {
                match read.and_then(|all| self.attestations(all)) {
                    Ok(all) => Outcome::Attestations { place, all },
                    Err(reason) => broken(reason, place),
                }
            }
            // The marks of an SBOM are there, but not where they belong: it is cut off or broken.
            Err(ReadError::Unknown { .. }) if named || sniff::is_named_like_one(&place) || sniff::is_marked(&bytes) => {
                broken("it is neither an SBOM nor an attestation, or broken".to_owned(), place)
            }
            Err(ReadError::Unknown { .. }) => Outcome::Other { place },
            Err(error) => broken(error.to_string(), place),
        }
    }

    fn document(&self, place: &str, bytes: &[u8]) -> Result<Intake, String> {
        self.intake(bytes, &self.context(place)?)
    }

    fn intake(&self, bytes: &[u8], context: &Context) -> Result<Intake, String> {
        Intake::read(bytes, context, &self.limits).map_err(|error| match error {
            InventoryError::Document(error) => error.to_string(),
            error => error.to_string(),
        })
    }

    /// The SBOMs that attestations say are about what they are about, whatever the SBOMs say themselves.
    fn attestations(&self, all: Vec<Attested>) -> Result<Vec<(NewAttestation, Option<Intake>)>, String> {
        let read = |Attested { attestation, sbom }: Attested| {
            let Some((bytes, digest)) = sbom else { return Ok((attestation, None)) };
            let mut context = Context::default();
            context.digest = digest;
            context.labels.clone_from(&self.labels);
            context.claim = match attestation.verification {
                Verification::Verified { .. } => Claim::Signed,
                _ => Claim::Unsigned,
            };
            Ok((attestation, Some(self.intake(&bytes, &context)?)))
        };
        all.into_iter().map(read).collect()
    }

    /// What the path of a document says of its artifact.
    fn context(&self, place: &str) -> Result<Context, String> {
        let mut context = Context::default();
        context.labels.clone_from(&self.labels);
        let Some(groups) = self.name.as_ref().and_then(|name| name.captures(place)) else { return Ok(context) };
        let group = |name| groups.name(name).map(|found| found.as_str()).filter(|text| !text.is_empty());
        context.name = group("name").map(str::to_owned);
        context.version = group("version").map(str::to_owned);
        context.digest = group("digest").map(digest).transpose()?;
        Ok(context)
    }
}

/// A digest as names of files have it: with or without its algorithm, which a colon or something else follows.
fn digest(text: &str) -> Result<Digest, String> {
    let bad = || format!("{text}: its name holds no digest (--artifact-from-name)");
    let hex = text.strip_prefix("sha256").map_or(text, |rest| rest.trim_start_matches([':', '-', '_', '.']));
    Digest::from_prefixed(text).or_else(|_| Digest::from_prefixed(&format!("sha256:{hex}"))).map_err(|_| bad())
}

fn expression(text: &str) -> Result<Regex, Failure> {
    let bad = |error: regex::Error| Failure::usage(format!("--artifact-from-name: {error}"));
    let regex = RegexBuilder::new(text).size_limit(MAX_REGEX).build().map_err(bad)?;
    let known = ["name", "version", "digest"];
    if !regex.capture_names().flatten().any(|name| known.contains(&name)) {
        return Err(Failure::usage("--artifact-from-name: it has no group called name, version or digest")
            .hint("such as '(?<name>[^/]+)-(?<version>[0-9.]+)[.]json$'"));
    }
    Ok(regex)
}
