use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::fault::{Outage, Service};
use crate::key::{self, SigningKey};
use crate::merkle::leaf_hash;

fn start() -> DevStack {
    DevStack::start(Options::new(Arc::new(Timestamp::now))).unwrap()
}

/// An answer: status, headers as text, body.
struct Reply {
    status: u16,
    headers: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request on one connection. `None` when there is no answer.
fn request(stack: &DevStack, line: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
    let mut connection = TcpStream::connect(stack.url().strip_prefix("http://").unwrap()).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let text =
        format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
    connection.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    drop(connection.read_to_end(&mut answer));
    // A byte for a character, so that tiles stay as they are; everything else is ASCII.
    let answer: String = answer.into_iter().map(char::from).collect();
    let (headers, body) = answer.split_once("\r\n\r\n")?;
    Some(Reply { status: headers.split(' ').nth(1)?.parse().ok()?, headers: headers.to_owned(), body: body.to_owned() })
}

fn get(stack: &DevStack, path: &str) -> Reply {
    request(stack, &format!("GET {path}"), &[], "").unwrap()
}

fn post(stack: &DevStack, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    request(stack, &format!("POST {path}"), headers, body).unwrap()
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_browser_gets_a_code_that_is_good_once_and_for_its_client() {
    let stack = start();
    let discovery = get(&stack, "/oidc/.well-known/openid-configuration").json();
    assert_eq!(discovery["issuer"], format!("{}/oidc", stack.url()));
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest("verifier"));
    let authorize = |challenge: &str| {
        let query = format!(
            "response_type=code&client_id=sigstore&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb&state=a%20b&nonce=n&\
             code_challenge={challenge}&code_challenge_method=S256"
        );
        let reply = get(&stack, &format!("/oidc/auth?{query}"));
        assert_eq!(reply.status, 302);
        let location = reply.headers.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
        assert!(location.ends_with("&state=a%20b"), "{location}");
        location.split(['=', '&']).nth(1).unwrap().to_owned()
    };
    let change = |code: &str, verifier: &str, client: &str| {
        let body = format!(
            "grant_type=authorization_code&code={code}&code_verifier={verifier}&client_id={client}&\
             redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb"
        );
        post(&stack, "/oidc/token", &[FORM], &body)
    };
    let code = authorize(&challenge);
    let token = change(&code, "verifier", "sigstore").json()["id_token"].as_str().unwrap().to_owned();
    let claims = claims(&token);
    assert_eq!(
        (&claims["email"], &claims["aud"], &claims["nonce"]),
        (&json!("developer@plimsoll.dev"), &json!("sigstore"), &json!("n"))
    );
    assert_eq!(change(&code, "verifier", "sigstore").status, 400);
    assert_eq!(change(&authorize(&challenge), "other", "sigstore").json()["error"], "invalid_grant");
    assert_eq!(change(&authorize(&challenge), "verifier", "else").json()["error"], "invalid_client");
    // A client elsewhere is not sent to: whoever looks at the page copies the code.
    for redirect in ["urn:ietf:wg:oauth:2.0:oob", "http://localhost.example/", "https://example.com/"] {
        let path = format!("/oidc/auth?response_type=code&client_id=sigstore&redirect_uri={redirect}");
        let page = get(&stack, &path);
        assert!(page.status == 200 && page.body.len() == 32, "{redirect}");
    }
}

#[test]
fn devices_and_jobs_get_tokens() {
    let stack = start();
    let device = post(&stack, "/oidc/device/code", &[FORM], "client_id=sigstore&scope=openid+email").json();
    let body = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=sigstore&device_code={}",
        device["device_code"].as_str().unwrap()
    );
    assert!(post(&stack, "/oidc/token", &[FORM], &body).json()["id_token"].is_string());
    let path = stack.request_url().replace(stack.url(), "");
    let line = format!("GET {path}&audience=sigstore");
    assert_eq!(request(&stack, &line, &[("Authorization", "bearer wrong")], "").unwrap().status, 401);
    let bearer = format!("bearer {}", stack.request_token().expose());
    let reply = request(&stack, &line, &[("Authorization", &bearer)], "").unwrap().json();
    let claims = claims(reply["value"].as_str().unwrap());
    assert_eq!(claims["job_workflow_ref"], "plimsoll-sbom/example/.github/workflows/release.yml@refs/heads/main");
    assert_eq!(claims["iss"], format!("{}/actions", stack.url()));
}

