//! What is counted.

use super::by_hand::{Effect, Place};
use super::crowd::Crowd;
use super::lone::{Lone, message};
use super::rules;
use std::hint::black_box;
use windlass::envelope::{Limits, decode};
use windlass::value::Value;
use windlass::wind::Event;

/// What is said in the hall.
const SAID: &str = r#"{"text":"hello, is there anybody?"}"#;

/// Something that costs.
pub struct Case {
    pub name: &'static str,
    /// So often it is done while it is counted.
    pub times: usize,
    /// Prepares for so many times; then each call does it once.
    pub prepare: fn(usize) -> Box<dyn FnMut()>,
}

impl Case {
    /// So often it is done before.
    pub fn warm_up(&self) -> usize {
        self.times.min(16)
    }
}

pub const CASES: [Case; 10] = [
    Case { name: "decode", times: 256, prepare: |_| Box::new(|| drop(black_box(decode(SAID, &Limits::default())))) },
    Case { name: "pass", times: 256, prepare: pass },
    Case { name: "decode_and_pass", times: 256, prepare: decode_and_pass },
    Case { name: "by_hand", times: 256, prepare: by_hand },
    Case { name: "four_locks", times: 256, prepare: |times| four_locks("lock:first", times) },
    Case { name: "four_locks_and_in", times: 256, prepare: |times| four_locks("room:vault", times) },
    Case { name: "engine_post_10", times: 256, prepare: |_| post(10) },
    Case { name: "engine_post_1000", times: 256, prepare: |_| post(1_000) },
    Case { name: "engine_four_locks", times: 128, prepare: engine_four_locks },
    Case { name: "compile_shipped", times: 1, prepare: compile_shipped },
];

/// A message that is decoded already: pattern, guard, post.
fn pass(times: usize) -> Box<dyn FnMut()> {
    let mut lone = Lone::in_hall();
    let mut events = vec![message(SAID); times];
    Box::new(move || {
        let event = events.pop().expect("prepared for");
        let outcome = lone.pass(event);
        lone.take_back(outcome);
    })
}

fn decode_and_pass(_times: usize) -> Box<dyn FnMut()> {
    let mut lone = Lone::in_hall();
    Box::new(move || {
        let outcome = lone.pass(message(SAID));
        lone.take_back(outcome);
    })
}

/// The same message through an enum.
fn by_hand(_times: usize) -> Box<dyn FnMut()> {
    let places = [Place::Lobby, Place::Hall { has_name: false }, Place::Hall { has_name: true }];
    Box::new(move || {
        let mut effects = Vec::new();
        black_box(&places[2]).receive(black_box(SAID), &mut effects);
        assert!(matches!(&effects[..], [Effect::Post { content }] if content.len() == SAID.len()));
    })
}

/// The verdict that the fourth lock waits for: four locks resolve, one after the other, and whoever wanted the vault is admitted.
fn four_locks(to: &str, times: usize) -> Box<dyn FnMut()> {
    let mut lone = Lone::in_lobby();
    let ticket = lone.show_code(to);
    let mut stacks = vec![lone.stack.clone(); times];
    let mut events = vec![Event::Verdict { ticket, verdict: Ok(Value::Text("mine".into())) }; times];
    Box::new(move || {
        let event = events.pop().expect("prepared for");
        let outcome = lone.pass_of(&mut stacks[events.len()], event);
        assert_eq!(outcome.ended.len(), 4);
        lone.take_back(outcome);
    })
}

/// A frame of one of so many in a room, up to the last output.
fn post(sockets: usize) -> Box<dyn FnMut()> {
    let mut crowd = Crowd::in_hall(sockets);
    Box::new(move || assert!(crowd.say(0, SAID).is_none()))
}

/// The verdict that a socket's fourth lock waits for, up to the last output.
fn engine_four_locks(times: usize) -> Box<dyn FnMut()> {
    let mut crowd = Crowd::in_lobby(times);
    let tickets: Vec<_> = (0..times).map(|number| crowd.show_code(number, "vault")).collect();
    let mut waiting = tickets.into_iter().enumerate();
    Box::new(move || {
        let (number, ticket) = waiting.next().expect("prepared for");
        crowd.answer(number, ticket, "mine");
    })
}

/// All shipped rulesets, from their texts to their programs and findings.
fn compile_shipped(_times: usize) -> Box<dyn FnMut()> {
    let shipped = rules::shipped();
    Box::new(move || shipped.iter().for_each(|files| drop(black_box(rules::compile(files)))))
}
