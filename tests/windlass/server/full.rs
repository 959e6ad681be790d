//! A disk that is full: what would have to be kept is refused, everything else goes on, and nothing that was acknowledged is lost.

use super::client::{Client, soon};
use super::echo::settings;
use crate::store::small::Small;
use crate::store::stage::{log, try_disk};
use windlass::diagnostic::SourceMap;
use windlass::disk::DiskStore;
use windlass::server::{House, Kept, Server};
use windlass::store::{Letters, Logs};

const RULES: &str = r#"entry lobby

room lobby public {
    doors kept, live
}

room kept public {
    history 1000000
    doors live
    on { text: text } as m { post m }
}

room live public {
    doors kept
    on { text: text } as m { post m }
}
"#;
const SEGMENT: u64 = 200_000;

/// What came of something that was said, by its id; what comes meanwhile is not looked at.
async fn answer(client: &mut Client, id: &str) -> String {
    let id = format!(r#""id":"{id}""#);
    loop {
        let told = client.text().await;
        if told.contains(&id) && !told.starts_with("{\"message\"") {
            return told;
        }
    }
}

async fn say(client: &mut Client, room: &str, id: &str) -> String {
    client.send(&format!(r#"{{"to":"room:{room}","text":"{id} {}","id":"{id}"}}"#, "x".repeat(400))).await;
    answer(client, id).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_would_have_to_be_kept_and_live_rooms_go_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let disk = Small::new(60_000);
    let store = DiskStore::open_on(directory.path(), SEGMENT, Box::new(disk.clone())).expect("a store").store;
    let config = settings("store: { memory_only: true }\nrate: { unidentified: 1000000, unidentified_burst: 1000000 }");
    let mut sources = SourceMap::default();
    sources.add("rules.room".to_owned(), RULES.to_owned());
    let program = windlass::lint::check(sources).program.expect("rules that may run");
    let house = House {
        store: Kept::OnDisk { store: Box::new(store), letters: Letters::new() },
        ..House::new(program, &config).expect("a house")
    };
    let server = Server::start(&config, house).await.expect("a free port");

    let mut writer = Client::connect(server.address()).await;
    let mut kept = 0;
    let refused = loop {
        let told = say(&mut writer, "kept", &format!("a-post-that-is-kept-{kept}")).await;
        if told.starts_with("{\"error\"") {
            break told;
        }
        kept += 1;
        assert!(kept < 1_000, "there is no space for so much");
    };
    assert!(refused.contains(r#""code":"storage_full""#) && refused.contains(r#""temporary":true"#), "{refused}");
    assert!(kept > 10, "{kept}");

    let (mut ann, mut bob) = (Client::connect(server.address()).await, Client::connect(server.address()).await);
    for client in [&mut ann, &mut bob] {
        client.send(r#"{"to":"room:live","id":"in"}"#).await;
        assert!(answer(client, "in").await.starts_with("{\"ok\""));
    }
    ann.send(r#"{"text":"still here"}"#).await;
    let hears = async { while !bob.text().await.contains("still here") {} };
    soon("a message in a room that keeps nothing", hears).await;

    disk.grow(1_000_000);
    let again = async {
        while say(&mut writer, "kept", "a-post-that-was-refused").await.starts_with("{\"error\"") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    soon("space", again).await;
    server.stop().await;
    let (store, mended) = try_disk(directory.path(), SEGMENT).expect("a store");
    let page = store.read(&log("kept"), 0, 1_000, 0).expect("a page").expect("a log");
    assert_eq!((page.head.latest, mended), (kept + 1, None), "what was acknowledged, and nothing of what was refused");
}
