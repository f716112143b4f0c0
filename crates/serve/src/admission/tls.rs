//! The certificate of the webhook, which is read again when its file changes.
//!
//! In a cluster it is a mounted secret: cert-manager renews it, and the kubelet swaps the files. A file that cannot be read, or a key
//! that is not that of the certificate, changes nothing but a line in the log.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::ServeError;

/// More is no certificate.
const MAX_BYTES: u64 = 1 << 20;

/// A certificate and its key, as they were when last looked at.
pub(super) struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
    /// The bytes of both files.
    seen: std::sync::Mutex<(Vec<u8>, Vec<u8>)>,
}

impl Certificate {
    /// Reads both files.
    pub(super) fn open(certificate: &Path, key: &Path) -> Result<Self, ServeError> {
        let failed = |reason| ServeError::Tls { reason };
        let seen = (read(certificate).map_err(failed)?, read(key).map_err(failed)?);
        let current = RwLock::new(config(&seen.0, &seen.1).map_err(failed)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Self { certificate, key, current, seen: std::sync::Mutex::new(seen) })
    }

    /// What the next connection is taken with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Reads the files again. Whether there is another certificate, or why not; the same fault is told once.
    pub(super) fn look(&self) -> Result<bool, String> {
        let now = (read(&self.certificate)?, read(&self.key)?);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        let config = config(&now.0, &now.1);
        *seen = now;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config?;
        Ok(true)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The reason does not repeat anything of the files.
fn config(certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.map_err(|_| "the certificate is not PEM")?;
    if chain.is_empty() {
        return Err("there is no certificate in its file".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "the key is not a private key in PEM")?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
