//! The names of keys in devices: `pkcs11:token=T;object=O?module-path=/usr/lib/….so` (RFC 7512).
//!
//! Attributes that narrow nothing here (`manufacturer`, `model`, `library-…`) are refused rather than passed over: a name
//! that says more than is looked at would sign with another key than the one that was meant. A PIN in a name would be seen
//! by everybody on the machine; `pin-value` is refused.

use std::path::PathBuf;

/// What a name says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pkcs11Uri {
    pub(super) token: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) slot: Option<u64>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) module: Option<PathBuf>,
    pub(super) pin_source: Option<PathBuf>,
}

/// Reads a name.
pub(super) fn parse(text: &str) -> Result<Pkcs11Uri, &'static str> {
    let rest = text.strip_prefix("pkcs11:").ok_or("it does not begin with pkcs11:")?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut uri = Pkcs11Uri::default();
    for (name, value) in pairs(path, ';')? {
        match name {
            "token" => set(&mut uri.token, words(value)?)?,
            "serial" => set(&mut uri.serial, words(value)?)?,
            "object" => set(&mut uri.object, words(value)?)?,
            "id" => set(&mut uri.id, value)?,
            "slot-id" => set(&mut uri.slot, words(value)?.parse().map_err(|_| "slot-id is no number")?)?,
            "type" if value == b"private" => {}
            "type" => return Err("only type=private can sign"),
            _ => return Err("it has an attribute other than token, serial, slot-id, object, id and type"),
        }
    }
    for (name, value) in pairs(query, '&')? {
        match name {
            "module-path" => set(&mut uri.module, absolute(value, "module-path is no absolute path")?)?,
            "pin-source" => {
                let path = value
                    .strip_prefix(b"file:")
                    .map_or(value.as_slice(), |path| path.strip_prefix(b"//").unwrap_or(path));
                set(&mut uri.pin_source, absolute(path.to_vec(), "pin-source is no file with an absolute path")?)?;
            }
            "pin-value" => return Err("pin-value would show the PIN; use pin-source or PLIMSOLL_PKCS11_PIN"),
            _ => return Err("it has a query other than module-path and pin-source"),
        }
    }
    if uri.object.is_none() && uri.id.is_none() {
        return Err("it says neither object nor id");
    }
    Ok(uri)
}

/// `name=value` pairs, the values decoded (RFC 3986 §2.1).
fn pairs(text: &str, separator: char) -> Result<Vec<(&str, Vec<u8>)>, &'static str> {
    let parts = text.split(separator).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').ok_or("an attribute has no value")?;
            Ok((name, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap_or(b'x'), rest.next().unwrap_or(b'x')];
            let value = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).map_err(|_| "an escape is malformed")?;
            bytes.extend(value);
        } else {
            bytes.push(byte);
        }
    }
    Ok(bytes)
}

fn words(bytes: Vec<u8>) -> Result<String, &'static str> {
    String::from_utf8(bytes).map_err(|_| "a value is not UTF-8")
}

fn absolute(bytes: Vec<u8>, otherwise: &'static str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(words(bytes)?);
    if path.is_absolute() { Ok(path) } else { Err(otherwise) }
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), &'static str> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("it says something twice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let uri = parse(
            "pkcs11:token=My%20Token;object=release;id=%01%fF;type=private?module-path=/lib/x.so&pin-source=file:///run/pin",
        );
        assert_eq!(
            uri.unwrap(),
            Pkcs11Uri {
                token: Some("My Token".to_owned()),
                object: Some("release".to_owned()),
                id: Some(vec![1, 255]),
                module: Some("/lib/x.so".into()),
                pin_source: Some("/run/pin".into()),
                ..Pkcs11Uri::default()
            }
        );
        assert_eq!(parse("pkcs11:slot-id=7;id=a?pin-source=/pin").unwrap().slot, Some(7));
    }

    #[test]
    fn names_that_could_mean_another_key_are_refused() {
        for (text, word) in [
            ("pkcs11:", "neither object nor id"),
            ("pkcs11:token=a", "neither object nor id"),
            ("pkcs11:object=a;object=b", "twice"),
            ("pkcs11:object=a;model=b", "other than"),
            ("pkcs11:object=a;type=cert", "type=private"),
            ("pkcs11:object=a;slot-id=x", "no number"),
            ("pkcs11:object=%a", "escape"),
            ("pkcs11:object=%ff", "UTF-8"),
            ("pkcs11:object", "no value"),
            ("pkcs11:object=a?pin-value=1234", "would show the PIN"),
            ("pkcs11:object=a?module-path=x.so", "absolute"),
            ("pkcs11:object=a?pin-source=|cat", "absolute"),
            ("pkcs11:object=a?module-name=x", "query"),
        ] {
            assert!(parse(text).unwrap_err().contains(word), "{text}");
        }
    }
}
