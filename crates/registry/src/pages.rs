//! Lists in pages (RFC 8288).

use reqwest::Url;
use reqwest::header::LINK;

use crate::RegistryError;
use crate::document::Document;
use crate::host::{same_origin, shown};

/// The next page (RFC 8288), which must be one of the same list.
pub(crate) fn next_page(document: &Document, url: &Url) -> Result<Option<Url>, RegistryError> {
    let texts = document.headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(target) = texts.filter_map(next_link).next() else { return Ok(None) };
    let answer = |reason: &str| RegistryError::Answer { host: shown(url), reason: reason.to_owned() };
    let next = url.join(target).map_err(|_| answer("its next page is no URL"))?;
    if !same_origin(&next, url) || next.path() != url.path() {
        return Err(answer("the next page of its list is somewhere else"));
    }
    Ok(Some(next))
}

/// The target of `<TARGET>; rel="next"` among the links of a header.
fn next_link(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let (parameters, more) = after
            .split_once('<')
            .map_or((after, ""), |(parameters, _)| (parameters, after.get(parameters.len()..).unwrap_or_default()));
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        });
        if is_next {
            return Some(target);
        }
        rest = more;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        assert_eq!(next_link("</v2/a?n=1>; rel=\"next\""), Some("/v2/a?n=1"));
        assert_eq!(next_link("</a>; rel=prev, </b>; title=x; REL=Next"), Some("/b"));
        for text in ["", "<", "</a>", "</a>; rel=\"prev\"", "/a; rel=next", "</a; rel=next"] {
            assert_eq!(next_link(text), None, "{text}");
        }
    }
}
