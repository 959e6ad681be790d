//! A server in another language answers a check: `examples/webhooks/box_office.py`, which looks at signature and time by itself.

use super::{secret, type_of, verdict};
use crate::fixtures;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use windlass::check::outbound::{Outbound, Reach};
use windlass::check::webhook::{Form, SigningSecret, Webhook};
use windlass::check::{Secret, Verdict};
use windlass::value::{Millis, Value};

const SECRET: &str = "only for trying, as everybody can read it here";
const TIMEOUT: Duration = Duration::from_secs(20);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The box office at a port of its own; none where there is no Python.
fn start() -> Option<(Running, u16)> {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let script = fixtures::root().join("examples/webhooks/box_office.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(port.to_string()).env_remove("BOX_OFFICE_SECRET").stderr(Stdio::null());
    let Ok(child) = python.spawn() else {
        println!("SKIPPED: there is no `python3` here");
        return None;
    };
    let running = Running(child);
    for _ in 0..1_000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some((running, port));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the box office does not open");
}

async fn asks(port: u16, signed_with: &str, badge: &str, wall: Millis) -> Verdict {
    let outbound = Outbound::new(&format!("http://127.0.0.1:{port}/badge"), Reach::Private, None, 1024);
    let key = SigningSecret::new(&Secret::new(signed_with)).expect("a secret");
    let form = Form {
        check: "badge_opens".into(),
        params: vec!["guest".into(), "badge".into()],
        gives: type_of(r#"{ zone: "stage" | "pit" }"#),
    };
    let webhook = Webhook::new(outbound.expect("an outbound"), key, form, TIMEOUT);
    verdict(&webhook, vec![Value::Client("guest-ada".into()), secret(badge)], wall).await
}

#[tokio::test]
async fn the_box_office_answers_what_is_signed_and_of_now() {
    let Some((_running, port)) = start() else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis() as Millis;
    for (badge, zone) in [("1001", "\"stage\""), ("2002", "\"pit\"")] {
        let passed = asks(port, SECRET, badge, now).await;
        assert!(matches!(&passed, Ok(Value::Json(json)) if json.field("zone") == Some(zone)), "{passed:?}");
    }
    for (secret, badge, wall, why) in [
        (SECRET, "1", now, "this badge is not known at the box office"),
        ("a secret that the box office does not know", "1001", now, "unavailable"),
        (SECRET, "1001", now - 3_600_000, "unavailable"),
    ] {
        assert_eq!(super::why(asks(port, secret, badge, wall).await), why, "{badge}");
    }
}
