//! An editor without a screen: it starts the server, keeps the documents, and says what it hears.

use crate::fixtures::root;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client {
    server: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    /// What was heard while something else was awaited.
    heard: VecDeque<Value>,
    asked: u64,
    /// The folder that is open, as a URI.
    pub folder: String,
    /// The text and version of each open document, by URI.
    pub open: BTreeMap<String, (String, i64)>,
    pub utf8: bool,
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Client {
    /// Starts a server in a folder, without a greeting.
    pub fn start(folder: &Path) -> Client {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.arg("lsp").current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("windlass runs");
        let to = server.stdin.take();
        let mut out = BufReader::new(server.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut out).filter(|message| sender.send(message.clone()).is_ok()) {
                drop(message);
            }
        });
        let (heard, open) = (VecDeque::new(), BTreeMap::new());
        Client { server, to, from, heard, asked: 0, folder: uri(folder), open, utf8: false }
    }

    /// Starts a server and says what the editor can.
    pub fn greet(folder: &Path, capabilities: Value) -> Client {
        let mut client = Client::start(folder);
        let folders = json!([{ "uri": client.folder, "name": "rules" }]);
        let answer = client.ask(
            "initialize",
            json!({ "processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": capabilities }),
        );
        client.utf8 = answer["result"]["capabilities"]["positionEncoding"] == "utf-8";
        client.tell("initialized", json!({}));
        client
    }

    pub fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub fn send_text(&mut self, text: &str) {
        let to = self.to.as_mut().expect("an open pipe");
        // a server that is gone is found out when its answer is awaited
        let _ = write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| to.flush());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.next(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The first message that is wanted, heard already or not.
    pub fn next(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&is_wanted) {
            return self.heard.remove(at).expect("a message");
        }
        loop {
            let message = self.from.recv_timeout(PATIENCE).expect("the server answers");
            if is_wanted(&message) {
                return message;
            }
            self.heard.push_back(message);
        }
    }

    pub fn uri(&self, file: &str) -> String {
        if file.contains(':') { file.to_owned() } else { format!("{}/{file}", self.folder) }
    }

    /// Opens a document, with the text on disk if no other is given.
    pub fn open(&mut self, file: &str, text: Option<&str>) {
        let uri = self.uri(file);
        let path = uri.trim_start_matches("file://").to_owned();
        let text = text.map_or_else(|| std::fs::read_to_string(&path).expect("a file"), str::to_owned);
        let document = json!({ "uri": uri, "languageId": "room", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.open.insert(uri, (text, 1));
    }

    /// Replaces the first place where the old text stands, as an editor would that only tells what changed.
    pub fn replace(&mut self, file: &str, old: &str, new: &str) {
        let uri = self.uri(file);
        let (text, version) = self.open.get(&uri).expect("an open document").clone();
        let at = text.find(old).unwrap_or_else(|| panic!("`{old}` stands in {file}"));
        let range = json!({ "start": self.position(&text, at), "end": self.position(&text, at + old.len()) });
        let changes = json!([{ "range": range, "text": new }]);
        let document = json!({ "uri": uri, "version": version + 1 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        self.open.insert(uri, (text.replacen(old, new, 1), version + 1));
    }

    pub fn close(&mut self, file: &str) {
        let uri = self.uri(file);
        self.open.remove(&uri);
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// The findings of a document: of its version if it is open, else the next that are told.
    pub fn findings(&mut self, file: &str) -> Value {
        let uri = self.uri(file);
        let version = self.open.get(&uri).map(|(_, version)| *version);
        let message = self.next(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && (version.is_none() || message["params"]["version"].as_i64() == version)
        });
        message["params"]["diagnostics"].clone()
    }

    /// Waits until the server has said what it had to say, and forgets what it found.
    pub fn forget_findings(&mut self) {
        self.ask("nobody/knows", Value::Null);
        self.heard.retain(|message| message["method"] != "textDocument/publishDiagnostics");
    }

    /// How often findings of a document were told that nobody has asked for.
    pub fn heard_findings(&self, file: &str) -> usize {
        let uri = self.uri(file);
        self.heard.iter().filter(|message| message["params"]["uri"] == uri).count()
    }

    /// The position of a byte, counted by hand.
    pub fn position(&self, text: &str, at: usize) -> Value {
        let line = text[..at].matches('\n').count();
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[start..at];
        let character = if self.utf8 { before.len() } else { before.encode_utf16().count() };
        json!({ "line": line, "character": character })
    }

    /// Stops speaking, and waits for the exit code.
    pub fn end(mut self) -> i32 {
        drop(self.to.take());
        self.server.wait().expect("the server ends").code().expect("an exit code")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read(out: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", bytes)) => length = bytes.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
