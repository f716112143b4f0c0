//! Tekton. It sets no variables: a task maps its context to those below
//! (<https://tekton.dev/docs/pipelines/variables/>: `$(context.taskRun.name)` and so on, and the results `url` and `commit` of
//! the task that cloned). The names are ours. Tekton Chains makes provenance of its own, from outside the build, which says more;
//! this is for where Chains is not.
//!
//! Claims are those of the token that Kubernetes projects into the pod
//! (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens>): the issuer is the cluster.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, both, claimed, variable};
use crate::generate::known::Known;
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static TEKTON: Platform = Platform {
    id: "tekton",
    name: "Tekton",
    signs: &[Sign::Set("TEKTON_TASKRUN_NAME")],
    // Clusters run much else.
    issuers: &[],
    fields: &[
        claimed("issuer", "cluster", "iss"),
        variable("cluster_url", "cluster", "TEKTON_CLUSTER_URL").kind(Kind::Address),
        both("namespace", "namespace", "/kubernetes.io/namespace", "TEKTON_NAMESPACE").required(),
        claimed("service_account", "service account", "/kubernetes.io/serviceaccount/name"),
        claimed("pod", "pod", "/kubernetes.io/pod/uid"),
        variable("task_run", "task run", "TEKTON_TASKRUN_NAME").required(),
        variable("task_run_uid", "task run", "TEKTON_TASKRUN_UID").required(),
        variable("task", "task", "TEKTON_TASK_NAME"),
        variable("pipeline", "pipeline", "TEKTON_PIPELINE_NAME"),
        variable("pipeline_run", "pipeline run", "TEKTON_PIPELINERUN_NAME"),
        variable("pipeline_run_uid", "pipeline run", "TEKTON_PIPELINERUN_UID"),
        variable("source_uri", "repository of the source", "TEKTON_SOURCE_URL").kind(Kind::Repository),
        variable("source_ref", "ref that was built", "TEKTON_SOURCE_REF"),
        variable("commit", "commit that was built", "TEKTON_SOURCE_COMMIT").kind(Kind::Commit),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/tekton/v1",
    builder_id: "{cluster}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/pipeline", "{pipeline}"),
        ("/buildDefinition/externalParameters/task", "{task}"),
        ("/buildDefinition/internalParameters/tekton/namespace", "{namespace}"),
        ("/buildDefinition/internalParameters/tekton/pipelineRun", "{pipeline_run}"),
        ("/buildDefinition/internalParameters/tekton/pipelineRunUid", "{pipeline_run_uid}"),
        ("/buildDefinition/internalParameters/tekton/pod", "{pod}"),
        ("/buildDefinition/internalParameters/tekton/serviceAccount", "{service_account}"),
        ("/buildDefinition/internalParameters/tekton/taskRun", "{task_run}"),
        ("/runDetails/metadata/invocationId", "{task_run_uid}"),
    ],
    certificate: &[(Claim::SourceRepositoryUri, "{source_uri}"), (Claim::SourceRepositoryDigest, "{commit}")],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    // A token of another sort (a cloud's service account) does not say which cluster this is.
    let of_cluster = known.value("service_account").is_some() || known.value("pod").is_some();
    let issuer = known.value("issuer").filter(|_| of_cluster).cloned();
    let candidates = [issuer, known.value("cluster_url").cloned()];
    known.settle("cluster", "cluster", Kind::Address, candidates)
}
