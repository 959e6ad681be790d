//! Random records: the store on disk answers as the one in memory does, through restarts and while segments go.

use super::stage::{disk, log, open, open_for, post};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::{BTreeMap, BTreeSet};
use windlass::disk::DiskStore;
use windlass::store::{Death, Letter, LogKey, Logs, Memory, Message, Position, Record, Store};
use windlass::value::{Json, RoomKey, Value};

const CLIENTS: [&str; 3] = ["ada", "bob", "eve"];
const ROOMS: [&str; 3] = ["hall", "vault", "table/5"];
const WEBHOOKS: [&str; 2] = ["pager", "siren"];

/// What happens next. Small numbers choose among few names, so that things meet.
#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Change>),
    Retain { later: u64 },
    Reopen,
    Read { room: usize, after: u64, limit: usize },
}

/// A record in the making: what depends on the state so far is filled in when its turn comes.
#[derive(Clone, Debug)]
enum Change {
    Open { room: usize, epoch: u64, count_max: u64, age: Option<u64> },
    Post { room: usize, wrong: u64, length: usize },
    Audit { length: usize },
    Forget { room: usize },
    Set { client: usize, value: usize },
    ForgetClient { client: usize },
    Join { client: usize, room: usize, join: u64 },
    Leave { client: usize, room: usize },
    Mail { client: usize, ahead: u64, latest_of: Option<usize>, length: usize },
    Lose { client: usize, seq: u64 },
    Trim { client: usize, through: u64 },
    Issue { token: u8, client: usize },
    Spend { token: u8 },
    Revoke { number: u64, locks: usize },
    EndRevocation { number: u64 },
    PutLetter { webhook: usize, number: u64, is_dead: bool, length: usize },
    DropLetter { webhook: usize, number: u64 },
}

