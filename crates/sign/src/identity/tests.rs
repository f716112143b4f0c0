use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use super::*;
use crate::secret::SecretText;

/// A token with these claims, and a signature that nobody checks.
pub(crate) fn jwt(claims: &serde_json::Value) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    format!("{}.{}.{}", part(r#"{"alg":"RS256","kid":"1"}"#), part(&claims.to_string()), part("signature"))
}

pub(crate) fn good() -> serde_json::Value {
    json!({ "iss": "https://issuer.example", "sub": "somebody", "aud": "sigstore", "exp": 2_000_000_000 })
}

fn parse(text: &str) -> Result<IdentityToken, TokenError> {
    IdentityToken::parse(&SecretText::new(text.to_owned()))
}

#[test]
fn claims_are_read() {
    let mut claims = good();
    claims["email"] = json!("a@example.com");
    claims["email_verified"] = json!("true");
    claims["exp"] = json!(1_800_000_000.9);
    claims["aud"] = json!(["x", "sigstore"]);
    let token = parse(&format!("\n{} \n", jwt(&claims))).unwrap();
    let claims = token.claims();
    assert_eq!(
        (claims.issuer(), claims.subject(), claims.email()),
        ("https://issuer.example", "somebody", Some("a@example.com"))
    );
    assert_eq!(claims.email_is_verified(), Some(true));
    assert!(claims.is_for("sigstore") && !claims.is_for("sigstor"));
    assert_eq!(token.expires_at().as_second(), 1_800_000_000);
    assert_eq!(claims.principal(), "a@example.com");
    assert_eq!(claims.proof_subject(), "a@example.com");
    assert_eq!(claims.visibility(), Visibility::Unknown);
}

#[test]
fn repositories_are_public_only_when_the_token_says_so() {
    for (name, value, visibility) in [
        ("repository_visibility", "public", Visibility::Public),
        ("repository_visibility", "private", Visibility::NotPublic),
        ("repository_visibility", "internal", Visibility::NotPublic),
        ("project_visibility", "public", Visibility::Public),
        ("project_visibility", "Public", Visibility::NotPublic),
        ("visibility", "public", Visibility::Unknown),
    ] {
        let mut claims = good();
        claims[name] = json!(value);
        assert_eq!(parse(&jwt(&claims)).unwrap().claims().visibility(), visibility, "{name}={value}");
    }
}

#[test]
fn certificates_name_the_workflow() {
    let workflow = "o/r/.github/workflows/release.yml@refs/heads/main";
    for (issuer, server) in [
        ("https://token.actions.githubusercontent.com", "github.com"),
        ("https://token.actions.acme.ghe.com", "acme.ghe.com"),
        ("https://git.example/_services/token", "git.example"),
    ] {
        let mut claims = good();
        claims["iss"] = json!(issuer);
        claims["repository"] = json!("o/r");
        claims["job_workflow_ref"] = json!(workflow);
        assert_eq!(parse(&jwt(&claims)).unwrap().claims().principal(), format!("https://{server}/{workflow}"));
    }
    let mut claims = good();
    claims["ci_config_ref_uri"] = json!("gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main");
    let principal = parse(&jwt(&claims)).unwrap().claims().principal();
    assert_eq!(principal, "https://gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main");
}

#[test]
fn what_is_no_signed_token_is_refused() {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let header = part(r#"{"alg":"ES256"}"#);
    let payload = part(&good().to_string());
    assert!(parse(&format!("{header}.{payload}.c2ln")).is_ok());
    assert_eq!(parse(" ").unwrap_err(), TokenError::Empty);
    for (alg, error) in [("none", TokenError::Unsigned), ("NONE", TokenError::Unsigned), ("nOnE", TokenError::Unsigned)]
    {
        let header = part(&format!(r#"{{"alg":"{alg}"}}"#));
        assert_eq!(parse(&format!("{header}.{payload}.c2ln")).unwrap_err(), error);
    }
    assert_eq!(parse(&format!("{header}.{payload}.")).unwrap_err(), TokenError::Unsigned);
    assert_eq!(parse("a.b.c.d.e").unwrap_err(), TokenError::Encrypted);
    let encrypted = part(r#"{"alg":"dir","enc":"A256GCM"}"#);
    assert_eq!(parse(&format!("{encrypted}.{payload}.c2ln")).unwrap_err(), TokenError::Encrypted);
    for bad in [
        "a".to_owned(),
        "a.b".to_owned(),
        "a.b.c.d".to_owned(),
        "a.b.c.d.e.f".to_owned(),
        format!("{header}.{payload}=.c2ln"),
        format!("{header}.{payload}.c2 n"),
        format!("{}.{payload}.c2ln", part("[]")),
        format!("{header}.{}.c2ln", part("[]")),
        format!("{header}.{}.c2ln", part(r#"{"iss":"a","iss":"b","sub":"s","aud":"x","exp":1}"#)),
        format!("{header}.{}.c2ln", part(&"[".repeat(10_000))),
    ] {
        assert!(matches!(parse(&bad), Err(TokenError::Malformed(_))), "{bad}");
    }
    for missing in ["iss", "sub", "aud", "exp"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(missing);
        assert_eq!(parse(&jwt(&claims)).unwrap_err(), TokenError::Claim(missing));
    }
    for odd in [json!("soon"), json!(1e300), json!(null)] {
        let mut claims = good();
        claims["exp"] = odd;
        assert_eq!(parse(&jwt(&claims)).unwrap_err(), TokenError::Claim("exp"));
    }
}

#[test]
fn ten_megabytes_of_points_are_refused_at_once() {
    let points = ".".repeat(10 << 20);
    let start = std::time::Instant::now();
    assert_eq!(parse(&points).unwrap_err(), TokenError::TooLarge);
    assert!(parse(&points[..TOKEN_LIMIT]).is_err());
    assert!(start.elapsed().as_millis() < 500);
}

#[test]
fn tokens_are_not_shown() {
    let token = parse(&jwt(&good())).unwrap();
    let text = token.expose().to_owned();
    let shown = format!("{token:?} {:?}", Identity::fixed(Provider::Variable, "sigstore", token.clone()));
    assert!(text.split('.').all(|part| !shown.contains(part)), "{shown}");
}

/// Gives tokens that last ten minutes from when they are asked for, and counts.
struct Counting(std::sync::Arc<std::sync::atomic::AtomicI64>);

impl TokenSource for Counting {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut claims = good();
        claims["exp"] = json!((count + 1) * 600);
        Ok(parse(&jwt(&claims)).unwrap())
    }

    fn is_renewable(&self) -> bool {
        true
    }
}

#[test]
fn one_exchange_serves_many_artifacts() {
    let count: std::sync::Arc<std::sync::atomic::AtomicI64> = std::sync::Arc::default();
    let mut identity = Identity::new(Provider::GitHub, "sigstore", Box::new(Counting(count.clone())));
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    for second in [0, 10, 500, 539] {
        identity.token(at(second)).unwrap();
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    // Within a minute of its end it is renewed.
    assert_eq!(identity.token(at(541)).unwrap().expires_at(), at(1200));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 2);

    let token = parse(&jwt(&good())).unwrap();
    let mut fixed = Identity::fixed(Provider::Variable, "sigstore", token.clone());
    // What cannot be renewed is used to its end.
    assert!(fixed.token(at(1_999_999_999)).is_ok());
    assert!(matches!(fixed.token(at(2_000_000_000)), Err(IdentityError::Expired { .. })));
    let mut other = Identity::fixed(Provider::Variable, "mine", token);
    assert!(other.token(at(0)).unwrap_err().to_string().contains("for the audience sigstore, not mine"));
}
