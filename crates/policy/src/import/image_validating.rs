//! Kyverno's `ImageValidatingPolicy` (`policies.kyverno.io/v1alpha1`, `v1beta1`, `v1`).
//!
//! What is asked for is said in CEL. Two forms are recognised, and several joined by `&&`; anything else is named:
//! `images.containers.map(image, verifyImageSignatures(image, [attestors.a])).all(e, e > 0)` and the same with
//! `verifyAttestationSignatures(image, attestations.b, [attestors.a])`. The functions give the number of attestors who signed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::cluster_image_policy::predicate;
use super::identity::{IDENTITY, Subject, signers};
use super::images;
use super::keys::Keys;
use super::place::{Place, Remarks};
use super::rules::{About, Ask, Rule, Set, Signer, chosen, rules};

const REKOR: &str = "https://rekor.sigstore.dev";
const UNSEEN: &str = "what it checks would not be checked";
const ANYBODY: &str = "anybody could sign";
const SPEC: [&str; 16] = [
    "failurePolicy",
    "matchConstraints",
    "matchConditions",
    "validationActions",
    "validationAction",
    "matchImageReferences",
    "imageRules",
    "attestors",
    "attestations",
    "validations",
    "validationConfigurations",
    "webhookConfiguration",
    "autogen",
    "evaluation",
    "credentials",
    "auditAnnotations",
];

/// One call, without white space: the images, the variables, the function and its arguments, the number.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\Aimages\.(containers|initContainers|ephemeralContainers)\.map\(([A-Za-z_]\w*),verify(Image|Attestation)Signatures\(([A-Za-z_]\w*),(?:attestations\.([A-Za-z_]\w*),)?\[((?:attestors\.[A-Za-z_]\w*,?)+)\]\)\)\.all\(([A-Za-z_]\w*),([A-Za-z_]\w*)(>|>=|==)([0-9]{1,3})\)\z",
    )
    .ok()
});

type Known<T> = BTreeMap<String, Option<T>>;

