//! All sockets: one logical thread of decisions, sans IO.
//!
//! ```text
//! handle_input(now, Input)  ->  due deadlines, then the input, each one pass  ->  tables and outbox
//! poll_output()             <-  what is to be sent, in order
//! poll_timeout()            <-  when to come back with Input::Tick
//! ```
//!
//! Between two inputs nothing happens, and nothing here reads a clock, a random number or a socket: the same seed
//! and the same inputs give the same outputs. The rules decide ([`crate::wind`]); the engine only keeps who is
//! where, and carries what they say. It never looks into a message's content.
//!
//! To drive it: after each input take outputs until there are none, and do them in that order.

mod acts;
mod allows;
mod chance;
mod clients;
mod connections;
mod deliver;
mod doubts;
mod facts;
mod frames;
mod groups;
mod holding;
mod inspect;
mod io;
mod limits;
mod lists;
mod log;
mod mail;
mod mailbox;
mod map;
mod membership;
mod passes;
mod places;
mod presence;
mod questions;
mod recent;
mod regroup;
mod reload;
mod restore;
mod resume;
mod revocations;
mod rooms;
mod settings;
mod settle;
mod signals;
mod sockets;
mod space;
mod statistics;
mod survey;
mod timers;
mod traces;

pub use acts::{Act, ActId, Acted, Against, AttributeNow, Declined, Fared, Whom};
pub use inspect::Standings;
pub use io::{CloseCode, Input, ListId, Output};
pub use map::{ClientPlaces, DataMap, RoomPlaces};
pub use questions::{QUESTIONS_PER_ASKER_MAX, Service, Services};
pub use reload::{EpochInUse, NotReloaded};
pub use settings::Settings;
pub use statistics::{Census, LOBBY_MS, LobbyTimes, LockEnd, Statistics};
pub use survey::RoomNow;
pub use traces::TraceMode;

use crate::machine::Program;
use crate::store::Space;
use crate::value::{Millis, RoomKey};
use crate::wind::{Epoch, Epochs, Event, Failure, MessageId, Now, SocketId, WindStack, Workspace};
use chance::{Chance, keyed};
use facts::House;
use places::Places;
use questions::Questions;
use reload::Moving;
use revocations::Revocations;
use signals::Job;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use timers::Timers;
use traces::Traces;

type Outbox = VecDeque<Output>;

/// All sockets, clients, rooms and groups of one ruleset.
///
/// A copy goes on from where it was made, on its own, so that what may follow can be tried. It gives the same nonces
/// as the original: never let two of them speak to the world.
#[derive(Clone)]
pub struct Engine {
    epochs: Epochs,
    moving: Moving,
    places: Places,
    revocations: Revocations,
    /// Posts of the pass under way, by the ids that are to be answered.
    posted: Vec<(MessageId, RoomKey, u64)>,
    /// What sockets are refused in the act under way, and by which room or lock; none where there is no act.
    refusals: Option<Vec<(Arc<str>, Failure)>>,
    settings: Settings,
    house: House,
    chance: Chance,
    timers: Timers,
    questions: Questions,
    traces: Traces,
    statistics: Statistics,
    /// Bytes that the input under way has had written to others.
    fanned_out: u64,
    outbox: Outbox,
    /// What follows from the pass under way.
    jobs: VecDeque<Job>,
    signals_left: usize,
    departures_left: usize,
    /// Rooms whose last member may have gone.
    touched: Vec<RoomKey>,
    /// Rooms without members, by when nothing of their history is kept any more, since 1970.
    fading: BTreeSet<(Millis, RoomKey)>,
    /// Where frames are written before they are shared.
    scratch: String,
    /// What passes are done with.
    workspace: Workspace,
    /// The stack that a pass is at work on; something blank between passes.
    lent: WindStack,
    /// The time of the input under way.
    now: Now,
    /// Whether the store has space.
    space: Space,
    /// The server stops; clients may come back in so many milliseconds.
    stopping: Option<u64>,
}

impl Engine {
    /// Nobody is connected yet. The seed must be secret: nonces come from it.
    pub fn new(program: Arc<Program>, settings: Settings, seed: [u8; 32]) -> Engine {
        Engine {
            house: House::new(&program, &settings, &keyed(seed)),
            epochs: Epochs::new(program),
            moving: Moving::default(),
            places: Places::default(),
            revocations: Revocations::default(),
            posted: Vec::new(),
            refusals: None,
            settings,
            chance: Chance::new(seed),
            timers: Timers::default(),
            questions: Questions::default(),
            traces: Traces::default(),
            statistics: Statistics::default(),
            fanned_out: 0,
            outbox: VecDeque::new(),
            jobs: VecDeque::new(),
            signals_left: 0,
            departures_left: 0,
            touched: Vec::new(),
            fading: BTreeSet::new(),
            scratch: String::new(),
            workspace: Workspace::default(),
            lent: WindStack::new(SocketId(uuid::Uuid::nil()), Arc::default(), Epoch::FIRST),
            now: Now { monotonic: 0, wall: 0 },
            space: Space::Enough,
            stopping: None,
        }
    }

    /// Lets everything happen that is due at this time, then the input and what follows from it. The monotonic clock
    /// never goes back; if it seems to, it stands still.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.now = Now { monotonic: now.monotonic.max(self.now.monotonic), wall: now.wall };
        self.signals_left = self.settings.signals_per_input_max;
        self.departures_left = self.settings.departures_per_input_max;
        self.run_due();
        self.forget_faded_rooms();
        self.fanned_out = 0;
        let sender = if let Input::Received { socket, .. } = &input { Some(*socket) } else { None };
        match input {
            Input::Connected { socket, handshake } => self.connect(socket, handshake),
            Input::Received { socket, envelope } => self.receive_frame(socket, envelope),
            Input::Closed { socket } => self.closed(socket, None),
            Input::Verdict { socket, ticket, verdict } => self.run(socket, Event::Verdict { ticket, verdict }),
            Input::Page { socket, room, page } => self.take_page(socket, &room, page),
            Input::Space(space) => self.space = space,
            Input::Tick => self.move_some(),
            Input::Act { id, act } => self.carry_out(id, act),
            Input::Stop { reconnect_in } => self.stop(reconnect_in),
        }
        self.run_jobs();
        self.charge_fan_out(sender);
    }

    /// The next thing to do, none when everything has been done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// When to come back with [`Input::Tick`] at the latest, on the monotonic clock; none: not at all. It may be for
    /// nothing: a deadline that has gone is only noticed when it would have been due.
    pub fn poll_timeout(&self) -> Option<Millis> {
        if self.is_moving() {
            return Some(self.now.monotonic);
        }
        self.timers.first().into_iter().chain(self.questions.first_due()).min()
    }
}
