//! Kyverno's `ClusterPolicy` and `Policy` (`kyverno.io/v1`, `v2beta1`), their rules `verifyImages`.
//!
//! All sets of attestors have to hold; of the entries of a set as many as `count` says, all when it says nothing. A key in PEM that is
//! several keys is as many entries. A policy that does not say `Enforce` only audits.

use super::cluster_image_policy::predicate;
use super::identity::{IDENTITY, Subject, signers};
use super::images;
use super::keys::Keys;
use super::place::{Place, Remarks};
use super::rules::{About, Ask, Rule, Set, Signer, chosen, rules};

const REKOR: &str = "https://rekor.sigstore.dev";
const UNSEEN: &str = "what it checks would not be checked";
const ANYBODY: &str = "anybody could sign";
/// What a policy may say that is not about images, or not about what they have to be.
const SPEC: [&str; 5] =
    ["validationFailureAction", "validationFailureActionOverrides", "rules", "failureAction", "applyRules"];
const VERIFY: [&str; 24] = [
    "type",
    "image",
    "imageReferences",
    "skipImageReferences",
    "key",
    "roots",
    "subject",
    "issuer",
    "additionalExtensions",
    "attestors",
    "attestations",
    "annotations",
    "repository",
    "cosignOCI11",
    "mutateDigest",
    "verifyDigest",
    "validate",
    "required",
    "imageRegistryCredentials",
    "useCache",
    "failureAction",
    "verificationFailureAction",
    "verificationFailureActionOverrides",
    "failureActionOverrides",
];
/// Deepest nesting of attestors.
const DEPTH: usize = 8;

