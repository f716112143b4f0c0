//! What listens: a runtime in a thread of its own, a limit on connections and on what a request says first, and an end that waits for
//! what was begun.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::error::ServeError;

/// Bytes that the headers of a request may have together.
const MAX_HEADERS_BYTES: usize = 64 << 10;
/// How many headers a request may have.
const MAX_HEADERS: usize = 100;

/// A place to listen at, and what runs there.
pub(crate) struct Bound {
    pub(crate) runtime: Runtime,
    pub(crate) listener: TcpListener,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Bound {
    pub(crate) fn to(address: SocketAddr) -> Result<Self, ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| ServeError::Threads { source })?;
        let failed = |source| ServeError::Listen { address, source };
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { runtime, listener, address })
    }
}

/// What runs until it is dropped.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    /// Serves in a thread of this name, until it is told to stop.
    pub(crate) fn start(
        name: &str,
        serve: impl FnOnce(watch::Receiver<bool>) + Send + 'static,
    ) -> Result<Self, ServeError> {
        let (stop, stopped) = watch::channel(false);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || serve(stopped));
        let thread = thread.map_err(|source| ServeError::Threads { source })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// How connections are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taking {
    /// How many at once.
    pub(crate) connections: usize,
    /// How long those that are open may go on after the end was asked for.
    pub(crate) grace: Duration,
}

/// Takes connections until it is told to stop, then waits for those that are open.
pub(crate) async fn accept<F>(
    listener: &TcpListener,
    taking: Taking,
    mut stopped: watch::Receiver<bool>,
    converse: impl Fn(TcpStream, SocketAddr, watch::Receiver<bool>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(taking.connections.max(1)));
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
        let Ok((stream, address)) = accepted else {
            // Most likely out of descriptors: others will end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        drop(stream.set_nodelay(true));
        let conversation = converse(stream, address, stopped.clone());
        open.spawn(async move {
            conversation.await;
            drop(place);
        });
    }
    let all = async { while open.join_next().await.is_some() {} };
    drop(tokio::time::timeout(taking.grace, all).await);
}

/// Answers the requests of one connection by HTTP/1; when it is told to stop, the last one.
pub(crate) async fn answer<S>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    header_timeout: Duration,
    service: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: HttpService<Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as hyper::body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_HEADERS_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}
