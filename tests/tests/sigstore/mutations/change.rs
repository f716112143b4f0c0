//! Changes to bundles: of decoded bytes, of fields, of the pieces of several, of spelling.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use plimsoll_tests::Random;
use serde_json::{Map, Value};

use super::pieces::decode;

/// What has to come of a changed bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Must {
    /// It says the same in other words: the verdict stays.
    Same,
    /// It is refused, unless all it brings was there before.
    Judged,
    /// It is refused.
    Refused,
}

/// A changed bundle.
pub(crate) struct Mutant {
    pub(crate) bytes: Vec<u8>,
    pub(crate) must: Must,
    pub(crate) how: String,
}

/// Where something is within a document.
pub(crate) type Place = Vec<String>;

/// All places, those of objects and arrays too.
pub(crate) fn places(value: &Value, here: &Place, out: &mut Vec<Place>) {
    let below = |key: String| here.iter().cloned().chain([key]).collect::<Place>();
    let mut go = |key: String, value: &Value| {
        let place = below(key);
        out.push(place.clone());
        places(value, &place, out);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| go(key.clone(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| go(index.to_string(), value)),
        _ => {}
    }
}

pub(crate) fn pointer(place: &[String]) -> String {
    place.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

pub(crate) fn any<'a, T>(random: &mut Random, items: &'a [T]) -> Option<&'a T> {
    items.get(random.below(items.len().max(1)))
}

/// Whether a place holds base64.
fn is_base64(place: &[String]) -> bool {
    let last = place.last().map_or("", String::as_str);
    [
        "rawBytes",
        "signature",
        "digest",
        "payload",
        "sig",
        "keyId",
        "signedEntryTimestamp",
        "rootHash",
        "canonicalizedBody",
        "signedTimestamp",
        "SignedEntryTimestamp",
        "body",
    ]
    .contains(&last)
        || place.iter().rev().nth(1).is_some_and(|above| above == "hashes")
}

/// A change of a bundle; `other` is another bundle to take pieces from.
pub(crate) fn change(original: &Value, other: &Value, random: &mut Random) -> Option<Mutant> {
    let mut bundle = original.clone();
    let mut all = Vec::new();
    places(original, &Vec::new(), &mut all);
    let encoded: Vec<Place> = all.iter().filter(|place| is_base64(place)).cloned().collect();
    let mut must = Must::Judged;
    let how = match random.below(20) {
        0..=6 => flip(&mut bundle, any(random, &encoded)?, random)?,
        7 => drop_field(&mut bundle, any(random, &all)?)?,
        8..=10 => {
            let place = pointer(any(random, &all)?);
            let foreign = other.pointer(&place)?.clone();
            *bundle.pointer_mut(&place)? = foreign;
            format!("splice {place}")
        }
        11..=12 => scalar(&mut bundle, any(random, &all)?, random)?,
        13 => array(&mut bundle, any(random, &all)?, other, random)?,
        14 => {
            must = Must::Same;
            let objects: Vec<Place> = [Vec::new()].into_iter().chain(all).collect();
            let place = pointer(any(random, &objects)?);
            let fields = bundle.pointer_mut(&place)?.as_object_mut()?;
            fields.insert("unknownField".into(), Value::from(random.below(9)));
            format!("unknown field in {place:?}")
        }
        15 => {
            must = Must::Same;
            let text = serde_json::to_string(&bundle).ok()?;
            return Some(Mutant {
                bytes: reversed(&bundle).into_bytes(),
                must,
                how: format!("order of {}", text.len()),
            });
        }
        16 => respell(&mut bundle, any(random, &encoded)?, random, &mut must)?,
        17 => checkpoint(&mut bundle, random)?,
        18 => return twice(original, any(random, &all)?),
        _ => return raw(original, random),
    };
    if bundle == *original {
        return None;
    }
    Some(Mutant { bytes: serde_json::to_vec(&bundle).ok()?, must, how })
}

fn flip(bundle: &mut Value, place: &[String], random: &mut Random) -> Option<String> {
    let place = pointer(place);
    let value = bundle.pointer_mut(&place)?;
    let mut bytes = decode(value)?;
    let count = if random.below(4) == 0 { 1 + random.below(8) } else { 1 };
    let mut offsets = Vec::new();
    for _ in 0..count {
        let at = random.below(bytes.len().max(1));
        *bytes.get_mut(at)? ^= 1 << random.below(8);
        offsets.push(at);
    }
    if random.below(16) == 0 {
        bytes.truncate(random.below(bytes.len()));
    } else if random.below(16) == 0 {
        bytes.push(0);
    }
    *value = Value::from(BASE64.encode(&bytes));
    Some(format!("flip {place} at {offsets:?}"))
}

fn drop_field(bundle: &mut Value, place: &[String]) -> Option<String> {
    let (key, above) = place.split_last()?;
    match bundle.pointer_mut(&pointer(above))? {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().ok()?)),
        _ => return None,
    }
    Some(format!("drop {}", pointer(place)))
}

