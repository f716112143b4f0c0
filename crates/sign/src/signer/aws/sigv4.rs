//! Signature Version 4 of requests to AWS.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::credentials::Credentials;

/// What is signed of a request. Its path is `/`, its headers are in order of their names, which are in lower case.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// The value of `Authorization`. `date` is as in `20150830T123600Z`.
pub(super) fn authorization(
    request: &Request<'_>,
    credentials: &Credentials,
    region: &str,
    service: &str,
    date: &str,
) -> String {
    let day = date.split('T').next().unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let body = HEXLOWER.encode(&Sha256::digest(request.body));
    let canonical = Zeroizing::new(format!("{}\n/\n{}\n{headers}\n{names}\n{body}", request.method, request.query));
    let digest = HEXLOWER.encode(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");

    let secret = Zeroizing::new(format!("AWS4{}", credentials.secret.expose()));
    let mut key = step(secret.as_bytes(), day);
    for part in [region, service, "aws4_request"] {
        key = step(key.as_ref(), part);
    }
    let signature = HEXLOWER.encode(step(key.as_ref(), &to_sign).as_ref());
    format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credentials.id)
}

fn step(key: &[u8], text: &str) -> Tag {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    /// The example in the documentation.
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let credentials = Credentials {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            token: None,
        };
        let headers = [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ];
        let request =
            Request { method: "GET", query: "Action=ListUsers&Version=2010-05-08", headers: &headers, body: b"" };
        assert_eq!(
            authorization(&request, &credentials, "us-east-1", "iam", "20150830T123600Z"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }
}
