//! The listener of the webhook, over TLS.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::judge::Judge;
use super::tls::Certificate;
use super::{AdmissionOptions, http};
use crate::connection::Patient;
use crate::error::ServeError;
use crate::listener::{self, Bound, Running, Taking};

/// How long requests may go on after the end was asked for: as long as an API server waits.
const GRACE: Duration = Duration::from_secs(10);

/// A webhook that runs. It stops when this is dropped.
pub struct AdmissionServer {
    url: String,
    running: Running,
}

impl AdmissionServer {
    /// Reads the certificate and listens.
    ///
    /// # Errors
    /// The certificate or key cannot be used, or the address cannot be listened on.
    pub fn start(options: AdmissionOptions) -> Result<Self, ServeError> {
        let certificate = Arc::new(Certificate::open(&options.certificate, &options.key)?);
        let Bound { runtime, listener, address } = Bound::to(options.listen)?;
        let judge = Judge::new(options);
        let running = Running::start("admission", move |stopped| {
            runtime.block_on(async {
                let looking = tokio::spawn(look(Arc::clone(&certificate), judge.clone()));
                accept(&listener, &certificate, &judge, stopped).await;
                looking.abort();
            });
            runtime.shutdown_timeout(GRACE);
        })?;
        Ok(Self { url: format!("https://{address}"), running })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more reviews, and waits for those that were begun.
    pub fn stop(self) {
        drop(self.running);
    }
}

/// Looks again and again whether the certificate changed.
async fn look(certificate: Arc<Certificate>, judge: Judge) {
    let options = &judge.0.options;
    loop {
        tokio::time::sleep(options.look_every).await;
        let certificate = Arc::clone(&certificate);
        let looked = tokio::task::spawn_blocking(move || certificate.look()).await;
        match looked {
            Ok(Ok(true)) => (options.log)(&json!({ "level": "info", "message": "the certificate was read again" })),
            Ok(Err(reason)) => {
                let message = format!("the certificate that is in use stays: {reason}");
                (options.log)(&json!({ "level": "error", "message": message }));
            }
            _ => {}
        }
    }
}

async fn accept(listener: &TcpListener, certificate: &Certificate, judge: &Judge, stopped: watch::Receiver<bool>) {
    let router = http::router(judge);
    let taking = Taking { connections: judge.0.options.connections, grace: GRACE };
    let converse =
        |stream, _, stopped| converse(stream, certificate.acceptor(), router.clone(), judge.clone(), stopped);
    listener::accept(listener, taking, stopped, converse).await;
}

/// Answers the requests of one connection.
async fn converse(
    stream: TcpStream,
    acceptor: tokio_rustls::TlsAcceptor,
    router: Router,
    judge: Judge,
    stopped: watch::Receiver<bool>,
) {
    let options = &judge.0.options;
    let stream = Patient::new(stream, options.idle_timeout);
    // A handshake that fails is of a port scanner, a probe, or a client that does not trust us: it is for that one to tell.
    let Ok(Ok(stream)) = tokio::time::timeout(options.read_timeout, acceptor.accept(stream)).await else { return };
    listener::answer(stream, options.read_timeout, TowerToHyperService::new(router), stopped).await;
}
