//! What the API server asks: an `AdmissionReview` of `admission.k8s.io/v1`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

const API_VERSION: &str = "admission.k8s.io/v1";
/// A uid has 36 characters.
const MAX_UID: usize = 256;
/// Names of Kubernetes have at most 253 characters.
const MAX_NAME: usize = 253;

/// A request to say whether something may be done.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) uid: String,
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) subresource: String,
    pub(super) operation: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// Nothing may be changed by the answer, anywhere.
    pub(super) dry_run: bool,
    pub(super) object: Option<&'a RawValue>,
    pub(super) old_object: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    /// Reads a review; the reason why it is none is a sentence. Without a uid there is nothing to answer to.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, String> {
        let review: wire::Review<'a> =
            serde_json::from_slice(body).map_err(|error| format!("the body is no AdmissionReview: {error}"))?;
        if review.api_version.as_deref() != Some(API_VERSION) || review.kind.as_deref() != Some("AdmissionReview") {
            return Err(format!("the body is not an AdmissionReview of {API_VERSION}"));
        }
        let request = review.request.ok_or("the review has no request")?;
        let uid = request.uid.filter(|uid| !uid.is_empty() && uid.len() <= MAX_UID).ok_or("the request has no uid")?;
        let kind = request.kind.unwrap_or_default();
        let word = |text: Option<Cow<'a, str>>| text.map(|text| short(&text)).unwrap_or_default();
        Ok(Self {
            uid: uid.into_owned(),
            group: word(kind.group),
            version: word(kind.version),
            kind: word(kind.kind),
            subresource: word(request.sub_resource),
            operation: word(request.operation),
            namespace: word(request.namespace),
            name: word(request.name),
            dry_run: request.dry_run.unwrap_or_default(),
            object: request.object,
            old_object: request.old_object,
        })
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

mod wire {
    use super::{Cow, Deserialize, RawValue};

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Review<'a> {
        #[serde(borrow)]
        pub(super) api_version: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) kind: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) request: Option<Request<'a>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Request<'a> {
        #[serde(borrow)]
        pub(super) uid: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) kind: Option<Kind<'a>>,
        #[serde(borrow)]
        pub(super) sub_resource: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) operation: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) namespace: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) name: Option<Cow<'a, str>>,
        pub(super) dry_run: Option<bool>,
        #[serde(borrow)]
        pub(super) object: Option<&'a RawValue>,
        #[serde(borrow)]
        pub(super) old_object: Option<&'a RawValue>,
    }

    #[derive(Deserialize, Default)]
    pub(super) struct Kind<'a> {
        #[serde(borrow)]
        pub(super) group: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) version: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub(super) kind: Option<Cow<'a, str>>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_review_says_why() {
        let cases = [
            ("", "EOF"),
            ("[]", "no AdmissionReview"),
            ("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"}", "not an AdmissionReview"),
            ("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}", "no request"),
            ("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{}}", "no uid"),
            ("{\"kind\":\"AdmissionReview\",\"kind\":\"x\"}", "duplicate field"),
            ("{\"request\":{\"uid\":\"a\",\"uid\":\"b\"}}", "duplicate field"),
        ];
        for (body, reason) in cases {
            let error = Request::read(body.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{body}: {error}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!(
            "{{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{{\"uid\":\"a\",\"object\":{}{}}}}}",
            "[".repeat(500_000),
            "]".repeat(500_000)
        );
        // Whether it is refused or not: it comes back.
        drop(Request::read(deep.as_bytes()));
        assert!(Request::read(&deep.as_bytes()[..400_000]).is_err());
    }
}
