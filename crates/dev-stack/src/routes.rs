//! All services behind one port, and the switches.

use std::sync::Arc;

use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal};
use crate::connection::Connection;
use crate::fault::{Fault, Outage, Service};
use crate::stack::Shared;
use crate::{fulcio, oidc, rekor, rekor_v2, timestamp, trust, tuf};

/// Larger requests are not read: attestations of SBOMs are large, but not larger.
const MAX_REQUEST: usize = 128 << 20;
/// What a busy service says: seconds.
const RETRY_AFTER: &str = "1";

/// The whole server.
pub(crate) fn router(stack: Arc<Shared>) -> Router {
    let services = [
        (Service::Oidc, oidc::routes()),
        (Service::Fulcio, fulcio::routes()),
        (Service::Rekor, rekor::routes()),
        (Service::RekorV2, rekor_v2::routes()),
        (Service::Timestamp, timestamp::routes()),
        (Service::Tuf, tuf::routes()),
    ];
    let mut router = Router::new()
        .route("/", get(about))
        .route("/trusted_root.json", get(trusted_root))
        .route("/fault", get(faults).delete(clear))
        .route("/fault/{name}", post(switch_on))
        .route("/fault/{name}", delete(switch_off));
    for (service, routes) in services {
        let state = (service, Arc::clone(&stack));
        router = router.merge(routes.layer(from_fn_with_state(state, outage)));
    }
    router.layer(DefaultBodyLimit::max(MAX_REQUEST)).with_state(stack)
}

/// Lets a service fail as a whole, when it should.
async fn outage(State((service, stack)): State<(Service, Arc<Shared>)>, request: Request, next: Next) -> Response {
    for outage in stack.faults.outages(service) {
        match outage {
            Outage::Down => {
                if let Some(ConnectInfo(connection)) = request.extensions().get::<ConnectInfo<Connection>>() {
                    connection.cut();
                }
                return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the service is down").into_response();
            }
            Outage::Slow => tokio::time::sleep(stack.delay).await,
            Outage::Busy => {
                let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "come again later");
                return ([(header::RETRY_AFTER, RETRY_AFTER)], refusal).into_response();
            }
            Outage::Broken => {
                return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the service is broken").into_response();
            }
        }
    }
    next.run(request).await
}

async fn about(State(stack): State<Arc<Shared>>) -> Json<Value> {
    let url = &stack.url;
    Json(json!({
        "fulcio": url, "rekor": format!("{url}/rekor"), "rekorV2": format!("{url}/rekor-v2"),
        "timestamp": format!("{url}/tsa/api/v1/timestamp"), "oidc": format!("{url}/oidc"), "tuf": format!("{url}/tuf"),
    }))
}

async fn trusted_root(State(stack): State<Arc<Shared>>) -> Json<Value> {
    Json(trust::trusted_root(&stack))
}

async fn faults(State(stack): State<Arc<Shared>>) -> Json<Value> {
    let all: Vec<String> = Fault::all().map(|fault| fault.to_string()).collect();
    Json(json!({ "on": stack.faults.names(), "all": all }))
}

async fn clear(State(stack): State<Arc<Shared>>) -> StatusCode {
    stack.faults.clear();
    StatusCode::NO_CONTENT
}

fn switch(stack: &Shared, name: &str, on: bool) -> Answer<StatusCode> {
    let fault = name.parse().map_err(|_| Refusal::missing(format!("there is no fault {name:?}")))?;
    stack.faults.set(fault, on);
    Ok(StatusCode::NO_CONTENT)
}

async fn switch_on(State(stack): State<Arc<Shared>>, Path(name): Path<String>) -> Answer<StatusCode> {
    switch(&stack, &name, true)
}

async fn switch_off(State(stack): State<Arc<Shared>>, Path(name): Path<String>) -> Answer<StatusCode> {
    switch(&stack, &name, false)
}
