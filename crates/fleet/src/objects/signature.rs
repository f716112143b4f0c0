//! Signatures of version 4. <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of nothing: the body of a request that only asks.
pub(super) const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Who asks S3.
#[derive(Clone)]
pub struct AwsCredentials {
    key: String,
    secret: String,
    token: Option<String>,
}

impl AwsCredentials {
    /// The access key, its secret, and the token of a session. `None` when any of them is empty, or holds what no header can.
    #[must_use]
    pub fn new(key: &str, secret: &str, token: Option<&str>) -> Option<Self> {
        let plain = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let token = token.map(str::trim).filter(|token| !token.is_empty());
        let all = plain(&key.trim()) && plain(&secret.trim()) && token.as_ref().is_none_or(plain);
        let (key, secret) = (key.trim().to_owned(), secret.trim().to_owned());
        all.then(|| Self { key, secret, token: token.map(str::to_owned) })
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsCredentials(…)")
    }
}

/// What is signed of a request without a body.
pub(super) struct Signed<'a> {
    /// The path, encoded.
    pub(super) path: &'a str,
    /// Names and values, encoded, in the order of the names.
    pub(super) query: &'a [(String, String)],
    /// Names in lower case and values, in the order of the names.
    pub(super) headers: &'a [(&'a str, String)],
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

/// The time as signatures have it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Signed<'_> {
    /// The header `Authorization`.
    pub(super) fn authorization(&self, credentials: &AwsCredentials) -> String {
        let moment = moment(self.at);
        let day = moment.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let digest = HEXLOWER.encode(&Sha256::digest(self.canonical(&names)));
        let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}");
        let mut key = format!("AWS4{}", credentials.secret).into_bytes();
        for part in [day, self.region, "s3", "aws4_request"] {
            key = mac(&key, part.as_bytes());
        }
        let signature = HEXLOWER.encode(&mac(&key, text.as_bytes()));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}", credentials.key)
    }

    fn canonical(&self, names: &str) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        format!("GET\n{}\n{}\n{headers}\n{names}\n{NO_BODY}", self.path, query.join("&"))
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// Percent-encoding as signatures want it: all but the unreserved characters of RFC 3986, in upper case.
pub(super) fn encoded(text: &str, slash: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || (slash && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples that Amazon publishes, with the key that is printed there.
    fn signature(path: &str, query: &[(&str, &str)], range: bool) -> String {
        let credentials =
            AwsCredentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None).unwrap();
        let at: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
        let query: Vec<(String, String)> =
            query.iter().map(|(name, value)| (encoded(name, false), encoded(value, false))).collect();
        let mut headers = vec![("host", "examplebucket.s3.amazonaws.com".to_owned())];
        if range {
            headers.push(("range", "bytes=0-9".to_owned()));
        }
        headers.push(("x-amz-content-sha256", NO_BODY.to_owned()));
        headers.push(("x-amz-date", moment(at)));
        let signed = Signed { path, query: &query, headers: &headers, region: "us-east-1", at };
        signed.authorization(&credentials).rsplit('=').next().unwrap().to_owned()
    }

    #[test]
    fn the_published_examples() {
        assert_eq!(
            signature("/test.txt", &[], true),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        assert_eq!(
            signature("/", &[("lifecycle", "")], false),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        );
        assert_eq!(
            signature("/", &[("max-keys", "2"), ("prefix", "J")], false),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let credentials = AwsCredentials::new("key", "s3cret", Some("t0ken")).unwrap();
        assert_eq!(format!("{credentials:?}"), "AwsCredentials(…)");
        assert!(AwsCredentials::new("", "x", None).is_none() && AwsCredentials::new("k", "a\nb", None).is_none());
        assert_eq!(encoded("a b/ü~", true), "a%20b/%C3%BC~");
    }
}
