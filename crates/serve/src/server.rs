//! The server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::middleware::from_fn_with_state;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::service::TowerToHyperService;
use plimsoll_inventory::Inventory;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::connection::Patient;
use crate::error::ServeError;
use crate::guard;
use crate::listener::{self, Bound, Running, Taking};
use crate::oidc::Oidc;
use crate::options::Options;
use crate::state::AppState;
use crate::{api, web};

/// How long requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(15);

/// A server that runs. It stops when this is dropped.
pub struct Server {
    url: String,
    running: Running,
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
        let Bound { runtime, listener, address } = Bound::to(options.listen)?;
        let url = format!("http://{address}");
        let base_url = options.base_url.clone().unwrap_or_else(|| url.clone());
        let state = AppState::new(options, base_url.trim_end_matches('/').to_owned(), guarded, oidc);
        let running = Running::start("serve", move |stopped| {
            runtime.block_on(accept(&listener, &state, stopped));
            runtime.shutdown_timeout(GRACE);
            state.close();
        })?;
        Ok(Self { url, running })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more requests, and waits for those that were begun.
    pub fn stop(self) {
        drop(self.running);
    }
}

/// All that is served.
pub(crate) fn router(state: &AppState) -> Router {
    api::routes()
        .merge(web::routes())
        .layer(from_fn_with_state(state.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(state.options().max_upload))
        .with_state(state.clone())
}

async fn accept(listener: &TcpListener, state: &AppState, stopped: watch::Receiver<bool>) {
    let router = router(state);
    let taking = Taking { connections: state.options().connections, grace: GRACE };
    let converse = |stream, address, stopped| converse(stream, address, router.clone(), state.clone(), stopped);
    listener::accept(listener, taking, stopped, converse).await;
}

/// Answers the requests of one connection.
async fn converse(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    state: AppState,
    stopped: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        service.call(request)
    });
    let stream = Patient::new(stream, state.options().idle_timeout);
    listener::answer(stream, state.options().header_timeout, service, stopped).await;
}
