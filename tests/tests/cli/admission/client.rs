//! A client that trusts one authority, with requests written by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub(super) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    pub(super) fn connect(url: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(super::data("registry/tls/ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let name = ServerName::try_from("localhost").unwrap();
        let socket = TcpStream::connect(url.trim_start_matches("https://")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream: StreamOwned::new(ClientConnection::new(config, name).unwrap(), socket) }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Status and body of the next answer; status 0 when the connection ends instead.
    pub(super) fn answer(&mut self) -> (u16, String) {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.unwrap_or("0").parse().unwrap();
                let body = bytes.get(end.saturating_add(4)..).unwrap_or_default();
                if let Some(body) = body.get(..length) {
                    return (status, String::from_utf8(body.to_vec()).unwrap());
                }
            }
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return (0, String::new()),
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }

    pub(super) fn get(&mut self, path: &str) -> (u16, String) {
        self.write(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
        self.answer()
    }

    pub(super) fn post(&mut self, body: &[u8]) -> (u16, String) {
        let head = format!(
            "POST /validate?timeout=10s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.write(head.as_bytes()).and_then(|()| self.write(body)).unwrap();
        self.answer()
    }
}