pub(super) fn read(root: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Rule> {
    let mut all = Vec::new();
    let Some(spec) = root.get("spec") else {
        remarks.denies(root, "it has no spec", UNSEEN);
        return rules(root, &[images::ALL.to_owned()], false, vec![Ask::Never]);
    };
    if spec.get("applyRules").is_some_and(|value| value.text() == Some("One")) {
        remarks.stricter(&spec, "applyRules is One: the first rule that is about an image would do; all are asked for");
    }
    let audits = audits(&spec, false, &SPEC);
    for rule in spec.list("rules") {
        let verify = rule.list("verifyImages");
        if verify.is_empty() {
            remarks.noted(&rule, "it is not about signatures of images, and is left out");
            continue;
        }
        for key in ["match", "exclude", "preconditions", "celPreconditions"] {
            scope(&rule, key, remarks);
        }
        for verify in verify {
            let warns = audits_here(&verify, audits);
            if warns && verify.get("failureAction").is_none() && spec.get("validationFailureAction").is_none() {
                remarks.noted(&verify, "it does not say Enforce: Kyverno then only audits, and the rule only warns");
            }
            all.extend(one(&verify, warns, keys, remarks));
        }
    }
    all
}

/// Whether a policy only audits: nothing that it says enforces, anywhere.
fn audits(place: &Place<'_>, otherwise: bool, keys: &[&str]) -> bool {
    let enforces = |text: Option<&str>| text.is_none_or(|text| !text.eq_ignore_ascii_case("audit"));
    let mut found = None;
    for key in ["validationFailureAction", "failureAction", "verificationFailureAction"] {
        if let Some(value) = place.get(key).filter(|_| keys.contains(&key) || key != "validationFailureAction") {
            found = Some(found.unwrap_or(false) || enforces(value.text()));
        }
    }
    let overrides =
        ["validationFailureActionOverrides", "failureActionOverrides", "verificationFailureActionOverrides"];
    let mut over = overrides.iter().flat_map(|key| place.list(key));
    let any = over.any(|one| one.get("action").is_none_or(|action| enforces(action.text())));
    let nothing = !otherwise && found.is_none();
    !any && (nothing || found.map_or(otherwise, |enforces| !enforces))
}

fn audits_here(verify: &Place<'_>, audits_all: bool) -> bool {
    let says =
        ["failureAction", "verificationFailureAction", "failureActionOverrides", "verificationFailureActionOverrides"];
    if says.iter().any(|key| verify.get(key).is_some()) { audits(verify, audits_all, &says) } else { audits_all }
}

/// Which resources a rule is about: an artifact has none of that.
fn scope(rule: &Place<'_>, key: &str, remarks: &mut Remarks) {
    let Some(scope) = rule.get(key) else { return };
    let more =
        ["namespaces", "names", "name", "selector", "namespaceSelector", "annotations", "operations", "subjects"];
    let mut places: Vec<Place<'_>> = vec![scope.clone()];
    places.extend(["any", "all"].iter().flat_map(|list| scope.list(list)));
    let narrows = places.iter().any(|place| {
        let within = place.get("resources");
        more.iter()
            .any(|key| place.get(key).is_some() || within.as_ref().is_some_and(|within| within.get(key).is_some()))
    });
    if key != "match" || narrows {
        remarks.stricter(&scope, "a gate knows no resources of a cluster: the rule is about the images of all");
    }
}

fn one(verify: &Place<'_>, warns: bool, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Rule> {
    let mut open = !verify.is_known(&VERIFY, remarks);
    let meant = meant(verify, remarks);
    let mut refuse = |key: &str, why: &str, weakens: &'static str, remarks: &mut Remarks| {
        if let Some(place) = verify.get(key).filter(|place| !place.is_empty()) {
            remarks.denies(&place, why, weakens);
            open = true;
        }
    };
    if verify.get("type").is_some_and(|kind| kind.text() != Some("Cosign")) {
        refuse("type", "signatures of Notary are not verified here", ANYBODY, remarks);
    }
    refuse(
        "annotations",
        "annotations of signatures are not looked at here",
        "signatures with others would be taken",
        remarks,
    );
    refuse(
        "roots",
        "roots are for all rules of a policy: name them under [roots]",
        "another authority would be believed",
        remarks,
    );
    refuse("additionalExtensions", EXTENSIONS, "another workflow could sign", remarks);
    refuse("validate", "its conditions cannot be converted", UNSEEN, remarks);
    for (key, why) in [
        ("repository", "where signatures are kept is said to the command, not by the policy"),
        ("cosignOCI11", "signatures are found either way"),
        ("mutateDigest", "a gate judges a digest, and changes nothing"),
        ("verifyDigest", "a gate judges a digest, whatever the image was named by"),
    ] {
        if let Some(place) = verify.get(key) {
            remarks.noted(&place, why);
        }
    }
    let legacy = legacy(verify, keys, remarks);
    let mut asks = Vec::new();
    for set in verify.list("attestors") {
        asks.extend(attestors(&set, &About::Image, keys, remarks, 0));
    }
    let attestations = verify.list("attestations");
    match &legacy {
        Some(set) if attestations.is_empty() => asks.extend(set.asks(&About::Image)),
        _ => {}
    }
    for attestation in &attestations {
        asks.extend(statement(attestation, legacy.as_ref(), keys, remarks));
    }
    if asks.is_empty() && !open {
        remarks.denies(verify, "it names nobody who has to sign", ANYBODY);
        open = true;
    }
    if open {
        asks.push(Ask::Never);
    }
    asks.dedup();
    rules(verify, &meant, warns, asks)
}

const EXTENSIONS: &str = "other fields of certificates than issuer and subject are not asked for here; [[expect]] asks for source and workflow";

fn meant(verify: &Place<'_>, remarks: &mut Remarks) -> Vec<String> {
    let mut meant = images::Meant::default();
    for place in verify.list("imageReferences").into_iter().chain(verify.get("image")) {
        match place.text().filter(|text| !text.contains("{{")) {
            Some(text) => meant.kyverno(text),
            None => {
                remarks.stricter(&place, "it is only known in a cluster: the rule is about all images");
                meant.all();
            }
        }
    }
    if meant.patterns.is_empty() {
        meant.all();
    }
    if let Some(skipped) = verify.get("skipImageReferences").filter(|list| !list.is_empty()) {
        remarks.stricter(&skipped, "a rule of ours has no images that it is not about: these have to hold as well");
    }
    meant.patterns
}

