//! `plimsoll.gate.input/1`: what a policy in Rego is shown.
//!
//! What is proven is at the top; what nobody signed is below `unproven`, and can only be a reason to refuse. A part that is not known is
//! missing, and the check that says so denies where the policy mentions it: else a rule over it would just not hold.

use std::collections::BTreeMap;

use plimsoll_attest::Statement;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{Element, ElementKind};
use plimsoll_verify::{Claim, SignerExpectation, Verified};
use serde_json::{Map, Value, json};

use super::super::SIGNED;
use super::Rego;
use crate::audit::AuditRow;
use crate::gate::GateCheck;
use crate::gate::context::Context;
use crate::judgement::{Build, BuildState, Verdict};

const SCHEMA: &str = "plimsoll.gate.input/1";

/// What is shown, and what has to be told beside it.
pub(super) struct Shown {
    pub(super) input: Value,
    /// The statements that are proven, as they are in in-toto.
    pub(super) statements: Vec<Value>,
    pub(super) checks: Vec<GateCheck>,
}

/// The document of a decision.
pub(super) fn document(context: &Context<'_>, rego: &Rego) -> Shown {
    let input = context.input;
    let mut signers = rego.signers.clone();
    if signers.is_empty() {
        signers = input.policy.sbom_signers(input.names);
    }
    let signed = signed(context, &signers, rego);
    let names: Vec<String> = input.names.iter().map(ToString::to_string).collect();
    let digests: BTreeMap<&str, &str> =
        input.subject.digests().map(|(algorithm, hex)| (algorithm.token(), hex)).collect();
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    show("schema", SCHEMA.into());
    show("at", input.at.to_string().into());
    show("artifact", json!({ "names": names, "digests": digests }));
    show("signatures", signed.signatures.into());
    if rego.mentions("statements") {
        show("statements", signed.statements.into());
    }
    show("provenance", provenance(context).into());
    show("unproven", json!({ "components": loose(context) }));
    if let Some(image) = input.image {
        let layers = &image.layers;
        let image = json!({
            "base_name": image.base_name,
            "base_digest": image.base_digest,
            "created": image.created.map(|time| time.to_string()),
            "layers": layers,
        });
        show("image", image);
    }
    let mut checks = Vec::new();
    if rego.mentions("components") || rego.mentions("findings") {
        let (contents, told) = context.contents();
        checks.extend(told);
        let proven = contents.iter().filter(|contents| contents.claim != UNSIGNED);
        let components = proven.flat_map(|contents| components(contents.document, contents.place, contents.claim));
        show("components", components.collect());
    }
    if rego.mentions("findings") {
        // With what has to be told of advisories that are missing or old; of the contents it tells the same again.
        let (searched, told) = context.searched(None);
        checks.extend(told.into_iter().filter(|check| !checks.contains(check)).collect::<Vec<_>>());
        if input.advisories.is_some() {
            show("findings", searched.iter().flat_map(|one| &one.audit.rows).map(finding).collect());
        }
    }
    Shown { input: shown.into(), statements: signed.in_toto, checks }
}

const UNSIGNED: &str = "unsigned claim";

/// Signatures and statements of those who may sign.
#[derive(Default)]
struct Signed {
    signatures: Vec<Value>,
    statements: Vec<Value>,
    /// The statements as they are in in-toto.
    in_toto: Vec<Value>,
}

fn signed(context: &Context<'_>, signers: &[SignerExpectation], rego: &Rego) -> Signed {
    // A statement may be an SBOM of megabytes: it is only written out for who asks.
    let (shown, asked) = (rego.mentions("statements"), rego.mentions("isCompliant"));
    let all: Vec<_> = signers.iter().map(|signer| context.signed(signer)).collect();
    let found: BTreeMap<usize, &Verified> = all.iter().flat_map(|signed| signed.verified()).collect();
    let mut signed = Signed::default();
    for verified in found.into_values() {
        let statement = verified.statement().filter(|statement| statement.predicate_type() != SIGNED);
        match statement {
            Some(statement) => {
                signed.statements.extend(shown.then(|| signature(verified, Some(statement))));
                signed.in_toto.extend(asked.then(|| in_toto(statement)));
            }
            None => signed.signatures.push(signature(verified, None)),
        }
    }
    signed
}

