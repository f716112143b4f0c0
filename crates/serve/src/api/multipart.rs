//! Forms with files: RFC 7578. The body is in memory already, and bounded.

use crate::problem::Problem;

/// Parts that a form may have.
const MAX_PARTS: usize = 64;

/// A field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'b> {
    pub(crate) name: String,
    pub(crate) bytes: &'b [u8],
}

/// The boundary that a media type names.
pub(crate) fn boundary(media: &str) -> Option<&str> {
    let mut parts = media.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    // RFC 2046 §5.1.1.
    (!value.is_empty() && value.len() <= 70 && value.bytes().all(|byte| byte.is_ascii_graphic())).then_some(value)
}

/// The fields, in the order of the form.
pub(crate) fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, Problem> {
    let broken = || Problem::bad("the form cannot be read");
    let marker = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    // The first has no line before it when there is no preamble.
    let start = if body.starts_with(marker.as_bytes()) {
        marker.len()
    } else {
        find(body, delimiter.as_bytes()).ok_or_else(broken)?.saturating_add(delimiter.len())
    };
    let mut rest = body.get(start..).ok_or_else(broken)?;
    let mut found = Vec::new();
    while !rest.starts_with(b"--") {
        if found.len() >= MAX_PARTS {
            return Err(Problem::bad("the form has too many fields"));
        }
        let line = find(rest, b"\r\n").ok_or_else(broken)?;
        rest = rest.get(line.saturating_add(2)..).ok_or_else(broken)?;
        let end = find(rest, delimiter.as_bytes()).ok_or_else(broken)?;
        let (part, after) = rest.split_at_checked(end).ok_or_else(broken)?;
        let head = find(part, b"\r\n\r\n").ok_or_else(broken)?;
        let (headers, bytes) = part.split_at_checked(head).ok_or_else(broken)?;
        let headers = std::str::from_utf8(headers).map_err(|_| broken())?;
        found.push(Part { name: name(headers).ok_or_else(broken)?, bytes: bytes.get(4..).unwrap_or_default() });
        rest = after.get(delimiter.len()..).ok_or_else(broken)?;
    }
    Ok(found)
}

fn name(headers: &str) -> Option<String> {
    let line = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let value = line.split(';').map(str::trim).find_map(|part| part.strip_prefix("name="))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let media = "multipart/form-data; charset=x; boundary=\"ab c\"";
        assert_eq!(boundary(media), None);
        assert_eq!(boundary("Multipart/Form-Data; boundary=xyz"), Some("xyz"));
        assert_eq!(boundary("text/plain; boundary=xyz"), None);
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--xyz\r\n\
                     content-disposition: form-data; name=\"bom\"; filename=\"x;name=y\"\r\nContent-Type: a/b\r\n\r\n\r\n--xyz--\r\n";
        let found = parts(body, "xyz").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].bytes), ("a", &b"1\r\n2"[..]));
        assert_eq!((found[1].name.as_str(), found[1].bytes), ("bom", &b""[..]));
        for cut in 0..body.len() - 4 {
            assert!(parts(&body[..cut], "xyz").is_err(), "{cut}");
        }
        for broken in [&b""[..], b"--xyz", b"--xyz\r\n", b"--xyz\r\n\r\n\r\n--xyz--", b"\xff--xyz\r\n"] {
            assert!(parts(broken, "xyz").is_err());
        }
        let many = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n".repeat(100);
        assert!(parts(&many, "x").is_err());
    }
}