fn certificate_request(stack: &DevStack, token: &str, signed: &str) -> Reply {
    let key = SigningKey::generate(KeyKind::Ecdsa).unwrap();
    let body = json!({
        "credentials": { "oidcIdentityToken": token },
        "publicKeyRequest": {
            "publicKey": { "algorithm": "ECDSA", "content": key::to_pem("PUBLIC KEY", key.spki()).unwrap() },
            "proofOfPossession": BASE64.encode(&key.sign(signed.as_bytes()).unwrap()),
        },
    });
    post(stack, "/api/v2/signingCert", &[JSON], &body.to_string())
}

#[test]
fn certificates_are_for_those_with_a_token_and_the_key() {
    let stack = start();
    let person = Identity::Email("a@example.com".to_owned());
    let token = stack.token(&person).unwrap();
    let reply = certificate_request(&stack, token.expose(), "a@example.com").json();
    let chain = reply["signedCertificateEmbeddedSct"]["chain"]["certificates"].as_array().unwrap();
    assert_eq!(chain.len(), 3);
    assert_eq!(certificate_request(&stack, token.expose(), "b@example.com").status, 400);
    let (signed, _) = token.expose().rsplit_once('.').unwrap();
    for bad in ["", "a.b", &format!("{signed}.AAAA"), &token.expose().replacen('.', ".e", 1)] {
        assert_eq!(certificate_request(&stack, bad, "a@example.com").status, 401, "{bad}");
    }
    let other = oidc::issue(&stack.shared, &person, "else", None).unwrap();
    assert_eq!(certificate_request(&stack, other.expose(), "a@example.com").status, 401);
    stack.set_fault(Fault::TokenExpired, true);
    let expired = stack.token(&person).unwrap();
    assert_eq!(certificate_request(&stack, expired.expose(), "a@example.com").status, 401);
    let foreign = start().token(&person).unwrap();
    assert_eq!(certificate_request(&stack, foreign.expose(), "a@example.com").status, 401);
}

