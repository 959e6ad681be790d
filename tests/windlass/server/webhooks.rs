//! What a group is told reaches its webhooks: signed, in order, again where it must be, and without holding up anybody.

use super::client::{Client, until};
use super::echo::settings;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use windlass::check::Secret;
use windlass::check::webhook::SigningSecret;
use windlass::diagnostic::SourceMap;
use windlass::server::webhooks::{Fate, Tally};
use windlass::server::{House, Server};
use windlass::store::Store;

const RULES: &str = "entry lobby\nroom lobby public {\n    after 1h -> drop \"too long\"\n    on { alarm: text(1..200) } as m { tell alarms { alarm: m.alarm } say { heard: m.alarm } }\n}\n\
                     group alarms { webhook \"pager\" }\ngroup bells in alarms { webhook \"siren\" }\n";
const SECRET: &str = "a secret of the two of them";

/// One request as the receiver had it.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: String,
    time: String,
    signature: String,
    pub body: String,
}

impl Request {
    /// What a client would have got.
    pub fn frame(&self) -> serde_json::Value {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        body["frame"].clone()
    }

    /// What somebody said.
    pub fn message(&self) -> serde_json::Value {
        self.frame()["message"].clone()
    }
}

/// A server that answers each request with the next of these statuses, and then with the last one for ever. 0 is no answer.
pub struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    pub async fn answering(statuses: &'static [u16]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (kept, mut tasks) = (requests.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(answer(stream, statuses, kept.clone()));
            }
        });
        Receiver { port, requests, _tasks: tasks }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    /// What the messages say that have come, in order.
    fn alarms(&self) -> Vec<String> {
        let said = |request: Request| request.message()["alarm"].as_str().expect("an alarm").to_owned();
        self.requests().into_iter().map(said).collect()
    }

    pub fn settings(&self, name: &str, more: &str) -> String {
        format!(
            "  {name}: {{ url: \"http://127.0.0.1:{}/x\", allow_private: true, secret: {SECRET}{more} }}\n",
            self.port
        )
    }
}

async fn answer(mut stream: TcpStream, statuses: &'static [u16], requests: Arc<Mutex<Vec<Request>>>) {
    let (mut read, mut piece) = (String::new(), [0; 4096]);
    let (head, body) = loop {
        if let Some((head, body)) = read.split_once("\r\n\r\n")
            && header(head, "content-length").parse().is_ok_and(|length: usize| body.len() >= length)
        {
            break (head, body);
        }
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => read.push_str(&String::from_utf8_lossy(&piece[..count])),
            _ => return,
        }
    };
    let header = |name| header(head, name).to_owned();
    let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
    let request = Request { id, time, signature: header("webhook-signature"), body: body.to_owned() };
    let status = {
        let mut requests = requests.lock().expect("no panic");
        requests.push(request);
        *statuses.get(requests.len() - 1).or(statuses.last()).expect("an answer")
    };
    if status == 0 {
        std::future::pending::<()>().await;
    }
    let answer = format!("HTTP/1.1 {status} As Wanted\r\nlocation: /other\r\ncontent-length: 2000\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn header<'head>(head: &'head str, name: &str) -> &'head str {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

async fn serve(webhooks: &str) -> Server {
    serve_with("store: { memory_only: true }", webhooks).await
}

async fn serve_with(more: &str, webhooks: &str) -> Server {
    let config = settings(&format!("{more}\nwebhooks:\n{webhooks}"));
    let mut sources = SourceMap::default();
    sources.add("rules.room".to_owned(), RULES.to_owned());
    let program = windlass::lint::check(sources).program.expect("rules that may run");
    let house = House::new(program, &config).expect("bound webhooks");
    Server::start(&config, house).await.expect("a free port")
}

/// Raises these alarms, and has heard for each that it was taken.
async fn raise(server: &Server, alarms: impl IntoIterator<Item = String>) {
    let mut client = Client::connect(server.address()).await;
    client.expect_start("{\"hello\"").await;
    client.expect_start("{\"moved\"").await;
    for alarm in alarms {
        client.send(&format!("{{\"alarm\":\"{alarm}\"}}")).await;
        client.expect_start(&format!("{{\"say\":{{\"heard\":\"{alarm}\"}}")).await;
    }
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("a{number}")).collect()
}

fn tally<'server>(server: &'server Server, webhook: &str) -> &'server Tally {
    server.webhooks().tallies().find(|(name, _)| &***name == webhook).expect("a bound webhook").1
}

