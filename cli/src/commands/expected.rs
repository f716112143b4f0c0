//! What the flags of verification ask for, read.

use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_attest::PredicateType;
use plimsoll_verify::{
    BuiltIn, Claim, Expectation, LogRule, Pattern, PublicKey, SignerExpectation, TrustedRoot, VerifyError,
};

use super::trust::instances;
use crate::args::VerificationArguments;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// Whether what a key signed has to be in a log.
pub(super) fn log(no_tlog: bool) -> LogRule {
    if no_tlog { LogRule::NotUsedWithKey } else { LogRule::Required }
}

/// What is expected, and whom to believe.
pub(super) struct Expected {
    pub(super) expectation: Expectation,
    pub(super) roots: Vec<TrustedRoot>,
    /// Neither an identity nor a key was named: a mistake, which is told once it is known who signed.
    pub(super) names_nobody: bool,
}

/// A trusted root that is older than this many days is worth a warning.
const STALE_DAYS: i64 = 90;
const SECONDS_A_DAY: i64 = 86_400;

/// Reads the flags.
pub(super) fn read(arguments: &VerificationArguments, ui: &mut Ui) -> Result<Expected, Failure> {
    let now = Timestamp::now();
    let at = match &arguments.at {
        Some(text) => text.parse().map_err(|_| Failure::usage(format!("--at {text}: not an RFC 3339 time")))?,
        None => now,
    };
    let (signer, names_nobody) = signer(arguments)?;
    let mut expectation = Expectation::new(signer, at);
    if let Some(text) = &arguments.predicate_type {
        let known = PredicateType::parse(text);
        expectation.predicate_type =
            Some(known.ok_or_else(|| Failure::usage(format!("--type {text}: neither a known name nor a URI")))?);
    }
    expectation.logs = arguments.logs.into();
    expectation.times = arguments.times.into();
    if arguments.insecure_ignore_tlog {
        ui.warning("log entries are not checked (--insecure-ignore-tlog): the signature may never have been public");
        expectation.log = LogRule::IgnoredInsecurely;
    } else if arguments.no_tlog {
        expectation.log = LogRule::NotUsedWithKey;
    }
    Ok(Expected { expectation, roots: roots(&arguments.trusted_root, &arguments.trust, now, ui)?, names_nobody })
}

fn signer(arguments: &VerificationArguments) -> Result<(SignerExpectation, bool), Failure> {
    let usage = |error: VerifyError| Failure::usage(error.to_string());
    let mut identity: Vec<Pattern> = arguments.identity.iter().map(Pattern::exact).collect();
    for glob in &arguments.identity_glob {
        identity.push(Pattern::glob(glob).map_err(usage)?);
    }
    for regex in &arguments.identity_regex {
        identity.push(Pattern::regex(regex).map_err(usage)?);
    }
    let mut issuer: Vec<Pattern> = arguments.issuer.iter().map(Pattern::exact).collect();
    for regex in &arguments.issuer_regex {
        issuer.push(Pattern::regex(regex).map_err(usage)?);
    }
    let claims = claims(arguments)?;
    if !arguments.key.is_empty() {
        if !identity.is_empty() || !issuer.is_empty() || !claims.is_empty() {
            return Err(Failure::usage("a key has no identity: name either --key or --identity and --issuer"));
        }
        let mut keys = Vec::new();
        for path in &arguments.key {
            let key = PublicKey::from_pem(&input::text(path)?);
            keys.push(key.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?);
        }
        return Ok((SignerExpectation::Keys(keys), false));
    }
    let names_nobody = identity.is_empty() && claims.is_empty();
    if !names_nobody && issuer.is_empty() {
        return Err(Failure::usage("name who has to vouch for the identity, with --issuer")
            .hint("GitHub Actions: --issuer https://token.actions.githubusercontent.com"));
    }
    Ok((SignerExpectation::Keyless { identity, issuer, claims }, names_nobody))
}

fn claims(arguments: &VerificationArguments) -> Result<Vec<(Claim, Pattern)>, Failure> {
    let mut claims = Vec::new();
    if let Some(repository) = &arguments.source_repo {
        claims.push((Claim::SourceRepositoryUri, Pattern::exact(with_scheme(repository))));
    }
    if let Some(reference) = &arguments.source_ref {
        claims.push((Claim::SourceRepositoryRef, Pattern::exact(reference)));
    }
    if let Some(digest) = &arguments.source_digest {
        claims.push((Claim::SourceRepositoryDigest, Pattern::exact(digest)));
    }
    if let Some(builder) = &arguments.builder {
        let uri = with_scheme(builder);
        let pattern = match uri.contains('@') {
            true => Pattern::exact(uri),
            false => {
                Pattern::regex(&format!("{}@.+", regex_quoted(&uri))).map_err(|e| Failure::usage(e.to_string()))?
            }
        };
        claims.push((Claim::BuildSignerUri, pattern));
    }
    let named = arguments.claim.iter().map(|text| (text, false));
    for (text, is_regex) in named.chain(arguments.claim_regex.iter().map(|text| (text, true))) {
        let pair = text.split_once('=').and_then(|(name, value)| Some((Claim::named(name)?, value)));
        let (claim, value) = pair.ok_or_else(|| {
            let names: Vec<&str> = Claim::ALL.iter().map(|(_, name)| *name).collect();
            Failure::usage(format!("--claim {text}: not NAME=VALUE with a name of {}", names.join(", ")))
        })?;
        let pattern = if is_regex { Pattern::regex(value) } else { Ok(Pattern::exact(value)) };
        claims.push((claim, pattern.map_err(|error| Failure::usage(error.to_string()))?));
    }
    Ok(claims)
}

/// `github.com/acme/app` is written as often as the URI is.
fn with_scheme(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

pub(super) fn regex_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_alphanumeric() && !matches!(character, '/' | ':' | '_') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Whom to believe: the authorities of files, or of instances by name.
pub(super) fn roots(
    files: &[PathBuf],
    names: &[String],
    now: Timestamp,
    ui: &mut Ui,
) -> Result<Vec<TrustedRoot>, Failure> {
    let mut roots = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let root = TrustedRoot::parse(&name, &input::text(path)?, None);
        roots.push(root.map_err(|error| Failure::usage(format!("{name}: {error}")))?);
    }
    for name in names {
        roots.push(instances().get(name)?.trusted_root()?);
    }
    if roots.is_empty() {
        roots.push(instances().get(BuiltIn::PublicGood.name())?.trusted_root()?);
    }
    for root in &roots {
        let age = root.as_of().map(|as_of| now.as_second().saturating_sub(as_of.as_second()).div_euclid(SECONDS_A_DAY));
        if let Some(days) = age.filter(|days| *days > STALE_DAYS) {
            ui.warning(&format!(
                "the trusted root {} is {days} days old: `plimsoll trust update` fetches it",
                root.name()
            ));
        }
    }
    Ok(roots)
}

/// A word for a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
