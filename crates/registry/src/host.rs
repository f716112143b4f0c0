//! Hosts, and which of them may be spoken to in plain text.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use reqwest::Url;

use crate::RegistryError;

/// A host name or address, perhaps with a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Whether it is this machine (RFC 6761 §6.3 for names).
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.name)
    }

    /// Whether the host of the URL is meant: at this port, when one is named.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        url_host(url) == self.name && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }

    /// The root of the host's API.
    pub(crate) fn url(&self, scheme: &str) -> Option<Url> {
        Url::parse(&format!("{scheme}://{self}/")).ok()
    }
}

impl FromStr for Host {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let bad = || RegistryError::Option { text: text.to_owned(), wanted: "a host, or a host and a port" };
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']').ok_or_else(bad)?;
                address.parse::<Ipv6Addr>().map_err(|_| bad())?;
                (address, rest.strip_prefix(':').or(if rest.is_empty() { None } else { Some("") }))
            }
            None => match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let fine = !name.is_empty()
            && name.len() <= 255
            && (text.starts_with('[') || name.bytes().all(allowed))
            && !name.starts_with(['.', '-']);
        let port = port.map(|port| port.parse::<u16>().map_err(|_| bad())).transpose()?;
        if fine { Ok(Self { name: name.to_ascii_lowercase(), port }) } else { Err(bad()) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]", self.name)?;
        } else {
            f.write_str(&self.name)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// The host of a URL, as [`Host`] spells it.
pub(crate) fn url_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

/// Host and port of a URL, for messages.
pub(crate) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether two URLs have one scheme, host and port.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && url_host(one) == url_host(other)
        && one.port_or_known_default() == other.port_or_known_default()
}

pub(crate) fn is_loopback(name: &str) -> bool {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            address.to_ipv4_mapped().map_or(address.is_loopback(), |mapped| mapped.is_loopback())
        }
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Addresses that reach no further than the wire, where clouds keep the credentials of a machine.
pub(crate) fn is_link_local(name: &str) -> bool {
    let v4 = |address: Ipv4Addr| address.is_link_local() || address.is_unspecified();
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => v4(address),
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local() || address.is_unspecified() || address.to_ipv4_mapped().is_some_and(v4)
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_and_written() {
        for text in ["ghcr.io", "localhost:5000", "127.0.0.1:80", "[::1]", "[::1]:5000"] {
            assert_eq!(text.parse::<Host>().unwrap().to_string(), text);
        }
        assert_eq!("GHCR.io".parse::<Host>().unwrap().to_string(), "ghcr.io");
        for text in ["", ":5000", "a/b", "a@b", "a:b", "a:70000", "[::1", "[::1]x", "[a]:1", "-a", "a b", "a:1:2"] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for name in ["localhost", "registry.localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(name), "{name}");
        }
        for name in ["localhost.evil.test", "127.0.0.1.evil.test", "10.0.0.1", "::2", "0.0.0.0", "127-0-0-1.test"] {
            assert!(!is_loopback(name), "{name}");
        }
        assert!(is_link_local("169.254.169.254") && is_link_local("fe80::1") && !is_link_local("10.0.0.1"));
    }

    #[test]
    fn a_port_narrows() {
        let url = Url::parse("http://127.0.0.1:5000/v2/").unwrap();
        assert!("127.0.0.1".parse::<Host>().unwrap().covers(&url));
        assert!("127.0.0.1:5000".parse::<Host>().unwrap().covers(&url));
        assert!(!"127.0.0.1:5001".parse::<Host>().unwrap().covers(&url));
    }
}
