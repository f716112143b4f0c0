//! What is attached to an image, as an answer that can be recorded.
//!
//! Asking a registry is a conversation (manifest, referrers, fallback tag, cosign's tags, blobs), which `plimsoll-registry`
//! leads and whose parts it compares with their digests. The answer here is what came of it, in one document. It is bound to
//! the image anew whenever it is used, since the manifest is in it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::BASE64;
use plimsoll_model::Digest;
use plimsoll_registry::{
    CopyPlace, EvidenceOptions, EvidencePiece, Evidenced, ImageReference, NetworkOptions, RegistryError, evidence_of,
};
use plimsoll_verify::Evidence;
use serde::{Deserialize, Serialize};

use super::fetch::{Answer, FetchError, Request};

/// What came of asking.
#[derive(Serialize, Deserialize)]
struct Attached {
    /// The manifest, whose digest is the name of the image.
    manifest: String,
    pieces: Vec<Piece>,
    /// What should prove something and cannot be read.
    unread: Vec<Unread>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    media_type: String,
    place: String,
    annotations: BTreeMap<String, String>,
    bytes: String,
}

#[derive(Serialize, Deserialize)]
struct Unread {
    place: String,
    reason: String,
}

/// Asks the registry that the request names. `allowed` are hosts that may be asked although they are on this machine.
pub(super) fn ask(request: &Request, network: &NetworkOptions, allowed: &[String]) -> Result<Answer, FetchError> {
    let reference: ImageReference = request.path().parse().map_err(FetchError::Image)?;
    let host = reference.host().to_string();
    if is_near(&host) && !allowed.contains(&host) {
        let reason = "it is this machine or its wire; --registry oci=HOST allows it";
        return Err(FetchError::Refused { target: host, reason });
    }
    match evidence_of(&CopyPlace::Registry(reference), network, &EvidenceOptions::default()) {
        Ok(found) => Ok(Answer::Found(write(&found))),
        Err(RegistryError::NotFound { .. }) => Ok(Answer::Absent),
        Err(error) => Err(FetchError::Image(error)),
    }
}

fn write(found: &Evidenced) -> Vec<u8> {
    let piece = |piece: &EvidencePiece| Piece {
        media_type: piece.media_type.clone(),
        place: piece.place.clone(),
        annotations: piece.annotations.clone(),
        bytes: BASE64.encode(&piece.bytes),
    };
    let unread = |(place, reason): &(String, String)| Unread { place: place.clone(), reason: reason.clone() };
    let attached = Attached {
        manifest: BASE64.encode(found.manifest.bytes()),
        pieces: found.pieces.iter().map(piece).collect(),
        unread: found.unread.iter().map(unread).collect(),
    };
    // Texts and maps of texts: nothing that JSON cannot hold.
    serde_json::to_vec(&attached).unwrap_or_default()
}

/// The evidence of an answer about the image of this digest.
///
/// # Errors
/// It is no such answer, or about another image.
pub(super) fn read(answer: &[u8], digest: &Digest) -> Result<Vec<Evidence>, String> {
    let attached: Attached = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    let manifest = BASE64.decode(attached.manifest.as_bytes()).map_err(|error| error.to_string())?;
    let actual = plimsoll_source::digest_of(digest.algorithm(), &manifest);
    if actual.as_ref() != Some(digest) {
        return Err("the manifest is not the one that its digest names".into());
    }
    let mut evidence = Vec::new();
    for piece in attached.pieces {
        let read = BASE64.decode(piece.bytes.as_bytes()).map_err(|error| error.to_string()).and_then(|bytes| {
            Evidence::from_cosign_layer(&piece.media_type, &bytes, &piece.annotations, &piece.place)
                .map_err(|error| error.to_string())
        });
        evidence.push(read.unwrap_or_else(|reason| Evidence::damaged(&piece.place, &reason)));
    }
    evidence.extend(attached.unread.iter().map(|unread| Evidence::damaged(&unread.place, &unread.reason)));
    Ok(evidence)
}

/// Whether a host, perhaps with a port, is this machine or reaches no further than its wire.
fn is_near(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    is_loopback(name) || name.parse::<IpAddr>().is_ok_and(is_link_local)
}

/// Whether a name is this machine (RFC 6761 §6.3 for names).
pub(super) fn is_loopback(name: &str) -> bool {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            address.to_ipv4_mapped().map_or(address.is_loopback(), |mapped| mapped.is_loopback())
        }
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Addresses that reach no further than the wire, where clouds keep the credentials of a machine.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    let v4 = |address: Ipv4Addr| address.is_link_local() || address.is_unspecified();
    let v6 = |address: Ipv6Addr| {
        address.is_unicast_link_local() || address.is_unspecified() || address.to_ipv4_mapped().is_some_and(v4)
    };
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sbom_does_not_point_at_this_machine() {
        for host in ["localhost:5000", "127.0.0.1", "[::1]:5000", "169.254.169.254", "0.0.0.0", "x.localhost"] {
            assert!(is_near(host), "{host}");
        }
        assert!(!is_near("ghcr.io") && !is_near("10.0.0.1:5000"));
        let request = Request::image(format!("127.0.0.1:9/a/b@sha256:{}", "ab".repeat(32)));
        let refused = ask(&request, &NetworkOptions::default(), &[]);
        assert!(matches!(refused, Err(FetchError::Refused { .. })), "{refused:?}");
    }

    #[test]
    fn an_answer_is_about_one_image() {
        let manifest = b"{}";
        let digest =
            Digest::from_prefixed("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a").unwrap();
        let answer = |manifest: &[u8]| {
            format!(
                r#"{{"manifest":"{}","pieces":[],"unread":[{{"place":"a","reason":"b"}}]}}"#,
                BASE64.encode(manifest)
            )
        };
        assert_eq!(read(answer(manifest).as_bytes(), &digest).unwrap().len(), 1);
        assert!(read(answer(b"[]").as_bytes(), &digest).is_err());
        assert!(read(b"garbage", &digest).is_err());
    }
}
