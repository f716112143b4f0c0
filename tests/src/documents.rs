//! Documents of any size, made the same on every run, to measure with.

use std::fmt::Write as _;

/// A CycloneDX 1.6 document in JSON, two spaces deep, with hashes, licences, properties, external references and
/// dependencies: about 2,050 bytes a component, so that 48,000 of them make 98 MB.
#[must_use]
pub fn cyclonedx_json(components: usize) -> Vec<u8> {
    let mut out = String::with_capacity(components.saturating_mul(2400).saturating_add(1000));
    out.push_str(concat!(
        "{\n  \"$schema\": \"http://cyclonedx.org/schema/bom-1.6.schema.json\",\n  \"bomFormat\": \"CycloneDX\",\n",
        "  \"specVersion\": \"1.6\",\n  \"serialNumber\": \"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79\",\n",
        "  \"version\": 1,\n  \"metadata\": {\n    \"timestamp\": \"2024-01-01T00:00:00Z\",\n    \"component\": {\n",
        "      \"type\": \"application\",\n      \"bom-ref\": \"root\",\n      \"name\": \"acme\"\n    }\n  },\n",
        "  \"components\": [\n",
    ));
    for number in 0..components {
        component(&mut out, number);
        out.push_str(if number.saturating_add(1) == components { "\n" } else { ",\n" });
    }
    out.push_str("  ],\n  \"dependencies\": [\n");
    for number in 0..components {
        dependency(&mut out, number, components);
        out.push_str(if number.saturating_add(1) == components { "\n" } else { ",\n" });
    }
    out.push_str("  ]\n}\n");
    out.into_bytes()
}

fn component(out: &mut String, number: usize) {
    const LICENSES: &[&str] = &["MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "MPL-2.0"];
    let license = LICENSES.iter().cycle().nth(number % 5).copied().unwrap_or_default();
    let (major, minor) = (number % 9, number % 31);
    let purl = format!("pkg:npm/%40scope{}/package-{number}@{major}.{minor}.0", number % 500);
    let digest = |size: usize, salt: u64| {
        let mut text = String::new();
        let mut state = u64::try_from(number).unwrap_or_default() ^ salt;
        while text.len() < size {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            // Writing to a string does not fail.
            let _ = write!(text, "{state:016x}");
        }
        text.truncate(size);
        text
    };
    let _ = write!(
        out,
        r#"    {{
      "type": "library",
      "bom-ref": "{purl}",
      "group": "@scope{scope}",
      "name": "package-{number}",
      "version": "{major}.{minor}.0",
      "description": "Package {number} of many: a component with what generators usually write about one, and no more.",
      "scope": "required",
      "hashes": [
        {{
          "alg": "SHA-256",
          "content": "{sha256}"
        }},
        {{
          "alg": "SHA-512",
          "content": "{sha512}"
        }}
      ],
      "licenses": [
        {{
          "license": {{
            "id": "{license}",
            "acknowledgement": "declared"
          }}
        }}
      ],
      "purl": "{purl}",
      "externalReferences": [
        {{
          "type": "vcs",
          "url": "git+https://example.org/scope{scope}/package-{number}.git"
        }},
        {{
          "type": "website",
          "url": "https://example.org/scope{scope}/package-{number}#readme"
        }},
        {{
          "type": "distribution",
          "url": "https://registry.example.org/@scope{scope}/package-{number}/-/package-{number}-{major}.{minor}.0.tgz",
          "hashes": [
            {{
              "alg": "SHA-512",
              "content": "{sha512}"
            }}
          ]
        }}
      ],
      "properties": [
        {{
          "name": "acme:package:path",
          "value": "node_modules/@scope{scope}/package-{number}"
        }},
        {{
          "name": "acme:package:development",
          "value": "false"
        }}
      ]
    }}"#,
        scope = number % 500,
        sha256 = digest(64, 1),
        sha512 = digest(128, 2),
    );
}

fn dependency(out: &mut String, number: usize, components: usize) {
    let purl =
        |number: usize| format!("pkg:npm/%40scope{}/package-{number}@{}.{}.0", number % 500, number % 9, number % 31);
    let _ = write!(out, "    {{\n      \"ref\": \"{}\",\n      \"dependsOn\": [", purl(number));
    // Only later ones, so there are no circles.
    let mut later =
        vec![number.saturating_add(1), number.saturating_add(17), number.saturating_mul(2).saturating_add(3)];
    later.sort_unstable();
    later.dedup();
    let mut first = true;
    for other in later.into_iter().filter(|other| *other < components) {
        let _ = write!(out, "{}\n        \"{}\"", if first { "" } else { "," }, purl(other));
        first = false;
    }
    out.push_str(if first { "]\n    }" } else { "\n      ]\n    }" });
}
