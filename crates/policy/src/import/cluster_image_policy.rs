//! Sigstore's `ClusterImagePolicy` (`policy.sigstore.dev/v1alpha1`, `v1beta1`).
//!
//! One of the authorities has to hold; of an authority that names attestations, all of those, and no plain signature. Several policies on
//! one image all have to hold, as rules of ours do.

use super::identity::{IDENTITY, Subject, signers};
use super::images;
use super::keys::Keys;
use super::place::{Place, Remarks};
use super::rules::{About, Ask, Rule, Set, Signer, chosen, rules};
use crate::gate::compliance_problem;

const FULCIO: &str = "https://fulcio.sigstore.dev";
const REKOR: &str = "https://rekor.sigstore.dev";
const AUTHORITY: [&str; 9] =
    ["name", "key", "keyless", "static", "source", "ctlog", "rfc3161timestamp", "attestations", "signatureFormat"];
const UNSEEN: &str = "what it checks would not be checked";

pub(super) fn read(root: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Rule> {
    let Some(spec) = root.get("spec") else {
        remarks.denies(root, "it has no spec", UNSEEN);
        return rules(root, &[images::ALL.to_owned()], false, vec![Ask::Never]);
    };
    let before = remarks.mark();
    let mut open = !spec.is_known(&["images", "authorities", "policy", "mode", "match"], remarks);
    let mut meant = images::Meant::default();
    for image in spec.list("images") {
        match image
            .get("glob")
            .and_then(|glob| glob.text())
            .ok_or("it has no glob")
            .and_then(|glob| meant.sigstore(glob))
        {
            Ok(()) => {}
            Err(why) => {
                remarks.denies(&image, why, "an image that it means would not be looked at");
                meant.all();
                open = true;
            }
        }
    }
    if meant.patterns.is_empty() {
        remarks.denies(&spec, "it names no images", "nobody can say what it is about");
        meant.all();
        open = true;
    }
    let warns = match spec.get("mode").map(|mode| mode.text().unwrap_or_default().to_owned()).as_deref() {
        None | Some("enforce" | "") => false,
        Some("warn") => true,
        Some(_) => {
            remarks.stricter(&spec, "its mode is not known, and is taken as enforce");
            false
        }
    };
    if let Some(matched) = spec.get("match") {
        remarks
            .stricter(&matched, "a gate knows no kinds and labels of resources: the rule is about the images of all");
    }
    if let Some(policy) = spec.get("policy") {
        told_policy(&policy, remarks);
        open = true;
    }
    let mut asks = authorities(&spec, keys, remarks);
    if open {
        debug_assert!(remarks.mark() > before, "what is refused is told");
        asks.push(Ask::Never);
    }
    asks.dedup();
    rules(root, &meant.patterns, warns, asks)
}

fn told_policy(policy: &Place<'_>, remarks: &mut Remarks) {
    let kind = policy.get("type").and_then(|kind| kind.text()).unwrap_or("this");
    let why = match kind {
        "cue" => "there is no CUE here: its conditions have to be written as rules of ours, or in Rego".to_owned(),
        "rego" => "it cannot be converted: write its conditions over the input of [rego]".to_owned(),
        other => format!("conditions in {} cannot be converted", super::word(other)),
    };
    remarks.denies(policy, why, "conditions on what the statements say would be left out");
}

/// What is asked of a statement, where that is in Rego: such a module is shown the statement here as it is there.
fn module(policy: &Place<'_>, remarks: &mut Remarks) -> Option<String> {
    let is_rego = policy.get("type").is_some_and(|kind| kind.text() == Some("rego"));
    let data = policy.get("data").filter(|_| is_rego);
    let Some(text) = data.as_ref().and_then(|data| data.fixed(remarks)) else {
        told_policy(policy, remarks);
        return None;
    };
    if !policy.is_known(&["type", "data"], remarks) {
        return None;
    }
    match compliance_problem(text) {
        None => Some(text.to_owned()),
        Some(problem) => {
            remarks.denies(policy, problem, "conditions on what the statements say would be left out");
            None
        }
    }
}

/// What one authority asks for, by itself.
enum Authority {
    /// A signature of one of these.
    Signed(Vec<Signer>),
    /// Statements, all of them: types and who signs.
    Attested(Vec<Statement>, Vec<Signer>),
    /// It always holds.
    Holds,
    /// It never does.
    Never,
}

/// A statement that is asked for.
#[derive(PartialEq)]
struct Statement {
    types: Vec<String>,
    /// What it has to say, in Rego.
    module: Option<String>,
}

fn authorities(spec: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Vec<Ask> {
    let places = spec.list("authorities");
    if places.is_empty() {
        remarks.denies(spec, "it names no authority", "anybody could sign");
        return vec![Ask::Never];
    }
    let mark = remarks.mark();
    let all: Vec<Authority> = places.iter().map(|place| authority(place, keys, remarks)).collect();
    if let Some(at) = all.iter().position(|one| matches!(one, Authority::Holds)) {
        remarks.was_a_choice(mark);
        if let Some(place) = places.get(at) {
            remarks.stricter(place, "it lets every image pass; a gate denies what no rule is about");
        }
        return Vec::new();
    }
    let signed: Vec<Option<Vec<Signer>>> = all
        .iter()
        .filter_map(|one| if let Authority::Signed(by) = one { Some(Some(by.clone())) } else { None })
        .collect();
    let attested: Vec<_> = all
        .iter()
        .zip(&places)
        .filter_map(
            |(one, place)| if let Authority::Attested(types, by) = one { Some((types, by, place)) } else { None },
        )
        .collect();
    if !signed.is_empty() {
        for (_, _, place) in &attested {
            remarks.stricter(place, "either signatures or statements would do; only the signatures are asked for");
        }
        return chosen(Set { need: 1, entries: signed }, &About::Image, spec, mark, remarks);
    }
    let Some((statements, by, _)) = attested.first() else { return vec![Ask::Never] };
    // Authorities that ask for the same statements are more people who may sign them.
    let mut who: Vec<Signer> = (*by).clone();
    for (others, by, place) in attested.iter().skip(1) {
        if others == statements && statements.len() == 1 {
            who.extend(by.iter().cloned());
        } else {
            remarks
                .stricter(place, "other statements would do as well; only those of the first authority are asked for");
        }
    }
    remarks.was_a_choice(mark);
    let ask = |statement: &&Statement| {
        let types = statement.types.clone();
        let set = Set { need: 1, entries: vec![Some(who.clone())] };
        let module = statement.module.clone().map(|module| (module, types.clone()));
        let complies = module.map(|(module, types)| Ask::Complies { module, types, signers: who.clone() });
        set.asks(&About::Statement(types)).into_iter().chain(complies)
    };
    statements.iter().collect::<Vec<_>>().iter().flat_map(ask).collect()
}

fn authority(place: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Authority {
    let mut whole = place.is_known(&AUTHORITY, remarks);
    if let Some(fixed) = place.get("static") {
        return match fixed.get("action").and_then(|action| action.text()) {
            Some("pass") if whole => Authority::Holds,
            Some("fail") => {
                remarks.noted(&fixed, "it lets no image pass");
                Authority::Never
            }
            _ => {
                remarks.denies(&fixed, "its action is not known", UNSEEN);
                Authority::Never
            }
        };
    }
    whole &= surroundings(place, remarks);
    let signers = match (place.get("key"), place.get("keyless")) {
        (Some(key), None) => key_of(&key, keys, remarks),
        (None, Some(keyless)) => keyless_of(&keyless, remarks),
        _ => {
            remarks.denies(place, "it has to have either key or keyless", "anybody could sign");
            None
        }
    };
    let mut statements = Vec::new();
    for attestation in place.list("attestations") {
        whole &= attestation.is_known(&["name", "predicateType", "policy"], remarks);
        let policy = attestation.get("policy");
        let module = policy.as_ref().and_then(|policy| module(policy, remarks));
        whole &= policy.is_none() || module.is_some();
        match attestation.get("predicateType").and_then(|kind| predicate(&kind, remarks)) {
            Some(types) => statements.push(Statement { types, module }),
            None => whole = false,
        }
    }
    statements.dedup();
    match signers {
        Some(signers) if whole && statements.is_empty() && place.list("attestations").is_empty() => {
            Authority::Signed(signers)
        }
        Some(signers) if whole => Authority::Attested(statements, signers),
        _ => Authority::Never,
    }
}

/// What is around the signature: logs, timestamps, where it is kept.
fn surroundings(place: &Place<'_>, remarks: &mut Remarks) -> bool {
    let mut whole = true;
    if let Some(log) = place.get("ctlog") {
        whole &= log.is_known(&["url", "trustRootRef"], remarks);
        if let Some(url) = log.get("url").filter(|url| !url.text().is_some_and(|text| is(text, REKOR))) {
            remarks.denies(&url, "it is another log than the public one: name its trusted root under [roots]", UNSEEN);
            whole = false;
        }
        whole &= no_root(&log, "trustRootRef", remarks);
    }
    if let Some(timestamp) = place.get("rfc3161timestamp") {
        remarks.denies(&timestamp, "whose timestamps are believed is said by the trusted root, for all rules", UNSEEN);
        whole = false;
    }
    for source in place.list("source") {
        remarks.noted(&source, "where signatures are kept is said to the command, not by the policy");
    }
    whole
}

fn is(url: &str, known: &str) -> bool {
    url.trim_end_matches('/') == known
}

fn no_root(place: &Place<'_>, key: &str, remarks: &mut Remarks) -> bool {
    let Some(root) = place.get(key) else { return true };
    let why =
        "roots are for all rules of a policy of ours: write those of this one into a policy of its own, with [roots]";
    remarks.denies(&root, why, "certificates of another authority would be taken");
    false
}

fn key_of(key: &Place<'_>, keys: &mut Keys, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    if !key.is_known(&["data", "secretRef", "kms", "hashAlgorithm"], remarks) {
        return None;
    }
    if let Some(hash) = key.get("hashAlgorithm").filter(|hash| hash.text() != Some("sha256")) {
        remarks.stricter(&hash, "signatures over other hashes than SHA-256 may not be found good");
    }
    for elsewhere in ["secretRef", "kms"] {
        if let Some(elsewhere) = key.get(elsewhere) {
            remarks.denies(&elsewhere, "the key is not here: write it under [roots.keys]", "another key could sign");
            return None;
        }
    }
    match key.get("data") {
        Some(data) => keys.read(&data, remarks),
        None => {
            remarks.denies(key, "it has no key", "another key could sign");
            None
        }
    }
}

fn keyless_of(keyless: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    let mut whole = keyless.is_known(&["url", "identities", "ca-cert", "trustRootRef", "insecureIgnoreSCT"], remarks);
    if let Some(url) = keyless.get("url").filter(|url| !url.text().is_some_and(|text| is(text, FULCIO))) {
        remarks.denies(
            &url,
            "it is another authority than the public one: name its trusted root under [roots]",
            UNSEEN,
        );
        whole = false;
    }
    whole &= no_root(keyless, "ca-cert", remarks) & no_root(keyless, "trustRootRef", remarks);
    if keyless.is_true("insecureIgnoreSCT") {
        remarks.stricter(keyless, "certificates have to be in a certificate log here");
    }
    let mut all = Vec::new();
    let mark = remarks.mark();
    for identity in keyless.list("identities") {
        if identity.is_known(&IDENTITY, remarks) {
            all.extend(signers(&identity, Subject::Exact, remarks).into_iter().flatten());
        }
    }
    if keyless.list("identities").is_empty() {
        remarks.denies(keyless, "it names no identity", "anybody could sign");
    }
    if all.is_empty() {
        return None;
    }
    remarks.was_a_choice(mark);
    whole.then_some(all)
}

/// The types of statement that a name of cosign's stands for, or a URI.
pub(super) fn predicate(place: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<String>> {
    let text = place.fixed(remarks)?;
    let uri = match text {
        "custom" => "https://cosign.sigstore.dev/attestation/v1",
        "slsaprovenance" | "slsaprovenance02" => "https://slsa.dev/provenance/v0.2",
        "slsaprovenance1" => "https://slsa.dev/provenance/v1",
        "spdx" | "spdxjson" => "https://spdx.dev/Document",
        "cyclonedx" => "https://cyclonedx.org/bom",
        "link" => "https://in-toto.io/Link/v1",
        "vuln" => "https://cosign.sigstore.dev/attestation/vuln/v1",
        "openvex" => "https://openvex.dev/ns",
        uri if uri.contains(':') && !uri.contains(char::is_whitespace) => uri,
        other => {
            remarks.denies(place, format!("{} is no type of statement", super::word(other)), UNSEEN);
            return None;
        }
    };
    Some(vec![uri.to_owned()])
}