fn change() -> impl Strategy<Value = Change> {
    let (client, room) = (0..CLIENTS.len(), 0..ROOMS.len());
    prop_oneof![
        // Nobody opens a log that keeps nothing; such a one forgets its numbers when the store is opened again.
        3 => (room.clone(), 1..3u64, 1..9u64, proptest::option::of(1..60u64))
            .prop_map(|(room, epoch, count_max, age)| Change::Open { room, epoch, count_max, age }),
        12 => (room.clone(), prop_oneof![30 => Just(0u64), 1 => 1..3u64], 0..80usize)
            .prop_map(|(room, wrong, length)| Change::Post { room, wrong, length }),
        2 => (0..40usize).prop_map(|length| Change::Audit { length }),
        1 => room.clone().prop_map(|room| Change::Forget { room }),
        3 => (client.clone(), 0..8usize).prop_map(|(client, value)| Change::Set { client, value }),
        1 => client.clone().prop_map(|client| Change::ForgetClient { client }),
        3 => (client.clone(), room.clone(), 0..9u64)
            .prop_map(|(client, room, join)| Change::Join { client, room, join }),
        2 => (client.clone(), room).prop_map(|(client, room)| Change::Leave { client, room }),
        4 => (client.clone(), prop_oneof![30 => 1..3u64, 1 => Just(0u64)], proptest::option::of(0..ROOMS.len()), 0..60usize)
            .prop_map(|(client, ahead, latest_of, length)| Change::Mail { client, ahead, latest_of, length }),
        3 => (client.clone(), 1..12u64).prop_map(|(client, seq)| Change::Lose { client, seq }),
        2 => (client.clone(), 0..12u64).prop_map(|(client, through)| Change::Trim { client, through }),
        2 => (0..4u8, client).prop_map(|(token, client)| Change::Issue { token, client }),
        2 => (0..4u8).prop_map(|token| Change::Spend { token }),
        1 => (1..4u64, 0..3usize).prop_map(|(number, locks)| Change::Revoke { number, locks }),
        1 => (1..4u64).prop_map(|number| Change::EndRevocation { number }),
        4 => (0..WEBHOOKS.len(), 1..9u64, any::<bool>(), 0..60usize)
            .prop_map(|(webhook, number, is_dead, length)| Change::PutLetter { webhook, number, is_dead, length }),
        3 => (0..WEBHOOKS.len(), 1..9u64).prop_map(|(webhook, number)| Change::DropLetter { webhook, number }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => proptest::collection::vec(change(), 1..6).prop_map(Step::Commit),
        4 => (0..30u64).prop_map(|later| Step::Retain { later }),
        1 => Just(Step::Reopen),
        2 => (0..ROOMS.len(), 0..20u64, 0..6usize).prop_map(|(room, after, limit)| Step::Read { room, after, limit }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_stores_answer_alike(steps in proptest::collection::vec(step(), 1..120), segment in 300..3_000u64) {
        let directory = tempfile::tempdir().expect("a directory");
        let mut pair = Pair { memory: Memory::new(), disk: Some(disk(directory.path(), segment).0), now: 1_000 };
        for step in steps {
            match step {
                Step::Commit(changes) => pair.commit(&changes)?,
                Step::Retain { later } => pair.retain(later)?,
                Step::Read { room, after, limit } => pair.compare_page(&log(ROOMS[room]), after, limit)?,
                Step::Reopen => {
                    pair.disk = None;
                    let (store, mended) = disk(directory.path(), segment);
                    prop_assert_eq!(mended, None);
                    pair.disk = Some(store);
                    pair.compare()?;
                }
            }
        }
        pair.disk = None;
        pair.disk = Some(disk(directory.path(), segment).0);
        pair.compare()?;
    }
}

struct Pair {
    memory: Memory,
    disk: Option<DiskStore>,
    now: u64,
}

impl Pair {
    fn disk(&mut self) -> &mut DiskStore {
        self.disk.as_mut().expect("an open store")
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), TestCaseError> {
        self.now += 1;
        // what comes before in the same commit counts
        let mut so_far = self.memory.tables().expect("tables");
        let mut records = Vec::new();
        for change in changes {
            let record = record(change, &so_far, self.now);
            so_far.apply_if_right(&record);
            records.push(record);
        }
        let expected = self.memory.commit(&records);
        prop_assert_eq!(self.disk().commit(&records), expected);
        let tables = self.memory.tables().expect("tables");
        prop_assert_eq!(self.disk().tables().expect("tables"), tables);
        Ok(())
    }

    fn retain(&mut self, later: u64) -> Result<(), TestCaseError> {
        self.now += later;
        let now = self.now;
        let expected = self.memory.retain(now).expect("memory is kept");
        let mut round = self.disk().retain(now).expect("a round");
        prop_assert_eq!(round.messages, expected.messages);
        for _ in 0..later {
            if round.is_more {
                round = self.disk().retain(now).expect("a round");
            }
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        let tables = self.memory.tables().expect("tables");
        prop_assert_eq!(self.disk().tables().expect("tables"), tables.clone());
        for log in tables.logs.keys() {
            self.compare_page(log, 0, usize::MAX)?;
        }
        Ok(())
    }

    fn compare_page(&mut self, log: &LogKey, after: u64, limit: usize) -> Result<(), TestCaseError> {
        let now = self.now;
        let expected = self.memory.read(log, after, limit, now).expect("memory reads");
        prop_assert_eq!(self.disk().read(log, after, limit, now).expect("a page"), expected);
        Ok(())
    }
}

trait ApplyIfRight {
    fn apply_if_right(&mut self, record: &Record);
}

impl ApplyIfRight for windlass::store::Tables {
    fn apply_if_right(&mut self, record: &Record) {
        if self.check(std::slice::from_ref(record)).is_ok() {
            self.apply(record);
        }
    }
}

fn record(change: &Change, tables: &windlass::store::Tables, now: u64) -> Record {
    let name = |client: usize| CLIENTS[client].into();
    let room = |room: usize| RoomKey(ROOMS[room].into());
    match change {
        Change::Open { room, epoch, count_max, age } => match age {
            Some(age) => open_for(ROOMS[*room], *epoch, *count_max, *age),
            None => open(ROOMS[*room], *epoch, *count_max),
        },
        Change::Post { room, wrong, length } => {
            let key = log(ROOMS[*room]);
            let (epoch, next) = tables.logs.get(&key).map_or((1, 1), |head| (head.epoch, head.latest + 1));
            let mut record = post(ROOMS[*room], epoch, next + wrong, now);
            if let Record::Posted { message, .. } = &mut record {
                message.content = content(*length);
            }
            record
        }
        Change::Audit { length } => audit(tables, *length, now),
        Change::Forget { room } => Record::LogForgotten { log: log(ROOMS[*room]) },
        Change::Set { client, value } => set(name(*client), *value),
        Change::ForgetClient { client } => Record::ClientForgotten { client: name(*client) },
        Change::Join { client, room: at, join } => Record::Joined {
            client: name(*client),
            room: room(*at),
            join: *join,
            position: Position { epoch: 1, offset: *join },
        },
        Change::Leave { client, room: at } => Record::Left { client: name(*client), room: room(*at) },
        Change::Mail { client, ahead, latest_of, length } => {
            let latest = tables.clients.get(CLIENTS[*client]).map_or(0, |known| known.mail_latest);
            let (seq, message) = (latest + ahead, content(*length));
            let (expires, latest_of) = ((seq > 3).then_some(now), latest_of.map(|room| ROOMS[room].into()));
            Record::MailboxPut { client: name(*client), seq, expires, latest_of, message }
        }
        Change::Lose { client, seq } => Record::MailLost { client: name(*client), seq: *seq },
        Change::Trim { client, through } => Record::MailboxTrimmed { client: name(*client), through: *through },
        Change::Issue { token, client } => {
            Record::TokenIssued { hash: [*token; 32], client: name(*client), expires: now, allows: content(3) }
        }
        Change::Spend { token } => Record::TokenSpent { hash: [*token; 32] },
        Change::Revoke { number, locks } => {
            let locks = ROOMS[..*locks].iter().map(|lock| (*lock).into()).collect();
            Record::KeysRevoked { number: *number, locks }
        }
        Change::EndRevocation { number } => Record::RevocationOver { number: *number },
        Change::PutLetter { webhook, number, is_dead, length } => {
            let death = is_dead.then(|| Death { at: now, fate: "refused".into() });
            let letter = Letter { id: format!("msg_{now}").into(), body: content(*length), death };
            Record::LetterPut { webhook: WEBHOOKS[*webhook].into(), number: *number, letter }
        }
        Change::DropLetter { webhook, number } => {
            Record::LetterGone { webhook: WEBHOOKS[*webhook].into(), number: *number }
        }
    }
}

fn audit(tables: &windlass::store::Tables, length: usize, at: u64) -> Record {
    let Some(head) = tables.logs.get(&LogKey::Audit) else {
        let keep = windlass::store::Keep { count_max: 5, age_max_ms: None };
        return Record::Opened { log: LogKey::Audit, epoch: 7, keep };
    };
    let message = Message { offset: head.latest + 1, at, from: None, id: None, content: content(length) };
    Record::Posted { log: LogKey::Audit, epoch: head.epoch, message }
}

/// Every kind of value, and nothing at all.
fn set(client: std::sync::Arc<str>, value: usize) -> Record {
    let values = [
        Value::None,
        Value::Int(i64::MIN),
        Value::Number(0.1 + 0.2),
        Value::Text("a \"b\" \u{1f512}".into()),
        Value::Duration(5),
        Value::Room(RoomKey("hall".into())),
        Value::Json(content(4)),
    ];
    let attributes: BTreeMap<_, _> =
        values.get(value).map(|value| ("rank".into(), value.clone())).into_iter().collect();
    let receives = if value < 4 { BTreeSet::new() } else { BTreeSet::from(["audit".into()]) };
    Record::ClientSet { client, attributes, receives }
}

fn content(length: usize) -> Json {
    Json::parse(&format!("{{\"text\":\"{}\"}}", "é".repeat(length))).expect("JSON")
}
