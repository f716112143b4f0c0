//! The listener of the webhook: TLS, a limit on connections, and an end that waits for what was begun.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::judge::Judge;
use super::tls::Certificate;
use super::{AdmissionOptions, http};
use crate::connection::Patient;
use crate::error::ServeError;

/// Bytes that the headers of a request may have together.
const MAX_HEADERS_BYTES: usize = 64 << 10;
/// How many headers a request may have.
const MAX_HEADERS: usize = 100;
/// How long requests may go on after the end was asked for: as long as an API server waits.
const GRACE: Duration = Duration::from_secs(10);

/// A webhook that runs. It stops when this is dropped.
pub struct AdmissionServer {
    url: String,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl AdmissionServer {
    /// Reads the certificate and listens.
    ///
    /// # Errors
    /// The certificate or key cannot be used, or the address cannot be listened on.
    pub fn start(options: AdmissionOptions) -> Result<Self, ServeError> {
        let certificate = Arc::new(Certificate::open(&options.certificate, &options.key)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| ServeError::Threads { source })?;
        let failed = |source| ServeError::Listen { address: options.listen, source };
        let listener = runtime.block_on(TcpListener::bind(options.listen)).map_err(failed)?;
        let url = format!("https://{}", listener.local_addr().map_err(failed)?);
        let judge = Judge::new(options);
        let (stop, stopped) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("admission".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let looking = tokio::spawn(look(Arc::clone(&certificate), judge.clone()));
                    accept(&listener, &certificate, &judge, stopped).await;
                    looking.abort();
                });
                runtime.shutdown_timeout(GRACE);
            })
            .map_err(|source| ServeError::Threads { source })?;
        Ok(Self { url, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more reviews, and waits for those that were begun.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for AdmissionServer {
    fn drop(&mut self) {
        self.end();
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

async fn accept(listener: &TcpListener, certificate: &Certificate, judge: &Judge, mut stopped: watch::Receiver<bool>) {
    let router = http::router(judge);
    let places = Arc::new(Semaphore::new(judge.0.options.connections.max(1)));
    let mut open = JoinSet::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            _ = stopped.changed() => break,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            // Most likely out of descriptors: others will end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        drop(stream.set_nodelay(true));
        let (acceptor, router, judge, stopped) =
            (certificate.acceptor(), router.clone(), judge.clone(), stopped.clone());
        open.spawn(async move {
            converse(stream, acceptor, router, &judge, stopped).await;
            drop(place);
        });
    }
    let all = async { while open.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, all).await);
}

/// Answers the requests of one connection.
async fn converse(
    stream: TcpStream,
    acceptor: tokio_rustls::TlsAcceptor,
    router: Router,
    judge: &Judge,
    mut stopped: watch::Receiver<bool>,
) {
    let options = &judge.0.options;
    let stream = Patient::new(stream, options.idle_timeout);
    // A handshake that fails is of a port scanner, a probe, or a client that does not trust us: it is for that one to tell.
    let Ok(Ok(stream)) = tokio::time::timeout(options.read_timeout, acceptor.accept(stream)).await else { return };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.read_timeout)
        .max_buf_size(MAX_HEADERS_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}
