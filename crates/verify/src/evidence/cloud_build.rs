//! What Google Cloud Build says of an image: the answer of
//! `gcloud artifacts docker images describe IMAGE --show-provenance --format json`.
//! <https://cloud.google.com/build/docs/securing-builds/view-build-provenance>
//!
//! `{image_summary, provenance_summary: {provenance: [{kind, resourceUri, build, envelope}]}}`: a DSSE envelope for each
//! version of provenance that the platform writes, and beside it what it says once more for people to read (`build`), which
//! nobody signed. Signatures are in base64 for URLs; one that is no base64 does not spoil those beside it. Who signed, and over
//! what, follows from the name of the key alone: see [`crate::engine`].

use plimsoll_attest::{Envelope, EnvelopeSignature, decode_base64};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::wire::Capped;
use super::{Evidence, EvidenceKind, Form, MAX_PIECES, MAX_SIGNATURES, numbered};

/// One piece of such provenance.
#[derive(Debug, Clone)]
pub(crate) struct CloudBuild {
    /// What was signed, with the signatures that can be read.
    pub(crate) envelope: Envelope,
    /// What stands beside it.
    pub(crate) unsigned: Unsigned,
}

/// What stands beside a signed statement, and has to agree with it.
#[derive(Debug, Clone)]
pub(crate) struct Unsigned {
    /// `BUILD`
    pub(crate) kind: String,
    /// `https://HOST/REPOSITORY@sha256:HEX`
    pub(crate) resource: String,
    /// `sha256:HEX`
    pub(crate) digest: String,
    /// `HOST/REPOSITORY@sha256:HEX`
    pub(crate) qualified: String,
    /// What was signed, for people to read: that of provenance v0.1.
    pub(crate) text: Option<Value>,
    /// The same for provenance v1.
    pub(crate) text_v1: Option<Value>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    image_summary: Option<ImageSummary>,
    #[serde(borrow)]
    provenance_summary: ProvenanceSummary<'a>,
}

#[derive(Deserialize, Clone, Default)]
struct ImageSummary {
    #[serde(default)]
    digest: String,
    #[serde(default)]
    fully_qualified_digest: String,
}

#[derive(Deserialize)]
struct ProvenanceSummary<'a> {
    #[serde(borrow)]
    provenance: Option<Capped<&'a RawValue, MAX_PIECES>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Occurrence {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    resource_uri: String,
    build: Option<Build>,
    envelope: WireEnvelope,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    intoto_statement: Option<Value>,
    in_toto_slsa_provenance_v1: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope {
    payload: String,
    payload_type: String,
    signatures: Option<Capped<WireSignature, MAX_SIGNATURES>>,
}

#[derive(Deserialize)]
struct WireSignature {
    keyid: Option<String>,
    sig: Option<String>,
}

pub(super) fn read(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let answer: Answer<'_> = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    let summary = answer.image_summary.unwrap_or_default();
    let listed = answer.provenance_summary.provenance.map(|listed| listed.0).unwrap_or_default();
    Ok(numbered(EvidenceKind::CloudBuild, listed.into_iter(), place, |occurrence, place| {
        let build = one(occurrence.get(), &summary)?;
        Ok(vec![Evidence::new(EvidenceKind::CloudBuild, place, Form::CloudBuild(Box::new(build)))])
    }))
}

fn one(document: &str, summary: &ImageSummary) -> Result<CloudBuild, String> {
    let occurrence: Occurrence = serde_json::from_str(document).map_err(|error| error.to_string())?;
    let wire = occurrence.envelope;
    let payload = decode_base64(wire.payload.as_bytes()).map_err(|error| format!("the payload: {error}"))?;
    let readable = |signature: WireSignature| {
        let value = decode_base64(signature.sig?.as_bytes()).ok().filter(|value| !value.is_empty())?;
        Some(EnvelopeSignature { keyid: signature.keyid.unwrap_or_default(), signature: value })
    };
    let signatures =
        wire.signatures.map(|listed| listed.0).unwrap_or_default().into_iter().filter_map(readable).collect();
    let (text, text_v1) =
        occurrence.build.map_or((None, None), |build| (build.intoto_statement, build.in_toto_slsa_provenance_v1));
    Ok(CloudBuild {
        envelope: Envelope { payload_type: wire.payload_type, payload, signatures },
        unsigned: Unsigned {
            kind: occurrence.kind,
            resource: occurrence.resource_uri,
            digest: summary.digest.clone(),
            qualified: summary.fully_qualified_digest.clone(),
            text,
            text_v1,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_evidence;

    const SIGNED: &str = r#"{"kind":"BUILD","resourceUri":"https://r.example/x@sha256:00","build":{"intotoStatement":{}},
        "envelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[SIGNATURES]}}"#;

    fn read(provenance: &str) -> Vec<Evidence> {
        let text = format!(
            r#"{{"image_summary":{{"digest":"sha256:00"}},"provenance_summary":{{"provenance":[{provenance}]}}}}"#
        );
        read_evidence(text.as_bytes(), "test").unwrap()
    }

    #[test]
    fn one_that_is_broken_does_not_hide_the_others() {
        let good = SIGNED.replace("SIGNATURES", r#"{"keyid":"k","sig":"-_8="}"#);
        let found = read(&[r#"{"kind":"BUILD"}"#, &good, &good.replace("e30=", "e30 ")].join(","));
        let readable: Vec<bool> = found.iter().map(Evidence::is_readable).collect();
        assert_eq!(readable, [false, true, false]);
        assert!(found.iter().all(|piece| piece.kind() == EvidenceKind::CloudBuild));
        let Form::CloudBuild(build) = &found.get(1).unwrap().form else { panic!() };
        assert_eq!(build.envelope.signatures.first().unwrap().signature, [0xfb, 0xff]);
        assert_eq!((build.unsigned.digest.as_str(), build.unsigned.text.is_some()), ("sha256:00", true));
    }

    #[test]
    fn a_signature_that_cannot_be_read_is_none() {
        for bad in
            [r#"{"keyid":"k","sig":"!"}"#, r#"{"keyid":"k","sig":""}"#, r#"{"keyid":"k"}"#, r#"{"sig":null}"#, ""]
        {
            let found = read(&SIGNED.replace("SIGNATURES", bad));
            let Form::CloudBuild(build) = &found.first().unwrap().form else { panic!("{bad}") };
            assert!(build.envelope.signatures.is_empty(), "{bad}");
        }
        assert!(read("").is_empty());
    }
}
