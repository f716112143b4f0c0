use plimsoll_model::Limits;

use crate::encoding::{self, Encoding, Omission, Parsed, ReadError};
use crate::fault::FaultKind;
use crate::standard::Standard;
use crate::tree::Value;
use crate::validate;

fn bom(version: &str, content: &str) -> String {
    format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/{version}\" version=\"1\">{content}</bom>")
}

fn read(text: &str) -> Result<Parsed, ReadError> {
    encoding::read(text.as_bytes(), Encoding::CycloneDxXml, &Limits::DEFAULT)
}

fn json(text: &str) -> Value {
    encoding::read(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap().tree
}

fn write(tree: &Value, version: &str) -> (String, Vec<Omission>) {
    let mut out = Vec::new();
    let version = Standard::cyclonedx().version(version).unwrap();
    let omissions = encoding::write_with_omissions(tree, Encoding::CycloneDxXml, version, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), omissions)
}

fn faults(text: &str) -> Vec<(FaultKind, Option<u32>, String)> {
    let faults = read(text).unwrap().faults.into_iter();
    faults.map(|fault| (fault.kind, fault.line, format!("{}: {}", fault.pointer, fault.message))).collect()
}

const EXAMPLE: &str = r#"{
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "metadata": {"tools": {"components": [{"type": "application", "name": "plimsoll"}]}},
    "components": [{
        "type": "library", "bom-ref": "a", "name": "a&<b>", "version": "1",
        "hashes": [{"alg": "SHA-1", "content": "e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}],
        "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
        "omniborId": ["gitoid:blob:sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"],
        "tags": ["x", "y"]
    }],
    "services": [{"name": "s", "data": [{"flow": "inbound", "classification": "PII", "name": "orders",
        "source": ["https://example.com"]}]}],
    "dependencies": [{"ref": "a", "dependsOn": ["s"], "provides": ["c"]}]
}"#;

#[test]
fn a_document_and_its_xml() {
    let (xml, omissions) = write(&json(EXAMPLE), "1.6");
    assert_eq!(omissions, []);
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <metadata>
    <tools>
      <components>
        <component type="application">
          <name>plimsoll</name>
        </component>
      </components>
    </tools>
  </metadata>
  <components>
    <component type="library" bom-ref="a">
      <name>a&amp;&lt;b&gt;</name>
      <version>1</version>
      <hashes>
        <hash alg="SHA-1">e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a</hash>
      </hashes>
      <licenses>
        <license acknowledgement="declared">
          <id>MIT</id>
        </license>
      </licenses>
      <omniborId>gitoid:blob:sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3</omniborId>
      <tags>
        <tag>x</tag>
        <tag>y</tag>
      </tags>
    </component>
  </components>
  <services>
    <service>
      <name>s</name>
      <data>
        <dataflow name="orders">
          <classification flow="inbound">PII</classification>
          <source>
            <url>https://example.com</url>
          </source>
        </dataflow>
      </data>
    </service>
  </services>
  <dependencies>
    <dependency ref="a">
      <dependency ref="s"/>
      <provides ref="c"/>
    </dependency>
  </dependencies>
</bom>
"#;
    assert_eq!(xml, expected);
    let parsed = read(&xml).unwrap();
    assert_eq!(parsed.faults, []);
    assert_eq!(parsed.tree, json(EXAMPLE));
}

#[test]
fn structure_is_checked_with_lines() {
    let text = bom(
        "1.4",
        "\n<components>\n<component type=\"library\" type2=\"x\">\n<version>1</version>\n<name>a</name>\n<name>b</name>\n\
         <sort>x</sort></component>text</components>\n<metadata/>",
    );
    let found = faults(&text);
    let expected = [
        (FaultKind::Order, 5, "/components/0: name comes too late"),
        (FaultKind::Order, 6, "/components/0: name comes too late"),
        (FaultKind::Duplicate, 6, "/components/0/name: name is there twice; the first one counts"),
        (FaultKind::Unknown, 7, "/components/0: \"sort\" is no element of component"),
        (FaultKind::Type, 7, "/components: text where elements are expected"),
        (FaultKind::Order, 8, ": metadata comes too late"),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(kind, line, text)| (kind, Some(line), text.to_owned())).collect();
    assert_eq!(found, expected);
    // A component takes attributes that the schema does not name.
    let tree = read(&text).unwrap().tree;
    let other = tree.items_of("components")[0].get("xml:attributes").unwrap();
    assert_eq!(other.text_of("type2"), Some("x"));
}

#[test]
fn what_others_add_is_kept() {
    let text = bom(
        "1.5",
        "<components xmlns:o=\"urn:other\" o:a=\"1\"><component type=\"library\"><name>a</name><o:x b=\"&amp;\">y<o:z/></o:x>\
         </component><o:between/></components><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    );
    let parsed = read(&text).unwrap();
    assert_eq!(parsed.faults, []);
    let (xml, omissions) = write(&parsed.tree, "1.5");
    assert_eq!(omissions, []);
    assert!(xml.contains("<o:x xmlns:o=\"urn:other\" b=\"&amp;\">y<o:z/></o:x>"), "{xml}");
    assert_eq!(read(&xml).unwrap().tree, parsed.tree);
    assert!(validate::validate_tree(&parsed).is_valid());

    // JSON has no place for it.
    let mut out = Vec::new();
    let omissions =
        encoding::write_with_omissions(&parsed.tree, Encoding::CycloneDxJson, parsed.version, &mut out).unwrap();
    let pointers: Vec<_> = omissions.iter().map(|omission| omission.pointer.as_str()).collect();
    let expected =
        ["/components/0/xml:elements", "/xml:attributes~1components", "/xml:elements~1components", "/xml:elements"];
    assert_eq!(pointers, expected);
    assert!(!String::from_utf8(out).unwrap().contains("xml:"));
}

#[test]
fn dependencies_in_dependencies_are_not_lost() {
    let inner = "<dependency ref=\"b\"><dependency ref=\"c\"><dependency ref=\"d\"/></dependency></dependency>";
    let text = bom("1.4", &format!("<dependencies><dependency ref=\"a\">{inner}</dependency></dependencies>"));
    let parsed = read(&text).unwrap();
    assert_eq!(parsed.faults, []);
    let edges: Vec<_> = parsed
        .tree
        .items_of("dependencies")
        .iter()
        .map(|held| {
            (held.text_of("ref").unwrap(), held.items_of("dependsOn").iter().filter_map(Value::as_str).collect())
        })
        .collect();
    let expected: [(&str, Vec<&str>); 3] = [("a", vec!["b"]), ("c", vec!["d"]), ("b", vec!["c"])];
    assert_eq!(edges, expected);
}

#[test]
fn any_prefix_does() {
    let text = "<b:bom xmlns:b=\"http://cyclonedx.org/schema/bom/1.5\" version=\"1\" \
                xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:schemaLocation=\"a b\"><b:components>\
                <b:component type=\"library\"><b:name>a</b:name><o:x xmlns:o=\"urn:other\"><none/></o:x></b:component>\
                </b:components></b:bom>";
    let parsed = read(text).unwrap();
    assert_eq!(parsed.faults, []);
    let (xml, _) = write(&parsed.tree, "1.5");
    assert!(xml.contains("<o:x xmlns=\"\" xmlns:o=\"urn:other\"><none/></o:x>"), "{xml}");
    assert_eq!(read(&xml).unwrap().tree, parsed.tree);
    assert!(!xml.contains("schemaLocation"));
    let other = text.replace("<b:name>a</b:name>", "<name>a</name>");
    assert_eq!(faults(&other).len(), 1);
}

/// What the fuzz target does, on changed bytes of a document that has most sorts of spellings.
#[test]
fn changed_bytes_do_no_harm() {
    let (xml, _) = write(&json(EXAMPLE), "1.6");
    let other = "<o:x xmlns:o=\"urn:other\" a='b'>&lt;<![CDATA[x]]></o:x><hash alg=\"MD5\"/><x/></bom>";
    let original = xml.replace("</bom>", other).into_bytes();
    let pieces: [&[u8]; 12] =
        [b"<", b">", b"/", b"&", b"\"", b"<x>", b"</components>", b"xmlns=\"\"", b"<![CDATA[", b"\xff", b"o:", b"<!--"];
    let mut state = 1_u64;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % end
    };
    let mut read_whole = 0;
    for _ in 0..2000 {
        let mut bytes = original.clone();
        for _ in 0..=below(3) {
            let at = below(bytes.len());
            match below(4) {
                0 => drop(bytes.splice(at..at, pieces[below(pieces.len())].iter().copied())),
                1 => drop(bytes.drain(at..(at + below(30)).min(bytes.len()))),
                2 => bytes[at] = u8::try_from(below(256)).unwrap(),
                _ => {
                    let piece = bytes[at..(at + below(60)).min(bytes.len())].to_vec();
                    let to = below(bytes.len());
                    drop(bytes.splice(to..to, piece));
                }
            }
        }
        let Ok(parsed) = encoding::read(&bytes, Encoding::CycloneDxXml, &Limits::DEFAULT) else { continue };
        read_whole += 1;
        let _ = validate::validate_tree(&parsed);
        let mut out = Vec::new();
        let omissions =
            encoding::write_with_omissions(&parsed.tree, Encoding::CycloneDxXml, parsed.version, &mut out).unwrap();
        let again = read(std::str::from_utf8(&out).unwrap()).unwrap();
        assert!(omissions.is_empty(), "{omissions:?}");
        let same = again.tree == parsed.tree;
        assert!(
            same || !parsed.faults.is_empty(),
            "{}\n{}",
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(&out)
        );
    }
    assert!(read_whole > 100, "{read_whole}");
}

#[test]
fn a_tree_cannot_smuggle_markup() {
    let mut tree = json(EXAMPLE);
    let forged = [
        "<component type=\"library\"><name>forged</name></component>",
        "<x xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>",
        "<x xmlns=\"urn:other\"/><x xmlns=\"urn:other\"/>",
        "<x xmlns=\"urn:other\"></bom>",
        "<!DOCTYPE x><x xmlns=\"urn:other\"/>",
        "text",
    ];
    let items = forged.iter().map(|text| Value::text(*text)).collect();
    tree.as_object_mut().unwrap().set("xml:elements", Value::Array(items));
    let attributes = [("a b", "x"), ("{urn:x}a\"", "x"), ("xmlns", "urn:x"), ("good", "\"<&\n")];
    let attributes = attributes.into_iter().map(|(name, value)| (name.into(), Value::text(value))).collect();
    tree.as_object_mut().unwrap().set("xml:attributes", Value::Object(attributes));
    let (xml, omissions) = write(&tree, "1.6");
    assert_eq!(omissions.len(), 9);
    assert!(xml.contains("version=\"1\" good=\"&quot;&lt;&amp;&#xA;\">"), "{xml}");
    assert!(!xml.contains("forged") && !xml.contains("DOCTYPE"));
    assert_eq!(read(&xml).unwrap().faults, []);
}

#[test]
fn characters_that_xml_lacks_are_replaced_and_reported() {
    let tree = json(
        "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.4\", \"version\": 1, \"components\": \
         [{\"type\": \"library\", \"name\": \"a\\u001b[31mb\", \"description\": \"x\\ny\", \"bom-ref\": \"\\u202ea\\tb\"}]}",
    );
    let (xml, omissions) = write(&tree, "1.4");
    assert!(xml.contains("<name>a\u{fffd}[31mb</name>"), "{xml}");
    assert!(xml.contains("bom-ref=\"&#x202E;a&#x9;b\""), "{xml}");
    let pointers: Vec<_> = omissions.iter().map(|omission| omission.pointer.as_str()).collect();
    assert_eq!(pointers, ["/components/0/name", "/components/0/description"]);
    let back = read(&xml).unwrap();
    assert_eq!(back.faults, []);
    assert_eq!(back.tree.items_of("components")[0].text_of("bom-ref"), Some("\u{202e}a\tb"));
    assert_eq!(back.tree.items_of("components")[0].text_of("description"), Some("x y"));
}

#[test]
fn values_are_those_of_json() {
    let component = "<component type=\"library\"><name><![CDATA[a<b]]>&amp;<!-- -->&#x63;</name><modified> 1 </modified>\
                     <purl> pkg:npm/a@1 </purl></component>";
    let text =
        bom("1.4", &format!("<components>{component}</components>")).replace("version=\"1\"", "version=\" +01 \"");
    let tree = read(&text).unwrap().tree;
    let component = &tree.items_of("components")[0];
    assert_eq!(component.text_of("name"), Some("a<b&c"));
    assert_eq!(component.get("modified"), Some(&Value::Boolean(true)));
    assert_eq!(component.text_of("purl"), Some("pkg:npm/a@1"));
    assert_eq!(tree.get("version"), Some(&Value::Number("1".into())));
    assert_eq!(tree.text_of("specVersion"), Some("1.4"));

    let wrong = bom(
        "1.4",
        "<components><component type=\"library\"><name>a</name><modified>yes</modified></component></components>",
    );
    assert_eq!(faults(&wrong)[0].2, "/components/0/modified: \"yes\" is not true or false");
}

#[test]
fn hostile_documents_are_refused() {
    let syntax = |text: &str, part: &str| match read(text) {
        Err(ReadError::Syntax(fault)) => assert!(fault.message.contains(part), "{text}: {fault}"),
        other => panic!("{text}: {other:?}"),
    };
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE bom [<!ENTITY l0 \"lol\"><!ENTITY l1 \"&l0;&l0;\">]>";
    syntax(&format!("{laughs}{}", bom("1.5", "&l1;")), "DOCTYPE");
    syntax(&bom("1.5", "&undefined;"), "entity");
    syntax(&bom("1.5", "<components a=\"&undefined;\"/>"), "attribute");
    syntax(&bom("1.5", "<metadata>"), "");
    syntax(&bom("1.5", "<metadata a=\"<\"/>"), "attribute");
    syntax(&bom("1.5", "<metadata a=\"1\" a=\"2\"/>"), "twice");
    syntax(&bom("1.5", "a\u{1}b"), "control");
    syntax(&bom("1.5", "&#1;"), "");
    syntax(&format!("{}{}", bom("1.5", ""), bom("1.5", "")), "second root");
    syntax(&format!("{}x", bom("1.5", "")), "text outside");
    assert!(matches!(read("<bom/>"), Err(ReadError::Unknown { .. })));
    assert!(matches!(read(""), Err(ReadError::Unknown { .. })));
    assert!(matches!(read("{}"), Err(ReadError::Unknown { .. } | ReadError::Syntax(_))));
    assert!(matches!(read(&bom("9.9", "")), Err(ReadError::UnknownVersion { .. })));
    let limit = |text: &str| assert!(matches!(read(text), Err(ReadError::Limit(_))), "{text:.80}");
    let deep = "<component type=\"library\"><name>a</name><components>";
    limit(&bom("1.5", &format!("<components>{}", deep.repeat(200))));
    limit(&bom("1.5", &"<x>".repeat(200)));
    let many: String = (0..300).map(|at| format!(" a{at}=\"\"")).collect();
    limit(&bom("1.5", &format!("<components{many}/>")));
    // Each of these elements brings the long namespace along.
    let space = "n".repeat(30_000);
    limit(&bom("1.5", &format!("<components xmlns:o=\"{space}\"><component/>{}</components>", "<o:x/>".repeat(1000))));
}

#[test]
fn faults_are_bounded() {
    let text = bom("1.5", &"<x/>".repeat(5000));
    assert_eq!(read(&text).unwrap().faults.len(), 1000);
}

#[test]
fn broken_documents_keep_what_was_read() {
    let text = include_str!("../../../../../testdata/sbom/cyclonedx-xml/broken.xml");
    let parsed = read(text).unwrap();
    let names: Vec<_> = parsed.tree.items_of("components").iter().filter_map(|held| held.text_of("name")).collect();
    assert_eq!(names, ["first", "second"]);
    let verdict = validate::validate_tree(&parsed);
    let said: Vec<_> = verdict.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 6: /components/0: version comes too late",
            "line 10: /components/1: \"licence\" is no element of component",
            "line 15: /dependencies/0: \"dependsOn\" is no element of dependency",
            "/components/1: \"type\" is missing, which component needs",
        ]
    );
}
