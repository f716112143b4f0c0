//! Socket addresses as programs pass them to the kernel: `struct sockaddr`, read from the memory of a traced process.
//!
//! Every byte is the choice of the program that is watched. What is too short for its family is kept as its family alone.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// More bytes of an address than this say nothing (`struct sockaddr_storage`).
pub const MAX_ADDRESS: usize = 128;

const AF_UNSPEC: u16 = 0;
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;
const AF_ALG: u16 = 38;

/// The port of name servers.
const DNS: u16 = 53;

/// Where a program connected or sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An internet address.
    Internet(SocketAddr),
    /// A Unix socket with a path.
    Unix(PathBuf),
    /// A Unix socket with a name that is no path.
    Abstract(Vec<u8>),
    /// The kernel itself, or nothing: no other program is behind it.
    Kernel,
    /// Another family of addresses, by its number in the kernel; vsock, Bluetooth and others leave the machine.
    Other(u16),
}

/// How far away an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The kernel.
    Kernel,
    /// Another program on this machine.
    Machine,
    /// Beyond this machine, or a name server, which asks there.
    Network,
}

impl Address {
    /// Reads a `struct sockaddr`.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let Some((family, rest)) = bytes.split_first_chunk::<2>() else { return Self::Kernel };
        let family = u16::from_ne_bytes(*family);
        let read = match family {
            AF_UNSPEC | AF_NETLINK | AF_ALG => Some(Self::Kernel),
            AF_UNIX => Some(unix(rest)),
            AF_INET => internet_v4(rest),
            AF_INET6 => internet_v6(rest),
            _ => None,
        };
        read.unwrap_or(Self::Other(family))
    }

    /// How far away it is.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            Self::Kernel => Reach::Kernel,
            Self::Unix(_) | Self::Abstract(_) => Reach::Machine,
            // A resolver on this machine asks others.
            Self::Internet(address) if address.port() == DNS => Reach::Network,
            // To connect to "any address" is to connect to oneself.
            Self::Internet(address) => {
                let ip = address.ip().to_canonical();
                if ip.is_loopback() || ip.is_unspecified() { Reach::Machine } else { Reach::Network }
            }
            Self::Other(_) => Reach::Network,
        }
    }

    /// Whether who connects to `self` may reach what is bound to `bound`.
    #[must_use]
    pub fn is_served_by(&self, bound: &Self) -> bool {
        match (self, bound) {
            (Self::Internet(one), Self::Internet(other)) => {
                one.port() == other.port() && self.reach() == Reach::Machine
            }
            _ => self == bound,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Abstract(name) => write!(f, "unix:@{}", name.escape_ascii()),
            Self::Kernel => f.write_str("the kernel"),
            Self::Other(family) => write!(f, "address family {family}"),
        }
    }
}

fn unix(rest: &[u8]) -> Address {
    use std::ffi::OsStr;
    match rest.split_first() {
        // An unnamed socket: nobody can connect to it.
        None => Address::Kernel,
        Some((0, name)) => Address::Abstract(name.to_vec()),
        Some(_) => {
            let path = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            #[cfg(unix)]
            let path = <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path).into();
            #[cfg(not(unix))]
            let path = PathBuf::from(OsStr::new(&*String::from_utf8_lossy(path)));
            Address::Unix(path)
        }
    }
}

fn internet_v4(rest: &[u8]) -> Option<Address> {
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let (octets, _) = rest.split_first_chunk::<4>()?;
    let ip = IpAddr::V4(Ipv4Addr::from(*octets));
    Some(Address::Internet(SocketAddr::new(ip, u16::from_be_bytes(*port))))
}

fn internet_v6(rest: &[u8]) -> Option<Address> {
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let (_flow, rest) = rest.split_first_chunk::<4>()?;
    let (octets, _) = rest.split_first_chunk::<16>()?;
    let ip = IpAddr::V6(Ipv6Addr::from(*octets)).to_canonical();
    Some(Address::Internet(SocketAddr::new(ip, u16::from_be_bytes(*port))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(family: u16, rest: &[u8]) -> Address {
        Address::parse(&[&family.to_ne_bytes(), rest].concat())
    }

    #[test]
    fn reads_addresses_of_every_family() {
        let v4 = with(AF_INET, &[0x01, 0xbb, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!((v4.to_string().as_str(), v4.reach()), ("192.0.2.7:443", Reach::Network));
        let mut v6 = vec![0, 80, 0, 0, 0, 0];
        v6.extend(Ipv6Addr::LOCALHOST.octets());
        v6.extend([0; 4]);
        let v6 = with(AF_INET6, &v6);
        assert_eq!((v6.to_string().as_str(), v6.reach()), ("[::1]:80", Reach::Machine));
        let unix = with(AF_UNIX, b"/run/x.sock\0garbage");
        assert_eq!(unix, Address::Unix("/run/x.sock".into()));
        assert_eq!(with(AF_UNIX, b"\0a\xffb").to_string(), "unix:@a\\xffb");
        assert_eq!(with(AF_NETLINK, &[0; 10]).reach(), Reach::Kernel);
        assert_eq!(with(40, &[0; 14]).reach(), Reach::Network);
    }

    #[test]
    fn a_mapped_loopback_address_is_loopback_and_a_name_server_never_is() {
        let mut mapped = vec![0x1f, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];
        mapped.extend([0; 4]);
        assert_eq!(with(AF_INET6, &mapped).reach(), Reach::Machine);
        assert_eq!(with(AF_INET, &[0, 53, 127, 0, 0, 53]).reach(), Reach::Network);
        assert_eq!(with(AF_INET, &[0, 80, 0, 0, 0, 0]).reach(), Reach::Machine);
    }

    #[test]
    fn any_bytes_are_an_address() {
        for length in 0..MAX_ADDRESS {
            for first in 0..=255u8 {
                let bytes: Vec<u8> = std::iter::repeat_n(first, length).collect();
                let _ = (Address::parse(&bytes).reach(), Address::parse(&bytes).to_string());
                let mut family = vec![first, 0];
                family.extend(&bytes);
                let _ = Address::parse(&family).to_string();
            }
        }
        assert_eq!(with(AF_INET, &[0]), Address::Other(AF_INET));
        assert_eq!(with(AF_INET6, &[0; 21]), Address::Other(AF_INET6));
    }

    #[test]
    fn what_the_build_serves_itself() {
        let bound = with(AF_INET, &[0x1f, 0x90, 0, 0, 0, 0]);
        assert!(with(AF_INET, &[0x1f, 0x90, 127, 0, 0, 1]).is_served_by(&bound));
        assert!(!with(AF_INET, &[0x1f, 0x90, 192, 0, 2, 1]).is_served_by(&bound));
        assert!(!with(AF_INET, &[0x1f, 0x91, 127, 0, 0, 1]).is_served_by(&bound));
    }
}
