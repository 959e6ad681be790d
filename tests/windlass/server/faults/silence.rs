//! A connection of which one end is gone without a word: nothing comes any more, and nothing says so.

use crate::server::client::{Client, soon};
use crate::server::serving::Serving;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const RULES: &str = "entry lobby\nroom lobby public { doors pair }\n\
                     room pair public { capacity 2 presence doors lobby on { text: text } as m { post m } }\n";

/// Carries bytes between clients and the server, until it swallows them all and keeps every connection open.
struct Hole {
    address: SocketAddr,
    swallows: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Hole {
    async fn before(server: SocketAddr) -> Hole {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let swallows = Arc::<AtomicBool>::default();
        let (flag, mut tasks) = (swallows.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.expect("the server");
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                open.spawn(carry(from_client, to_server, flag.clone()));
                open.spawn(carry(from_server, to_client, flag.clone()));
            }
        });
        Hole { address, swallows, _tasks: tasks }
    }
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, swallows: Arc<AtomicBool>) {
    let mut piece = [0; 4096];
    while let Ok(count) = from.read(&mut piece).await {
        if swallows.load(Ordering::Relaxed) {
            continue;
        }
        if count == 0 || to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

async fn enter(client: &mut Client) -> String {
    client.send(r#"{"to":"room:pair","id":1}"#).await;
    loop {
        let told = client.text().await;
        if told.contains(r#""id":1"#) {
            return told;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_half_open_is_found_and_its_place_is_free() {
    let serving = Serving::start(RULES, &["--set", "heartbeat.interval=300ms", "--set", "heartbeat.timeout=2s"]);
    let hole = Hole::before(serving.address).await;
    let mut ann = serving.client().await;
    let mut bob = Client::connect(hole.address).await;
    assert!(enter(&mut ann).await.starts_with("{\"ok\""));
    assert!(enter(&mut bob).await.starts_with("{\"ok\""));
    let mut cat = serving.client().await;
    assert!(enter(&mut cat).await.contains(r#""code":"full""#), "there are two places");
    drop(cat);
    hole.swallows.store(true, Ordering::Relaxed);
    soon("word that bob is gone", async { while !ann.text().await.contains(r#""left":"socket:"#) {} }).await;
    let mut dan = serving.client().await;
    assert!(enter(&mut dan).await.starts_with("{\"ok\""), "there is a place again");
}
