//! `ImageValidatingPolicy`.

use super::*;

const HEAD: &str = "apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: p}\nspec:\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n  attestors:\n  - name: people\n    cosign: {keyless: {identities: [{issuer: 'https://a.example', subject: s}]}}\n  - name: machine\n    cosign:\n      key:\n        data: |\n          -----BEGIN PUBLIC KEY-----\n          MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb8bCMnfvJZFumPto+pgBOLcnWrCw\n          3MMDojzpyv2mSOLr0OO0KrzmfCH0iaqJXk0OaAdCRnPW25vpO3eOYa3QDw==\n          -----END PUBLIC KEY-----\n  - name: vault\n    cosign: {key: {kms: 'hashivault://k'}}\n  - name: notary\n    notary: {certs: {value: c}}\n  attestations:\n  - {name: sbom, intoto: {type: 'https://spdx.dev/Document'}}\n  - {name: report, referrer: {type: application/x}}\n";

const SIGNED: &str = "oci:ghcr.io/acme/** signed https://a.example s";

#[test]
fn shapes() {
    const REPORT: &str = "noted spec.attestations[1]";
    check(
        HEAD,
        2,
        &[
            (
                "one who signs",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: >-\n    images.containers.map(image, verifyImageSignatures(image, [attestors.people])).all(e, e > 0)",
                &[SIGNED],
                &[REPORT],
            ),
            (
                "one of two, and both",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people, attestors.machine])).all(e, e > 0)\n- expression: images.initContainers.map(i, verifyImageSignatures(i, [attestors.people, attestors.machine])).all(n, n == 2)",
                &[
                    "oci:ghcr.io/acme/** signed https://a.example s | key1",
                    "oci:ghcr.io/acme/** signed 2 of https://a.example s | key1",
                ],
                &[REPORT],
            ),
            (
                "a statement, and a signature, in one expression",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: >-\n    images.containers.map(image, verifyImageSignatures(image, [attestors.people])).all(e, e > 0) &&\n    images.containers.map(image, verifyAttestationSignatures(image, attestations.sbom, [attestors.people])).all(e, e >= 1)",
                &[SIGNED, "oci:ghcr.io/acme/** https://spdx.dev/Document 1 of https://a.example s"],
                &[REPORT],
            ),
            (
                "one who is elsewhere, or one who is here",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.vault, attestors.people])).all(e, e > 0)",
                &[SIGNED],
                &[REPORT, "stricter spec.attestors[2].cosign.key.kms"],
            ),
            (
                "Notary",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.notary])).all(e, e > 0)",
                &["oci:ghcr.io/acme/** never"],
                &[REPORT, "denies spec.attestors[3].notary"],
            ),
            (
                "what a statement says",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people])).all(e, e > 0)\n- expression: images.containers.map(i, extractPayload(i, attestations.sbom).bomFormat == 'CycloneDX').all(e, e)",
                &[SIGNED, "oci:ghcr.io/acme/** never"],
                &[REPORT, "denies spec.validations[1].expression"],
            ),
            (
                "either of two conditions; fewer than one",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people])).all(e, e > 0) || true\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people])).all(e, e >= 0)\n- expression: images.containers.map(i, verifyImageSignatures(j, [attestors.people])).all(e, e > 0)\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.nobody])).all(e, e > 0)",
                &["oci:ghcr.io/acme/** never"; 4],
                &[
                    REPORT,
                    "denies spec.validations[0].expression",
                    "denies spec.validations[1].expression",
                    "denies spec.validations[2].expression",
                    "denies spec.validations[3].expression",
                ],
            ),
            (
                "images by an expression, for some requests, warning",
                "matchImageReferences: [{expression: \"ref.contains('acme')\"}]\nmatchConditions: [{name: c, expression: 'true'}]\nvalidationActions: [Warn]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people])).all(e, e > 0)",
                &["oci:** warn signed https://a.example s"],
                &["stricter spec.matchImageReferences[0]", "stricter spec.matchConditions", REPORT],
            ),
            (
                "audit and deny; variables",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]\nvalidationActions: [Audit, Deny]\nvariables: [{name: v, expression: '1'}]\nvalidations:\n- expression: images.containers.map(i, verifyImageSignatures(i, [attestors.people])).all(e, e > 0)",
                &[SIGNED, "oci:ghcr.io/acme/** never"],
                &["denies spec.variables", REPORT],
            ),
            (
                "no validations",
                "matchImageReferences: [{glob: 'ghcr.io/acme/*'}]",
                &["oci:ghcr.io/acme/** never"],
                &[REPORT, "denies spec"],
            ),
        ],
    );
}
