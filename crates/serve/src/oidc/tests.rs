//! An issuer of our own, and tokens that are each wrong in one way.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, rsa};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use plimsoll_inventory::{Location, Role};
use serde_json::{Value, json};

use super::OidcOptions;
use super::keys::KeySet;
use super::token::Token;
use crate::access::identify;
use crate::options::Options;
use crate::state::AppState;

const NOW: i64 = 1_800_000_000;

/// The keys of an issuer.
struct Issuer {
    p256: EcdsaKeyPair,
    rsa: RsaKeyPair,
    ed25519: Ed25519KeyPair,
}

fn base64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Issuer {
    fn new() -> Self {
        Self {
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            rsa: rsa::KeyPair::generate(KeySize::Rsa2048).unwrap(),
            ed25519: Ed25519KeyPair::generate().unwrap(),
        }
    }

    fn set(&self) -> Value {
        let point = self.p256.public_key().as_ref();
        // RFC 8017 A.1.1 in DER: a sequence of two numbers, of 257 and 3 bytes.
        let public = self.rsa.public_key().as_ref();
        json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "kid": "p", "use": "sig", "x": base64(&point[1..33]), "y": base64(&point[33..]) },
            { "kty": "RSA", "kid": "r", "alg": "RS256", "n": base64(&public[9..265]),
              "e": base64(&public[267..]) },
            { "kty": "OKP", "crv": "Ed25519", "kid": "d", "x": base64(self.ed25519.public_key().as_ref()) },
            { "kty": "EC", "crv": "P-256", "kid": "for-secrets", "use": "enc", "x": base64(&point[1..33]), "y": base64(&point[33..]) },
            { "kty": "oct", "kid": "shared", "k": base64(b"secret") },
        ] })
    }

    /// A token; the header says which key signs.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
        let (random, message) = (SystemRandom::new(), signed.as_bytes());
        let signature = match header["alg"].as_str().unwrap() {
            "ES256" => self.p256.sign(&random, message).unwrap().as_ref().to_vec(),
            "RS256" => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            "EdDSA" => self.ed25519.sign(message).as_ref().to_vec(),
            // The public key as a secret that both sides share.
            "HS256" => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.p256.public_key().as_ref());
                hmac::sign(&secret, message).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{signed}.{}", base64(&signature))
    }
}

