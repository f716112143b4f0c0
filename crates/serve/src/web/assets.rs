//! Styles, the script and the icon: part of the program, named by their content, so that a browser keeps them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file of ours.
pub(crate) struct Asset {
    /// Where pages find it.
    pub(crate) address: String,
    kind: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: &'static str) -> Self {
        let mut digest = data_encoding::HEXLOWER.encode(&Sha256::digest(content));
        digest.truncate(16);
        Self { address: format!("/assets/{stem}-{digest}.{extension}"), kind, content }
    }
}

/// The styles.
pub(crate) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_str!("assets/style.css")));
/// The script: niceties only.
pub(crate) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("script", "js", "text/javascript; charset=utf-8", include_str!("assets/script.js")));
/// The icon.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg")));

/// `GET /assets/NAME`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let wanted = |asset: &&&LazyLock<Asset>| asset.address.strip_prefix("/assets/") == Some(&name);
    match [&STYLE, &SCRIPT, &ICON].iter().find(wanted) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, asset.content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
