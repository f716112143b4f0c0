//! Keys in Google Cloud KMS: `gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/versions/N`.
//! <https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions>
//!
//! The token is that of `GOOGLE_OAUTH_ACCESS_TOKEN` or `CLOUDSDK_AUTH_ACCESS_TOKEN`, else of the machine's metadata server
//! (`GCE_METADATA_HOST`).

use data_encoding::BASE64;
use plimsoll_model::Digest;
use serde::Deserialize;
use serde_json::json;

use super::service::{AUTHENTICATE, READ, SIGN, Service, is_name};
use super::{KeyOptions, PublicKey, PublicKeyError, Scheme, Signer, SignerError};
use crate::remote::Call;
use crate::secret::SecretText;

struct GcpSigner {
    service: Service,
    options: KeyOptions,
    /// `https://cloudkms.googleapis.com/v1/projects/…/cryptoKeyVersions/N`
    url: String,
    public_key: PublicKey,
}

#[derive(Deserialize)]
struct KeyAnswer {
    pem: String,
    algorithm: String,
}

#[derive(Deserialize)]
struct SignAnswer {
    signature: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

pub(super) fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    let name = resource(reference.trim_start_matches("gcpkms://")).ok_or_else(|| SignerError::Reference {
        key: plimsoll_model::printable(reference),
        reason: "gcpkms:// is followed by projects/P/locations/L/keyRings/R/cryptoKeys/K/versions/N",
    })?;
    let service = Service::new(reference, options);
    let endpoint = options.environment.text("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS");
    let endpoint = endpoint.unwrap_or_else(|| "https://cloudkms.googleapis.com".to_owned());
    let url = format!("{}/v1/{name}", endpoint.trim_end_matches('/'));
    let token = token(&service, options)?;
    let answer: KeyAnswer = service.ask(READ, &Call::get(&format!("{url}/publicKey")).bearer(&token))?;
    let public_key = service.usable(PublicKey::from_pem(answer.pem.as_bytes()))?;
    if !signs(public_key.scheme(), &answer.algorithm) {
        let source = PublicKeyError::Unsupported(plimsoll_model::printable(&answer.algorithm));
        return Err(SignerError::Key { key: service.key, source });
    }
    Ok(Box::new(GcpSigner { service, options: options.clone(), url, public_key }))
}

/// The name of a version of a key, whose last part may be short, as cosign has it.
fn resource(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').collect();
    let ["projects", project, "locations", location, "keyRings", ring, "cryptoKeys", key, last, version] = parts[..]
    else {
        return None;
    };
    let plain = [location, ring, key, version].iter().all(|part| is_name(part, b""));
    // The projects of organisations have a domain in their names.
    if !plain || !is_name(project, b".:") || !matches!(last, "versions" | "cryptoKeyVersions") {
        return None;
    }
    Some(format!(
        "projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}"
    ))
}

/// Whether a key with this algorithm signs as the scheme does; the same RSA key could be for PSS.
fn signs(scheme: Scheme, algorithm: &str) -> bool {
    match scheme {
        Scheme::EcdsaP256Sha256 => algorithm == "EC_SIGN_P256_SHA256",
        Scheme::EcdsaP384Sha384 => algorithm == "EC_SIGN_P384_SHA384",
        Scheme::RsaPkcs1Sha256(_) => algorithm.starts_with("RSA_SIGN_PKCS1_") && algorithm.ends_with("_SHA256"),
        Scheme::Ed25519 => false,
    }
}

fn token(service: &Service, options: &KeyOptions) -> Result<SecretText, SignerError> {
    let environment = &options.environment;
    let given =
        environment.secret("GOOGLE_OAUTH_ACCESS_TOKEN").or_else(|| environment.secret("CLOUDSDK_AUTH_ACCESS_TOKEN"));
    if let Some(token) = given {
        return Ok(token);
    }
    let host = environment.text("GCE_METADATA_HOST").unwrap_or_else(|| "metadata.google.internal".to_owned());
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let call = Call::get(&url).with("Metadata-Flavor", "Google").in_the_cloud();
    let answer: TokenAnswer = service.ask(AUTHENTICATE, &call)?;
    Ok(SecretText::new(answer.access_token))
}

impl Signer for GcpSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let token = token(&self.service, &self.options)?;
        let name = digest.algorithm().token();
        let body = json!({ "digest": { name: BASE64.encode(digest.bytes()) } });
        let url = format!("{}:asymmetricSign", self.url);
        let answer: SignAnswer = self.service.ask(SIGN, &Call::post_json(&url, &body).bearer(&token))?;
        let signature = self.service.base64(SIGN, &answer.signature)?;
        self.service.checked(&self.public_key, digest, signature)
    }

    fn describe(&self) -> String {
        self.service.key.clone()
    }
}
