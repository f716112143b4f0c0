//! Each service in a few lines, with the shapes of its documentation and a key of its own.

#![cfg(all(feature = "aws-kms", feature = "azure-kms", feature = "gcp-kms", feature = "vault"))]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use der::{Decode as _, Sequence, asn1::UintRef};
use jiff::Timestamp;
use plimsoll_model::{Digest, DigestAlgorithm};
use serde_json::{Value, json};

use crate::identity::Environment;
use crate::loopback::{CANARIES, Loopback, Reply, Request, all_of, shows_no_canary};
use crate::signer::{
    KeyOptions, RsaSize, Scheme, Signer, SignerError, SoftwareSigner, key_needs_network, open_key, sign_reader,
};

const SCHEMES: [Scheme; 3] =
    [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::RsaPkcs1Sha256(RsaSize::Bits2048)];

fn options(variables: &[(&str, &str)]) -> KeyOptions {
    let variables: BTreeMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let environment = Environment::new(move |name| variables.get(name).cloned());
    KeyOptions::new(environment, || Timestamp::from_second(1_800_000_000).unwrap())
}

fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    open_key(reference, options).map(|signer| signer.expect("a scheme"))
}

/// Reads the public key, signs, and looks at both.
fn signs(signer: &dyn Signer, key: &SoftwareSigner) {
    assert_eq!(signer.public_key(), key.public_key());
    let message = vec![1; 200_000];
    let signed = sign_reader(signer, &mut message.as_slice()).unwrap();
    assert!(key.public_key().verifies_message(&message, signed.signature()));
    assert!(key.public_key().verifies_message(b"x", &signer.sign_message(b"x").unwrap()));
}

fn digest(bytes: Vec<u8>) -> Digest {
    let algorithm = if bytes.len() == 48 { DigestAlgorithm::Sha384 } else { DigestAlgorithm::Sha256 };
    Digest::from_bytes(algorithm, bytes).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn vault(key: &SoftwareSigner, request: &Request) -> Reply {
    assert_eq!(request.header("x-vault-token"), Some(CANARIES[0]));
    assert_eq!(request.header("x-vault-namespace"), Some("team"));
    let kind = match key.scheme() {
        Scheme::EcdsaP256Sha256 => "ecdsa-p256",
        Scheme::EcdsaP384Sha384 => "ecdsa-p384",
        Scheme::Ed25519 => "ed25519",
        _ => "rsa-2048",
    };
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/a/transit/keys/release") => {
            let spki = key.public_key().spki_der();
            let shown = match key.scheme() {
                Scheme::Ed25519 => BASE64.encode(&spki[spki.len() - 32..]),
                _ => key.public_key().to_pem(),
            };
            let keys = json!({ "1": { "public_key": "old" }, "2": { "name": kind, "public_key": shown } });
            (200, json!({ "data": { "type": kind, "latest_version": 2, "keys": keys } }).to_string())
        }
        ("POST", "/v1/a/transit/sign/release") => {
            let body = request.json();
            assert_eq!(body["key_version"], 2);
            let input = BASE64.decode(text(&body, "input").as_bytes()).unwrap();
            let signature = if body["prehashed"] == true {
                assert_eq!(text(&body, "marshaling_algorithm"), "asn1");
                key.sign_digest(&digest(input))
            } else {
                key.sign_message(&input)
            };
            let signature = format!("vault:v2:{}", BASE64.encode(&signature.unwrap()));
            (200, json!({ "data": { "signature": signature, "key_version": 2 } }).to_string())
        }
        _ => (404, json!({ "errors": ["no handler"] }).to_string()),
    }
}

