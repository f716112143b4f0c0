//! `verifyImages`.

use super::*;

const HEAD: &str = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  validationFailureAction: Enforce\n  rules:\n  - name: r\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    verifyImages:\n";

const P: &str = "spec.rules[0].verifyImages[0]";

#[test]
fn shapes() {
    assert_eq!(P, "spec.rules[0].verifyImages[0]");
    check(
        HEAD,
        4,
        &[
            (
                "a key",
                "- imageReferences: ['ghcr.io/acme/*']\n  attestors:\n  - count: 1\n    entries:\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:ghcr.io/acme/** signed key1"],
                &[],
            ),
            (
                "several keys in one text, all of them",
                "- imageReferences: ['ghcr.io/acme/*']\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY\n          OTHER",
                &["oci:ghcr.io/acme/** signed 2 of key1 | key2"],
                &[],
            ),
            (
                "one of several keys",
                "- imageReferences: ['ghcr.io/acme/*']\n  attestors:\n  - count: 1\n    entries:\n    - keys:\n        publicKeys: |\n          KEY\n    - keys:\n        publicKeys: |\n          OTHER",
                &["oci:ghcr.io/acme/** signed key1 | key2"],
                &[],
            ),
            (
                "two sets: both",
                "- imageReferences: ['ghcr.io/acme/*']\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY\n  - entries:\n    - keyless: {issuer: 'https://a.example', subject: s}",
                &["oci:ghcr.io/acme/** signed key1", "oci:ghcr.io/acme/** signed https://a.example s"],
                &[],
            ),
            (
                "a subject with wildcards, which cross slashes",
                "- imageReferences: ['ghcr.io/acme/app:*']\n  attestors:\n  - entries:\n    - keyless:\n        issuer: https://token.actions.githubusercontent.com\n        subject: https://github.com/acme/*\n        rekor: {url: 'https://rekor.sigstore.dev'}",
                &[
                    "oci:ghcr.io/acme/app signed https://token.actions.githubusercontent.com /https://github\\.com/acme/(?s:.*)/",
                ],
                &[],
            ),
            (
                "a subject and an issuer by expressions",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless: {issuerRegExp: '^https://a\\.example$', subjectRegExp: '^https://github\\.com/acme/.+$'}",
                &["oci:** signed https://a.example /^https://github\\.com/acme/.+$/"],
                &["noted spec.rules[0].verifyImages[0].attestors[0].entries[0].keyless.issuerRegExp"],
            ),
            (
                "no subject",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless: {issuer: 'https://a.example'}",
                &["oci:** signed https://a.example /(?s:.*)/"],
                &["noted spec.rules[0].verifyImages[0].attestors[0].entries[0].keyless"],
            ),
            (
                "no issuer",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless: {subject: '*@acme.example'}",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keyless"],
            ),
            (
                "fields of the certificate",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless:\n        issuer: https://a.example\n        subject: s\n        additionalExtensions: {githubWorkflowTrigger: push}",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keyless.additionalExtensions"],
            ),
            (
                "another authority",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless:\n        issuer: https://a.example\n        subject: s\n        roots: |\n          -----BEGIN CERTIFICATE-----",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keyless.roots"],
            ),
            (
                "a certificate, and a key that is in the cluster: one of them",
                "- imageReferences: ['*']\n  attestors:\n  - count: 1\n    entries:\n    - certificates: {cert: '-----BEGIN CERTIFICATE-----'}\n    - keys: {secret: {name: k, namespace: n}}\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** signed key1"],
                &[
                    "stricter spec.rules[0].verifyImages[0].attestors[0].entries[0].certificates",
                    "stricter spec.rules[0].verifyImages[0].attestors[0].entries[1].keys.secret",
                ],
            ),
            (
                "a key that is elsewhere, all of them",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keys: {kms: 'awskms:///alias/k'}\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.kms"],
            ),
            (
                "two of three, one of them elsewhere",
                "- imageReferences: ['*']\n  attestors:\n  - count: 2\n    entries:\n    - keys: {kms: 'awskms:///alias/k'}\n    - keys:\n        publicKeys: |\n          KEY\n    - keys:\n        publicKeys: |\n          OTHER",
                &["oci:** signed 2 of key1 | key2"],
                &["stricter spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.kms"],
            ),
            (
                "a set within a set, all",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keyless: {issuer: 'https://a.example', subject: s}\n    - attestor:\n        count: 1\n        entries:\n        - keys:\n            publicKeys: |\n              KEY\n        - keys:\n            publicKeys: |\n              OTHER",
                &["oci:** signed key1 | key2", "oci:** signed https://a.example s"],
                &[],
            ),
            (
                "a set within a set, any",
                "- imageReferences: ['*']\n  attestors:\n  - count: 1\n    entries:\n    - keyless: {issuer: 'https://a.example', subject: s}\n    - attestor:\n        entries:\n        - keys:\n            publicKeys: |\n              KEY\n              OTHER",
                &["oci:** signed https://a.example s"],
                &["stricter spec.rules[0].verifyImages[0].attestors[0].entries[1].attestor"],
            ),
            (
                "a key of a context",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keys: {publicKeys: '{{ keys.data.release }}'}",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.publicKeys"],
            ),
            (
                "no log, no certificate log",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keys:\n        rekor: {url: 'https://rekor.sigstore.dev', ignoreTlog: true}\n        ctlog: {ignoreSCT: true}\n        publicKeys: |\n          KEY",
                &["oci:** signed key1"],
                &[
                    "stricter spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.rekor",
                    "stricter spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.ctlog",
                ],
            ),
            (
                "a log of its own",
                "- imageReferences: ['*']\n  attestors:\n  - entries:\n    - keys:\n        rekor: {url: 'https://rekor.acme.example'}\n        publicKeys: |\n          KEY",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestors[0].entries[0].keys.rekor.url"],
            ),
            (
                "a statement, with who signs it",
                "- imageReferences: ['*']\n  attestations:\n  - type: https://slsa.dev/provenance/v1\n    attestors:\n    - entries:\n      - keyless: {issuer: 'https://a.example', subject: s}",
                &["oci:** https://slsa.dev/provenance/v1 1 of https://a.example s"],
                &[],
            ),
            (
                "a statement with conditions",
                "- imageReferences: ['*']\n  attestations:\n  - predicateType: https://cosign.sigstore.dev/attestation/vuln/v1\n    attestors:\n    - entries:\n      - keyless: {issuer: 'https://a.example', subject: s}\n    conditions:\n    - all: [{key: '{{ time_since(metadata.scanFinishedOn) }}', operator: LessThan, value: 168h}]",
                &["oci:** https://cosign.sigstore.dev/attestation/vuln/v1 1 of https://a.example s", "oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestations[0].conditions"],
            ),
            (
                "a statement of anybody",
                "- imageReferences: ['*']\n  attestations: [{type: 'https://slsa.dev/provenance/v1'}]",
                &["oci:** never"],
                &["denies spec.rules[0].verifyImages[0].attestations[0]"],
            ),
            (
                "the first form: a key beside the image",
                "- image: 'ghcr.io/acme/app*'\n  key: |\n    KEY",
                &["oci:ghcr.io/acme/app** signed key1"],
                &[],
            ),
            (
                "the first form: an identity, and a statement",
                "- image: 'ghcr.io/acme/app:*'\n  issuer: https://a.example\n  subject: s\n  attestations: [{predicateType: 'https://acme.example/review/v1'}]",
                &["oci:ghcr.io/acme/app https://acme.example/review/v1 1 of https://a.example s"],
                &[],
            ),
            (
                "Notary",
                "- type: Notary\n  imageReferences: ['ghcr.io/acme/app*']\n  attestors:\n  - entries:\n    - certificates: {cert: '-----BEGIN CERTIFICATE-----'}",
                &["oci:ghcr.io/acme/app** never"],
                &[
                    "denies spec.rules[0].verifyImages[0].type",
                    "denies spec.rules[0].verifyImages[0].attestors[0].entries[0].certificates",
                ],
            ),
            (
                "what has no meaning for a gate",
                "- imageReferences: ['*']\n  skipImageReferences: ['ghcr.io/acme/base*']\n  mutateDigest: true\n  verifyDigest: true\n  required: true\n  useCache: false\n  repository: ghcr.io/acme/signatures\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** signed key1"],
                &[
                    "stricter spec.rules[0].verifyImages[0].skipImageReferences",
                    "noted spec.rules[0].verifyImages[0].repository",
                    "noted spec.rules[0].verifyImages[0].mutateDigest",
                    "noted spec.rules[0].verifyImages[0].verifyDigest",
                ],
            ),
            (
                "annotations of signatures",
                "- imageReferences: ['*']\n  annotations: {stage: prod}\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** signed key1", "oci:** never"],
                &["denies spec.rules[0].verifyImages[0].annotations"],
            ),
            (
                "it audits here",
                "- imageReferences: ['*']\n  failureAction: Audit\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** warn signed key1"],
                &[],
            ),
            (
                "nobody has to sign; images of a context; a field that is not known",
                "- imageReferences: ['{{ images }}']\n- imageReferences: ['ghcr.io/acme/*']\n  quorum: 2\n  attestors:\n  - entries:\n    - keys:\n        publicKeys: |\n          KEY",
                &["oci:** never", "oci:ghcr.io/acme/** signed key1", "oci:ghcr.io/acme/** never"],
                &[
                    "stricter spec.rules[0].verifyImages[0].imageReferences[0]",
                    "denies spec.rules[0].verifyImages[0]",
                    "denies spec.rules[0].verifyImages[1].quorum",
                ],
            ),
        ],
    );
}

