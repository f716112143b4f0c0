//! `ClusterImagePolicy`.

use super::*;

const HEAD: &str = "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n";

const A: &str = "oci:ghcr.io/acme/* signed https://a.example release@acme.example";

#[test]
fn shapes() {
    check(
        HEAD,
        2,
        &[
            (
                "an identity, exactly",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    url: https://fulcio.sigstore.dev\n    identities: [{issuer: https://a.example, subject: release@acme.example}]",
                &[A],
                &[],
            ),
            (
                "a subject by an expression that is anchored",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subjectRegExp: '^https://github\\.com/acme/.*$'}]",
                &["oci:ghcr.io/acme/* signed https://a.example /^https://github\\.com/acme/.*$/"],
                &[],
            ),
            (
                "a subject by an expression that searches",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subjectRegExp: 'github.com/acme'}]",
                &["oci:ghcr.io/acme/* signed https://a.example /(?s:.*)(?:github.com/acme)(?s:.*)/"],
                &["noted spec.authorities[0].keyless.identities[0].subjectRegExp"],
            ),
            (
                "any subject",
                "images: [{glob: '**'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subjectRegExp: '.*'}]",
                &["oci:** signed https://a.example /(?s:.*)(?:.*)(?s:.*)/"],
                &["noted spec.authorities[0].keyless.identities[0].subjectRegExp"],
            ),
            (
                "issuers by an expression that is a list",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuerRegExp: '^(https://a\\.example|https://b\\.example)$', subject: s}]",
                &["oci:ghcr.io/acme/* signed https://a.example s | https://b.example s"],
                &["noted spec.authorities[0].keyless.identities[0].issuerRegExp"],
            ),
            (
                "any issuer",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuerRegExp: '.*', subject: s}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].keyless.identities[0].issuerRegExp"],
            ),
            (
                "any issuer beside one that is named",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuerRegExp: '.*', subject: s}, {issuer: https://a.example, subject: release@acme.example}]",
                &[A],
                &["stricter spec.authorities[0].keyless.identities[0].issuerRegExp"],
            ),
            (
                "no identity",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities: [{keyless: {url: 'https://fulcio.sigstore.dev'}}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].keyless"],
            ),
            (
                "a key, several images",
                "images: [{glob: 'ghcr.io/acme/**'}, {glob: 'index.docker.io/acme/*'}]\nauthorities:\n- name: k\n  key:\n    hashAlgorithm: sha256\n    data: |\n      KEY",
                &["oci:ghcr.io/acme/** oci:docker.io/acme/* signed key1"],
                &[],
            ),
            (
                "a key or an identity",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- key:\n    data: |\n      KEY\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]",
                &["oci:ghcr.io/acme/* signed key1 | https://a.example s"],
                &[],
            ),
            (
                "a key that is elsewhere",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities: [{key: {secretRef: {name: cosign}}}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].key.secretRef"],
            ),
            (
                "a key that is elsewhere, or one that is here",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- key: {kms: 'gcpkms://projects/p'}\n- key:\n    data: |\n      KEY",
                &["oci:ghcr.io/acme/* signed key1"],
                &["stricter spec.authorities[0].key.kms"],
            ),
            (
                "another authority",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    trustRootRef: private\n    identities: [{issuer: https://a.example, subject: s}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].keyless.trustRootRef"],
            ),
            (
                "another log",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- ctlog: {url: 'https://rekor.acme.example'}\n  keyless:\n    identities: [{issuer: https://a.example, subject: s}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].ctlog.url"],
            ),
            (
                "timestamps of its own",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- rfc3161timestamp: {trustRootRef: t}\n  keyless:\n    identities: [{issuer: https://a.example, subject: s}]",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].rfc3161timestamp"],
            ),
            (
                "the public log, and signatures elsewhere",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- ctlog: {url: 'https://rekor.sigstore.dev/'}\n  source: [{oci: ghcr.io/acme/signatures}]\n  keyless:\n    identities: [{issuer: https://a.example, subject: release@acme.example}]",
                &[A],
                &["noted spec.authorities[0].source[0]"],
            ),
            (
                "every image passes",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities: [{static: {action: pass}}]",
                &[],
                &["stricter spec.authorities[0]"],
            ),
            (
                "a statement",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]\n  attestations: [{name: sbom, predicateType: spdxjson}]",
                &["oci:ghcr.io/acme/* https://spdx.dev/Document 1 of https://a.example s"],
                &[],
            ),
            (
                "two statements by one of two",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- key:\n    data: |\n      KEY\n  attestations: [{predicateType: vuln}, {predicateType: 'https://acme.example/x/v1'}]",
                &[
                    "oci:ghcr.io/acme/* https://cosign.sigstore.dev/attestation/vuln/v1 1 of key1",
                    "oci:ghcr.io/acme/* https://acme.example/x/v1 1 of key1",
                ],
                &[],
            ),
            (
                "a statement with conditions in CUE",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]\n  attestations:\n  - predicateType: custom\n    policy: {type: cue, data: 'predicateType: \"x\"'}",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].attestations[0].policy"],
            ),
            (
                "a statement with conditions in Rego that are none",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]\n  attestations:\n  - predicateType: vuln\n    policy: {type: rego, data: 'package sigstore'}",
                &["oci:ghcr.io/acme/* never"],
                &["denies spec.authorities[0].attestations[0].policy"],
            ),
            (
                "conditions for the policy as a whole",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: release@acme.example}]\npolicy: {type: rego, data: 'package sigstore'}",
                &[A, "oci:ghcr.io/acme/* never"],
                &["denies spec.policy"],
            ),
            (
                "it warns, for some resources",
                "mode: warn\nmatch: [{resource: jobs, group: batch, version: v1}]\nimages: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]",
                &["oci:ghcr.io/acme/* warn signed https://a.example s"],
                &["stricter spec.match"],
            ),
            (
                "a signature or a statement",
                "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: release@acme.example}]\n- key:\n    data: |\n      KEY\n  attestations: [{predicateType: vuln}]",
                &[A],
                &["stricter spec.authorities[1]"],
            ),
            (
                "a glob that is none, a field that is not known",
                "images: [{glob: 'ghcr.io/[a]'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]\n  quorum: 2",
                &["oci:** never"],
                &["denies spec.images[0]", "denies spec.authorities[0].quorum"],
            ),
        ],
    );
}