#[test]
fn vault_signs() {
    for scheme in SCHEMES.into_iter().chain([Scheme::Ed25519]) {
        let key = Arc::new(SoftwareSigner::generate(scheme).unwrap());
        let held = Arc::clone(&key);
        let server = Loopback::start(move |request| vault(&held, request));
        let address = server.url("/");
        let options = options(&[
            ("VAULT_ADDR", &address),
            ("VAULT_TOKEN", CANARIES[0]),
            ("VAULT_NAMESPACE", "team"),
            ("TRANSIT_SECRET_ENGINE_PATH", "a/transit"),
        ]);
        let signer = open("hashivault://release", &options).unwrap();
        assert_eq!(signer.describe(), "hashivault://release");
        signs(&*signer, &key);
        let error = open("hashivault://other", &options).err().unwrap();
        assert!(error.to_string().contains("status 404: no handler"), "{error}");
        shows_no_canary(&all_of(&error));
    }
}

fn gcp(key: &SoftwareSigner, request: &Request) -> Reply {
    const NAME: &str = "/v1/projects/acme.com:p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3";
    if request.path.ends_with("/default/token") {
        return (200, json!({ "access_token": CANARIES[1], "expires_in": 3599, "token_type": "Bearer" }).to_string());
    }
    assert_eq!(request.header("authorization"), Some(format!("Bearer {}", CANARIES[1]).as_str()));
    let algorithm = match key.scheme() {
        Scheme::EcdsaP256Sha256 => "EC_SIGN_P256_SHA256",
        Scheme::EcdsaP384Sha384 => "EC_SIGN_P384_SHA384",
        _ => "RSA_SIGN_PKCS1_2048_SHA256",
    };
    match request.path.strip_prefix(NAME) {
        Some("/publicKey") => (200, json!({ "pem": key.public_key().to_pem(), "algorithm": algorithm }).to_string()),
        Some(":asymmetricSign") => {
            let body = request.json();
            let given = body["digest"].as_object().unwrap().values().next().unwrap().as_str().unwrap();
            let signature = key.sign_digest(&digest(BASE64.decode(given.as_bytes()).unwrap())).unwrap();
            (200, json!({ "signature": BASE64.encode(&signature) }).to_string())
        }
        _ => (403, json!({ "error": { "code": 403, "message": "denied" } }).to_string()),
    }
}

#[test]
fn google_cloud_signs() {
    for scheme in SCHEMES {
        let key = Arc::new(SoftwareSigner::generate(scheme).unwrap());
        let held = Arc::clone(&key);
        let server = Loopback::start(move |request| gcp(&held, request));
        let endpoint = server.url("/");
        let mut variables =
            vec![("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", endpoint.as_str()), ("GCE_METADATA_HOST", &server.host)];
        let name = |version: u8| {
            format!("gcpkms://projects/acme.com:p/locations/global/keyRings/r/cryptoKeys/k/versions/{version}")
        };
        signs(&*open(&name(3), &options(&variables)).unwrap(), &key);
        variables.push(("GOOGLE_OAUTH_ACCESS_TOKEN", CANARIES[1]));
        signs(&*open(&name(3), &options(&variables)).unwrap(), &key);
        let error = open(&name(4), &options(&variables)).err().unwrap();
        assert!(error.to_string().contains("status 403: denied"), "{error}");
        shows_no_canary(&all_of(&error));
    }
}

#[derive(Sequence)]
struct Numbers<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// A signature in DER as two numbers of equal length.
fn raw(signature: &[u8], length: usize) -> Vec<u8> {
    let numbers = Numbers::from_der(signature).unwrap();
    let padded =
        |number: &UintRef<'_>| [vec![0; length - number.as_bytes().len()], number.as_bytes().to_vec()].concat();
    [padded(&numbers.r), padded(&numbers.s)].concat()
}

