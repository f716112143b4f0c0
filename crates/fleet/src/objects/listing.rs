//! Lists of objects, as stores write them.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

use super::{ObjectEntry, Page};

/// The most that a page may list: a store that is asked for a thousand and gives more is none.
const MOST: usize = 10_000;

/// What is being read of S3's list.
#[derive(Default)]
struct Draft {
    key: Option<String>,
    size: u64,
}

/// `ListBucketResult` of version 2, names encoded as in URLs.
pub(super) fn s3(bytes: &[u8]) -> Result<Page, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text);
    let (mut page, mut draft) = (Page::default(), Draft::default());
    let (mut path, mut text): (Vec<String>, String) = (Vec::new(), String::new());
    let (mut is_list, mut truncated) = (false, false);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if path.len() > 8 {
                    return Err("its elements are nested too deeply".to_owned());
                }
                path.push(start.local_name().as_ref().to_owned());
                is_list |= path.len() == 1 && path.first().is_some_and(|name| name == "ListBucketResult");
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => text.push_str(&resolved(&reference)?),
            Event::End(_) => {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                match names.as_slice() {
                    [_, "Contents", "Key"] => draft.key = Some(decoded(&text)?),
                    [_, "Contents", "Size"] => draft.size = text.trim().parse().unwrap_or_default(),
                    [_, "Contents"] => {
                        let Draft { key, size } = std::mem::take(&mut draft);
                        page.entries.extend(key.map(|key| ObjectEntry { key, size }));
                        if page.entries.len() > MOST {
                            return Err("a page of it lists too much".to_owned());
                        }
                    }
                    [_, "IsTruncated"] => truncated = text.trim() == "true",
                    [_, "NextContinuationToken"] => page.next = Some(text.trim().to_owned()),
                    _ => {}
                }
                path.pop();
                text.clear();
            }
            Event::DocType(_) => return Err("it declares a document type".to_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    match (is_list && path.is_empty(), truncated, page.next.is_some()) {
        (false, ..) => Err("it is no whole list of objects".to_owned()),
        (true, true, false) => Err("it goes on and does not say where".to_owned()),
        (true, false, _) => Ok(Page { next: None, ..page }),
        _ => Ok(page),
    }
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let known = quick_xml::escape::resolve_predefined_entity(reference);
    known.map(str::to_owned).ok_or_else(|| "it has an entity that is not known".to_owned())
}

/// Undoes the encoding of a name.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *first == b'%');
        match pair.and_then(|pair| data_encoding::HEXUPPER_PERMISSIVE.decode(pair).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| "a name is not UTF-8".to_owned())
}

#[derive(Deserialize)]
struct WireList {
    #[serde(default)]
    items: Vec<WireObject>,
    #[serde(rename = "nextPageToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct WireObject {
    name: String,
    /// A number in a text.
    size: Option<String>,
}

/// `storage#objects`.
pub(super) fn google(bytes: &[u8]) -> Result<Page, String> {
    let list: WireList = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if list.items.len() > MOST {
        return Err("a page of it lists too much".to_owned());
    }
    let size = |size: Option<String>| size.and_then(|size| size.parse().ok()).unwrap_or_default();
    let entries = list.items.into_iter().map(|item| ObjectEntry { key: item.name, size: size(item.size) }).collect();
    Ok(Page { entries, next: list.next.filter(|next| !next.is_empty()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both() {
        let page = s3(br#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <IsTruncated>true</IsTruncated><Contents><Key>a%2Fb+c%26.json</Key><Size>12</Size></Contents>
            <Contents><Key>d&amp;e&#x41;</Key></Contents><NextContinuationToken>x=</NextContinuationToken>
            </ListBucketResult>"#)
        .unwrap();
        let keys: Vec<&str> = page.entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!((keys, page.entries[0].size, page.next.as_deref()), (vec!["a/b c&.json", "d&eA"], 12, Some("x=")));
        let page = google(br#"{"items": [{"name": "a/b.json", "size": "7"}], "nextPageToken": "n"}"#).unwrap();
        assert_eq!((page.entries[0].size, page.next.as_deref()), (7, Some("n")));
        assert_eq!(google(b"{}").unwrap(), Page::default());
    }

    #[test]
    fn what_is_no_list() {
        let doctype = b"<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult></ListBucketResult>";
        let (deep, cut) = ("<a>".repeat(50), "<ListBucketResult><Contents>");
        let more = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        for bad in [&doctype[..], deep.as_bytes(), cut.as_bytes(), more.as_bytes(), b"<html></html>", b"", b"{}"] {
            assert!(s3(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
        assert!(google(b"<html>").is_err());
    }
}
