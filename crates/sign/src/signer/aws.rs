//! Keys in AWS KMS: `awskms://[ENDPOINT]/ID`, where ID is the id, ARN or alias of a key.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html>
//!
//! The region is that of the ARN, else `AWS_REGION` or `AWS_DEFAULT_REGION`. Credentials are those of `AWS_ACCESS_KEY_ID`,
//! else those that STS gives for the web identity in `AWS_WEB_IDENTITY_TOKEN_FILE`. An alias is resolved once: what signs
//! is the key whose public key was read.

mod credentials;
mod sigv4;

use data_encoding::BASE64;
use plimsoll_model::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::service::{READ, SIGN, Service, is_host, is_name, origin};
use super::{KeyOptions, PublicKey, Scheme, Signer, SignerError};
use crate::remote::Call;
use credentials::Credentials;
use sigv4::{Request, authorization};

struct AwsSigner {
    api: Api,
    id: String,
    public_key: PublicKey,
}

/// The service in a region.
struct Api {
    service: Service,
    options: KeyOptions,
    region: String,
    /// `https://kms.eu-west-1.amazonaws.com`
    origin: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyAnswer {
    key_id: String,
    key_usage: String,
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignAnswer {
    signature: String,
}

pub(super) fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    let malformed = || SignerError::Reference {
        key: plimsoll_model::printable(reference),
        reason: "awskms:// is followed by a host, or nothing, then / and the id, ARN or alias of a key",
    };
    let (host, id) = reference.trim_start_matches("awskms://").split_once('/').ok_or_else(malformed)?;
    if !is_name(id, b":/") || !(host.is_empty() || is_host(host)) {
        return Err(malformed());
    }
    let service = Service::new(reference, options);
    let environment = &options.environment;
    let region = region_of(id).map(str::to_owned);
    let region = region.or_else(|| environment.text("AWS_REGION")).or_else(|| environment.text("AWS_DEFAULT_REGION"));
    let region = region.ok_or_else(|| service.wanted("AWS_REGION"))?;
    if !is_name(&region, b"") {
        return Err(SignerError::Configuration { key: service.key, reason: "AWS_REGION is no region".to_owned() });
    }
    let origin = if host.is_empty() { endpoint("kms", &region) } else { origin(host) };
    let api = Api { service, options: options.clone(), region, origin };
    let answer: KeyAnswer = api.ask(READ, "GetPublicKey", &json!({ "KeyId": id }))?;
    if answer.key_usage != "SIGN_VERIFY" {
        return Err(api.service.failed(READ, "the key is not for signing"));
    }
    let der = api.service.base64(READ, &answer.public_key)?;
    let public_key = api.service.usable(PublicKey::from_spki_der(&der))?;
    Ok(Box::new(AwsSigner { api, id: answer.key_id, public_key }))
}

/// The region in `arn:aws:kms:REGION:ACCOUNT:key/ID`.
fn region_of(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.split(':').nth(2)
}

/// The address of a service; the regions of China have another domain.
fn endpoint(service: &str, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{domain}")
}

impl Api {
    fn ask<T: DeserializeOwned>(&self, operation: &'static str, action: &str, body: &Value) -> Result<T, SignerError> {
        let credentials = Credentials::find(&self.service, &self.options, &self.region)?;
        let body = body.to_string();
        let target = format!("TrentService.{action}");
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        let date = self.options.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let token = credentials.token.as_ref().map(|token| token.expose().as_str());
        let mut headers = vec![("content-type", JSON), ("host", host), ("x-amz-date", &date)];
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        headers.push(("x-amz-target", &target));
        let request = Request { method: "POST", query: "", headers: &headers, body: body.as_bytes() };
        let header = authorization(&request, &credentials, &self.region, "kms", &date);
        let url = format!("{}/", self.origin);
        let mut call = Call::post(&url, JSON, body.clone().into_bytes())
            .with("X-Amz-Date", date.as_str())
            .with("X-Amz-Target", target.as_str())
            .with("Authorization", header);
        if let Some(token) = token {
            call = call.with("X-Amz-Security-Token", token);
        }
        self.service.ask(operation, &call)
    }
}

const JSON: &str = "application/x-amz-json-1.1";

impl Signer for AwsSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let algorithm = match self.scheme() {
            Scheme::EcdsaP256Sha256 => "ECDSA_SHA_256",
            Scheme::EcdsaP384Sha384 => "ECDSA_SHA_384",
            Scheme::RsaPkcs1Sha256(_) => "RSASSA_PKCS1_V1_5_SHA_256",
            Scheme::Ed25519 => return Err(SignerError::NeedsMessage(Scheme::Ed25519)),
        };
        let body = json!({
            "KeyId": self.id,
            "Message": BASE64.encode(digest.bytes()),
            "MessageType": "DIGEST",
            "SigningAlgorithm": algorithm,
        });
        let answer: SignAnswer = self.api.ask(SIGN, "Sign", &body)?;
        let signature = self.api.service.base64(SIGN, &answer.signature)?;
        self.api.service.checked(&self.public_key, digest, signature)
    }

    fn describe(&self) -> String {
        self.api.service.key.clone()
    }
}
