//! Keys in Azure Key Vault: `azurekms://NAME.vault.azure.net/KEY[/VERSION]`.
//! <https://learn.microsoft.com/rest/api/keyvault/keys>
//!
//! The token is that of `AZURE_CLIENT_ID` in `AZURE_TENANT_ID`, with `AZURE_CLIENT_SECRET` or the workload identity of
//! `AZURE_FEDERATED_TOKEN_FILE`, else that of the machine's managed identity. The vault returns ECDSA signatures as two
//! numbers (RFC 7518 §3.4), which are put into DER here.

use std::fs::File;
use std::io::Read as _;

use data_encoding::BASE64URL_NOPAD;
use plimsoll_model::Digest;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::material::{ec_key, ecdsa_der, rsa_key};
use super::service::{AUTHENTICATE, READ, SIGN, Service, is_host, is_name, origin};
use super::{KeyOptions, PublicKey, PublicKeyError, Scheme, Signer, SignerError};
use crate::remote::{Call, escaped};
use crate::secret::SecretText;

const API: &str = "api-version=7.4";

struct AzureSigner {
    service: Service,
    options: KeyOptions,
    /// `https://NAME.vault.azure.net/keys/KEY/VERSION`
    url: String,
    public_key: PublicKey,
}

#[derive(Deserialize)]
struct KeyAnswer {
    key: Jwk,
}

/// RFC 7517, with the parameters of RFC 7518 §6.
#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

#[derive(Deserialize)]
struct SignAnswer {
    value: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

pub(super) fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    let malformed = || SignerError::Reference {
        key: plimsoll_model::printable(reference),
        reason: "azurekms:// is followed by NAME.vault.azure.net/KEY or NAME.vault.azure.net/KEY/VERSION",
    };
    let (vault, key) = reference.trim_start_matches("azurekms://").split_once('/').ok_or_else(malformed)?;
    if !is_host(vault) || !is_name(key, b"/") || key.split('/').count() > 2 {
        return Err(malformed());
    }
    let service = Service::new(reference, options);
    let origin = origin(vault);
    let token = token(&service, options)?;
    let url = format!("{origin}/keys/{key}?{API}");
    let answer: KeyAnswer = service.ask(READ, &Call::get(&url).bearer(&token))?;
    let public_key = service.usable(answer.key.public_key())?;
    // The version that was read is the one that signs. Its name must be of this key and no other.
    let name = key.split('/').next().unwrap_or_default();
    let version = answer.key.kid.rsplit('/').next().filter(|version| is_name(version, b""));
    let expected = format!("/keys/{name}/{}", version.unwrap_or_default());
    let (Some(_), true) = (version, answer.key.kid.ends_with(&expected)) else { return Err(service.malformed(READ)) };
    Ok(Box::new(AzureSigner { url: format!("{origin}{expected}"), service, options: options.clone(), public_key }))
}

impl Jwk {
    fn public_key(&self) -> Result<PublicKey, PublicKeyError> {
        let number = |text: &Option<String>| {
            let text = text.as_deref().ok_or(PublicKeyError::Malformed)?;
            BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| PublicKeyError::Malformed)
        };
        // A key that a hardware module holds has `-HSM` behind its type.
        match (self.kty.trim_end_matches("-HSM"), self.crv.as_deref()) {
            ("EC", Some(curve @ ("P-256" | "P-384"))) => {
                let scheme = if curve == "P-256" { Scheme::EcdsaP256Sha256 } else { Scheme::EcdsaP384Sha384 };
                let point = [vec![4], number(&self.x)?, number(&self.y)?].concat();
                ec_key(scheme, &point)
            }
            ("RSA", _) => rsa_key(&number(&self.n)?, &number(&self.e)?),
            (kind, _) => Err(PublicKeyError::Unsupported(plimsoll_model::printable(kind))),
        }
    }
}

fn token(service: &Service, options: &KeyOptions) -> Result<SecretText, SignerError> {
    const RESOURCE: &str = "https://vault.azure.net";
    let environment = &options.environment;
    let (Some(client), Some(tenant)) = (environment.text("AZURE_CLIENT_ID"), environment.text("AZURE_TENANT_ID"))
    else {
        let client =
            environment.text("AZURE_CLIENT_ID").map_or_else(String::new, |id| format!("&client_id={}", escaped(&id)));
        let host = environment
            .text("AZURE_POD_IDENTITY_AUTHORITY_HOST")
            .unwrap_or_else(|| "http://169.254.169.254".to_owned());
        let host = host.trim_end_matches('/');
        let resource = escaped(RESOURCE);
        let url = format!("{host}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}{client}");
        let call = Call::get(&url).with("Metadata", "true").in_the_cloud();
        let answer: TokenAnswer = service.ask(AUTHENTICATE, &call)?;
        return Ok(SecretText::new(answer.access_token));
    };
    let proof = match (environment.secret("AZURE_CLIENT_SECRET"), environment.path("AZURE_FEDERATED_TOKEN_FILE")) {
        (Some(secret), _) => Zeroizing::new(format!("client_secret={}", escaped(secret.expose()))),
        (None, Some(path)) => {
            let mut text = Zeroizing::new(String::new());
            let file = File::open(path).and_then(|file| file.take(64 << 10).read_to_string(&mut text));
            file.map_err(|_| service.failed(AUTHENTICATE, "AZURE_FEDERATED_TOKEN_FILE cannot be read"))?;
            let kind = escaped("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            Zeroizing::new(format!("client_assertion_type={kind}&client_assertion={}", escaped(text.trim())))
        }
        (None, None) => return Err(service.wanted("AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE")),
    };
    let authority =
        environment.text("AZURE_AUTHORITY_HOST").unwrap_or_else(|| "https://login.microsoftonline.com".to_owned());
    let url = format!("{}/{}/oauth2/v2.0/token", authority.trim_end_matches('/'), escaped(&tenant));
    let scope = escaped(&format!("{RESOURCE}/.default"));
    let body = format!("grant_type=client_credentials&client_id={}&scope={scope}&{}", escaped(&client), *proof);
    let call = Call::post(&url, "application/x-www-form-urlencoded", body.into_bytes());
    let answer: TokenAnswer = service.ask(AUTHENTICATE, &call)?;
    Ok(SecretText::new(answer.access_token))
}

impl Signer for AzureSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let algorithm = match self.scheme() {
            Scheme::EcdsaP256Sha256 => "ES256",
            Scheme::EcdsaP384Sha384 => "ES384",
            Scheme::RsaPkcs1Sha256(_) => "RS256",
            Scheme::Ed25519 => return Err(SignerError::NeedsMessage(Scheme::Ed25519)),
        };
        let token = token(&self.service, &self.options)?;
        let body = json!({ "alg": algorithm, "value": BASE64URL_NOPAD.encode(digest.bytes()) });
        let url = format!("{}/sign?{API}", self.url);
        let answer: SignAnswer = self.service.ask(SIGN, &Call::post_json(&url, &body).bearer(&token))?;
        let raw = BASE64URL_NOPAD.decode(answer.value.as_bytes()).map_err(|_| self.service.malformed(SIGN))?;
        let signature = if algorithm == "RS256" { Some(raw) } else { ecdsa_der(&raw) };
        let signature = signature.ok_or_else(|| self.service.malformed(SIGN))?;
        self.service.checked(&self.public_key, digest, signature)
    }

    fn describe(&self) -> String {
        self.service.key.clone()
    }
}
