//! Many who want to sign in at once, while others talk.

use super::super::client::{Client, until};
use super::super::echo::Echoing;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use windlass::check::{Checks, Limits, Verifier, Work};
use windlass::value::{Millis, Value};

/// Keeps a thread at work, as a password's hash does, until it is told that it is enough.
#[derive(Clone, Default)]
struct Hashing(Arc<(Mutex<bool>, Condvar)>, Arc<AtomicUsize>);

impl Hashing {
    fn end(&self) {
        *self.0.0.lock().expect("no panic") = true;
        self.0.1.notify_all();
    }
}

impl Verifier for Hashing {
    fn begin(&self, _args: Vec<Value>, _wall: Millis) -> Work {
        self.1.fetch_add(1, Ordering::SeqCst);
        let work = self.clone();
        Work::Blocking(Box::new(move || {
            let done = work.0.0.lock().expect("no panic");
            drop(work.0.1.wait_while(done, |done| !*done));
            Ok(Value::Bool(true))
        }))
    }

    fn describe(&self) -> String {
        "a hash".into()
    }
}

/// However a test ends, no thread is kept for ever.
struct Enough(Hashing);

impl Drop for Enough {
    fn drop(&mut self) {
        self.0.end();
    }
}

const AT_WORK: usize = 2;
const WAITING: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ins_is_bounded_and_others_talk_on() {
    let hashing = Hashing::default();
    let limits = Limits { parallel: AT_WORK, waiting: WAITING };
    let echoing = Echoing::with_checks("", Checks::new(limits).with("hash", hashing.clone())).await;
    let _enough = Enough(hashing.clone());
    let mut taken: Vec<Client> = Vec::new();
    for number in 0..100 {
        let mut client = echoing.client().await;
        client.send(&format!("{{\"check\":\"hash\",\"args\":[\"{number}\"],\"within\":600000}}")).await;
        client.send("{\"echo\":1}").await;
        let mut said = vec![client.text().await];
        if taken.len() < AT_WORK + WAITING {
            taken.push(client);
            // who is at work leaves the place where they waited
            let at_work = taken.len().min(AT_WORK);
            until("the work", || hashing.1.load(Ordering::SeqCst) == at_work).await;
        } else {
            said.push(client.text().await);
            said.sort();
        }
        let expected: &[&str] =
            if said.len() == 1 { &["{\"echo\":1}"] } else { &["{\"echo\":1}", "{\"failed\":\"busy\"}"] };
        assert_eq!(said, expected, "{number}: one too many is told so, and everybody is heard");
    }
    hashing.end();
    for mut client in taken {
        client.expect("{\"passed\":true}").await;
    }
}
