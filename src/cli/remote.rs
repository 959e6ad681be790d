//! Asking a server that runs, over its API.

use crate::machine::plan::Plan;
use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use hyper::header::{AUTHORIZATION, HOST, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use tokio::net::TcpStream;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(90);
/// No answer is larger, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Where a server is that was told nothing else.
const DEFAULT_URL: &str = "http://127.0.0.1:7070";

/// Which server, and who asks.
#[derive(Debug, clap::Args)]
pub(super) struct Remote {
    /// The server. Its API speaks HTTP without TLS: reach one on another machine through a tunnel
    #[arg(long, visible_alias = "server", value_name = "URL", env = "WINDLASS_URL", default_value = DEFAULT_URL)]
    pub(super) url: Uri,
    /// A token that the server's settings know; make one with `windlass token new`
    #[arg(long, value_name = "TOKEN", env = "WINDLASS_TOKEN", hide_env_values = true)]
    pub(super) token: Option<String>,
}

/// Why the server did not do what was asked.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    error: RefusedDetail,
    lint: Option<Lint>,
}

#[derive(Debug, Deserialize)]
struct RefusedDetail {
    code: String,
    message: String,
}

/// What was found in rules that it was to take.
#[derive(Debug, Deserialize)]
struct Lint {
    findings: Vec<Found>,
}

#[derive(Debug, Deserialize)]
struct Found {
    code: String,
    severity: String,
    message: String,
    path: String,
    line: usize,
    column: usize,
}

/// What came of a reload or a rollback.
#[derive(Debug, Deserialize)]
pub(super) struct Reloaded {
    pub(super) epoch: u32,
    pub(super) changed: String,
    pub(super) plan: Plan,
}

impl Refused {
    /// Whether the rules or settings that were to become active are the reason.
    pub(super) fn is_unfit(&self) -> bool {
        self.lint.is_some()
            || matches!(&*self.error.code, "unreadable" | "bad_settings" | "unbound_check" | "needs_restart")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for found in self.lint.iter().flat_map(|lint| &lint.findings) {
            let Found { code, severity, message, path, line, column } = found;
            writeln!(out, "{path}:{line}:{column}: {severity}[{code}]: {message}")?;
        }
        write!(out, "windlass: {} ({})", self.error.message, self.error.code)
    }
}

impl Remote {
    /// Asks, and reads the answer.
    pub(super) fn get<Answer: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Result<Answer, Refused>> {
        self.ask(Method::GET, path, Body::empty())
    }

    /// Has something done, and reads what came of it.
    pub(super) fn post<Answer: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<Result<Answer, Refused>> {
        self.ask(Method::POST, path, Body::from(serde_json::to_vec(body)?))
    }

    /// Reads a page of text; none where the server has no such page for who asks.
    pub(super) fn page(&self, path: &str) -> anyhow::Result<Option<String>> {
        let (is_done, text) = self.wait(Method::GET, path, Body::empty())?;
        let text = is_done.then(|| String::from_utf8(text)).transpose();
        text.with_context(|| format!("`{}` does not answer as a Windlass server does", self.url))
    }

    fn ask<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> anyhow::Result<Result<Answer, Refused>> {
        let (is_done, text) = self.wait(method, path, body)?;
        let answered =
            if is_done { serde_json::from_slice(&text).map(Ok) } else { serde_json::from_slice(&text).map(Err) };
        answered.with_context(|| format!("`{}` does not answer as a Windlass server does", self.url))
    }

    /// Whether it was done, and what was answered.
    fn wait(&self, method: Method, path: &str, body: Body) -> anyhow::Result<(bool, Vec<u8>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot wait")?;
        let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.exchange(method, path, body)).await });
        asked.with_context(|| format!("`{}` did not answer in time", self.url))?
    }

    async fn exchange(&self, method: Method, path: &str, body: Body) -> anyhow::Result<(bool, Vec<u8>)> {
        let (host, port) = self.place()?;
        let stream = TcpStream::connect((host, port)).await;
        let stream = stream.with_context(|| format!("cannot reach a server at `{}`", self.url))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(HOST, format!("{host}:{port}"));
        if let Some(token) = &self.token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).context("this is no token")?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        let response = sender.send_request(request.body(body)?).await.context("the server gave no answer")?;
        let is_done = response.status().is_success();
        let text = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await.context("the answer broke off")?;
        connection.abort();
        Ok((is_done, text.into()))
    }

    fn place(&self) -> anyhow::Result<(&str, u16)> {
        let Some(host) = self.url.host().filter(|_| self.url.scheme_str().unwrap_or("http") == "http") else {
            bail!("`{}` is no address of a server: write one as in `{DEFAULT_URL}`", self.url);
        };
        Ok((host.trim_matches(['[', ']']), self.url.port_u16().unwrap_or(80)))
    }
}
