//! One wind stack by itself: what a pass costs without the engine around it.

use super::rules;
use std::hint::black_box;
use std::sync::Arc;
use windlass::envelope::{Address, Envelope, Limits, Request, decode};
use windlass::value::{RoomKey, Value};
use windlass::wind::{
    self, Effect, Entropy, Epoch, Epochs, Event, Facts, Handshake, Member, Message, Now, Outcome, SocketId, Ticket, To,
    WindStack, Workspace,
};

/// The rest of the world is not asked: a client is wherever it wants to be, with nine others.
struct Elsewhere;

impl Facts for Elsewhere {
    fn room_count(&self, _room: &RoomKey) -> u64 {
        10
    }

    fn is_member(&self, _room: &RoomKey, member: &Member) -> bool {
        matches!(member, Member::Client(_))
    }

    fn stands_elsewhere(&self, _room: &RoomKey, _client: &str, _socket: SocketId) -> bool {
        false
    }

    fn rooms_of(&self, _client: &str) -> Vec<RoomKey> {
        Vec::new()
    }

    fn attribute(&self, _client: &str, _attribute: &str) -> Option<Value> {
        None
    }
}

impl Entropy for Elsewhere {
    fn fresh(&mut self) -> [u8; 32] {
        [7; 32]
    }
}

/// A stack, and the rules that it runs under.
pub struct Lone {
    epochs: Epochs,
    work: Workspace,
    pub stack: WindStack,
}

impl Lone {
    /// In the lobby.
    pub fn in_lobby() -> Lone {
        let socket = SocketId(uuid::Uuid::from_u128(1));
        let stack = WindStack::new(socket, Arc::new(Handshake::default()), Epoch::FIRST);
        let mut lone = Lone { epochs: Epochs::new(rules::house()), work: Workspace::default(), stack };
        lone.pass(Event::Connect);
        lone
    }

    /// In the hall, as a client.
    pub fn in_hall() -> Lone {
        let mut lone = Lone::in_lobby();
        let (ticket, client) = (lone.show_code("room:hall"), Value::Text("ada".into()));
        lone.pass(Event::Verdict { ticket, verdict: Ok(client) });
        assert_eq!(lone.stack.standing, Some(RoomKey("hall".into())));
        lone
    }

    /// Asks for a key, or to go somewhere, and shows a code; the check that this waits for.
    pub fn show_code(&mut self, to: &str) -> Ticket {
        self.pass(message(&format!(r#"{{"to":"{to}"}}"#)));
        let shown = self.pass(message(r#"{"code":"1234"}"#));
        let checked = shown.effects.iter().find_map(|effect| match effect {
            Effect::Check { ticket, .. } => Some(*ticket),
            _ => None,
        });
        checked.expect("the code is checked")
    }

    pub fn pass(&mut self, event: Event) -> Outcome {
        pass(&self.epochs, &mut self.stack, event, &mut self.work)
    }

    /// A pass of another stack under the same rules.
    pub fn pass_of(&mut self, stack: &mut WindStack, event: Event) -> Outcome {
        pass(&self.epochs, stack, event, &mut self.work)
    }

    /// What came out has been looked at.
    pub fn take_back(&mut self, outcome: Outcome) {
        self.work.take_back(black_box(outcome));
    }
}

fn pass(epochs: &Epochs, stack: &mut WindStack, event: Event, work: &mut Workspace) -> Outcome {
    let now = Now { monotonic: 1_000, wall: 1_000 };
    wind::pass(epochs, &Elsewhere, &mut Elsewhere, now, stack, event, work)
}

/// What the engine makes of a client's frame.
pub fn message(frame: &str) -> Event {
    let envelope = decode(frame, &Limits::default());
    let Ok(Envelope { id, request: Request::Message { to, content } }) = envelope else {
        panic!("{frame} is a message");
    };
    let to = match to {
        Some(Address::Room(room)) => To::Room(RoomKey(room)),
        Some(Address::Lock(lock)) => To::Lock(lock),
        Some(_) | None => To::Nowhere,
    };
    Event::Message(Message { to, content, id })
}
