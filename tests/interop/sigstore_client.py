"""Signs and verifies with sigstore-python.

    sigstore_client.py sign   --trust-config F --token F --rekor 1|2 --bundle F [--statement] FILE
    sigstore_client.py verify --trust-config F --identity ID --issuer URL --bundle F [--statement] FILE

With --statement, what is signed is an in-toto statement about FILE, and FILE must be its subject when verifying.
Exits with 0 when it holds, with 1 and a reason when not.
"""

import argparse
import hashlib
import json
import pathlib
import sys

from sigstore.dsse import StatementBuilder, Subject
from sigstore.errors import Error
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext
from sigstore.verify import Verifier, policy

PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["sign", "verify"])
    parser.add_argument("--trust-config", type=pathlib.Path, required=True)
    parser.add_argument("--token", type=pathlib.Path)
    parser.add_argument("--rekor", type=int, choices=[1, 2])
    parser.add_argument("--identity")
    parser.add_argument("--issuer")
    parser.add_argument("--bundle", type=pathlib.Path, required=True)
    parser.add_argument("--statement", action="store_true")
    parser.add_argument("file", type=pathlib.Path)
    arguments = parser.parse_args()
    config = ClientTrustConfig.from_json(arguments.trust_config.read_text())
    try:
        (sign if arguments.action == "sign" else verify)(config, arguments)
    except Error as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0


def sign(config: ClientTrustConfig, arguments: argparse.Namespace) -> None:
    config.force_tlog_version = arguments.rekor
    token = IdentityToken(arguments.token.read_text().strip())
    content = arguments.file.read_bytes()
    with SigningContext.from_trust_config(config).signer(token) as signer:
        if arguments.statement:
            subject = Subject(name=arguments.file.name, digest={"sha256": hashlib.sha256(content).hexdigest()})
            statement = StatementBuilder().subjects([subject]).predicate_type(PREDICATE_TYPE)
            bundle = signer.sign_dsse(statement.predicate({"result": "PASSED"}).build())
        else:
            bundle = signer.sign_artifact(content)
    arguments.bundle.write_text(bundle.to_json())


def verify(config: ClientTrustConfig, arguments: argparse.Namespace) -> None:
    bundle = Bundle.from_json(arguments.bundle.read_bytes())
    expected = policy.Identity(identity=arguments.identity, issuer=arguments.issuer)
    verifier = Verifier(trusted_root=config.trusted_root)
    content = arguments.file.read_bytes()
    if not arguments.statement:
        verifier.verify_artifact(content, bundle, expected)
        return
    kind, payload = verifier.verify_dsse(bundle, expected)
    digests = [subject["digest"].get("sha256") for subject in json.loads(payload)["subject"]]
    if kind != "application/vnd.in-toto+json" or hashlib.sha256(content).hexdigest() not in digests:
        raise Error("the statement is not about the file")


sys.exit(main())
