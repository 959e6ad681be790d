//! One conversation with one editor, from `initialize` to `exit`.

use super::capabilities::{self, capabilities, watches_files};
use super::disk::FindRules;
use super::judge::{Judge, Judged};
use super::library::Library;
use super::place::Place;
use super::text::Units;
use super::{actions, complete, edits, findings, hover, navigate, rename, symbols};
use crossbeam_channel::{Sender, after, never, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{self as told, Notification as _};
use lsp_types::request::{self as asked, Request as _};
use lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, InitializeParams, InitializeResult,
    MessageType, PublishDiagnosticsParams, Registration, RegistrationParams, ServerInfo, ShowMessageParams, Uri,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long typing must pause before a ruleset is judged.
const PAUSE: Duration = Duration::from_millis(80);
/// `RequestFailed` of the protocol: what was asked for is right, but cannot be done.
const REQUEST_FAILED: i32 = -32803;
/// What the server wants to be told about changes on disk.
const WATCHED: [&str; 2] = ["**/*.room", "**/windlass.yaml"];

/// How the conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By `shutdown` and `exit`.
    Properly,
    /// By `exit` without `shutdown`, or nobody speaks any more.
    Abruptly,
}

/// Why an answer is none, for people.
pub(super) type Refusal = String;

/// The client is gone, or the judge is: there is nobody to go on for.
struct Gone;