#[test]
fn it_never_lets_an_image_pass_that_says_fail() {
    let text = under(HEAD, 2, "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities: [{static: {action: fail}}]");
    let (converted, imported) = converted(&text).unwrap();
    assert_eq!(converted.rules.iter().map(described).collect::<Vec<_>>(), ["oci:ghcr.io/acme/* never"]);
    assert!(imported.is_whole());
}

/// A statement with conditions in Rego, which only a program with Rego can ask about.
#[test]
fn conditions_in_rego() {
    let body = "images: [{glob: 'ghcr.io/acme/*'}]\nauthorities:\n- keyless:\n    identities: [{issuer: https://a.example, subject: s}]\n  attestations:\n  - predicateType: vuln\n    policy:\n      type: rego\n      data: |\n        package sigstore\n        default isCompliant = false\n        isCompliant { input.predicate.scanner.uri == \"pkg:x\" }";
    let (rules, remarks): (&'static [&str], &'static [&str]) = match cfg!(feature = "rego") {
        true => (
            &[
                "oci:ghcr.io/acme/* https://cosign.sigstore.dev/attestation/vuln/v1 1 of https://a.example s",
                "oci:ghcr.io/acme/* complies https://cosign.sigstore.dev/attestation/vuln/v1 of https://a.example s",
            ],
            &[],
        ),
        false => (&["oci:ghcr.io/acme/* never"], &["denies spec.authorities[0].attestations[0].policy"]),
    };
    check(HEAD, 2, &[("conditions in Rego", body, rules, remarks)]);
}
