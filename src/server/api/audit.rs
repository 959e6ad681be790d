//! Who has done what. Each act is a line of the log under a target of its own, and, where the settings name a file, two lines
//! there: one before it is done and one after. What cannot be written down is not done.
//!
//! No line holds what was said, what attributes are worth, or a token.

use super::answer::Problem;
use super::guard::Caller;
use crate::server::clock::new_id;
use crate::server::config::Scope;
use crate::server::{Shared, wall};
use axum::http::StatusCode;
use serde::Serialize;
use std::fs::OpenOptions;
use std::future::Future;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// What the lines of the log are about.
const TARGET: &str = "windlass::audit";
/// No line tells more characters of what an act is done with.
const WITH_CHARACTERS_MAX: usize = 200;

/// What is wanted.
pub(super) struct Deed {
    /// What, in a word.
    pub(super) does: &'static str,
    /// On whom or what.
    pub(super) on: String,
    /// With what: a room, names of locks or attributes, a reason.
    pub(super) with: String,
}

/// A line of the file.
#[derive(Debug, Serialize)]
struct Line<'deed> {
    /// Milliseconds since 1970.
    at: u64,
    /// The same in both lines of one act.
    act: Uuid,
    by: &'deed str,
    does: &'deed str,
    on: &'deed str,
    #[serde(skip_serializing_if = "str::is_empty")]
    with: &'deed str,
    /// `begun`, then `done` or the code of an error.
    outcome: &'deed str,
}

/// One act under way.
struct Entry {
    act: Uuid,
    by: Arc<str>,
    deed: Deed,
    file: Option<PathBuf>,
}

/// Does something once it is written down. It is done to the end, and written down how, even if nobody waits any more.
pub(super) async fn audited<Answer: Send + 'static>(
    shared: &Shared,
    Caller(by): Caller,
    mut deed: Deed,
    work: impl Future<Output = Result<Answer, Problem>> + Send + 'static,
) -> Result<Answer, Problem> {
    deed.with = deed.with.chars().take(WITH_CHARACTERS_MAX).collect();
    let act = new_id().map_err(|error| not_audited(&error))?;
    let entry = Entry { act, by, deed, file: shared.terms.get().audit.clone() };
    entry.write("begun").await.map_err(|error| not_audited(&error))?;
    let done = tokio::spawn(async move {
        let answer = work.await;
        entry.end(answer.as_ref().map_or_else(|problem| problem.code(), |_| "done")).await;
        answer
    });
    done.await.unwrap_or_else(|_| {
        Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the server is at fault: see its log"))
    })
}

fn not_audited(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(target: TARGET, %error, "an act cannot be written down, and so is not done");
    let why = "what is done cannot be written down, and so nothing is done";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_audited", why)
}

/// A token has tried what it may not.
pub(super) fn denied(by: &str, scope: Scope, path: &str) {
    tracing::warn!(target: TARGET, by, scope = scope.name(), ?path, outcome = "forbidden", "an act");
}

impl Entry {
    async fn end(&self, outcome: &str) {
        let Entry { act, by, deed: Deed { does, on, with }, .. } = self;
        tracing::info!(target: TARGET, %act, %by, does, ?on, ?with, outcome, "an act");
        if let Err(error) = self.write(outcome).await {
            tracing::error!(target: TARGET, %error, %act, "the audit file cannot be written, and has no end of this act");
        }
    }

    async fn write(&self, outcome: &str) -> io::Result<()> {
        let Some(file) = self.file.clone() else { return Ok(()) };
        let Entry { act, by, deed: Deed { does, on, with }, .. } = self;
        let line = Line { at: wall(), act: *act, by, does, on, with, outcome };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        let written = tokio::task::spawn_blocking(move || append(&file, &line));
        written.await.map_err(io::Error::other)?
    }
}

/// Opened anew for each line, so that it may be moved away at any time.
fn append(file: &Path, line: &[u8]) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)?.write_all(line)
}
