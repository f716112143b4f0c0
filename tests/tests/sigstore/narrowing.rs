//! Each option that narrows what is accepted refuses something that nothing else refuses.

use plimsoll_attest::PredicateType;
use plimsoll_verify::{BuiltIn, Claim, Code, Expectation, LogRule, Pattern, PublicKey, SignerExpectation};

use crate::cases::{Case, anybody, conformance, expect, slsa};

/// A case of the suite with its artifact.
fn case(name: &str) -> Option<Case> {
    let name = format!("{name} [path]");
    conformance()?.into_iter().map(|(case, _)| case).find(|case| case.name == name)
}

/// `None` when it is verified, else the reason.
fn code(case: &Case) -> Option<Code> {
    let outcome = case.verify(&case.bytes).unwrap();
    if outcome.is_verified() { None } else { outcome.refused().first().map(plimsoll_verify::Refusal::code) }
}

/// The same with one thing narrower.
fn narrowed(case: &mut Case, narrow: impl FnOnce(&mut Expectation)) -> Option<Code> {
    let before = case.expectation.clone();
    assert_eq!(code(case), None, "{} holds without", case.name);
    narrow(&mut case.expectation);
    let code = code(case);
    case.expectation = before;
    code
}

fn by(identity: Vec<Pattern>, issuer: Vec<Pattern>, claims: Vec<(Claim, Pattern)>) -> SignerExpectation {
    SignerExpectation::Keyless { identity, issuer, claims }
}

const REPOSITORY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon";

/// A key that signed nothing.
const ANOTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJqNStZutvbfFpEgbLhOdqV3FmIrl\n\
    aTVAEX6mzFx/QyqLmOIloBmlbei/mE8HCQxiN9jGw9xCMkC2mqZZcRT40g==\n\
    -----END PUBLIC KEY-----";

#[test]
fn who_signed() {
    let Some(mut case) = case("happy-path-v0.3") else { return };
    case.expectation = expect(anybody());
    let glob = |text: &str| Pattern::glob(text).unwrap();
    let regex = |text: &str| Pattern::regex(text).unwrap();
    let workflow = ".github/workflows/extremely-dangerous-oidc-beacon.yml";
    let full = format!("{REPOSITORY}/{workflow}@refs/heads/main");
    for right in [
        Pattern::exact(full.clone()),
        glob(&format!("{REPOSITORY}/.github/workflows/*@refs/heads/main")),
        glob("https://github.com/sigstore-conformance/**"),
        regex(&format!("{REPOSITORY}/.*")),
    ] {
        let told = right.to_string();
        assert_eq!(narrowed(&mut case, |it| it.signer = by(vec![right], vec![], vec![])), None, "{told}");
    }
    // Anchored, whole, and with dots that are dots where no expression is.
    for wrong in [
        Pattern::exact(&full[..full.len() - 1]),
        Pattern::exact(full.replace('.', "x")),
        Pattern::exact(full.to_uppercase()),
        glob("https://github.com/*"),
        glob("https://github.com/sigstore-conformance"),
        glob("**/other.yml@refs/heads/main"),
        regex("https://github.com/sigstore-conformance"),
        regex("extremely-dangerous"),
        regex(&format!("{REPOSITORY}|nobody")),
    ] {
        let told = wrong.to_string();
        let code = narrowed(&mut case, |it| it.signer = by(vec![wrong], vec![], vec![]));
        assert_eq!(code, Some(Code::Identity), "{told}");
    }
    for wrong in [Pattern::exact("https://accounts.google.com"), glob("https://*.google.com"), regex("https://token")] {
        let told = wrong.to_string();
        let code = narrowed(&mut case, |it| it.signer = by(vec![regex(".+")], vec![wrong], vec![]));
        assert_eq!(code, Some(Code::Issuer), "{told}");
    }
    let nobody = narrowed(&mut case, |it| it.signer = by(vec![], vec![], vec![]));
    assert_eq!(nobody, Some(Code::Identity), "nobody named is nobody trusted");
}

