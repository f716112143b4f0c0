//! The official text-form files of CycloneDX protobuf, and its official definitions as an oracle for the binary form.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed, protobuf};
use plimsoll_sbom::standard::VersionIndex;
use plimsoll_sbom::tree::{Pointer, Value};
use plimsoll_sbom::validate;
use plimsoll_tests::{note, shared};
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value as Scalar,
};

const VERSIONS: [&str; 5] = ["1.3", "1.4", "1.5", "1.6", "1.7"];

const FORMS: [Encoding; 2] = [Encoding::CycloneDxProtobuf, Encoding::CycloneDxTextproto];

/// The files of all versions whose names end like this, with their versions.
fn files(extension: &str) -> Option<Vec<(&'static str, PathBuf)>> {
    let root = shared("conformance/cyclonedx")?;
    let mut files = Vec::new();
    for version in VERSIONS {
        let mut names: Vec<PathBuf> = fs::read_dir(root.join(version))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|held| held == extension))
            .collect();
        names.sort();
        files.extend(names.into_iter().map(|path| (version, path)));
    }
    Some(files)
}

fn read(path: &Path, encoding: Encoding) -> Parsed {
    let parsed = encoding::read(&fs::read(path).unwrap(), encoding, &Limits::default());
    parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Where two trees differ, as deep as they can be compared. One value and an array of it are the same: where JSON takes
/// both, protobuf has the array.
fn differences(left: &Value, right: &Value, at: &Pointer, found: &mut BTreeSet<Pointer>) {
    match (left, right) {
        (Value::Object(mine), Value::Object(theirs)) => {
            for (name, value) in mine.iter() {
                match theirs.get(name) {
                    Some(other) => differences(value, other, &at.member(name), found),
                    None => drop(found.insert(at.member(name))),
                }
            }
            found.extend(theirs.iter().filter(|(name, _)| !mine.has(name)).map(|(name, _)| at.member(name)));
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            for item in 0..mine.len().max(theirs.len()) {
                match (mine.get(item), theirs.get(item)) {
                    (Some(value), Some(other)) => differences(value, other, &at.item(item), found),
                    _ => drop(found.insert(at.item(item))),
                }
            }
        }
        (Value::Object(_), Value::Array(items)) if items.len() == 1 => differences(left, &items[0], at, found),
        (left, right) if left == right => {}
        _ => drop(found.insert(at.clone())),
    }
}

fn compare(left: &Value, right: &Value) -> BTreeSet<Pointer> {
    let mut found = BTreeSet::new();
    differences(left, right, &Pointer::root(), &mut found);
    found
}

fn written(tree: &Value, encoding: Encoding, version: VersionIndex) -> Vec<u8> {
    let mut out = Vec::new();
    encoding::write(tree, encoding, version, &mut out).unwrap();
    out
}

fn reread(bytes: &[u8], encoding: Encoding) -> Parsed {
    encoding::read(bytes, encoding, &Limits::default()).unwrap()
}

/// What of the official files differs: the JSON file says it, the text file says otherwise.
const KNOWN: &str = include_str!("cyclonedx_protobuf/known.txt");

#[test]
fn text_files_have_the_official_verdicts() {
    let Some(files) = files("textproto") else { return };
    let mut wrong = String::new();
    for (_, path) in &files {
        let verdict = validate(&fs::read(path).unwrap(), Encoding::CycloneDxTextproto, &Limits::default()).unwrap();
        if verdict.is_valid() != name(path).starts_with("valid") {
            wrong += &format!("{}: {:?}\n", path.display(), verdict.faults.iter().find(|fault| !fault.advice));
        }
    }
    note(&format!("CycloneDX textproto: {} of {} verdicts", files.len() - wrong.lines().count(), files.len()));
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(files.len(), 198);
}

#[test]
fn text_files_say_what_json_files_say() {
    let Some(files) = files("textproto") else { return };
    let known: BTreeSet<String> =
        KNOWN.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    let (mut pairs, mut equal) = (0, 0);
    for (version, path) in files.iter().filter(|(_, path)| name(path).starts_with("valid")) {
        let text = read(path, Encoding::CycloneDxTextproto);
        let json = path.with_extension("json");
        if !json.exists() {
            found.insert(format!("{version} {} no JSON", name(path)));
            continue;
        }
        let json = read(&json, Encoding::CycloneDxJson);
        // What protobuf cannot say, the text cannot have.
        let through =
            reread(&written(&json.tree, Encoding::CycloneDxProtobuf, text.version), Encoding::CycloneDxProtobuf);
        let differences = compare(&through.tree, &text.tree);
        (pairs, equal) = (pairs + 1, equal + usize::from(differences.is_empty()));
        found.extend(differences.iter().map(|pointer| format!("{version} {} {pointer}", name(path))));
    }
    note(&format!("CycloneDX textproto: {equal} of {pairs} say what JSON says; the others differ in known places"));
    let new: Vec<_> = found.difference(&known).cloned().collect();
    let gone: Vec<_> = known.difference(&found).cloned().collect();
    assert!(new.is_empty(), "not known:\n{}", new.join("\n"));
    assert!(gone.is_empty(), "these are the same now, take them off the list:\n{}", gone.join("\n"));
}

#[test]
fn documents_go_there_and_back() {
    let Some(files) = files("textproto") else { return };
    for (_, path) in &files {
        let read = read(path, Encoding::CycloneDxTextproto);
        for encoding in FORMS {
            let bytes = written(&read.tree, encoding, read.version);
            let back = reread(&bytes, encoding);
            assert_eq!(read.tree, back.tree, "{} as {encoding}", path.display());
            assert_eq!(bytes, written(&back.tree, encoding, back.version));
            assert!(protobuf::loss(&read.tree, read.version).is_empty(), "{}", path.display());
            let found = match encoding {
                Encoding::CycloneDxProtobuf => protobuf::looks_like(&bytes),
                _ => protobuf::looks_like_text(&bytes),
            };
            assert_eq!(found, Some(read.version));
        }
        assert_eq!(protobuf::looks_like_text(&fs::read(path).unwrap()), Some(read.version), "{}", path.display());
        assert_eq!(protobuf::looks_like(&fs::read(path).unwrap()), None, "{}", path.display());
    }
}

#[test]
fn loss_is_what_does_not_come_back() {
    let Some(files) = files("json") else { return };
    let (mut all, mut whole) = (0, 0);
    for (_, path) in files.iter().filter(|(_, path)| name(path).starts_with("valid")) {
        let read = read(path, Encoding::CycloneDxJson);
        let lost: BTreeSet<Pointer> = protobuf::loss(&read.tree, read.version).into_iter().collect();
        for encoding in FORMS {
            let back = reread(&written(&read.tree, encoding, read.version), encoding);
            assert!(back.faults.is_empty(), "{}: {:?}", path.display(), back.faults);
            assert_eq!(compare(&read.tree, &back.tree), lost, "{} as {encoding}", path.display());
        }
        (all, whole) = (all + 1, whole + usize::from(lost.iter().all(|pointer| pointer.as_str() == "/$schema")));
    }
    note(&format!("CycloneDX JSON 1.3 to 1.7 by way of protobuf: {whole} of {all} lose nothing but $schema"));
}

/// Seeded changes of the bytes of official documents; tests/fuzz has the same property for any bytes.
#[test]
fn what_is_read_of_changed_bytes_goes_there_and_back() {
    let Some(files) = files("textproto") else { return };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    let (mut tried, mut readable, mut lossy) = (0, 0, 0);
    for (_, path) in &files {
        let parsed = read(path, Encoding::CycloneDxTextproto);
        for form in FORMS {
            let original = written(&parsed.tree, form, parsed.version);
            for _ in 0..8 {
                let mut bytes = original.clone();
                for _ in 0..=random(3) {
                    let at = random(bytes.len());
                    match random(4) {
                        0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                        1 => bytes[at] ^= 1 << random(8),
                        2 => drop(bytes.remove(at)),
                        _ => {
                            let piece = bytes[at..bytes.len().min(at + random(40))].to_vec();
                            let to = random(bytes.len());
                            bytes.splice(to..to, piece);
                        }
                    }
                }
                tried += 1;
                let Ok(changed) = encoding::read(&bytes, form, &Limits::default()) else { continue };
                readable += 1;
                // Of what the version takes one of, all that are there are read, and one can be written.
                lossy += usize::from(!protobuf::loss(&changed.tree, changed.version).is_empty());
                if !protobuf::loss(&changed.tree, changed.version).is_empty() {
                    continue;
                }
                let what = || format!("{}: {:?}", path.display(), String::from_utf8_lossy(&bytes));
                for form in FORMS {
                    let back = reread(&written(&changed.tree, form, changed.version), form);
                    assert_eq!(changed.tree, back.tree, "{form} {}", what());
                }
            }
        }
    }
    note(&format!("CycloneDX protobuf: {readable} of {tried} changed documents are read"));
    assert!(lossy < tried / 100, "{lossy} of them lose something");
}

/// The official definitions of a version.
fn definition(version: &str) -> Option<MessageDescriptor> {
    let folder = shared("conformance/cyclonedx/schema")?;
    let set = protox::compile([format!("bom-{version}.proto")], [folder]).unwrap();
    let pool = DescriptorPool::from_file_descriptor_set(set).unwrap();
    pool.get_message_by_name(&format!("cyclonedx.v{}.Bom", version.replace('.', "_")))
}

/// Text that prost-reflect does not read: lists of messages without a colon, halves of characters of UTF-16; and one
/// that is wrong, as it has two members of a choice.
const UNREAD: &[&str] = &[
    "valid-metadata-lifecycle-1.5.textproto",
    "valid-evidence-1.6.textproto",
    "valid-metadata-lifecycle-1.6.textproto",
    "valid-machine-learning-1.6.textproto",
    "valid-machine-learning-1.7.textproto",
    "invalid-citations-1.7.textproto",
];

/// Files that we write otherwise. A detailed expression without details is one without. And the version is only in a
/// comment, and days have times.
const OTHERWISE: &[&str] = &["valid-license-declared-concluded-mix-1.7.textproto", "valid-patent-1.7.textproto"];

/// A message without what is said but need not be.
fn plain(message: &DynamicMessage) -> DynamicMessage {
    DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap()
}

#[test]
fn the_official_definitions_read_what_we_write() {
    let Some(files) = files("textproto") else { return };
    let definitions: BTreeMap<&str, MessageDescriptor> =
        VERSIONS.into_iter().filter_map(|version| Some((version, definition(version)?))).collect();
    let mut wrong = String::new();
    for (version, path) in &files {
        let definition = || definitions[version].clone();
        let official = match DynamicMessage::parse_text_format(definition(), &fs::read_to_string(path).unwrap()) {
            Ok(official) => official,
            Err(_) if UNREAD.contains(&name(path).as_str()) => continue,
            Err(error) => {
                wrong += &format!("{}: not read: {error}\n", path.display());
                continue;
            }
        };
        if OTHERWISE.contains(&name(path).as_str()) {
            continue;
        }
        let read = read(path, Encoding::CycloneDxTextproto);
        let bytes = written(&read.tree, Encoding::CycloneDxProtobuf, read.version);
        let binary = DynamicMessage::decode(definition(), bytes.as_slice()).unwrap();
        let text = String::from_utf8(written(&read.tree, Encoding::CycloneDxTextproto, read.version)).unwrap();
        let text = DynamicMessage::parse_text_format(definition(), &text).unwrap_or_else(|error| panic!("{error}"));
        for ours in [&binary, &text] {
            if plain(ours) != plain(&official) {
                wrong += &format!("{}:\n{}\n{}\n", path.display(), ours.to_text_format(), official.to_text_format());
            }
        }
        let back = reread(&official.encode_to_vec(), Encoding::CycloneDxProtobuf);
        let differences = compare(&read.tree, &back.tree);
        if !differences.is_empty() {
            wrong += &format!("{}: {differences:?}\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A message with all its fields, but of some that exclude each other one in turn. A type that was there before has one
/// field only, so that this ends.
fn full(kind: &MessageDescriptor, turn: usize, seen: &mut BTreeSet<String>) -> DynamicMessage {
    let mut message = DynamicMessage::new(kind.clone());
    if kind.full_name() == "google.protobuf.Timestamp" {
        message.set_field_by_name("seconds", Scalar::I64(86_400));
        return message;
    }
    let is_new = seen.insert(kind.full_name().to_owned());
    let chosen = |field: &FieldDescriptor| match (kind.name(), field.number()) {
        ("Tool", number) => (number > 5) == (turn.is_multiple_of(2)),
        // The detailed form says these itself.
        ("LicenseChoice", 3 | 4) => turn % 3 != 2,
        ("ProtocolProperties", 4) => turn.is_multiple_of(2),
        ("ProtocolProperties", 7) => turn % 2 == 1,
        _ => field.containing_oneof().filter(|choice| !choice.is_synthetic()).is_none_or(|choice| {
            let fields: Vec<_> = choice.fields().collect();
            fields[turn % fields.len()].number() == field.number()
        }),
    };
    let fields: Vec<FieldDescriptor> = kind.fields().filter(chosen).collect();
    let few = match kind.name() {
        // With a name only, JSON cannot tell a person from an organization.
        "OrganizationalContact" => 1..2,
        // Without details it is an expression like any other.
        "LicenseExpressionDetailed" => 0..2,
        _ => 0..1,
    };
    for field in fields.get(if is_new { 0..fields.len() } else { few }).unwrap_or_default() {
        let value = match field.kind() {
            Kind::Message(inner) => Scalar::Message(full(&inner, turn, seen)),
            Kind::Enum(words) => {
                // Number 0 mostly stands for nothing.
                let numbers: Vec<i32> =
                    words.values().map(|value| value.number()).filter(|value| *value != 0).collect();
                Scalar::EnumNumber(numbers[turn % numbers.len()])
            }
            Kind::String => Scalar::String("text".to_owned()),
            Kind::Bool => Scalar::Bool(true),
            Kind::Int32 => Scalar::I32(7),
            Kind::Int64 => Scalar::I64(1 << 40),
            Kind::Float => Scalar::F32(0.25),
            Kind::Double => Scalar::F64(0.1),
            other => panic!("{other:?}"),
        };
        let value = if field.is_list() { Scalar::List(vec![value]) } else { value };
        message.set_field(field, value);
    }
    message
}

/// The table has every field, with its kind, and every value of an enumeration, each under its name.
#[test]
fn the_table_has_all_that_the_official_definitions_have() {
    for version in VERSIONS {
        let Some(definition) = definition(version) else { return };
        for turn in 0..50 {
            let mut seen = BTreeSet::new();
            let mut official = full(&definition, turn, &mut seen);
            official.set_field_by_name("spec_version", Scalar::String(version.to_owned()));
            let binary = reread(&official.encode_to_vec(), Encoding::CycloneDxProtobuf);
            let text = reread(official.to_text_format().as_bytes(), Encoding::CycloneDxTextproto);
            assert!(binary.faults.is_empty(), "{version} {turn}: {:?}", binary.faults);
            assert!(text.faults.is_empty(), "{version} {turn}: {:?}", text.faults);
            assert_eq!(binary.tree, text.tree);
            let bytes = written(&binary.tree, Encoding::CycloneDxProtobuf, binary.version);
            let back = DynamicMessage::decode(definition.clone(), bytes.as_slice()).unwrap();
            assert_eq!(back.to_text_format(), official.to_text_format(), "{version} {turn}");
        }
    }
}

#[test]
fn the_official_definitions_read_json_that_we_convert() {
    let Some(files) = files("json") else { return };
    let definitions: BTreeMap<&str, MessageDescriptor> =
        VERSIONS.into_iter().filter_map(|version| Some((version, definition(version)?))).collect();
    for (version, path) in files.iter().filter(|(_, path)| name(path).starts_with("valid")) {
        let read = read(path, Encoding::CycloneDxJson);
        let bytes = written(&read.tree, Encoding::CycloneDxProtobuf, read.version);
        let official = DynamicMessage::decode(definitions[version].clone(), bytes.as_slice()).unwrap();
        assert_eq!(official.unknown_fields().count(), 0, "{}", path.display());
        let back = reread(&official.encode_to_vec(), Encoding::CycloneDxProtobuf);
        let ours = reread(&bytes, Encoding::CycloneDxProtobuf);
        assert!(
            compare(&ours.tree, &back.tree).is_empty(),
            "{}: {:?}",
            path.display(),
            compare(&ours.tree, &back.tree)
        );
    }
}
