"""Reads documents with the Python libraries of CycloneDX and SPDX, and exits with 1 when one of them refuses or sees
something else than is there.

    read.py FILE.16.cdx.json FILE.17.cdx.json FILE.spdx.json FILE.spdx FILE.spdx.yaml FILE.spdx.xml ...

A document in several encodings is read as one: files of one name but for the ending are compared with each other.
"""

import json
import re
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def cyclonedx(path):
    """What is wrong with a CycloneDX document."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    document = json.loads(text)
    version = SchemaVersion.from_version(document["specVersion"])
    error = JsonStrictValidator(version).validate_str(text)
    if error:
        return [str(error)[:500]]
    bom = Bom.from_json(document)
    bom.validate()
    seen = sorted(str(component.bom_ref.value) for component in bom.components)
    written = sorted(component["bom-ref"] for component in document.get("components", []))
    return [] if seen == written else [f"reads {len(seen)} components of {len(written)}"]


SPDX = (".spdx.json", ".spdx.yaml", ".spdx.xml", ".spdx")
SEEN = {}


def spdx(path):
    """What is wrong with an SPDX document."""
    document = parse_file(path)
    messages = validate_full_spdx_document(document, document.creation_info.spdx_version)
    faults = [f"{message.context.spdx_id}: {message.validation_message}"[:500] for message in messages]
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            written = len(json.load(file).get("packages", []))
        if len(document.packages) != written:
            faults.append(f"reads {len(document.packages)} packages of {written}")
    name = next(path.removesuffix(ending) for ending in SPDX if path.endswith(ending))
    found = contents(document)
    for part, want in SEEN.setdefault(name, found).items():
        if found[part] != want:
            faults.append(f"reads other {part} than in another encoding")
    return faults


def contents(document):
    """What a document says, without order where there is none."""
    def ordered(items):
        return sorted(str(item) for item in items)

    return {
        # Its version of the license list is printed by its address.
        "creation": re.sub(r" at 0x[0-9a-f]+", "", str(document.creation_info)),
        "packages": ordered(document.packages),
        "files": ordered(document.files),
        "snippets": ordered(document.snippets),
        "relationships": ordered(document.relationships),
        "annotations": ordered(document.annotations),
        "licenses": ordered(document.extracted_licensing_info),
    }


def main(paths):
    bad = 0
    for path in paths:
        try:
            faults = spdx(path) if path.endswith(SPDX) else cyclonedx(path)
        except Exception as error:  # Whatever a reader throws is a refusal.
            faults = [f"{type(error).__name__}: {error}"[:500]]
        for fault in faults[:10]:
            print(f"{path}: {fault}")
        bad += bool(faults)
    print(f"{len(paths) - bad} of {len(paths)} documents read")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