fn signature(verified: &Verified, statement: Option<&Statement>) -> Value {
    let times = verified.times().iter().map(|time| json!({ "time": time.time.to_string(), "by": time.by }));
    let claims = verified.claims();
    let mut value = Map::new();
    let mut add = |name: &str, what: Value| value.insert(name.to_owned(), what);
    add("place", verified.place().into());
    add("identity", claims.identity().into());
    add("issuer", claims.get(Claim::Issuer).into());
    add("key", verified.key().into());
    add("times", times.collect());
    if let Some(statement) = statement {
        add("predicate_type", statement.predicate_type().into());
        add("predicate", statement.predicate().clone());
    }
    value.into()
}

fn in_toto(statement: &Statement) -> Value {
    let subjects = statement.subjects().iter().map(|subject| {
        let digests: BTreeMap<_, _> = subject.digest.iter().collect();
        json!({ "name": subject.name, "digest": digests })
    });
    json!({
        "_type": statement.version().uri(),
        "subject": subjects.collect::<Vec<_>>(),
        "predicateType": statement.predicate_type(),
        "predicate": statement.predicate(),
    })
}

/// Builds that are proven to be as an expectation of the policy says.
fn provenance(context: &Context<'_>) -> Vec<Value> {
    if context.input.policy.expectations().is_empty() {
        return Vec::new();
    }
    let builds = context.judgement().verdicts().iter().flat_map(Verdict::builds);
    builds.filter(|build| build.state() == BuildState::Proven).filter_map(build_of).collect()
}

fn build_of(build: &Build) -> Option<Value> {
    let view = build.view()?;
    let source = view.source.as_ref().map(|source| {
        json!({
            "uri": source.uri,
            "repository": source.repository.as_ref().map(ToString::to_string),
            "ref": source.reference,
            "commit": source.commit,
        })
    });
    let parameters: Map<String, Value> =
        view.parameters.iter().map(|one| (one.path.clone(), one.value.clone())).collect();
    Some(json!({
        "place": build.place(),
        "builder": build.builder(),
        "builder_id": view.builder_id,
        "build_type": view.build_type,
        "level": build.level(),
        "source": source,
        "workflow": view.workflow,
        "event": view.event,
        "branch": view.branch,
        "parameters": parameters,
    }))
}

fn loose(context: &Context<'_>) -> Vec<Value> {
    let loose = context.input.loose.iter();
    loose.flat_map(|loose| components(&loose.document, &loose.place, UNSIGNED)).collect()
}

fn components<'a>(document: &'a Document, place: &'a str, claim: &'a str) -> impl Iterator<Item = Value> + 'a {
    let components = document.components().filter(|(at, _)| !document.roots.contains(at));
    components.map(move |(_, element)| component(element, place, claim))
}

fn component(element: &Element, place: &str, claim: &str) -> Value {
    let kind = match &element.kind {
        ElementKind::Component(kind) => kind.as_str(),
        _ => "",
    };
    let licenses: Vec<&str> = element.licenses.iter().map(|license| license.text.as_str()).collect();
    let hashes: BTreeMap<String, &str> =
        element.hashes.iter().map(|hash| (hash.algorithm.to_string(), hash.value.as_str())).collect();
    json!({
        "place": place,
        "claim": claim,
        "type": kind,
        "group": element.group,
        "name": element.name,
        "version": element.version,
        "purl": element.purls.first(),
        "purls": element.purls,
        "cpes": element.cpes,
        "licenses": licenses,
        "hashes": hashes,
        "scope": element.scope,
    })
}

fn finding(row: &AuditRow) -> Value {
    json!({
        "advisory": row.advisory,
        "aliases": row.aliases,
        "kind": row.sort.word(),
        "severity": row.rating_word(),
        "component": row.component,
        "installed": row.installed,
        "fixed": row.fixed,
        "certain": row.certain,
        "claim": row.claim,
        "state": row.state.word(),
        "kev": !row.kev.is_empty(),
        "epss": row.epss.map(|epss| f64::from(epss) / 100_000.0),
        "published": row.since.map(|time| time.to_string()),
        "summary": row.summary,
    })
}