/// Speaks with one editor until it is over. `find` finds the `.room` files below a directory.
pub fn serve(connection: &Connection, find: FindRules) -> std::io::Result<Ended> {
    let Some((id, client)) = initialize(connection) else { return Ok(Ended::Abruptly) };
    let offered = client.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
    let units = Units::agreed(offered);
    let mut session = Session {
        library: Library::new(units, capabilities::edits(&client), folders(&client), find),
        client: connection.sender.clone(),
        judge: Judge::start()?,
        due: BTreeMap::new(),
        is_shut_down: false,
        told: BTreeMap::new(),
    };
    let result = InitializeResult {
        capabilities: capabilities(units),
        server_info: Some(ServerInfo {
            name: "windlass".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    let watches = watches_files(&client);
    let begun = session.send(Response::new_ok(id, result).into());
    let watched = if watches { session.watch() } else { Ok(()) };
    Ok(match begun.and(watched).and_then(|()| session.converse(connection)) {
        Ok(ended) => ended,
        Err(Gone) => Ended::Abruptly,
    })
}

/// Waits for a sound `initialize`; none where the client leaves.
fn initialize(connection: &Connection) -> Option<(RequestId, InitializeParams)> {
    for message in &connection.receiver {
        let response = match message {
            Message::Request(request) if request.method == asked::Initialize::METHOD => {
                match serde_json::from_value(request.params) {
                    Ok(params) => return Some((request.id, params)),
                    Err(error) => refused(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
                }
            }
            Message::Request(request) => {
                let why = "`initialize` comes first".to_owned();
                refused(request.id, ErrorCode::ServerNotInitialized as i32, why)
            }
            Message::Notification(notification) if notification.method == told::Exit::METHOD => return None,
            Message::Notification(_) | Message::Response(_) => continue,
        };
        connection.sender.send(response.into()).ok()?;
    }
    None
}

fn folders(client: &InitializeParams) -> Vec<PathBuf> {
    let folders = client.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    // older clients name one folder
    #[expect(deprecated, reason = "clients that know no workspace folders send it")]
    let root = client.root_uri.as_ref().filter(|_| client.workspace_folders.is_none());
    folders.chain(root).filter_map(path).collect()
}

fn path(uri: &Uri) -> Option<PathBuf> {
    Place::of(uri).path().map(PathBuf::from)
}

fn refused(id: RequestId, code: i32, why: String) -> Response {
    Response::new_err(id, code, why)
}

struct Session {
    library: Library,
    client: Sender<Message>,
    judge: Judge,
    /// Rulesets that are to be judged, and when.
    due: BTreeMap<Place, Instant>,
    is_shut_down: bool,
    /// The last trouble of each ruleset that was told, so that it is told once.
    told: BTreeMap<Place, String>,
}

impl Session {
    fn converse(&mut self, connection: &Connection) -> Result<Ended, Gone> {
        loop {
            self.judge_what_is_due();
            let pause = self.next_due().map_or_else(never, after);
            select! {
                recv(connection.receiver) -> message => match message {
                    Ok(Message::Request(request)) => self.answer(request)?,
                    Ok(Message::Notification(notification)) if notification.method == told::Exit::METHOD => {
                        return Ok(if self.is_shut_down { Ended::Properly } else { Ended::Abruptly });
                    }
                    Ok(Message::Notification(notification)) => self.hear(notification)?,
                    // what the client says to the registration of watched files changes nothing
                    Ok(Message::Response(_)) => {}
                    Err(_) => return Err(Gone),
                },
                recv(self.judge.done) -> judged => self.publish(judged.map_err(|_| Gone)?)?,
                recv(pause) -> _ => {}
            }
        }
    }

    fn send(&self, message: Message) -> Result<(), Gone> {
        self.client.send(message).map_err(|_| Gone)
    }

    fn tell<N: told::Notification>(&self, params: N::Params) -> Result<(), Gone>
    where
        N::Params: Serialize,
    {
        self.send(Notification::new(N::METHOD.to_owned(), params).into())
    }

    fn watch(&self) -> Result<(), Gone> {
        let watcher =
            |pattern: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(pattern.to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.map(watcher).to_vec() };
        let registration = Registration {
            id: "rules".to_owned(),
            method: told::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let request = Request::new("watch".to_owned().into(), asked::RegisterCapability::METHOD.to_owned(), params);
        self.send(request.into())
    }

    /// How long until a ruleset is due; none where none is, or the judge is busy.
    fn next_due(&self) -> Option<Duration> {
        let due = self.due.values().min().filter(|_| self.judge.is_free())?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Hands the ruleset that has waited longest to the judge, if he is free.
    fn judge_what_is_due(&mut self) {
        if !self.judge.is_free() {
            return;
        }
        let now = Instant::now();
        let ripe = self.due.iter().filter(|(_, due)| **due <= now).min_by_key(|(_, due)| **due);
        let Some(root) = ripe.map(|(root, _)| root.clone()) else { return };
        self.due.remove(&root);
        if let Some(job) = self.library.job(&root) {
            self.judge.take(job);
        }
    }

    fn is_due(&mut self, root: Place, pause: Duration) {
        self.due.insert(root, Instant::now() + pause);
    }

    /// Shows what was found, unless the text is another one by now: then it is judged again anyway.
    fn publish(&mut self, judged: Judged) -> Result<(), Gone> {
        self.judge.is_done();
        let Some(ruleset) = self.library.ruleset_mut(&judged.root) else { return Ok(()) };
        let judged = Rc::new(judged);
        ruleset.judged = Some(judged.clone());
        if ruleset.judged_now().is_none() {
            return Ok(());
        }
        let Some(ruleset) = self.library.ruleset(&judged.root) else { return Ok(()) };
        let published = findings::published(&self.library, ruleset, &judged);
        let shown = published.iter().filter(|(_, params)| !params.diagnostics.is_empty());
        let shown = shown.map(|(place, _)| place.clone()).collect();
        if let Some(ruleset) = self.library.ruleset_mut(&judged.root) {
            ruleset.shown = shown;
        }
        published.into_iter().try_for_each(|(_, params)| self.tell::<told::PublishDiagnostics>(params))
    }

    fn hear(&mut self, notification: Notification) -> Result<(), Gone> {
        let Notification { method, params, .. } = notification;
        match method.as_str() {
            told::DidOpenTextDocument::METHOD => {
                if let Some(params) = read::<told::DidOpenTextDocument>(params) {
                    let (root, trouble) = self.library.open(params.text_document);
                    self.is_due(root.clone(), Duration::ZERO);
                    self.complain(root, trouble)?;
                }
            }
            told::DidChangeTextDocument::METHOD => {
                let params = read::<told::DidChangeTextDocument>(params);
                let changed =
                    params.and_then(|params| self.library.change(params.text_document, params.content_changes));
                changed.into_iter().for_each(|root| self.is_due(root, PAUSE));
            }
            told::DidCloseTextDocument::METHOD => {
                let params = read::<told::DidCloseTextDocument>(params);
                let closed = params.and_then(|params| self.library.close(&params.text_document));
                closed.map_or(Ok(()), |root| self.closed(root))?;
            }
            told::DidSaveTextDocument::METHOD | told::DidChangeWatchedFiles::METHOD => self.look_again()?,
            told::DidChangeWorkspaceFolders::METHOD => {
                if let Some(params) = read::<told::DidChangeWorkspaceFolders>(params) {
                    let removed: Vec<PathBuf> =
                        params.event.removed.iter().filter_map(|folder| path(&folder.uri)).collect();
                    self.library.folders.retain(|folder| !removed.contains(folder));
                    self.library.folders.extend(params.event.added.iter().filter_map(|folder| path(&folder.uri)));
                }
            }
            _other => {}
        }
        Ok(())
    }

    /// A ruleset of which nothing is open is forgotten, and its findings with it.
    fn closed(&mut self, root: Place) -> Result<(), Gone> {
        if self.library.is_open(&root) {
            self.is_due(root, Duration::ZERO);
            return Ok(());
        }
        self.due.remove(&root);
        self.told.remove(&root);
        for uri in self.library.forget(&root).iter().filter_map(|place| self.library.uri(place)) {
            let params = PublishDiagnosticsParams { uri, version: None, diagnostics: Vec::new() };
            self.tell::<told::PublishDiagnostics>(params)?;
        }
        Ok(())
    }

    /// Something on disk may be another than it was.
    fn look_again(&mut self) -> Result<(), Gone> {
        for root in self.library.roots() {
            let trouble = self.library.read_again(&root);
            self.is_due(root.clone(), PAUSE);
            self.complain(root, trouble)?;
        }
        Ok(())
    }

    /// Tells a trouble, once; no trouble ends it.
    fn complain(&mut self, root: Place, trouble: Option<String>) -> Result<(), Gone> {
        let Some(message) = trouble else {
            self.told.remove(&root);
            return Ok(());
        };
        if self.told.insert(root, message.clone()).as_ref() == Some(&message) {
            return Ok(());
        }
        self.tell::<told::ShowMessage>(ShowMessageParams { typ: MessageType::WARNING, message })
    }

    fn answer(&mut self, request: Request) -> Result<(), Gone> {
        let library = &self.library;
        let response = match request.method.as_str() {
            _any if self.is_shut_down => {
                let why = "the server was shut down".to_owned();
                refused(request.id, ErrorCode::InvalidRequest as i32, why)
            }
            asked::Shutdown::METHOD => {
                self.is_shut_down = true;
                Response::new_ok(request.id, ())
            }
            asked::HoverRequest::METHOD => {
                reply::<asked::HoverRequest>(request, |params| Ok(hover::hover(library, &params)))
            }
            asked::GotoDefinition::METHOD => {
                reply::<asked::GotoDefinition>(request, |params| Ok(navigate::definition(library, &params)))
            }
            asked::References::METHOD => {
                reply::<asked::References>(request, |params| Ok(navigate::references(library, &params)))
            }
            asked::DocumentHighlightRequest::METHOD => {
                reply::<asked::DocumentHighlightRequest>(request, |params| Ok(navigate::highlights(library, &params)))
            }
            asked::PrepareRenameRequest::METHOD => {
                reply::<asked::PrepareRenameRequest>(request, |params| rename::prepare(library, &params))
            }
            asked::Rename::METHOD => reply::<asked::Rename>(request, |params| rename::rename(library, &params)),
            asked::Completion::METHOD => {
                reply::<asked::Completion>(request, |params| Ok(complete::complete(library, &params)))
            }
            asked::Formatting::METHOD => {
                reply::<asked::Formatting>(request, |params| Ok(edits::format(library, &params)))
            }
            asked::CodeActionRequest::METHOD => {
                reply::<asked::CodeActionRequest>(request, |params| Ok(actions::actions(library, &params)))
            }
            asked::DocumentSymbolRequest::METHOD => {
                reply::<asked::DocumentSymbolRequest>(request, |params| Ok(symbols::of_document(library, &params)))
            }
            asked::WorkspaceSymbolRequest::METHOD => {
                reply::<asked::WorkspaceSymbolRequest>(request, |params| Ok(symbols::of_workspace(library, &params)))
            }
            unknown => {
                let why = format!("`{unknown}` is nothing that this server answers");
                refused(request.id, ErrorCode::MethodNotFound as i32, why)
            }
        };
        self.send(response.into())
    }
}

/// What a notification says; nothing is done about one that says it wrongly.
fn read<N: told::Notification>(params: serde_json::Value) -> Option<N::Params> {
    serde_json::from_value(params).ok()
}

fn reply<R: asked::Request>(request: Request, act: impl FnOnce(R::Params) -> Result<R::Result, Refusal>) -> Response {
    match serde_json::from_value(request.params) {
        Err(error) => refused(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
        Ok(params) => match act(params) {
            Ok(result) => Response::new_ok(request.id, result),
            Err(why) => refused(request.id, REQUEST_FAILED, why),
        },
    }
}
