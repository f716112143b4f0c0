//! What `kubectl get pods -A -o json` prints: a `PodList`, or a `List` of pods (Kubernetes API v1).
//!
//! What runs is in the status of a container, not in its specification: `imageID` is the digest that was pulled. Its form depends on the
//! runtime: `docker-pullable://NAME@sha256:…`, `NAME@sha256:…`, `sha256:…`. Containers that wait have none.

use std::collections::BTreeSet;

use plimsoll_inventory::Running;
use plimsoll_model::Digest;
use serde::Deserialize;

/// What runs.
pub(super) struct Pods {
    pub(super) running: Vec<Running>,
    /// Containers whose image has no digest.
    pub(super) unnamed: u64,
}

#[derive(Deserialize)]
struct WireList {
    items: Option<Vec<WirePod>>,
}

#[derive(Deserialize)]
struct WirePod {
    metadata: Option<WireMetadata>,
    status: Option<WireStatus>,
}

#[derive(Deserialize)]
struct WireMetadata {
    name: Option<String>,
    namespace: Option<String>,
    #[serde(rename = "ownerReferences")]
    owners: Option<Vec<WireOwner>>,
}

#[derive(Deserialize)]
struct WireOwner {
    kind: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct WireStatus {
    phase: Option<String>,
    #[serde(rename = "containerStatuses")]
    containers: Option<Vec<WireContainer>>,
    #[serde(rename = "initContainerStatuses")]
    init: Option<Vec<WireContainer>>,
    #[serde(rename = "ephemeralContainerStatuses")]
    ephemeral: Option<Vec<WireContainer>>,
}

#[derive(Deserialize)]
struct WireContainer {
    name: Option<String>,
    image: Option<String>,
    #[serde(rename = "imageID")]
    image_id: Option<String>,
}

/// Reads the pods of a cluster. The pods of one owner are one workload.
pub(super) fn read(bytes: &[u8]) -> Result<Pods, String> {
    let list: WireList = serde_json::from_slice(bytes).map_err(|error| format!("not a list of pods: {error}"))?;
    let items = list.items.ok_or("not a list of pods: there are no items")?;
    let mut pods = Pods { running: Vec::new(), unnamed: 0 };
    let mut seen = BTreeSet::new();
    for pod in items {
        let Some(status) = pod.status else { continue };
        // Of these nothing runs any more.
        if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            continue;
        }
        let workload = workload(pod.metadata);
        let all = [status.containers, status.init, status.ephemeral];
        for container in all.into_iter().flatten().flatten() {
            let id = container.image_id.unwrap_or_default();
            let Some(digest) = id.rsplit(['@', '/']).next().and_then(|text| Digest::from_prefixed(text).ok()) else {
                pods.unnamed = pods.unnamed.saturating_add(1);
                continue;
            };
            let workload = format!("{workload}/{}", container.name.unwrap_or_default());
            if seen.insert((digest.to_string(), workload.clone())) {
                pods.running.push(Running { digest, image: container.image.unwrap_or_default(), workload });
            }
        }
    }
    Ok(pods)
}

/// `namespace/owner`, which stays the same when pods come and go.
fn workload(metadata: Option<WireMetadata>) -> String {
    let Some(metadata) = metadata else { return String::new() };
    let owner = metadata.owners.unwrap_or_default().into_iter().next();
    let name = match owner {
        Some(WireOwner { kind, name: Some(name) }) => {
            // A deployment makes a set of replicas for each of its versions, named by a hash that says nothing.
            let kept = match kind.as_deref() {
                Some("ReplicaSet") => name.rsplit_once('-').map(|(kept, _)| kept.to_owned()),
                _ => None,
            };
            kept.unwrap_or(name)
        }
        _ => metadata.name.unwrap_or_default(),
    };
    format!("{}/{name}", metadata.namespace.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_of_all_sorts_are_read() {
        let hex = "a".repeat(64);
        let text = format!(
            r#"{{"apiVersion": "v1", "kind": "List", "items": [
            {{"metadata": {{"name": "shop-7f-x", "namespace": "web", "ownerReferences": [{{"kind": "ReplicaSet", "name": "shop-7f"}}]}},
              "status": {{"phase": "Running",
                "containerStatuses": [{{"name": "app", "image": "shop:1", "imageID": "docker-pullable://acme/shop@sha256:{hex}"}}],
                "initContainerStatuses": [{{"name": "init", "image": "i", "imageID": "sha256:{hex}"}}],
                "ephemeralContainerStatuses": [{{"name": "debug", "imageID": ""}}]}}}},
            {{"metadata": {{"name": "shop-7f-y", "namespace": "web", "ownerReferences": [{{"kind": "ReplicaSet", "name": "shop-7f"}}]}},
              "status": {{"containerStatuses": [{{"name": "app", "image": "shop:1", "imageID": "acme/shop@sha256:{hex}"}}]}}}},
            {{"metadata": {{"name": "job"}}, "status": {{"phase": "Succeeded",
                "containerStatuses": [{{"name": "j", "imageID": "acme/job@sha256:{hex}"}}]}}}},
            {{"metadata": {{"name": "waits"}}}}]}}"#
        );
        let pods = read(text.as_bytes()).unwrap();
        let workloads: Vec<&str> = pods.running.iter().map(|one| one.workload.as_str()).collect();
        assert_eq!((workloads, pods.unnamed), (vec!["web/shop/app", "web/shop/init"], 1));
        assert!(read(b"{\"kind\": \"Pod\"}").is_err() && read(b"{").is_err());
    }
}