/// Enforcing is what a policy says anywhere; a policy that says nothing audits.
#[test]
fn when_it_only_warns() {
    let verify = "  rules:\n  - name: r\n    exclude: {any: [{resources: {namespaces: [kube-system]}}]}\n    verifyImages:\n    - imageReferences: ['*']\n      attestors: [{entries: [{keyless: {issuer: 'https://a.example', subject: s}}]}]\n";
    for (spec, warns) in [
        ("", true),
        ("  validationFailureAction: audit\n", true),
        (
            "  validationFailureAction: Audit\n  validationFailureActionOverrides: [{action: Enforce, namespaces: [prod]}]\n",
            false,
        ),
        ("  validationFailureAction: enforce\n", false),
        (
            "  validationFailureAction: Enforce\n  validationFailureActionOverrides: [{action: Audit, namespaces: [dev]}]\n",
            false,
        ),
        ("  validationFailureAction: '{{ action }}'\n", false),
    ] {
        let text = format!("apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {{name: p}}\nspec:\n{spec}{verify}");
        let (converted, imported) = converted(&text).unwrap();
        assert_eq!(converted.rules[0].warns, warns, "{spec}");
        assert!(imported.remarks.iter().any(|one| one.path.ends_with(".exclude") && one.effect == Effect::Stricter));
    }
}