pub(super) fn read(root: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Rule> {
    let Some(spec) = root.get("spec") else {
        remarks.denies(root, "it has no spec", UNSEEN);
        return rules(root, &[images::ALL.to_owned()], false, vec![Ask::Never]);
    };
    let open = !spec.is_known(&SPEC, remarks);
    let meant = meant(&spec, remarks);
    let actions: Vec<_> = ["validationActions", "validationAction"].iter().flat_map(|key| spec.list(key)).collect();
    let denies = actions.iter().any(|action| !matches!(action.text(), Some("Audit" | "Warn")));
    let warns = !actions.is_empty() && !denies;
    for key in ["matchConditions", "matchConstraints"] {
        if let Some(scope) = spec.get(key).filter(|scope| key == "matchConditions" || narrows(scope)) {
            remarks.stricter(&scope, "a gate knows no resources of a cluster: the rule is about the images of all");
        }
    }
    if spec.get("evaluation").and_then(|one| one.get("mode")).is_some_and(|mode| mode.text() == Some("JSON")) {
        remarks.stricter(&spec, "it is about images in documents; the rule is about the images themselves");
    }
    let mut attestors: Known<Vec<Signer>> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for place in spec.list("attestors") {
        let name = place.get("name").and_then(|name| name.text()).unwrap_or_default();
        let mark = remarks.mark();
        let signers = attestor(&place, keys, remarks);
        // What it is used for decides what becomes of it.
        let told = remarks.all.split_off(mark.min(remarks.all.len()));
        attestors.insert(name.to_owned(), signers);
        places.insert(name.to_owned(), told);
    }
    let mut statements: Known<Vec<String>> = BTreeMap::new();
    for place in spec.list("attestations") {
        let name = place.get("name").and_then(|name| name.text()).unwrap_or_default().to_owned();
        statements.insert(name, statement(&place, remarks));
    }
    let mut all = Vec::new();
    let validations = spec.list("validations");
    for validation in &validations {
        let mark = remarks.mark();
        let used = used(validation);
        for name in attestors.keys().filter(|name| used.contains(name.as_str())) {
            remarks.all.extend(places.remove(name).unwrap_or_default());
        }
        let asks = asked(validation, &attestors, &statements, mark, remarks);
        all.extend(rules(validation, &meant, warns, asks));
    }
    if validations.is_empty() {
        remarks.denies(&spec, "it has no validations", ANYBODY);
    }
    if open || validations.is_empty() {
        all.extend(rules(&spec, &meant, warns, vec![Ask::Never]));
    }
    all
}

fn narrows(scope: &Place<'_>) -> bool {
    ["namespaceSelector", "objectSelector", "excludeResourceRules"]
        .iter()
        .any(|key| scope.get(key).is_some_and(|one| !one.is_empty()))
}

/// The names of attestors that an expression has.
fn used(validation: &Place<'_>) -> std::collections::BTreeSet<String> {
    let text = validation.get("expression").and_then(|text| text.text()).unwrap_or_default();
    let name = |part: &str| part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    text.split("attestors.").skip(1).map(name).collect()
}

fn meant(spec: &Place<'_>, remarks: &mut Remarks) -> Vec<String> {
    let mut meant = images::Meant::default();
    for place in ["matchImageReferences", "imageRules"].iter().flat_map(|key| spec.list(key)) {
        match place.get("glob").and_then(|glob| glob.text()) {
            Some(glob) => meant.kyverno(glob),
            None => {
                remarks.stricter(&place, "which images it means is said in CEL: the rule is about all images");
                meant.all();
            }
        }
    }
    if meant.patterns.is_empty() {
        meant.all();
    }
    meant.patterns
}

fn statement(place: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<String>> {
    match place.get("intoto").and_then(|intoto| intoto.get("type")) {
        Some(kind) => predicate(&kind, remarks),
        None => {
            remarks.noted(place, "only in-toto statements are known here");
            None
        }
    }
}

fn asked(
    validation: &Place<'_>,
    attestors: &Known<Vec<Signer>>,
    statements: &Known<Vec<String>>,
    mark: usize,
    remarks: &mut Remarks,
) -> Vec<Ask> {
    let Some(expression) = validation.get("expression") else {
        remarks.denies(validation, "it has no expression", UNSEEN);
        return vec![Ask::Never];
    };
    let text: String = expression.text().unwrap_or_default().split_whitespace().collect();
    let mut asks = Vec::new();
    for part in text.split("&&") {
        match call(part, attestors, statements) {
            Ok((set, about)) => asks.extend(chosen(set, &about, &expression, mark, remarks)),
            Err(why) => {
                remarks.denies(&expression, why, UNSEEN);
                asks.push(Ask::Never);
            }
        }
    }
    asks.dedup();
    asks
}

fn call(
    text: &str,
    attestors: &Known<Vec<Signer>>,
    statements: &Known<Vec<String>>,
) -> Result<(Set, About), &'static str> {
    const OTHER: &str = "only calls of verifyImageSignatures and verifyAttestationSignatures over all images can be converted: write it as rules of ours, or in Rego";
    let captures = CALL.as_ref().and_then(|call| call.captures(text)).ok_or(OTHER)?;
    let part = |at: usize| captures.get(at).map_or("", |found| found.as_str());
    if part(2) != part(4) || part(7) != part(8) {
        return Err(OTHER);
    }
    let entries: Option<Vec<_>> = part(6)
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| attestors.get(name.strip_prefix("attestors.").unwrap_or(name)).cloned())
        .collect();
    let entries = entries.ok_or("it names an attestor that there is not")?;
    let number: usize = part(10).parse().map_err(|_| OTHER)?;
    let need = match part(9) {
        ">" => number.saturating_add(1),
        // All that are asked have to sign, or at least so many: exactly fewer is no condition of ours.
        "==" if number != entries.len() => return Err(OTHER),
        _ => number,
    };
    let about = match (part(3), part(5)) {
        ("Image", "") => About::Image,
        ("Attestation", name) if !name.is_empty() => {
            let types = statements.get(name).cloned().flatten();
            About::Statement(types.ok_or("it names a statement that there is not, or whose type is not known")?)
        }
        _ => return Err(OTHER),
    };
    Ok((Set { need, entries }, about))
}

