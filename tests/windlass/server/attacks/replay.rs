//! A signature that was made for one challenge, shown for another: on other sockets, at once, later, and to a server that was started again.

use super::super::client::Client;
use super::super::echo::settings;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, LineEnding, PrivateKey};
use std::path::Path;
use windlass::diagnostic::SourceMap;
use windlass::lint;
use windlass::server::{House, Server};

const RULES: &str = r#"
entry gate
room gate public {
    doors field
    after 1h -> drop "late"
    on _ { say { go: "on" } }
}
room field {
    requires device
    on _ as m { post m }
}
lock device gives client {
    attempts 5
    let challenge = nonce()
    after 30s -> fail "too slow"
    state asking {
        ask { sign: challenge }
        on { name: text(1..64), signature: text(1..4096) } as a -> checking(a.name, a.signature)
    }
    state checking(name: text(1..64), signature: text) {
        check ssh_signature(name, challenge, signature) within 5s
        passed _ { identify name -> resolve name }
        failed why -> fail why
    }
}
"#;

fn key() -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]))
}

async fn start(keys: &Path) -> Server {
    let mut sources = SourceMap::default();
    sources.add("rules/field.room", RULES);
    let checked = lint::check(sources);
    let program = checked.program.unwrap_or_else(|| panic!("the rules are fine: {:?}", checked.diagnostics));
    let yaml = format!(
        "store: {{ memory_only: true }}\nchecks: {{ ssh_signature: {{ authorized_keys: '{}' }} }}\n",
        keys.display()
    );
    let config = settings(&yaml);
    Server::start(&config, House::new(program, &config).expect("bound checks")).await.expect("a free port")
}

/// A client that has been asked to sign, and what.
async fn asked(server: &Server) -> (Client, String) {
    let mut client = Client::connect(server.address()).await;
    client.expect_start("{\"hello\"").await;
    client.expect_start("{\"moved\"").await;
    client.send("{\"to\":\"room:field\"}").await;
    let ask = client.text().await;
    let challenge = ask.strip_prefix("{\"ask\":{\"sign\":\"").and_then(|rest| rest.get(..64)).expect(&ask).to_owned();
    (client, challenge)
}

/// What ada sends who has signed a challenge.
fn signed(challenge: &str) -> String {
    let signature = key().sign("windlass", HashAlg::Sha512, challenge.as_bytes()).expect("a signature");
    let armored = signature.to_pem(LineEnding::LF).expect("armor").replace('\n', "");
    format!("{{\"name\":\"ada\",\"signature\":\"{armored}\"}}")
}

const REFUSED: &str = "{\"error\":{\"code\":\"refused\",\"message\":\"not signed by a key of this client\"";

#[tokio::test]
async fn a_signature_counts_for_the_socket_that_was_asked_and_once() {
    let keys = tempfile::tempdir().expect("a directory");
    std::fs::write(keys.path().join("ada"), key().public_key().to_openssh().expect("a key")).expect("a file");
    let server = start(keys.path()).await;
    let (mut ada, challenge) = asked(&server).await;
    let (mut beside, other) = asked(&server).await;
    assert_ne!(challenge, other, "each is asked for something else");
    let caught = signed(&challenge);
    // both show it at once
    beside.send(&caught).await;
    ada.send(&caught).await;
    beside.expect_start(REFUSED).await;
    ada.expect_start("{\"identified\"").await;
    ada.expect_start("{\"moved\"").await;
    // the socket whose signature was refused is asked anew, for something else
    beside.send("{\"to\":\"room:field\"}").await;
    let anew = beside.text().await;
    assert!(anew.starts_with("{\"ask\":{\"sign\":\"") && !anew.contains(&other), "{anew}");
    let (mut later, _) = asked(&server).await;
    later.send(&caught).await;
    later.expect_start(REFUSED).await;
    let again = start(keys.path()).await;
    let (mut eve, fresh) = asked(&again).await;
    assert_ne!(fresh, challenge, "a server that starts again does not ask what it has asked");
    eve.send(&caught).await;
    eve.expect_start(REFUSED).await;
}
