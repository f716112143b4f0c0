//! The images that an object would run.
//!
//! `v1` of the API, <https://kubernetes.io/docs/reference/kubernetes-api/>. A Pod has three lists of containers; since 1.31 a volume
//! may be an image too (`volumes[].image.reference`), and its files can be run. `null` is as good as absent.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Where a kind has the specification of its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `spec`.
    Pod,
    /// `spec.template.spec`.
    Workload,
    /// `template.spec`.
    Template,
    /// `spec.jobTemplate.spec.template.spec`.
    CronJob,
}

/// What is looked into: group, version, kind.
const KINDS: &[(&str, &str, &str, Shape)] = &[
    ("", "v1", "Pod", Shape::Pod),
    ("", "v1", "PodTemplate", Shape::Template),
    ("", "v1", "ReplicationController", Shape::Workload),
    ("apps", "v1", "DaemonSet", Shape::Workload),
    ("apps", "v1", "Deployment", Shape::Workload),
    ("apps", "v1", "ReplicaSet", Shape::Workload),
    ("apps", "v1", "StatefulSet", Shape::Workload),
    ("batch", "v1", "CronJob", Shape::CronJob),
    ("batch", "v1", "Job", Shape::Workload),
];

impl Shape {
    pub(super) fn of(group: &str, version: &str, kind: &str) -> Option<Self> {
        let row = KINDS.iter().find(|row| (row.0, row.1, row.2) == (group, version, kind));
        row.map(|row| row.3)
    }
}

/// What of an object is of interest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// Its name, or the beginning of one that it will get.
    pub(super) name: String,
    /// Somebody asked for its deletion: updates finish that.
    pub(super) is_leaving: bool,
    /// The images, as they are named.
    pub(super) images: BTreeSet<String>,
}

impl Object {
    /// Reads an object of a kind.
    pub(super) fn read(json: &str, shape: Shape, kind: &str) -> Result<Self, String> {
        match shape {
            Shape::Pod => Self::of(json, kind, |object: wire::Object<wire::Pod>| object.spec),
            Shape::Workload => Self::of(json, kind, |object: wire::Object<wire::Workload>| object.spec?.template?.spec),
            Shape::Template => Self::of(json, kind, |object: wire::Object<IgnoredAny>| object.template?.spec),
            Shape::CronJob => Self::of(json, kind, |object: wire::Object<wire::CronJob>| {
                object.spec?.job_template?.spec?.template?.spec
            }),
        }
    }

    fn of<S: DeserializeOwned>(
        json: &str,
        kind: &str,
        pod: impl FnOnce(wire::Object<S>) -> Option<wire::Pod>,
    ) -> Result<Self, String> {
        let mut object: wire::Object<S> = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if object.kind.as_deref().is_some_and(|own| own != kind) {
            return Err(format!("its kind is not {kind}, as the review says"));
        }
        let metadata = object.metadata.take().unwrap_or_default();
        Ok(Self {
            name: metadata.name.or(metadata.generate_name).unwrap_or_default(),
            is_leaving: metadata.deletion_timestamp.is_some(),
            images: pod(object).map(wire::Pod::images).unwrap_or_default(),
        })
    }
}

mod wire {
    use super::{BTreeSet, Deserialize};

    #[derive(Deserialize)]
    pub(super) struct Object<S> {
        pub(super) kind: Option<String>,
        pub(super) metadata: Option<Metadata>,
        pub(super) spec: Option<S>,
        pub(super) template: Option<Template>,
    }

    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Metadata {
        pub(super) name: Option<String>,
        pub(super) generate_name: Option<String>,
        pub(super) deletion_timestamp: Option<String>,
    }

    #[derive(Deserialize)]
    pub(super) struct Workload {
        pub(super) template: Option<Template>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct CronJob {
        pub(super) job_template: Option<JobTemplate>,
    }

    #[derive(Deserialize)]
    pub(super) struct JobTemplate {
        pub(super) spec: Option<Workload>,
    }

    #[derive(Deserialize)]
    pub(super) struct Template {
        pub(super) spec: Option<Pod>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Pod {
        containers: Option<Vec<Container>>,
        init_containers: Option<Vec<Container>>,
        ephemeral_containers: Option<Vec<Container>>,
        volumes: Option<Vec<Volume>>,
    }

    #[derive(Deserialize)]
    struct Container {
        image: Option<String>,
    }

    #[derive(Deserialize)]
    struct Volume {
        image: Option<ImageVolume>,
    }

    #[derive(Deserialize)]
    struct ImageVolume {
        reference: Option<String>,
    }

    impl Pod {
        /// Of a container without an image the name is empty, which is the name of none.
        pub(super) fn images(self) -> BTreeSet<String> {
            let lists = [self.containers, self.init_containers, self.ephemeral_containers];
            let containers = lists.into_iter().flatten().flatten().map(|container| container.image);
            let volumes = self.volumes.into_iter().flatten().filter_map(|volume| volume.image);
            containers.chain(volumes.map(|image| image.reference)).map(Option::unwrap_or_default).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(shape: Shape, kind: &str, json: &str) -> Vec<String> {
        Object::read(json, shape, kind).unwrap().images.into_iter().collect()
    }

    #[test]
    fn every_place_of_an_image_is_seen() {
        let pod = r#"{"containers":[{"image":"a"},{"image":"a"}],"initContainers":[{"image":"b"}],
            "ephemeralContainers":[{"image":"c"}],"volumes":[{"name":"x"},{"image":{"reference":"d"}}]}"#;
        let wanted = ["a", "b", "c", "d"];
        assert_eq!(images(Shape::Pod, "Pod", &format!(r#"{{"kind":"Pod","spec":{pod}}}"#)), wanted);
        let template = format!(r#"{{"template":{{"spec":{pod}}}}}"#);
        assert_eq!(images(Shape::Workload, "Job", &format!(r#"{{"spec":{template}}}"#)), wanted);
        assert_eq!(images(Shape::Template, "PodTemplate", &template), wanted);
        let cron = format!(r#"{{"spec":{{"jobTemplate":{{"spec":{template}}}}}}}"#);
        assert_eq!(images(Shape::CronJob, "CronJob", &cron), wanted);
    }

    #[test]
    fn null_is_absent_and_no_image_is_no_name() {
        let json = r#"{"metadata":null,"spec":{"containers":[{"image":null}],"initContainers":null,"volumes":null}}"#;
        assert_eq!(images(Shape::Pod, "Pod", json), [""]);
        assert!(images(Shape::Pod, "Pod", "{}").is_empty());
    }

    #[test]
    fn what_is_read_in_two_ways_is_refused() {
        let twice = r#"{"spec":{"containers":[{"image":"a","image":"b"}]}}"#;
        assert!(Object::read(twice, Shape::Pod, "Pod").unwrap_err().contains("duplicate field"));
        let other = r#"{"kind":"Job","spec":{}}"#;
        assert!(Object::read(other, Shape::Pod, "Pod").is_err());
        let text = r#"{"spec":{"containers":"a"}}"#;
        assert!(Object::read(text, Shape::Pod, "Pod").is_err());
    }
}