fn claims(changes: &[(&str, Value)]) -> Value {
    let mut claims = json!({
        "iss": "https://issuer.example", "aud": "plimsoll", "sub": "u-1", "exp": NOW + 300, "nbf": NOW, "iat": NOW,
        "roles": ["staff", "builders"],
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    claims
}

fn taken(issuer: &Issuer, text: &str) -> Result<String, &'static str> {
    let keys = KeySet::parse(issuer.set().to_string().as_bytes()).unwrap();
    let token = Token::parse(text)?;
    keys.check(&token)?;
    let now = Timestamp::from_second(NOW).unwrap();
    token.claims("https://issuer.example", "plimsoll", now).map(|claims| claims.subject.to_owned())
}

#[test]
fn tokens_of_the_issuer_are_taken() {
    let issuer = Issuer::new();
    for header in [
        json!({ "alg": "ES256", "kid": "p", "typ": "JWT" }),
        json!({ "alg": "RS256", "kid": "r" }),
        json!({ "alg": "EdDSA", "kid": "d", "typ": "at+jwt" }),
    ] {
        assert_eq!(taken(&issuer, &issuer.token(&header, &claims(&[]))), Ok("u-1".to_owned()), "{header}");
    }
    let header = json!({ "alg": "ES256", "kid": "p" });
    for change in [
        ("aud", json!(["other", "plimsoll"])),
        ("exp", json!(NOW as f64 + 0.5)),
        ("exp", json!(NOW - 59)),
        ("nbf", json!(NOW + 59)),
    ] {
        assert!(taken(&issuer, &issuer.token(&header, &claims(std::slice::from_ref(&change)))).is_ok(), "{change:?}");
    }
}

#[test]
fn each_fault_is_seen() {
    let issuer = Issuer::new();
    let good = json!({ "alg": "ES256", "kid": "p" });
    for (header, want) in [
        (json!({ "alg": "HS256", "kid": "p" }), "its algorithm is none of RS256, ES256 and EdDSA"),
        (json!({ "alg": "none", "kid": "p" }), "its algorithm is none of RS256, ES256 and EdDSA"),
        (json!({ "alg": "es256", "kid": "p" }), "its algorithm is none of RS256, ES256 and EdDSA"),
        (json!({ "alg": "RS256", "kid": "p" }), "its algorithm is not the one of its key"),
        (json!({ "alg": "ES256", "kid": "r" }), "its algorithm is not the one of its key"),
        (json!({ "alg": "ES256", "kid": "else" }), "its key is not one of the issuer"),
        (json!({ "alg": "ES256", "kid": "for-secrets" }), "its key is not one of the issuer"),
        (json!({ "alg": "ES256", "kid": "shared" }), "its key is not one of the issuer"),
        (json!({ "alg": "ES256" }), "it names no key (kid)"),
        (json!({ "alg": "ES256", "kid": "" }), "it names no key (kid)"),
        (
            json!({ "alg": "ES256", "kid": "p", "crit": ["b64"], "b64": false }),
            "its header asks for more than is understood (crit)",
        ),
        (json!({ "alg": "ES256", "kid": "p", "typ": "logout+jwt" }), "it is another kind of token (typ)"),
    ] {
        assert_eq!(taken(&issuer, &issuer.token(&header, &claims(&[]))), Err(want), "{header}");
    }
    for (change, want) in [
        (("iss", json!("https://issuer.example/")), "it is of another issuer"),
        (("aud", json!("plimsoll2")), "it is for another audience"),
        (("aud", json!(["a", "b"])), "it is for another audience"),
        (("aud", Value::Null), "it is for another audience"),
        (("exp", json!(NOW - 60)), "it has expired"),
        (("exp", Value::Null), "one of its times is no number"),
        (("exp", json!("2100-01-01")), "one of its times is no number"),
        (("nbf", json!(NOW + 61)), "it is not good yet"),
        (("iat", json!(NOW + 61)), "it was issued in the future"),
        (("sub", json!("")), "it does not say who it is of (sub)"),
        (("sub", json!("a\nb")), "it does not say who it is of (sub)"),
    ] {
        assert_eq!(
            taken(&issuer, &issuer.token(&good, &claims(std::slice::from_ref(&change)))),
            Err(want),
            "{change:?}"
        );
    }
    let mut without = claims(&[]);
    without.as_object_mut().unwrap().remove("exp");
    assert_eq!(taken(&issuer, &issuer.token(&good, &without)), Err("it does not say until when it is good"));
    let text = issuer.token(&good, &claims(&[]));
    assert_eq!(taken(&Issuer::new(), &text), Err("its signature is wrong"));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let other = base64(claims(&[("roles", json!(["admins"]))]).to_string().as_bytes());
    assert_eq!(taken(&issuer, &format!("{header}.{other}.{signature}")), Err("its signature is wrong"));
    assert_eq!(taken(&issuer, &format!("{signed}.")), Err("its signature is wrong"));
    for text in ["", ".", "..", "a.b.c", &format!("{text}.x"), &format!("{signed}.{signature}="), "e30.e30."] {
        assert!(taken(&issuer, text).is_err(), "{text}");
    }
    let twice = base64(br#"{"alg":"ES256","alg":"HS256","kid":"p"}"#);
    assert_eq!(taken(&issuer, &format!("{twice}.e30.")), Err("it is no JSON Web Token"));
    for keys in [
        &b"{}"[..],
        b"[]",
        br#"{"keys":[]}"#,
        br#"{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}"#,
        br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}"#,
    ] {
        assert!(KeySet::parse(keys).is_err());
    }
}

#[test]
fn groups_give_roles() {
    let issuer = Issuer::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut options = OidcOptions::new("https://issuer.example", "plimsoll");
    options.role_claim = "realm_access.roles".to_owned();
    options.roles =
        vec![(Role::Read, "staff".into()), (Role::Write, "builders".into()), (Role::Admin, "admins".into())];
    options.keys = Some(issuer.set().to_string().into_bytes());
    let now = Timestamp::from_second(NOW).unwrap();
    let oidc = super::Oidc::start(options, now).unwrap();
    let store = Location::File(std::env::temp_dir().join("plimsoll-no-store"));
    let state = AppState::new(Options::new(store, Arc::new(move || now)), String::new(), true, Some(oidc));
    let ask = |change: (&str, Value)| {
        let token = issuer.token(&json!({ "alg": "EdDSA", "kid": "d" }), &claims(&[change]));
        let headers: BTreeMap<&str, String> = [("authorization", format!("Bearer {token}"))].into();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let caller = runtime.block_on(identify(&state, &headers));
        caller
            .map(|caller| caller.map(|caller| (caller.name, caller.role, caller.ambient)))
            .map_err(|p| p.status.as_u16())
    };
    let who = |role| Ok(Some(("oidc:u-1".to_owned(), role, false)));
    assert_eq!(ask(("realm_access", json!({ "roles": ["staff", "builders"] }))), who(Role::Write));
    assert_eq!(ask(("realm_access.roles", json!("admins"))), who(Role::Admin));
    assert_eq!(ask(("realm_access", json!({ "roles": ["staff,admins", 7] }))), Err(403));
    assert_eq!(ask(("none", Value::Null)), Err(403));
    assert_eq!(ask(("aud", json!("x"))), Err(401));
}
