//! The OpenAPI 3.1 document, made from the table of routes. <https://spec.openapis.org/oas/v3.1.1>

use axum::Json;
use serde_json::{Map, Value, json};

use super::table::{Need, ROUTES, Route};

/// Schemas of what is sent and answered, by name.
const SCHEMAS: &str = include_str!("openapi/schemas.json");
/// Parameters by name.
const PARAMETERS: &str = include_str!("openapi/parameters.json");

/// `GET /api/v1/openapi.json`
pub(crate) async fn serve() -> Json<Value> {
    Json(document())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(path) = path {
            path.insert(route.method.as_str().to_ascii_lowercase(), operation(route));
        }
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plimsoll",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Which artifacts contain it, through what, and what advisories say",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": read(SCHEMAS),
            "parameters": read(PARAMETERS),
            "responses": { "Problem": {
                "description": "The request was refused, or the server has a fault",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A token of `plimsoll serve token add`, or of the issuer (`--oidc-issuer`)" },
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-Api-Key" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::access::COOKIE },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let parameters: Vec<Value> =
        route.parameters.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect();
    let mut responses = Map::new();
    for (status, media, schema) in route.answers {
        let entry = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": route.summary, "content": {} }));
        if let Some(Value::Object(content)) = entry.get_mut("content") {
            content.insert((*media).to_owned(), json!({ "schema": reference(schema) }));
        }
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    let (security, role) = match route.need {
        Need::Nothing => (json!([]), "none".to_owned()),
        Need::Role(role) => (json!([{ "bearer": [] }, { "apiKey": [] }, { "session": [] }]), role.word().to_owned()),
    };
    let mut operation = json!({
        "operationId": route.id, "tags": [route.tag], "summary": route.summary, "parameters": parameters,
        "responses": responses, "security": security, "x-role": role,
    });
    if let Some((media, schema)) = route.body {
        let body = json!({ "required": true, "content": { media: { "schema": reference(schema) } } });
        if let Value::Object(operation) = &mut operation {
            operation.insert("requestBody".to_owned(), body);
        }
    }
    operation
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