fn azure(key: &SoftwareSigner, request: &Request) -> Reply {
    let base64 = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    if request.path == "/tenant/oauth2/v2.0/token" {
        assert!(request.body.contains("client_secret=canary-three-0e3b"), "{}", request.body);
        return (200, json!({ "access_token": CANARIES[1], "token_type": "Bearer" }).to_string());
    }
    assert_eq!(request.header("authorization"), Some(format!("Bearer {}", CANARIES[1]).as_str()));
    let spki = key.public_key().spki_der();
    let length = if key.scheme() == Scheme::EcdsaP384Sha384 { 48 } else { 32 };
    match request.path.as_str() {
        "/keys/release?api-version=7.4" => {
            let point = &spki[spki.len() - 2 * length..];
            let mut jwk = match key.scheme() {
                // The modulus of 256 bytes stands before the exponent, which is 02 03 01 00 01.
                Scheme::RsaPkcs1Sha256(_) => {
                    let modulus = &spki[spki.len() - 261..spki.len() - 5];
                    json!({ "kty": "RSA-HSM", "n": base64(modulus), "e": "AQAB" })
                }
                scheme => {
                    let curve = if scheme == Scheme::EcdsaP256Sha256 { "P-256" } else { "P-384" };
                    json!({ "kty": "EC", "crv": curve, "x": base64(&point[..length]), "y": base64(&point[length..]) })
                }
            };
            jwk["kid"] = json!("https://acme.vault.azure.net/keys/release/0a1b");
            (200, json!({ "key": jwk }).to_string())
        }
        "/keys/release/0a1b/sign?api-version=7.4" => {
            let body = request.json();
            let given = BASE64URL_NOPAD.decode(text(&body, "value").as_bytes()).unwrap();
            let signature = key.sign_digest(&digest(given)).unwrap();
            let signature = if text(&body, "alg") == "RS256" { signature } else { raw(&signature, length) };
            (200, json!({ "kid": "x", "value": base64(&signature) }).to_string())
        }
        _ => (404, json!({ "error": { "code": "KeyNotFound", "message": "not found" } }).to_string()),
    }
}

#[test]
fn azure_signs() {
    for scheme in SCHEMES {
        let key = Arc::new(SoftwareSigner::generate(scheme).unwrap());
        let held = Arc::clone(&key);
        let server = Loopback::start(move |request| azure(&held, request));
        let authority = server.url("/");
        let options = options(&[
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_TENANT_ID", "tenant"),
            ("AZURE_CLIENT_SECRET", CANARIES[2]),
            ("AZURE_AUTHORITY_HOST", &authority),
        ]);
        signs(&*open(&format!("azurekms://{}/release", server.host), &options).unwrap(), &key);
        let error = open(&format!("azurekms://{}/other", server.host), &options).err().unwrap();
        assert!(error.to_string().contains("status 404: not found"), "{error}");
        shows_no_canary(&all_of(&error));
    }
}

fn aws(key: &SoftwareSigner, request: &Request) -> Reply {
    if request.body.starts_with("Action=AssumeRoleWithWebIdentity") {
        assert!(request.body.contains("WebIdentityToken=canary-five-59d0"), "{}", request.body);
        let credentials = format!(
            "<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
             <SessionToken>{}</SessionToken></Credentials>",
            CANARIES[3], CANARIES[5]
        );
        return (200, format!("<AssumeRoleWithWebIdentityResponse>{credentials}</AssumeRoleWithWebIdentityResponse>"));
    }
    let authorization = request.header("authorization").unwrap();
    assert!(
        authorization.contains("/20270115/eu-west-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;")
    );
    assert_eq!(request.header("x-amz-date"), Some("20270115T080000Z"));
    let body = request.json();
    match (request.header("x-amz-target").unwrap(), text(&body, "KeyId")) {
        ("TrentService.GetPublicKey", "alias/release") => {
            let spki = BASE64.encode(key.public_key().spki_der());
            let id = "arn:aws:kms:eu-west-1:1:key/2";
            (200, json!({ "KeyId": id, "KeyUsage": "SIGN_VERIFY", "PublicKey": spki }).to_string())
        }
        ("TrentService.Sign", "arn:aws:kms:eu-west-1:1:key/2") => {
            assert_eq!(text(&body, "MessageType"), "DIGEST");
            let given = BASE64.decode(text(&body, "Message").as_bytes()).unwrap();
            let signature = key.sign_digest(&digest(given)).unwrap();
            (200, json!({ "Signature": BASE64.encode(&signature) }).to_string())
        }
        _ => (400, json!({ "__type": "NotFoundException", "message": "no such key" }).to_string()),
    }
}

