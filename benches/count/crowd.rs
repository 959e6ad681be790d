//! An engine full of sockets: what an input costs up to the last of its outputs.

use super::rules;
use std::sync::Arc;
use windlass::engine::{Engine, Input, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::value::Value;
use windlass::wind::{Handshake, Now, SocketId, Ticket};

/// So long after each other inputs come, in milliseconds: nobody comes near a limit.
const PAUSE_MS: u64 = 1_000;

/// The engine, and its clock.
pub struct Crowd {
    engine: Engine,
    now: u64,
}

impl Crowd {
    /// So many sockets in the lobby.
    pub fn in_lobby(sockets: usize) -> Crowd {
        let mut crowd = Crowd { engine: Engine::new(rules::house(), Settings::default(), [7; 32]), now: 0 };
        for number in 0..sockets {
            crowd.input(Input::Connected { socket: socket(number), handshake: Arc::new(Handshake::default()) });
        }
        crowd
    }

    /// So many in the hall, each a client of its own.
    pub fn in_hall(sockets: usize) -> Crowd {
        let mut crowd = Crowd::in_lobby(sockets);
        for number in 0..sockets {
            let ticket = crowd.show_code(number, "hall");
            crowd.answer(number, ticket, &format!("client {number}"));
        }
        crowd
    }

    /// Asks to go somewhere and shows a code; the check that this waits for.
    pub fn show_code(&mut self, number: usize, room: &str) -> Ticket {
        self.say(number, &format!(r#"{{"to":"room:{room}"}}"#));
        self.say(number, r#"{"code":"1234"}"#).expect("the code is checked")
    }

    /// A check has passed.
    pub fn answer(&mut self, number: usize, ticket: Ticket, with: &str) {
        let verdict = Ok(Value::Text(with.into()));
        self.input(Input::Verdict { socket: socket(number), ticket, verdict });
    }

    /// A frame comes: it is decoded, and everything that follows from it is done.
    pub fn say(&mut self, number: usize, frame: &str) -> Option<Ticket> {
        self.input(Input::Received { socket: socket(number), envelope: decode(frame, &Limits::default()) })
    }

    /// An input, and all of its outputs; the check among them.
    fn input(&mut self, input: Input) -> Option<Ticket> {
        self.now += PAUSE_MS;
        let mut checked = None;
        self.engine.handle_input(Now { monotonic: self.now, wall: self.now }, input);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Check { ticket, .. } = output {
                checked = Some(ticket);
            }
        }
        checked
    }
}

fn socket(number: usize) -> SocketId {
    SocketId(uuid::Uuid::from_u128(number as u128 + 1))
}