/// Numbers, also those written as texts, and texts that are no base64.
fn scalar(bundle: &mut Value, place: &[String], random: &mut Random) -> Option<String> {
    const TEXTS: &[&str] = &[
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle+json;version=0.4",
        "hashedrekord",
        "dsse",
        "intoto",
        "0.0.1",
        "0.0.2",
        "SHA2_256",
        "SHA2_512",
        "",
        "application/json",
    ];
    let pointed = pointer(place);
    let value = bundle.pointer_mut(&pointed)?;
    let step = [1, -1, 60, -60, 3600, -3600, 86_400 * 400, -(86_400 * 400), 1 << 32, i64::MIN][random.below(10)];
    let shown = value.to_string();
    *value = match value {
        Value::String(text) => match text.parse::<i64>() {
            Ok(number) => Value::from(number.wrapping_add(step).to_string()),
            Err(_) if is_base64(place) || text.len() > 200 => return None,
            Err(_) => Value::from(TEXTS[random.below(TEXTS.len())]),
        },
        Value::Number(number) => Value::from(number.as_i64()?.wrapping_add(step)),
        Value::Bool(flag) => Value::from(!*flag),
        _ => Value::Null,
    };
    Some(format!("{pointed}: {} to {value}", shown.get(..60).unwrap_or(&shown)))
}

fn array(bundle: &mut Value, place: &[String], other: &Value, random: &mut Random) -> Option<String> {
    let place = pointer(place);
    let items = bundle.pointer_mut(&place)?.as_array_mut()?;
    let (one, two) = (random.below(items.len().max(1)), random.below(items.len().max(1)));
    match random.below(4) {
        0 if !items.is_empty() => items.swap(one, two),
        1 => items.insert(two, items.get(one)?.clone()),
        2 => items.insert(two, other.pointer(&place)?.get(0)?.clone()),
        _ => items.reverse(),
    }
    Some(format!("items of {place}"))
}

/// The same bytes in other base64, or base64 that is none.
fn respell(bundle: &mut Value, place: &[String], random: &mut Random, must: &mut Must) -> Option<String> {
    let pointed = pointer(place);
    let value = bundle.pointer_mut(&pointed)?;
    let bytes = decode(value)?;
    let (spelled, is) = match random.below(5) {
        0 => (BASE64URL.encode(&bytes), Must::Same),
        1 => (BASE64_NOPAD.encode(&bytes), Must::Same),
        2 => (BASE64URL_NOPAD.encode(&bytes), Must::Same),
        3 => (format!("{}\n", BASE64.encode(&bytes)), Must::Judged),
        _ => {
            // The last symbol has bits that decode to nothing.
            let mut text = BASE64.encode(&bytes).into_bytes();
            let at = text.iter().position(|byte| *byte == b'=')?.checked_sub(1)?;
            *text.get_mut(at)? = match text.get(at)? {
                b'A' => b'B',
                b'Q' => b'R',
                b'g' => b'h',
                b'w' => b'x',
                _ => return None,
            };
            (String::from_utf8(text).ok()?, Must::Refused)
        }
    };
    *must = is;
    *value = Value::from(spelled);
    Some(format!("{is:?} spelling of {pointed}"))
}

fn checkpoint(bundle: &mut Value, random: &mut Random) -> Option<String> {
    let place = "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope";
    let value = bundle.pointer_mut(place)?;
    let note = value.as_str()?.to_owned();
    let mut lines: Vec<&str> = note.split('\n').collect();
    let at = random.below(lines.len());
    let changed;
    match random.below(5) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, ""),
        2 => lines.insert(at, "extension"),
        3 => lines.swap(at, random.below(note.split('\n').count())),
        _ => {
            let mut bytes = lines.get(at)?.as_bytes().to_vec();
            let within = random.below(bytes.len().max(1));
            *bytes.get_mut(within)? ^= 1 << random.below(7);
            changed = String::from_utf8(bytes).ok()?;
            *lines.get_mut(at)? = &changed;
        }
    }
    *value = Value::from(lines.join("\n"));
    Some(format!("line {at} of the checkpoint"))
}

/// A key twice, the second time with another value.
fn twice(bundle: &Value, place: &[String]) -> Option<Mutant> {
    let (key, above) = place.split_last()?;
    let above = pointer(above);
    let fields = bundle.pointer(&above)?.as_object()?;
    let mut marked = bundle.clone();
    marked.pointer_mut(&above)?.as_object_mut()?.insert("\u{1}mark".into(), fields.get(key)?.clone());
    let text = serde_json::to_string(&marked).ok()?.replace("\\u0001mark", key);
    Some(Mutant { bytes: text.into_bytes(), must: Must::Refused, how: format!("{above}/{key} twice") })
}

/// One byte of the text.
fn raw(bundle: &Value, random: &mut Random) -> Option<Mutant> {
    let mut bytes = serde_json::to_vec(bundle).ok()?;
    let at = random.below(bytes.len());
    bytes[at] ^= 1 << random.below(8);
    Some(Mutant { bytes, must: Must::Judged, how: format!("bit at {at}") })
}

/// The document with the keys of all objects in the other order.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(fields) => reversed_fields(fields),
        Value::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn reversed_fields(fields: &Map<String, Value>) -> String {
    let fields: Vec<String> = fields
        .iter()
        .rev()
        .map(|(key, value)| format!("{} : {}", Value::from(key.as_str()), reversed(value)))
        .collect();
    format!("{{{}}}", fields.join(",\n"))
}