#[test]
fn aws_signs() {
    let file = std::env::temp_dir().join(format!("plimsoll-web-identity-{}", std::process::id()));
    std::fs::write(&file, CANARIES[4]).unwrap();
    for scheme in SCHEMES {
        let key = Arc::new(SoftwareSigner::generate(scheme).unwrap());
        let held = Arc::clone(&key);
        let server = Loopback::start(move |request| aws(&held, request));
        let sts = server.url("/");
        let own = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIA1"),
            ("AWS_SECRET_ACCESS_KEY", CANARIES[3]),
            ("AWS_SESSION_TOKEN", CANARIES[5]),
        ];
        let web = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
            ("AWS_ENDPOINT_URL_STS", &sts),
        ];
        for variables in [own, web] {
            let options = options(&variables);
            signs(&*open(&format!("awskms://{}/alias/release", server.host), &options).unwrap(), &key);
            let error = open(&format!("awskms://{}/other", server.host), &options).err().unwrap();
            assert!(error.to_string().contains("status 400: no such key"), "{error}");
            shows_no_canary(&all_of(&error));
        }
        for request in server.log() {
            assert!(!format!("{request:?}").contains(CANARIES[3]), "the secret key went over the wire");
        }
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_service_that_signs_with_another_key_is_caught() {
    let (key, other) = (SoftwareSigner::ephemeral().unwrap(), SoftwareSigner::ephemeral().unwrap());
    let server = Loopback::start(move |request| vault(if request.method == "GET" { &key } else { &other }, request));
    let address = server.url("");
    let options = options(&[
        ("VAULT_ADDR", &address),
        ("VAULT_TOKEN", CANARIES[0]),
        ("VAULT_NAMESPACE", "team"),
        ("TRANSIT_SECRET_ENGINE_PATH", "/a/transit/"),
    ]);
    let signer = open("hashivault://release", &options).unwrap();
    assert!(matches!(signer.sign_message(b"x"), Err(SignerError::BadSignature { .. })));
}

#[test]
fn names_of_keys_stay_names() {
    assert!(open_key("release.key", &options(&[])).unwrap().is_none());
    assert_eq!(key_needs_network("release.key"), None);
    assert_eq!(key_needs_network("hashivault://x"), Some(true));
    assert_eq!(key_needs_network("pkcs11:object=x"), Some(false));
    let variables = [("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "t"), ("AWS_REGION", "r")];
    for bad in [
        "hashivault://",
        "hashivault://../sys/raw",
        "hashivault://a/b",
        "hashivault://a?b",
        "awskms://",
        "awskms://host",
        "awskms://user@host/id",
        "awskms:///id\r\nX: y",
        "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
        "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/..",
        "gcpkms://projects/../locations/l/keyRings/r/cryptoKeys/k/versions/1",
        "azurekms://vault",
        "azurekms://vault/a/b/c",
        "azurekms://vault/../x",
        "azurekms://evil.example#/x",
        "pkcs11:object=x?pin-value=canary-one-2f6c",
    ] {
        let error = open(bad, &options(&variables)).err().unwrap();
        assert!(matches!(error, SignerError::Reference { .. }), "{bad}: {error}");
        shows_no_canary(&all_of(&error));
    }
}

#[test]
fn what_is_missing_is_named() {
    for (reference, name) in [
        ("hashivault://x", "VAULT_ADDR"),
        ("awskms:///x", "AWS_REGION"),
        ("awskms:///arn:aws:kms:eu-west-1:1:key/2", "AWS_ACCESS_KEY_ID"),
        ("pkcs11:object=x", "PLIMSOLL_PKCS11_MODULE_PATH"),
    ] {
        let error = open(reference, &options(&[])).err().unwrap();
        assert!(error.to_string().contains(name), "{error}");
    }
    // A vault without TLS elsewhere is told nothing.
    let variables = [("VAULT_ADDR", "http://vault.example:8200"), ("VAULT_TOKEN", CANARIES[0])];
    let error = open("hashivault://x", &options(&variables)).err().unwrap();
    assert!(all_of(&error).contains("is not encrypted"), "{error}");
    shows_no_canary(&all_of(&error));
}