#[tokio::test]
async fn messages_come_signed_and_in_order() {
    let receiver = Receiver::answering(&[200, 204, 201]).await;
    let server = serve(&receiver.settings("pager", "")).await;
    raise(&server, numbered(20)).await;
    until("all messages", || tally(&server, "pager").of(Fate::Delivered) == 20).await;
    assert_eq!(receiver.alarms(), numbered(20));
    let requests = receiver.requests();
    let key = SigningSecret::new(&Secret::new(SECRET)).expect("a secret");
    for Request { id, time, signature, body } in &requests {
        assert_eq!(*signature, key.sign(id, time, body));
        assert!(
            body.starts_with("{\"type\":\"windlass.message\",\"webhook\":\"pager\",\"frame\":{\"message\":"),
            "{body}"
        );
        assert!(body.contains("\"group\":\"group:alarms\"") && body.contains("\"from\":\"socket:"), "{body}");
    }
    assert_eq!(requests.iter().map(|request| &request.id).collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(server.webhooks().unbound(), 20, "nothing is bound to `siren`");
    assert_eq!(server.stop().await.cut, 0);
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_before_the_next() {
    let receiver = Receiver::answering(&[500, 429, 503, 200]).await;
    let server = serve(&receiver.settings("pager", ", pause: 10ms")).await;
    raise(&server, numbered(2)).await;
    until("both messages", || tally(&server, "pager").of(Fate::Delivered) == 2).await;
    assert_eq!(receiver.alarms(), ["a0", "a0", "a0", "a0", "a1"]);
    let ids: Vec<String> = receiver.requests().into_iter().map(|request| request.id).collect();
    assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[4] != ids[0], "{ids:?}");
    assert_eq!((tally(&server, "pager").failures(), server.webhooks().dead("pager").len()), (3, 0));
}

#[tokio::test]
async fn what_is_refused_or_sent_elsewhere_is_dead_at_once() {
    let receiver = Receiver::answering(&[404, 302, 200]).await;
    let server = serve(&receiver.settings("pager", "")).await;
    raise(&server, numbered(3)).await;
    until("the last message", || tally(&server, "pager").of(Fate::Delivered) == 1).await;
    assert_eq!(receiver.alarms(), numbered(3), "no redirect is followed, and nothing is tried again");
    let dead = server.webhooks().dead("pager");
    assert_eq!(dead.iter().map(|dead| dead.fate).collect::<Vec<_>>(), [Fate::Refused, Fate::Refused]);
    assert!(dead[0].body.contains("a0") && dead[1].body.contains("a1"), "{dead:?}");
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_holds_up_nobody() {
    let (silent, well) = (Receiver::answering(&[0]).await, Receiver::answering(&[200]).await);
    let more = ", waiting: 5, dead: 3, timeout: 60s";
    let server = serve(&[silent.settings("pager", more), well.settings("siren", "")].concat()).await;
    raise(&server, ["first".to_owned()]).await;
    until("the first message", || silent.requests().len() == 1).await;
    raise(&server, numbered(30)).await;
    until("the other receiver", || tally(&server, "siren").of(Fate::Delivered) == 31).await;
    let full = tally(&server, "pager").of(Fate::Full);
    // one is under way, five wait, and the task may hold one that waits for its turn
    assert!((24..=25).contains(&full), "{full}");
    let waiting = server.webhooks().waiting().find(|(name, _)| &***name == "pager").expect("a webhook").1;
    assert_eq!((silent.requests().len(), waiting as u64 + full), (1, 31), "nothing is lost track of");
    let dead = server.webhooks().dead("pager");
    let said: Vec<bool> = (27..30).zip(&dead).map(|(at, dead)| dead.body.contains(&format!("\"a{at}\""))).collect();
    assert_eq!((said, tally(&server, "pager").forgotten()), (vec![true; 3], full - 3), "the oldest are forgotten");
}

#[tokio::test]
async fn what_waits_and_what_is_dead_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = format!("store: {{ directory: {} }}\nstop: {{ deadline: 50ms }}", directory.path().display());
    let (silent, well) = (Receiver::answering(&[404, 0]).await, Receiver::answering(&[200]).await);
    let server = serve_with(&kept, &silent.settings("pager", ", timeout: 60s, waiting: 2, dead: 2")).await;
    raise(&server, numbered(2)).await;
    until("the second message", || silent.requests().len() == 2).await;
    raise(&server, ["a2", "a3", "a4"].map(str::to_owned)).await;
    until("the dead", || server.webhooks().dead("pager").len() == 2).await;
    server.stop().await;
    let server = serve_with(&kept, &well.settings("pager", ", waiting: 2, dead: 2")).await;
    let dead = server.webhooks().dead("pager");
    let fates: Vec<Fate> = dead.iter().map(|dead| dead.fate).collect();
    assert!(dead[0].body.contains("\"a0\"") && dead[1].body.contains("\"a4\""), "{dead:?}");
    assert_eq!(fates, [Fate::Refused, Fate::Full]);
    until("what waited", || tally(&server, "pager").of(Fate::Delivered) == 3).await;
    raise(&server, ["a5".to_owned()]).await;
    until("what came since", || tally(&server, "pager").of(Fate::Delivered) == 4).await;
    assert_eq!(well.alarms(), ["a1", "a2", "a3", "a5"]);
    assert_eq!(well.requests()[0].id, silent.requests()[1].id, "it is the same message");
    server.stop().await;
    // what has arrived does not come again, and what no rule names is forgotten
    let server = serve_with(&kept, &well.settings("siren", "")).await;
    server.stop().await;
    let store = windlass::disk::DiskStore::open(directory.path()).expect("a store").store;
    let left: Vec<usize> = store.tables().expect("tables").letters.values().map(|letters| letters.len()).collect();
    assert_eq!(left, [2], "a webhook that is not bound keeps what is dead");
}

#[tokio::test]
async fn nobody_there_and_not_to_be_reached() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    let more = format!("secret: {SECRET}, attempts: 3, pause: 10ms");
    let server = serve(&format!(
        "  pager: {{ url: \"http://127.0.0.1:{closed}/\", allow_private: true, {more} }}\n  siren: {{ url: \"https://localhost:{closed}/\", {more} }}\n"
    ))
    .await;
    raise(&server, numbered(2)).await;
    for webhook in ["pager", "siren"] {
        until("the end of patience", || tally(&server, webhook).of(Fate::GivenUp) == 2).await;
        assert_eq!(tally(&server, webhook).failures(), 6);
    }
}