#[test]
fn each_claim() {
    let Some(cases) = slsa() else { return };
    let Some(mut case) = cases.into_iter().find(|case| case.name.contains("gh/sigstore-js-2.1.0") && case.is_valid())
    else {
        panic!("no bundle of GitHub");
    };
    let outcome = case.verify(&case.bytes).unwrap();
    let claims = outcome.verified()[0].claims().clone();
    assert!(claims.iter().count() > 10, "{claims:?}");
    for (claim, name) in Claim::ALL {
        let wrong = Pattern::exact(format!("{}x", claims.get(*claim).unwrap_or_default()));
        let code = narrowed(&mut case, |it| it.signer = by(vec![], vec![], vec![(*claim, wrong)]));
        assert_eq!(code, Some(Code::ClaimMismatch), "{name}");
        if let Some(value) = claims.get(*claim) {
            let right = Pattern::exact(value);
            assert_eq!(narrowed(&mut case, |it| it.signer = by(vec![], vec![], vec![(*claim, right)])), None, "{name}");
        }
    }
    // The workflow that signed and the repository it was called for are two things; both can be asked for.
    let both = |source: &str| {
        vec![
            (Claim::BuildSignerUri, Pattern::exact(claims.get(Claim::BuildSignerUri).unwrap())),
            (Claim::SourceRepositoryUri, Pattern::exact(source)),
        ]
    };
    let source = claims.get(Claim::SourceRepositoryUri).unwrap();
    assert_eq!(narrowed(&mut case, |it| it.signer = by(vec![], vec![], both(source))), None);
    let other = both("https://github.com/another/repository");
    let code = narrowed(&mut case, |it| it.signer = by(vec![], vec![], other));
    assert_eq!(code, Some(Code::ClaimMismatch));
}

#[test]
fn what_is_stated_and_how_often_and_when() {
    let (Some(mut message), Some(mut envelope)) = (case("happy-path-v0.3"), case("happy-path-intoto-in-dsse-v3"))
    else {
        return;
    };
    let of = |text: &str| PredicateType::parse(text);
    for case in [&mut message, &mut envelope] {
        let code = narrowed(case, |it| it.predicate_type = of("https://example.org/other"));
        assert_eq!(code, Some(Code::PredicateType), "{}", case.name);
    }
    assert_eq!(narrowed(&mut message, |it| it.logs = 2), Some(Code::Logs));
    assert_eq!(narrowed(&mut message, |it| it.times = 2), Some(Code::Times));
    let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(narrowed(&mut message, |it| it.at = long_ago), Some(Code::Future));
    let outcome = message.verify(&message.bytes).unwrap();
    let then = outcome.verified()[0].times()[0].time;
    assert_eq!(narrowed(&mut message, |it| it.at = then), None, "the last moment counts");
    let earlier = then - std::time::Duration::from_secs(1);
    assert_eq!(narrowed(&mut message, |it| it.at = earlier), Some(Code::Future));
}

#[test]
fn which_instance() {
    let Some(mut case) = case("happy-path-v0.3") else { return };
    assert_eq!(code(&case), None);
    case.roots = Vec::leak(vec![BuiltIn::Staging.trusted_root().unwrap()]);
    assert!(matches!(code(&case), Some(Code::UnknownLog | Code::Authority | Code::Promise)), "{:?}", code(&case));
    case.roots = &[];
    assert_eq!(code(&case), Some(Code::Authority));
}

#[test]
fn which_key_and_whether_it_is_logged() {
    let Some(mut case) = case("managed-key-happy-path") else { return };
    let another = PublicKey::from_pem(ANOTHER_KEY).unwrap();
    let code = narrowed(&mut case, |it| it.signer = SignerExpectation::Keys(vec![another]));
    assert_eq!(code, Some(Code::Signature));
    assert_eq!(
        narrowed(&mut case, |it| it.signer = SignerExpectation::Keys(Vec::<PublicKey>::new())),
        Some(Code::Authority)
    );
    assert_eq!(narrowed(&mut case, |it| it.signer = anybody()), Some(Code::KindOfSigner));
    // Without a log entry it holds for whoever leaves the log away, and for nobody else.
    let mut bundle: serde_json::Value = serde_json::from_slice(&case.bytes).unwrap();
    bundle["verificationMaterial"]["tlogEntries"] = serde_json::json!([]);
    case.bytes = bundle.to_string().into_bytes();
    for rule in [LogRule::NotUsedWithKey, LogRule::IgnoredInsecurely] {
        case.expectation.log = rule;
        assert_eq!(narrowed(&mut case, |it| it.log = LogRule::Required), Some(Code::NoLogEntry));
    }
    // What a certificate signed is nothing that a key did, whoever holds it.
    let Some(mut keyless) = self::case("happy-path-v0.3") else { return };
    assert_eq!(narrowed(&mut keyless, |it| it.signer = case.expectation.signer), Some(Code::KindOfSigner));
}
