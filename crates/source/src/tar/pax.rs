//! pax extended header records: `LENGTH KEY=VALUE\n`, where the length counts the whole record.

use super::TarError;

/// What the records of one extended header say, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// `GNU.sparse.*` of any version, or `star`'s.
    pub(super) sparse: bool,
    /// The records end in something that is not one.
    pub(super) broken: bool,
}

impl Records {
    /// # Errors
    /// A value that decides what is read is not valid: a NUL in a path, a size that is no number.
    pub(super) fn parse(mut data: &[u8]) -> Result<Self, TarError> {
        let mut records = Self::default();
        let mut sparse_name = None;
        while !data.is_empty() {
            let Some((key, value, rest)) = record(data) else {
                // Padding with NUL is what some writers leave.
                records.broken = data.iter().any(|&byte| byte != 0);
                break;
            };
            data = rest;
            match key {
                b"path" => records.path = Some(path(value)?),
                b"linkpath" => records.link = Some(path(value)?),
                b"size" => records.size = Some(size(value)?),
                b"GNU.sparse.name" => (sparse_name, records.sparse) = (Some(path(value)?), true),
                b"SCHILY.realsize" => records.sparse = true,
                key if key.starts_with(b"GNU.sparse.") => records.sparse = true,
                _ => {}
            }
        }
        // The header's own name is then a placeholder, `GNUSparseFile.0/x`.
        records.path = sparse_name.or(records.path).filter(|path| !path.is_empty());
        records.link = records.link.filter(|link| !link.is_empty());
        Ok(records)
    }
}

fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().take(20).position(|&byte| byte == b' ')?;
    let digits = std::str::from_utf8(data.get(..space)?).ok()?;
    let length: usize = digits.parse().ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    let body = record.get(space.checked_add(1)?..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|&byte| byte == b'=').filter(|&at| at > 0)?;
    Some((body.get(..equals)?, body.get(equals.checked_add(1)?..)?, rest))
}

fn path(value: &[u8]) -> Result<Vec<u8>, TarError> {
    if value.contains(&0) {
        return Err(TarError::Malformed("a path holds a NUL byte".into()));
    }
    Ok(value.to_vec())
}

fn size(value: &[u8]) -> Result<u64, TarError> {
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|&size: &u64| i64::try_from(size).is_ok());
    number.ok_or_else(|| TarError::Malformed("the size in a pax header is not a number".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_matters_and_skips_the_rest() {
        let records = Records::parse(b"12 path=a/b\n15 comment=abc\n11 size=42\n").unwrap();
        assert_eq!(records.path.as_deref(), Some(b"a/b".as_slice()));
        assert_eq!((records.size, records.broken, records.sparse), (Some(42), false, false));
    }

    #[test]
    fn a_length_that_lies_ends_the_records() {
        for bad in
            [b"99 path=a/b\n".as_slice(), b"8 path=a/b\n", b"x path=a\n", b"999999999999999999999 a=b\n", b"5 =x\n"]
        {
            let data = [b"11 size=42\n".as_slice(), bad].concat();
            let records = Records::parse(&data).unwrap();
            assert!(records.broken && records.size == Some(42) && records.path.is_none());
        }
    }

    #[test]
    fn values_that_would_mislead_are_errors() {
        assert!(Records::parse(b"12 path=a\0b\n").is_err());
        assert!(Records::parse(b"11 size=-1\n").is_err());
        assert!(Records::parse(b"29 size=99999999999999999999\n").is_err());
    }

    #[test]
    fn a_sparse_name_stands_for_the_placeholder() {
        let records = Records::parse(b"16 path=GNUSp/x\n21 GNU.sparse.name=a\n").unwrap();
        assert!(records.sparse && records.path.as_deref() == Some(b"a"));
    }
}