/// A ruleset with a group and these settings; what a command says of it.
fn windlass(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(arguments)
        .arg(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("windlass runs");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn settings_that_do_not_fit_are_told() {
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::write(folder.path().join("rules.room"), RULES).expect("a file");
    let said = |settings: &str, arguments: &[&str]| {
        std::fs::write(folder.path().join("windlass.yaml"), settings).expect("a file");
        windlass(folder.path(), arguments)
    };
    let bound = "url: \"https://example.org/\", secret: a secret of the two of them";
    let both = format!("webhooks: {{ pager: {{ {bound} }}, siren: {{ {bound} }} }}\n");
    let (_, told) = said(&both, &["lint"]);
    assert!(!told.contains("R100"), "{told}");
    let (_, told) = said("webhooks: {}\n", &["lint"]);
    assert!(told.contains("warning[R1003]: the webhook `pager` is not bound"), "{told}");
    assert!(told.contains("say under `webhooks.siren` where it is"), "{told}");
    for (settings, why) in [
        (format!("webhooks:\n  pagre: {{ {bound} }}\n"), "the webhook `pagre`: no group of the rules has it"),
        ("webhooks:\n  pager: { url: \"https://example.org/\" }\n".into(), "the webhook `pager`: something is missing"),
        (format!("webhooks:\n  pager: {{ {bound}, pause: 1h }}\n"), "`pause_max` is shorter than `pause`"),
    ] {
        let (code, told) = said(&settings, &["lint"]);
        assert!(code == Some(1) && told.contains("error[R1002]") && told.contains(why), "{told}");
        let (code, told) = said(&settings, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(code == Some(2) && told.contains(why) && told.contains("(line 2 of the settings)"), "{told}");
        assert!(!told.contains("of the two"), "no secret is shown: {told}");
    }
    for (url, why) in [("http://example.org/", "without TLS"), ("example.org", "begins with `https://`")] {
        let settings = format!("webhooks: {{ pager: {{ url: \"{url}\", secret: {SECRET} }} }}\n");
        let (code, told) = said(&settings, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(code == Some(2) && told.contains("`webhooks.pager`") && told.contains(why), "{told}");
    }
}