fn hashed_entry(content: &[u8]) -> Value {
    let key = SigningKey::generate(KeyKind::Ecdsa).unwrap();
    let pem = key::to_pem("PUBLIC KEY", key.spki()).unwrap();
    json!({ "apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
        "data": { "hash": { "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(content)) } },
        "signature": { "content": BASE64.encode(&key.sign(content).unwrap()), "publicKey": { "content": BASE64.encode(pem.as_bytes()) } },
    } })
}

#[test]
fn entries_are_checked_logged_once_and_found() {
    let stack = start();
    let entries = "/rekor/api/v1/log/entries";
    let mut uuids = Vec::new();
    for content in [b"a", b"b", b"c"] {
        let entry = hashed_entry(content);
        let reply = post(&stack, entries, &[JSON], &entry.to_string());
        assert_eq!(reply.status, 201, "{}", reply.body);
        let (uuid, logged) =
            reply.json().as_object().unwrap().iter().next().map(|(k, v)| (k.clone(), v.clone())).unwrap();
        let body = BASE64.decode(logged["body"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), entry);
        assert!(uuid.ends_with(&HEXLOWER.encode(&leaf_hash(&body))) && uuid.len() == 80);
        assert_eq!(post(&stack, entries, &[JSON], &entry.to_string()).status, 409);
        uuids.push(uuid);
    }
    let second = get(&stack, &format!("{entries}?logIndex=1")).json();
    assert_eq!(second[&uuids[1]]["verification"]["inclusionProof"]["treeSize"], 3);
    assert_eq!(get(&stack, &format!("{entries}/{}", uuids[2])).json()[&uuids[2]]["logIndex"], 2);
    assert_eq!(get(&stack, &format!("{entries}?logIndex=3")).status, 404);
    assert_eq!(get(&stack, &format!("{entries}/00")).status, 404);
    let mut wrong = hashed_entry(b"d");
    wrong["spec"]["data"]["hash"]["value"] = HEXLOWER.encode(&[0; 32]).into();
    for bad in [wrong.to_string(), "{}".to_owned(), hashed_entry(b"e").to_string().replace("0.0.1", "9.9.9")] {
        assert_eq!(post(&stack, entries, &[JSON], &bad).status, 400, "{bad}");
    }
}

#[test]
fn tiles_hold_the_entries_and_the_tree() {
    let stack = start();
    let key = SigningKey::generate(KeyKind::Ecdsa).unwrap();
    let mut bodies = Vec::new();
    for content in [b"a", b"b"] {
        let entry = json!({ "hashedRekordRequestV002": {
            "digest": BASE64.encode(&Sha256::digest(content)),
            "signature": {
                "content": BASE64.encode(&key.sign(content).unwrap()),
                "verifier": { "publicKey": { "rawBytes": BASE64.encode(key.spki()) }, "keyDetails": key.details() },
            },
        } });
        let reply = post(&stack, "/rekor-v2/api/v2/log/entries", &[JSON], &entry.to_string());
        assert_eq!(reply.status, 201, "{}", reply.body);
        bodies.push(BASE64.decode(reply.json()["canonicalizedBody"].as_str().unwrap().as_bytes()).unwrap());
        assert_eq!(post(&stack, "/rekor-v2/api/v2/log/entries", &[JSON], &entry.to_string()).status, 409);
    }
    assert!(get(&stack, "/rekor-v2/api/v2/checkpoint").body.starts_with("127.0.0.1\n2\n"));
    let tile = get(&stack, "/rekor-v2/api/v2/tile/entries/000.p/2").body;
    assert_eq!(tile.chars().count(), bodies.concat().len() + 4);
    assert!(tile.ends_with(std::str::from_utf8(&bodies[1]).unwrap()));
    for missing in ["entries/000", "0/000", "0/000.p/3", "0/001.p/1", "0/0.p/1", "x/000", "99999999999999999999/000"] {
        assert_eq!(get(&stack, &format!("/rekor-v2/api/v2/tile/{missing}")).status, 404, "{missing}");
    }
}

#[test]
fn services_fail_when_they_are_told_to() {
    let stack = start();
    let bundle = "GET /api/v2/trustBundle";
    assert_eq!(get(&stack, "/fault").json()["on"], json!([]));
    assert_eq!(post(&stack, "/fault/fulcio-busy", &[], "").status, 204);
    let reply = request(&stack, bundle, &[], "").unwrap();
    assert!(reply.status == 429 && reply.headers.contains("retry-after: 1"), "{}", reply.headers);
    assert_eq!(request(&stack, "DELETE /fault/fulcio-busy", &[], "").unwrap().status, 204);
    assert_eq!(request(&stack, bundle, &[], "").unwrap().status, 200);
    assert_eq!(post(&stack, "/fault/unheard-of", &[], "").status, 404);
    stack.set_fault(Fault::Outage(Service::Fulcio, Outage::Broken), true);
    assert_eq!(request(&stack, bundle, &[], "").unwrap().status, 500);
    stack.set_fault(Fault::Outage(Service::Fulcio, Outage::Down), true);
    assert!(request(&stack, bundle, &[], "").is_none());
    assert_eq!(get(&stack, "/rekor/api/v1/log").status, 200);
    assert_eq!(request(&stack, "DELETE /fault", &[], "").unwrap().status, 204);
    assert_eq!(request(&stack, bundle, &[], "").unwrap().status, 200);
}

#[test]
fn a_stack_ends_with_its_owner_and_limits_requests() {
    let mut options = Options::new(Arc::new(Timestamp::now));
    options.max_entry_size = Some(100);
    let stack = DevStack::start(options).unwrap();
    let entry = hashed_entry(b"a").to_string();
    assert_eq!(post(&stack, "/rekor/api/v1/log/entries", &[JSON], &entry).status, 413);
    let address = stack.url().strip_prefix("http://").unwrap().to_owned();
    drop(stack);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn metadata_of_the_repository_can_be_old() {
    let stack = start();
    let version = |stack: &DevStack| get(stack, "/tuf/timestamp.json").json()["signed"]["version"].clone();
    assert_eq!(version(&stack), 2);
    let list = get(&stack, "/tuf/2.targets.json").json();
    let hash = list["signed"]["targets"]["trusted_root.json"]["hashes"]["sha256"].as_str().unwrap().to_owned();
    let root = get(&stack, &format!("/tuf/targets/{hash}.trusted_root.json"));
    assert_eq!(HEXLOWER.encode(&Sha256::digest(&root.body)), hash);
    assert_eq!(root.json(), serde_json::from_str::<Value>(&stack.trusted_root_json()).unwrap());
    for missing in ["/tuf/2.root.json", "/tuf/targets/x", "/tuf/x"] {
        assert_eq!(get(&stack, missing).status, 404);
    }
    stack.set_fault(Fault::TufRollback, true);
    assert_eq!(version(&stack), 1);
    stack.set_fault(Fault::TufExpired, true);
    let expires = get(&stack, "/tuf/timestamp.json").json()["signed"]["expires"].as_str().unwrap().to_owned();
    assert!(expires.parse::<Timestamp>().unwrap() < Timestamp::now());
}