/// The keys of the first versions, which said one signer and no set.
fn legacy(verify: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Option<Legacy> {
    let filled = |key: &str| verify.get(key).filter(|value| !value.is_empty());
    let signers = match (filled("key"), filled("subject").or(filled("issuer"))) {
        (Some(key), _) => keys.read(&key, remarks),
        (None, Some(_)) => signers(verify, Subject::Wildcard, remarks),
        (None, None) => return None,
    };
    Some(Legacy(signers))
}

struct Legacy(Option<Vec<Signer>>);

impl Legacy {
    fn asks(&self, about: &About) -> Vec<Ask> {
        Set { need: 1, entries: vec![self.0.clone()] }.asks(about)
    }
}

fn statement(place: &Place<'_>, legacy: Option<&Legacy>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Ask> {
    let mut whole = place.is_known(&["name", "type", "predicateType", "attestors", "conditions"], remarks);
    if let Some(conditions) = place.get("conditions").filter(|list| !list.is_empty()) {
        let why = "conditions in JMESPath cannot be converted: write them as rules of ours, or in Rego";
        remarks.denies(&conditions, why, "conditions on what the statement says would be left out");
        whole = false;
    }
    let kind = place.get("type").or_else(|| place.get("predicateType"));
    let Some(types) = kind.as_ref().and_then(|kind| predicate(kind, remarks)) else {
        if kind.is_none() {
            remarks.denies(place, "it has no type", UNSEEN);
        }
        return vec![Ask::Never];
    };
    let about = About::Statement(types);
    let sets = place.list("attestors");
    let mut asks = Vec::new();
    for set in &sets {
        asks.extend(attestors(set, &about, keys, remarks, 0));
    }
    match legacy {
        Some(legacy) if sets.is_empty() => asks.extend(legacy.asks(&about)),
        None if sets.is_empty() => {
            remarks.denies(place, "it does not say who has to have signed it", ANYBODY);
            whole = false;
        }
        _ => {}
    }
    if !whole {
        asks.push(Ask::Never);
    }
    asks
}

/// A set of attestors.
fn attestors(set: &Place<'_>, about: &About, keys: &mut Keys, remarks: &mut Remarks, depth: usize) -> Vec<Ask> {
    if !set.is_known(&["count", "entries"], remarks) {
        return vec![Ask::Never];
    }
    let mark = remarks.mark();
    let (mut entries, mut asks) = (Vec::new(), Vec::new());
    let places = set.list("entries");
    let need = match set.get("count").map(|count| count.text().and_then(|text| text.parse::<usize>().ok())) {
        None | Some(Some(0)) => None,
        Some(Some(count)) => Some(count),
        Some(None) => {
            remarks.denies(set, "count is no number", "fewer could sign");
            return vec![Ask::Never];
        }
    };
    let all = need.is_none_or(|need| need >= places.len());
    for place in &places {
        match place.get("attestor") {
            Some(nested) if depth >= DEPTH => {
                remarks.denies(&nested, "it is nested too deeply", ANYBODY);
                entries.push(None);
            }
            // All have to hold, so that a set within is a rule of its own.
            Some(nested) if all && need.is_none() => {
                asks.extend(attestors(&nested, about, keys, remarks, depth.saturating_add(1)))
            }
            Some(nested) => entries.push(nested_any(&nested, about, keys, remarks, depth)),
            None => entries.extend(entry(place, keys, remarks)),
        }
    }
    if places.is_empty() {
        remarks.denies(set, "it has no entries", ANYBODY);
        return vec![Ask::Never];
    }
    if !entries.is_empty() {
        let need = need.unwrap_or(entries.len());
        asks.extend(chosen(Set { need, entries }, about, set, mark, remarks));
    }
    asks
}

/// A set within one of which not all have to hold: it is as good as its signers, when one of them does.
fn nested_any(
    nested: &Place<'_>,
    about: &About,
    keys: &mut Keys,
    remarks: &mut Remarks,
    depth: usize,
) -> Option<Vec<Signer>> {
    let asks = attestors(nested, about, keys, remarks, depth.saturating_add(1));
    match asks.as_slice() {
        [Ask::Signed { signers, threshold: 1 } | Ask::Attested { signers, threshold: 1, .. }] => Some(signers.clone()),
        _ => {
            remarks.denies(nested, "a set within a set cannot be converted here", ANYBODY);
            None
        }
    }
}

/// An entry of a set; a text of several keys is several.
fn entry(place: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Option<Vec<Signer>>> {
    if !place.is_known(
        &["keys", "keyless", "certificates", "annotations", "repository", "attestor", "signatureAlgorithm"],
        remarks,
    ) {
        return vec![None];
    }
    if let Some(annotations) = place.get("annotations").filter(|one| !one.is_empty()) {
        remarks.denies(
            &annotations,
            "annotations of signatures are not looked at here",
            "signatures with others would be taken",
        );
        return vec![None];
    }
    match (place.get("keys"), place.get("keyless"), place.get("certificates")) {
        (Some(found), None, None) => static_keys(&found, keys, remarks),
        (None, Some(keyless), None) => vec![keyless_of(&keyless, remarks)],
        (None, None, Some(certificates)) => {
            let why = "a certificate that is pinned cannot be converted: write its key under [roots.keys]";
            remarks.denies(&certificates, why, "another certificate would be taken");
            vec![None]
        }
        _ => {
            remarks.denies(place, "it has to have one of keys, keyless and certificates", ANYBODY);
            vec![None]
        }
    }
}

fn static_keys(found: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Option<Vec<Signer>>> {
    let known = ["publicKeys", "signatureAlgorithm", "kms", "secret", "rekor", "ctlog"];
    if !found.is_known(&known, remarks) || !logs(found, remarks) {
        return vec![None];
    }
    if let Some(hash) = found.get("signatureAlgorithm").filter(|hash| hash.text() != Some("sha256")) {
        remarks.stricter(&hash, "signatures over other hashes than SHA-256 may not be found good");
    }
    for elsewhere in ["secret", "kms"] {
        if let Some(elsewhere) = found.get(elsewhere).filter(|one| !one.is_empty()) {
            remarks.denies(&elsewhere, "the key is not here: write it under [roots.keys]", "another key could sign");
            return vec![None];
        }
    }
    let Some(text) = found.get("publicKeys") else {
        remarks.denies(found, "it has no key", "another key could sign");
        return vec![None];
    };
    match keys.read(&text, remarks) {
        Some(signers) => signers.into_iter().map(|signer| Some(vec![signer])).collect(),
        None => vec![None],
    }
}

fn keyless_of(keyless: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    let known = [&IDENTITY[..], &["rekor", "ctlog", "additionalExtensions", "roots"]].concat();
    let mut whole = keyless.is_known(&known, remarks) & logs(keyless, remarks);
    for (key, why, weakens) in [
        (
            "roots",
            "roots are for all rules of a policy: name them under [roots]",
            "another authority would be believed",
        ),
        ("additionalExtensions", EXTENSIONS, "another workflow could sign"),
    ] {
        if let Some(place) = keyless.get(key).filter(|place| !place.is_empty()) {
            remarks.denies(&place, why, weakens);
            whole = false;
        }
    }
    let signers = signers(keyless, Subject::Wildcard, remarks);
    signers.filter(|_| whole)
}

/// Logs: ours are those of the trusted root.
fn logs(place: &Place<'_>, remarks: &mut Remarks) -> bool {
    let mut whole = true;
    if let Some(rekor) = place.get("rekor") {
        whole &= rekor.is_known(&["url", "pubkey", "ignoreTlog"], remarks);
        if let Some(url) =
            rekor.get("url").filter(|url| url.text().is_none_or(|text| text.trim_end_matches('/') != REKOR))
        {
            remarks.denies(&url, "it is another log than the public one: name its trusted root under [roots]", UNSEEN);
            whole = false;
        }
        if rekor.is_true("ignoreTlog") {
            remarks.stricter(&rekor, "a log entry is asked for here");
        }
    }
    let log = place.get("ctlog");
    if let Some(log) = &log {
        whole &= log.is_known(&["pubkey", "ignoreSCT", "tsaCertChain"], remarks);
        if log.is_true("ignoreSCT") {
            remarks.stricter(log, "certificates have to be in a certificate log here");
        }
    }
    let keys = [(place.get("rekor"), "pubkey"), (log.clone(), "pubkey"), (log, "tsaCertChain")];
    for (from, key) in keys {
        if let Some(key) = from.and_then(|from| from.get(key)).filter(|key| !key.is_empty()) {
            remarks.denies(&key, "keys of logs are those of the trusted root: name it under [roots]", UNSEEN);
            whole = false;
        }
    }
    whole
}
