//! Requests that browsers send although none of our pages asked for them.
//!
//! A page of a stranger can make a browser on this machine talk to 127.0.0.1. Under a name of its own that it lets point here
//! (DNS rebinding) it could even read the answers: so the `Host` must be one of ours. Without, it can still send forms: so what
//! changes something must say that it comes from here (`Sec-Fetch-Site`, or else `Origin`).

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header};

use crate::problem::Problem;
use crate::state::AppState;

/// Whether the host that was asked for is this one.
pub(super) fn check_host(state: &AppState, headers: &HeaderMap, guarded: bool) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Problem::bad("a request names one host"));
    };
    let host = host.to_str().map_err(|_| Problem::bad("the host is no name"))?;
    let base = state.base_url().split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(rest));
    if is_allowed(name(host), name(base), guarded, state.options().base_url.is_some()) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "this server is not reached by that name; --base-url says its name",
    ))
}

/// The name without the port.
fn name(host: &str) -> &str {
    if let Some(end) = host.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return host.get(1..end.saturating_add(1)).unwrap_or_default();
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_allowed(name: &str, base: &str, guarded: bool, named: bool) -> bool {
    if name.is_empty() {
        return false;
    }
    if name.eq_ignore_ascii_case("localhost") || name.eq_ignore_ascii_case(base) {
        return true;
    }
    match name.parse::<IpAddr>() {
        // An address cannot be rebound: health checks use it.
        Ok(address) => guarded || address.is_loopback(),
        Err(_) => guarded && !named,
    }
}

/// Whether a change was asked for by one of our own pages. Programs that are no browsers send neither header, which is enough
/// where there is no cookie (`strict`).
pub(super) fn check_page(headers: &HeaderMap, strict: bool) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign = || Problem::new(StatusCode::FORBIDDEN, "a page of another site asked for this");
    if let Some(site) = headers.get("sec-fetch-site") {
        return match site.to_str() {
            Ok("same-origin" | "none") => Ok(()),
            _ => Err(foreign()),
        };
    }
    match headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        Some(origin) => {
            let from = origin.split_once("://").map(|(_, host)| host);
            if from.is_some() && from == text(header::HOST.as_str()) { Ok(()) } else { Err(foreign()) }
        }
        None if strict => Err(foreign()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, base, guarded, named, want) in [
            ("127.0.0.1:80", "127.0.0.1", false, false, true),
            ("[::1]:80", "127.0.0.1", false, false, true),
            ("LOCALHOST", "127.0.0.1", false, false, true),
            ("evil.example:8080", "127.0.0.1", false, false, false),
            ("127.0.0.1.evil.example", "127.0.0.1", false, false, false),
            ("10.1.2.3", "127.0.0.1", false, false, false),
            ("10.1.2.3", "127.0.0.1", true, false, true),
            ("sbom.example", "sbom.example", false, true, true),
            ("other.example", "sbom.example", true, true, false),
            ("other.example", "0.0.0.0", true, false, true),
            ("", "x", true, false, false),
        ] {
            assert_eq!(is_allowed(name(host), base, guarded, named), want, "{host} {base} {guarded}");
        }
    }

    #[test]
    fn pages() {
        let check = |pairs: &[(&'static str, &str)], strict| {
            let map = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            check_page(&map, strict).is_ok()
        };
        assert!(check(&[("sec-fetch-site", "same-origin")], true));
        assert!(!check(&[("sec-fetch-site", "same-site")], false));
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], false));
        assert!(check(&[("origin", "http://a:1"), ("host", "a:1")], true));
        assert!(!check(&[("origin", "http://a:2"), ("host", "a:1")], false));
        assert!(!check(&[("origin", "null"), ("host", "a:1")], false));
        assert!(check(&[], false) && !check(&[], true));
    }
}
