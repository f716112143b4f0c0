//! What requests to AWS are signed with: from variables, or from STS for the web identity of a workload.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use std::fs::File;
use std::io::Read as _;

use zeroize::Zeroizing;

use super::super::service::{AUTHENTICATE, Service};
use super::super::{KeyOptions, SignerError};
use super::endpoint;
use crate::remote::{Call, escaped};
use crate::secret::SecretText;

/// The credentials of a user or session.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: SecretText,
    pub(super) token: Option<SecretText>,
}

impl Credentials {
    pub(super) fn find(service: &Service, options: &KeyOptions, region: &str) -> Result<Self, SignerError> {
        let environment = &options.environment;
        if let Some(id) = environment.text("AWS_ACCESS_KEY_ID") {
            let secret = environment.secret("AWS_SECRET_ACCESS_KEY");
            let secret = secret.ok_or_else(|| service.wanted("AWS_SECRET_ACCESS_KEY"))?;
            return Ok(Self { id, secret, token: environment.secret("AWS_SESSION_TOKEN") });
        }
        let (Some(path), Some(role)) =
            (environment.path("AWS_WEB_IDENTITY_TOKEN_FILE"), environment.text("AWS_ROLE_ARN"))
        else {
            let names = "AWS_ACCESS_KEY_ID, or AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN,";
            return Err(service.wanted(names));
        };
        let mut token = Zeroizing::new(String::new());
        let read = File::open(path).and_then(|file| file.take(64 << 10).read_to_string(&mut token));
        read.map_err(|_| service.failed(AUTHENTICATE, "AWS_WEB_IDENTITY_TOKEN_FILE cannot be read"))?;
        let session = environment.text("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "plimsoll".to_owned());
        let url = environment.text("AWS_ENDPOINT_URL_STS").unwrap_or_else(|| endpoint("sts", region));
        let body = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}&WebIdentityToken={}",
            escaped(&role),
            escaped(&session),
            escaped(token.trim())
        );
        let call = Call::post(&url, "application/x-www-form-urlencoded", body.into_bytes());
        let answer = service.call(AUTHENTICATE, &call)?;
        let text = String::from_utf8_lossy(answer.body());
        let value = |name: &str| element(&text, name).ok_or_else(|| service.malformed(AUTHENTICATE));
        Ok(Self {
            id: value("AccessKeyId")?.to_owned(),
            secret: SecretText::new(value("SecretAccessKey")?.to_owned()),
            token: Some(SecretText::new(value("SessionToken")?.to_owned())),
        })
    }
}

/// The text of an element that occurs once, of letters that need no escape in XML.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.trim();
    (!text.is_empty() && !text.contains(['<', '&'])).then_some(text)
}
