//! The server: a listener, a runtime, and an end that waits for what was begun.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::middleware::from_fn_with_state;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use plimsoll_inventory::Inventory;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::connection::Patient;
use crate::error::ServeError;
use crate::guard;
use crate::oidc::Oidc;
use crate::options::Options;
use crate::state::AppState;
use crate::{api, web};

/// Bytes that the headers of a request may have together.
const MAX_HEADERS_BYTES: usize = 64 << 10;
/// How many headers a request may have.
const MAX_HEADERS: usize = 100;
/// How long requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(15);

/// A server that runs. It stops when this is dropped.
pub struct Server {
    url: String,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Opens the inventory, making it where there is none, and listens.
    ///
    /// # Errors
    /// The inventory cannot be opened, the issuer of tokens gives no keys, the address cannot be listened on, or it could be reached by others and there are no
    /// tokens.
    pub fn start(options: Options) -> Result<Self, ServeError> {
        let tokens = !Inventory::create(&options.store)?.tokens()?.is_empty();
        let guarded = tokens || options.oidc.is_some();
        if !guarded && !options.listen.ip().is_loopback() {
            return Err(ServeError::Open { address: options.listen });
        }
        let oidc = options.oidc.clone().map(|oidc| Oidc::start(oidc, (options.now)())).transpose()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| ServeError::Threads { source })?;
        let failed = |source| ServeError::Listen { address: options.listen, source };
        let listener = runtime.block_on(TcpListener::bind(options.listen)).map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let base_url = options.base_url.clone().unwrap_or_else(|| url.clone());
        let state = AppState::new(options, base_url.trim_end_matches('/').to_owned(), guarded, oidc);
        let (stop, stopped) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("serve".to_owned())
            .spawn(move || {
                runtime.block_on(accept(&listener, &state, stopped));
                shut(runtime, &state);
            })
            .map_err(|source| ServeError::Threads { source })?;
        Ok(Self { url, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more requests, and waits for those that were begun.
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

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn shut(runtime: Runtime, state: &AppState) {
    runtime.shutdown_timeout(GRACE);
    state.close();
}

/// All that is served.
pub(crate) fn router(state: &AppState) -> Router {
    api::routes()
        .merge(web::routes())
        .layer(from_fn_with_state(state.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(state.options().max_upload))
        .with_state(state.clone())
}

async fn accept(listener: &TcpListener, state: &AppState, mut stopped: watch::Receiver<bool>) {
    let router = router(state);
    let places = Arc::new(Semaphore::new(state.options().connections.max(1)));
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
        let (router, state, stopped) = (router.clone(), state.clone(), stopped.clone());
        open.spawn(async move {
            let stream = Patient::new(stream, state.options().idle_timeout);
            converse(stream, address, router, &state, stopped).await;
            drop(place);
        });
    }
    let all = async { while open.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, all).await);
}

/// Answers the requests of one connection.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    router: Router,
    state: &AppState,
    mut stopped: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(state.options().header_timeout)
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
