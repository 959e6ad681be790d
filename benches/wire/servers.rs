//! Which servers are measured, how each is started, and how the load generator speaks with it.

use super::process::Process;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whoever is measured.
pub struct Server {
    pub name: &'static str,
    pub role: Role,
    port: u16,
    program: PathBuf,
    arguments: Vec<String>,
    environment: &'static [(&'static str, &'static str)],
    /// Where scripts find what they need.
    modules: Option<PathBuf>,
    /// The path of its WebSockets.
    pub path: &'static str,
    /// How `wsload` is told to come in and to publish.
    pub dialect: &'static [&'static str],
}

/// What a server is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is what this is about.
    Ours,
    /// What the machine can do where nothing is asked of it but carrying: see the workloads for which limit is whose.
    Limit,
    /// Others who do such work.
    Peer,
}

/// The limits' own little protocol, and that of those who are as small.
const SMALL: &[&str] =
    &["--room-fmt", "{}", "--join", "J{room}", "--ready-match", "OK", "--publish", "P{room} {payload}"];

const WINDLASS: &[&str] = &[
    "--room-fmt",
    "hall/{}",
    "--join",
    "",
    "--ready-match",
    "\"hello\"",
    "--join",
    r#"{"to":"room:{room}"}"#,
    "--ready-match",
    "\"ask\"",
    "--join",
    r#"{"ticket":"ticket"}"#,
    "--ready-match",
    "\"moved\"",
    "--publish",
    r#"{"text":"{payload}"}"#,
];

const SOCKETIOXIDE: &[&str] = &[
    "--join",
    "",
    "--join",
    "40",
    "--join",
    r#"42["join","{room}"]"#,
    "--ready-match",
    "0{",
    "--ready-match",
    "hello",
    "--ready-match",
    "\"joined\"",
    "--publish",
    r#"42["pub","{room}","{payload}"]"#,
    "--auto-reply",
    "=2=>3",
];

const SOCKUDO: &[(&str, &str)] = &[
    ("HOST", "127.0.0.1"),
    ("PORT", "23501"),
    ("METRICS_ENABLED", "false"),
    ("SOCKUDO_DEFAULT_APP_ID", "app"),
    ("SOCKUDO_DEFAULT_APP_KEY", "app-key"),
    ("SOCKUDO_DEFAULT_APP_SECRET", "app-secret"),
    ("SOCKUDO_DEFAULT_APP_MAX_CONNECTIONS", "100000"),
    ("SOCKUDO_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SECOND", "10000000"),
    ("SOCKUDO_DEFAULT_APP_ENABLE_CLIENT_MESSAGES", "true"),
    ("RATE_LIMITER_ENABLED", "false"),
    ("LOG_LEVEL", "warn"),
    ("RUST_LOG", "warn"),
];

impl Server {
    /// Where the rules are that are measured.
    pub fn rules() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rules/fan"))
    }

    /// This server, with the rules in `benches/rules/fan`.
    pub fn windlass() -> Server {
        Server::windlass_of(&Server::rules())
    }

    /// This server, with the rules in a folder.
    pub fn windlass_of(rules: &Path) -> Server {
        let rules = rules.display().to_string();
        let arguments = ["serve", &rules, "--no-watch", "--listen", "127.0.0.1:23600"];
        let program = std::env::var_os("WINDLASS").map_or(env!("CARGO_BIN_EXE_windlass").into(), PathBuf::from);
        Server {
            name: "windlass",
            role: Role::Ours,
            port: 23600,
            program,
            arguments: arguments.map(str::to_owned).to_vec(),
            environment: &[],
            modules: None,
            path: "/ws",
            dialect: WINDLASS,
        }
    }

    /// The same, which keeps nothing on the disk.
    pub fn forgetful_windlass() -> Server {
        let mut server = Server::windlass();
        server.arguments.extend(["--set".to_owned(), "store.memory_only=true".to_owned()]);
        server
    }

    /// Joins the frames that wait in a room, and writes to all its sockets from the room's task.
    pub fn room_task(tools: &Path) -> Server {
        Server::small("limit: room task", Role::Limit, tools.join("tk"), &["actor", "23100", "2"])
    }

    /// Writes every delivery by itself.
    pub fn epoll(tools: &Path) -> Server {
        Server::small("limit: epoll", Role::Limit, tools.join("epoll"), &["direct", "23100", "2"])
    }

    fn small(name: &'static str, role: Role, program: PathBuf, arguments: &[&str]) -> Server {
        Server {
            name,
            role,
            port: 23100,
            program,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            environment: &[],
            modules: None,
            path: "/",
            dialect: SMALL,
        }
    }

    /// Those of the others that are installed in this folder.
    pub fn peers(folder: &Path) -> Vec<Server> {
        let script = |name: &str| format!("{}/benches/peers/{name}", env!("CARGO_MANIFEST_DIR"));
        let peer = |name, needs: &str, program: &Path, arguments: &[&str], port, dialect| {
            let server = Server::small(name, Role::Peer, program.to_owned(), arguments);
            folder.join(needs).exists().then_some(Server { port, dialect, ..server })
        };
        let (node, ws, socketio, nats) =
            (Path::new("node"), script("ws.js"), script("socketio.js"), script("nats.conf"));
        let sockudo = &["--proto", "pusher", "--key", "app-key", "--secret", "app-secret"];
        let all = [
            peer("ws", "node_modules/ws", node, &[&ws, "23100"], 23100, SMALL),
            peer("socket.io", "node_modules/socket.io", node, &[&socketio, "23100"], 23100, &["--proto", "socketio"]),
            peer("nats", "nats-server", &folder.join("nats-server"), &["-c", &nats], 23401, &["--proto", "nats"]),
            peer("sockudo", "sockudo", &folder.join("sockudo"), &[], 23501, sockudo)
                .map(|peer| Server { environment: SOCKUDO, ..peer }),
            peer("socketioxide", "socketioxide", &folder.join("socketioxide"), &["23301"], 23301, SOCKETIOXIDE)
                .map(|peer| Server { path: "/socket.io/?EIO=4&transport=websocket", ..peer }),
        ];
        let modules = folder.join("node_modules");
        all.into_iter().flatten().map(|peer| Server { modules: Some(modules.clone()), ..peer }).collect()
    }

    /// Starts it. What is kept on the disk is kept in a folder of its own, and goes with the server.
    pub fn start(&self) -> io::Result<Process> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().copied());
        command.envs(self.modules.iter().map(|modules| ("NODE_PATH", modules)));
        command.env("WINDLASS_SET", format!("store.directory={}", folder.path().join("store").display()));
        Process::start(&mut command, self.port, folder)
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}{}", self.port, self.path)
    }
}