fn attestor(place: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    if let Some(notary) = place.get("notary") {
        remarks.denies(&notary, "signatures of Notary are not verified here", ANYBODY);
        return None;
    }
    let Some(cosign) = place.get("cosign") else {
        remarks.denies(place, "it is neither cosign nor notary", ANYBODY);
        return None;
    };
    let mut whole = place.is_known(&["name", "cosign"], remarks)
        & cosign.is_known(&["key", "keyless", "certificate", "source", "ctlog", "tuf", "annotations"], remarks);
    for (key, why, weakens) in [
        ("annotations", "annotations of signatures are not looked at here", "signatures with others would be taken"),
        ("tuf", "roots are for all rules of a policy: name them under [roots]", "another authority would be believed"),
    ] {
        if let Some(found) = cosign.get(key).filter(|found| !found.is_empty()) {
            remarks.denies(&found, why, weakens);
            whole = false;
        }
    }
    if let Some(source) = cosign.get("source") {
        remarks.noted(&source, "where signatures are kept is said to the command, not by the policy");
    }
    if let Some(log) = cosign.get("ctlog") {
        whole &= logs(&log, remarks);
    }
    let signers = match (cosign.get("key"), cosign.get("keyless"), cosign.get("certificate")) {
        (Some(key), None, None) => key_of(&key, keys, remarks),
        (None, Some(keyless), None) => keyless_of(&keyless, remarks),
        (None, None, Some(certificate)) => {
            let why = "a certificate that is pinned cannot be converted: write its key under [roots.keys]";
            remarks.denies(&certificate, why, "another certificate would be taken");
            None
        }
        _ => {
            remarks.denies(&cosign, "it has to have one of key, keyless and certificate", ANYBODY);
            None
        }
    };
    signers.filter(|_| whole)
}

fn logs(log: &Place<'_>, remarks: &mut Remarks) -> bool {
    let known = ["url", "rekorPubKey", "ctLogPubKey", "tsaCertChain", "insecureIgnoreTlog", "insecureIgnoreSCT"];
    let mut whole = log.is_known(&known, remarks);
    if let Some(url) = log.get("url").filter(|url| url.text().is_none_or(|text| text.trim_end_matches('/') != REKOR)) {
        remarks.denies(&url, "it is another log than the public one: name its trusted root under [roots]", UNSEEN);
        whole = false;
    }
    for key in ["rekorPubKey", "ctLogPubKey", "tsaCertChain"] {
        if let Some(key) = log.get(key).filter(|key| !key.is_empty()) {
            remarks.denies(&key, "keys of logs are those of the trusted root: name it under [roots]", UNSEEN);
            whole = false;
        }
    }
    if log.is_true("insecureIgnoreTlog") || log.is_true("insecureIgnoreSCT") {
        remarks.stricter(log, "log entries are asked for here");
    }
    whole
}

fn key_of(key: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    if !key.is_known(&["data", "kms", "secretRef", "hashAlgorithm", "expression"], remarks) {
        return None;
    }
    if let Some(hash) = key.get("hashAlgorithm").filter(|hash| hash.text() != Some("sha256")) {
        remarks.stricter(&hash, "signatures over other hashes than SHA-256 may not be found good");
    }
    for elsewhere in ["kms", "secretRef", "expression"] {
        if let Some(elsewhere) = key.get(elsewhere).filter(|one| !one.is_empty()) {
            remarks.denies(&elsewhere, "the key is not here: write it under [roots.keys]", "another key could sign");
            return None;
        }
    }
    match key.get("data") {
        // One key verifies; several in one text are not known there.
        Some(data) => keys.read(&data, remarks).filter(|signers| {
            let one = signers.len() == 1;
            if !one {
                remarks.denies(&data, "it is several keys", "another key could sign");
            }
            one
        }),
        None => {
            remarks.denies(key, "it has no key", "another key could sign");
            None
        }
    }
}

fn keyless_of(keyless: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    let mut whole = keyless.is_known(&["identities", "roots"], remarks);
    if let Some(roots) = keyless.get("roots").filter(|roots| !roots.is_empty()) {
        remarks.denies(
            &roots,
            "roots are for all rules of a policy: name them under [roots]",
            "another authority would be believed",
        );
        whole = false;
    }
    let identities = keyless.list("identities");
    if identities.is_empty() {
        remarks.denies(keyless, "it names no identity", ANYBODY);
    }
    let known = [&IDENTITY[..], &["subjectExpression", "issuerExpression"]].concat();
    let mark = remarks.mark();
    let mut all = Vec::new();
    for identity in &identities {
        let mut plain = identity.is_known(&known, remarks);
        for key in ["subjectExpression", "issuerExpression"] {
            if let Some(expression) = identity.get(key) {
                remarks.denies(&expression, "who signs is said in CEL", "somebody else could sign");
                plain = false;
            }
        }
        if plain {
            all.extend(signers(identity, Subject::Exact, remarks).into_iter().flatten());
        }
    }
    if all.is_empty() {
        return None;
    }
    remarks.was_a_choice(mark);
    whole.then_some(all)
}
