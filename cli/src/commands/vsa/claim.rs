//! What a summary is made of: what the flags say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_attest::{
    ResourceDescriptor, SVR_V0_2, SimpleResult, SlsaResult, VSA_V1, VerificationResult, VerificationSummary, Verifier,
};
use serde_json::Value;

use super::{digest_of, level, levels};
use crate::args::{SummaryResult, SummaryType, VsaCreateArguments};
use crate::commands::time;
use crate::failure::Failure;

/// The version of SLSA whose words are used.
const SLSA_VERSION: &str = "1.2";

/// A predicate and its type.
pub(super) fn predicate(arguments: &VsaCreateArguments) -> Result<(&'static str, Value), Failure> {
    let refused = |error: plimsoll_attest::AttestError| Failure::usage(error.to_string());
    levels("--level", &arguments.level)?;
    let time = time(arguments)?;
    match arguments.kind {
        SummaryType::Vsa => Ok((VSA_V1, summary(arguments, time)?.to_predicate().map_err(refused)?)),
        SummaryType::Svr => Ok((SVR_V0_2, simple(arguments, time)?.to_predicate().map_err(refused)?)),
    }
}

fn time(arguments: &VsaCreateArguments) -> Result<String, Failure> {
    let told = time::timestamp(arguments.timestamp.as_deref())?.map(|time| time.as_str().to_owned());
    Ok(told.unwrap_or_else(|| Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

fn summary(arguments: &VsaCreateArguments, time_verified: String) -> Result<VerificationSummary, Failure> {
    let result = arguments.result.ok_or_else(|| Failure::usage("say what came of it, with --result"))?;
    let resource_uri = arguments.resource_uri.clone();
    let resource_uri = resource_uri.ok_or_else(|| Failure::usage("say what was verified, with --resource-uri"))?;
    let policy = policy(arguments)?.filter(|policy| !policy.uri.is_empty());
    let policy = policy.ok_or_else(|| {
        Failure::usage("say what it was verified against: --policy URI, or --policy FILE and --policy-uri URI")
    })?;
    let (verification_result, failed) = match result {
        SummaryResult::Passed => (VerificationResult::Passed, None),
        SummaryResult::Failed => (VerificationResult::Failed, Some(SlsaResult::Failed.to_string())),
    };
    if failed.is_some() && !arguments.level.is_empty() {
        return Err(Failure::usage("what failed has no --level"));
    }
    Ok(VerificationSummary {
        verifier: Verifier { id: uri("--verifier-id", &arguments.verifier_id)?, version: versions(arguments)? },
        time_verified,
        resource_uri: uri("--resource-uri", &resource_uri)?,
        policy,
        input_attestations: inputs(arguments)?,
        verification_result,
        verified_levels: arguments.level.iter().cloned().chain(failed).collect(),
        dependency_levels: dependencies(arguments)?,
        slsa_version: SLSA_VERSION.to_owned(),
    })
}

/// A simple result holds less: what it has no place for is refused, not lost.
fn simple(arguments: &VsaCreateArguments, time_created: String) -> Result<SimpleResult, Failure> {
    for (given, flag) in [
        (arguments.resource_uri.is_some(), "--resource-uri"),
        (!arguments.verifier_version.is_empty(), "--verifier-version"),
        (!arguments.input_attestation.is_empty(), "--input-attestation"),
        (!arguments.dependency_level.is_empty(), "--dependency-level"),
        (arguments.no_dependencies, "--no-dependencies"),
    ] {
        if given {
            return Err(Failure::usage(format!("a simple verification result has no {flag}")));
        }
    }
    if arguments.result == Some(SummaryResult::Failed) {
        return Err(Failure::usage("a simple verification result says what passed, and nothing of what failed"));
    }
    Ok(SimpleResult {
        verifier: uri("--verifier-id", &arguments.verifier_id)?,
        policies: policy(arguments)?.into_iter().collect(),
        time_created,
        properties: arguments.level.clone(),
    })
}

fn uri(flag: &str, text: &str) -> Result<String, Failure> {
    let fits = text.contains(':') && text.chars().all(|c| c.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err(Failure::usage(format!("{flag} {text}: not a URI"))) }
}

fn versions(arguments: &VsaCreateArguments) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let bad = || Failure::usage(format!("--verifier-version {text}: not NAME=VERSION"));
        let (name, version) = text.split_once('=').ok_or_else(bad)?;
        Ok((name.to_owned(), version.to_owned()))
    };
    arguments.verifier_version.iter().map(pair).collect()
}

fn policy(arguments: &VsaCreateArguments) -> Result<Option<ResourceDescriptor>, Failure> {
    let Some(named) = &arguments.policy else { return Ok(None) };
    let policy = if named.contains("://") {
        if arguments.policy_uri.is_some() {
            return Err(Failure::usage("--policy-uri says where the file of --policy is, which is a URI already"));
        }
        ResourceDescriptor { uri: uri("--policy", named)?, ..ResourceDescriptor::default() }
    } else {
        let uri = arguments.policy_uri.as_deref().map(|text| uri("--policy-uri", text)).transpose()?;
        let digest = BTreeMap::from([digest_of(named.as_ref())?]);
        ResourceDescriptor { uri: uri.unwrap_or_default(), digest, ..ResourceDescriptor::default() }
    };
    Ok(Some(policy))
}

fn inputs(arguments: &VsaCreateArguments) -> Result<Vec<ResourceDescriptor>, Failure> {
    let input = |path: &std::path::PathBuf| {
        Ok(ResourceDescriptor { digest: BTreeMap::from([digest_of(path)?]), ..ResourceDescriptor::default() })
    };
    arguments.input_attestation.iter().map(input).collect()
}

fn dependencies(arguments: &VsaCreateArguments) -> Result<Option<BTreeMap<String, u64>>, Failure> {
    if arguments.dependency_level.is_empty() {
        return Ok(arguments.no_dependencies.then(BTreeMap::new));
    }
    let mut counts = BTreeMap::new();
    for text in &arguments.dependency_level {
        let bad = || Failure::usage(format!("--dependency-level {text}: not NAME=COUNT, each name once"));
        let (name, count) = text.split_once('=').ok_or_else(bad)?;
        level("--dependency-level", name)?;
        if counts.insert(name.to_owned(), count.parse().map_err(|_| bad())?).is_some() {
            return Err(bad());
        }
    }
    Ok(Some(counts))
}
