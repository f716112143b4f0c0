//! What a summary is made of: what the flags say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_attest::{
    ResourceDescriptor, SVR_V0_2, SimpleResult, SlsaResult, VSA_V1, VerificationResult, VerificationSummary, Verifier,
};
use serde_json::Value;

use super::from_report::Found;
use super::{digest_of, level, levels};
use crate::args::{SummaryResult, SummaryType, VsaCreateArguments};
use crate::commands::time;
use crate::failure::Failure;

/// The version of SLSA whose words are used.
const SLSA_VERSION: &str = "1.2";

/// A predicate and its type: what the flags say, or what a report found and the flags do not exceed.
pub(super) fn predicate(
    arguments: &VsaCreateArguments,
    found: Option<&Found>,
) -> Result<(&'static str, Value), Failure> {
    let refused = |error: plimsoll_attest::AttestError| Failure::usage(error.to_string());
    let said = Said::of(arguments, found)?;
    match arguments.kind {
        SummaryType::Vsa => Ok((VSA_V1, summary(arguments, said)?.to_predicate().map_err(refused)?)),
        SummaryType::Svr => Ok((SVR_V0_2, simple(arguments, said)?.to_predicate().map_err(refused)?)),
    }
}

/// What is said to have come of it.
struct Said {
    result: Option<SummaryResult>,
    levels: Vec<SlsaResult>,
    time: String,
    policy: Option<ResourceDescriptor>,
}

impl Said {
    fn of(arguments: &VsaCreateArguments, found: Option<&Found>) -> Result<Self, Failure> {
        let levels = levels("--level", &arguments.level)?;
        let told = time::timestamp(arguments.timestamp.as_deref())?.map(|time| time.as_str().to_owned());
        let now = || Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (result, mut policy) = (arguments.result, policy(arguments)?);
        let Some(found) = found else {
            return Ok(Self { result, levels, time: told.unwrap_or_else(now), policy });
        };
        let more = |text: String| Err(Failure::usage(text).hint("leave it away, and what was found is stated"));
        let came = if found.passed { SummaryResult::Passed } else { SummaryResult::Failed };
        if result.is_some_and(|result| result != came) {
            return more("--result is not what the report found".to_owned());
        }
        if let Some(level) = levels.iter().find(|wanted| !found.levels.iter().any(|level| level.satisfies(wanted))) {
            return more(format!("--level {level} is more than the report found"));
        }
        if let (Some(policy), Some(sha256)) = (&mut policy, &found.policy)
            && policy.digest.entry("sha256".to_owned()).or_insert_with(|| sha256.clone()) != sha256
        {
            return more("--policy is another than that of the report".to_owned());
        }
        let levels = if levels.is_empty() { found.levels.clone() } else { levels };
        Ok(Self { result: Some(came), levels, time: told.unwrap_or_else(|| found.at.clone()), policy })
    }
}

fn summary(arguments: &VsaCreateArguments, said: Said) -> Result<VerificationSummary, Failure> {
    let result = said.result.ok_or_else(|| Failure::usage("say what came of it, with --result or --from-report"))?;
    let resource_uri = arguments.resource_uri.clone();
    let resource_uri = resource_uri.ok_or_else(|| Failure::usage("say what was verified, with --resource-uri"))?;
    let policy = said.policy.filter(|policy| !policy.uri.is_empty()).ok_or_else(|| {
        Failure::usage("say what it was verified against: --policy URI, or --policy FILE and --policy-uri URI")
    })?;
    let (verification_result, failed) = match result {
        SummaryResult::Passed => (VerificationResult::Passed, None),
        SummaryResult::Failed => (VerificationResult::Failed, Some(SlsaResult::Failed)),
    };
    if failed.is_some() && !said.levels.is_empty() {
        return Err(Failure::usage("what failed has no --level"));
    }
    Ok(VerificationSummary {
        verifier: Verifier { id: uri("--verifier-id", &arguments.verifier_id)?, version: versions(arguments)? },
        time_verified: said.time,
        resource_uri: uri("--resource-uri", &resource_uri)?,
        policy,
        input_attestations: inputs(arguments)?,
        verification_result,
        verified_levels: said.levels.iter().chain(&failed).map(SlsaResult::to_string).collect(),
        dependency_levels: dependencies(arguments)?,
        slsa_version: SLSA_VERSION.to_owned(),
    })
}

/// A simple result holds less: what it has no place for is refused, not lost.
fn simple(arguments: &VsaCreateArguments, said: Said) -> Result<SimpleResult, Failure> {
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
    if said.result == Some(SummaryResult::Failed) {
        return Err(Failure::usage("a simple verification result says what passed, and nothing of what failed"));
    }
    Ok(SimpleResult {
        verifier: uri("--verifier-id", &arguments.verifier_id)?,
        policies: said.policy.into_iter().collect(),
        time_created: said.time,
        properties: said.levels.iter().map(SlsaResult::to_string).collect(),
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
