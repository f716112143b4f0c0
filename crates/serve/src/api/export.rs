//! Whole answers, written page by page while they are read.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body, Bytes, Frame};
use plimsoll_inventory::{AnswerRow, Page, Query as Question};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::shape::{self, Query};
use crate::problem::{Answered, Problem};
use crate::question;
use crate::state::AppState;

/// Rows that are read at once.
const ROWS: usize = 500;

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    format: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Lines,
}

/// `GET /api/v1/export`
pub(crate) async fn export(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Response> {
    let question = question::read(&state, asked.q.as_deref()).await?;
    let (format, media) = match asked.format.as_deref() {
        None | Some("jsonl") => (Format::Lines, "application/x-ndjson"),
        Some("csv") => (Format::Csv, "text/csv; charset=utf-8"),
        Some(_) => return Err(Problem::bad("format: csv or jsonl")),
    };
    // The first page decides whether there is an answer at all.
    let (first, next) = read(&state, &question, format, None).await?;
    let (pages, receiver) = mpsc::channel(2);
    let head = if format == Format::Csv { "artifact,name,version,digest,components,claim,coverage\r\n" } else { "" };
    drop(pages.try_send(Ok(Bytes::from(format!("{head}{first}")))));
    tokio::spawn(async move {
        let mut after = next;
        while let Some(from) = after {
            let page = match read(&state, &question, format, Some(from)).await {
                Ok((text, next)) => {
                    after = next;
                    Ok(Bytes::from(text))
                }
                Err(_) => {
                    after = None;
                    // The connection is cut, so that half an answer does not look like a whole one.
                    Err(std::io::Error::other("the inventory cannot be read"))
                }
            };
            if pages.send(page).await.is_err() {
                break;
            }
        }
    });
    let body = axum::body::Body::new(Pages(receiver));
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(media))], body).into_response())
}

async fn read(
    state: &AppState,
    question: &Question,
    format: Format,
    after: Option<u64>,
) -> Answered<(String, Option<u64>)> {
    let question = question.clone();
    let page = Page { rows: ROWS, after };
    let answer = state.with_inventory(move |inventory| inventory.find(&question, page)).await?;
    let mut text = String::new();
    for row in &answer.rows {
        match format {
            Format::Lines => {
                text.push_str(&shape::answer_row(row).to_string());
                text.push('\n');
            }
            Format::Csv => csv(row, &mut text),
        }
    }
    Ok((text, answer.next))
}

fn csv(row: &AnswerRow, text: &mut String) {
    let artifact = &row.artifact;
    let components = row.components.join(" ");
    let number = artifact.id.to_number().to_string();
    let fields = [
        &number,
        &artifact.name,
        &artifact.version,
        &artifact.digest,
        &components,
        row.claim.word(),
        row.coverage.word(),
    ];
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push('"');
        // A spreadsheet takes these for formulas.
        if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            text.push('\'');
        }
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// Pages as the body of an answer.
struct Pages(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl Body for Pages {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}
