//! The engine's task: the one place where inputs meet the engine and outputs leave it.
//!
//! Inputs are taken in batches; what a batch brings about is written when all of it is decided, so that a receiver of many
//! frames gets them in one write. With one shard this task writes itself. With several, each has a task and a bounded queue
//! of batches; this task waits for a shard that is behind, and a shard waits for nobody, so that neither can block the other.

use super::Decide;
use super::acting::Acting;
use super::clock::Clock;
use super::connection::Connection;
use super::hatch::{Inside, Order};
use super::keeper::{Asked, Keeper, StoreFailed, Waiting};
use super::metrics::Verdicts;
use super::shard::Command;
use super::watched::Watched;
use super::webhooks::{Settled, Webhooks};
use super::writers::Writers;
use crate::check::{Begun, Checks, Question};
use crate::engine::{Input, Output};
use crate::store::Space;
use crate::value::{Millis, Value};
use crate::wind::{Handshake, Now, SocketId, Ticket};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

/// So many inputs are decided on before what came of them is written.
const BATCH_INPUTS_MAX: usize = 256;
/// A deadline that is further away than this is looked at again by then.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// What comes to the engine's task.
pub(super) enum Arrival {
    /// A connection is up.
    Connected(Newcomer),
    /// A message to a webhook has arrived, or does not.
    Settled(Settled),
    /// Anything else.
    Input(Input),
}

/// A connection that is up.
pub(super) struct Newcomer {
    pub(super) connection: Arc<Connection>,
    /// What the rules read of its request.
    pub(super) handshake: Arc<Handshake>,
    /// What it says first, if that came with its request.
    pub(super) first: Option<Input>,
    /// The answer to its request, unless that has been written: it goes with the first frame.
    pub(super) answer: Vec<u8>,
}

/// Everything the task owns.
pub(super) struct Desk<Decider> {
    pub(super) decider: Decider,
    pub(super) writers: Writers,
    pub(super) checks: Checks,
    pub(super) webhooks: Webhooks,
    pub(super) counted: Arc<Verdicts>,
    pub(super) keeper: Keeper,
    /// Whether the store has space, as the engine knows it.
    pub(super) space: Space,
    pub(super) clock: Clock,
    pub(super) inbox: mpsc::Receiver<Arrival>,
    /// What whoever looks after the server wants done.
    pub(super) orders: mpsc::Receiver<Order>,
    /// Sockets that somebody asks about.
    pub(super) watched: Watched,
    /// What was done through the hatch and is not kept yet.
    pub(super) acting: Acting,
    /// For checks to come back with.
    pub(super) verdicts: mpsc::WeakSender<Arrival>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) reconnect_in: u64,
}

/// What the task woke up for.
enum Wake {
    /// So much came; nothing means that nobody is left who could send anything.
    Inbox(usize),
    /// Something is to be done through the hatch.
    Order(Order),
    /// The engine's next deadline is there.
    Alarm,
    /// The heartbeats' wheel turns.
    Beat,
    /// The server stops.
    Stop,
    /// The store has come further, or cannot.
    Kept(Result<(), StoreFailed>),
}

impl<Decider: Decide> Desk<Decider> {
    /// Runs until nobody can send anything any more.
    pub(super) async fn run(mut self) {
        let mut arrivals = Vec::with_capacity(BATCH_INPUTS_MAX);
        let mut beat = tokio::time::interval(self.writers.tick_period());
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let alarm = tokio::time::sleep(LONGEST_SLEEP);
        tokio::pin!(alarm);
        let mut stopped = false;
        self.carry_out_all(self.clock.now());
        let mut ended = self.keep_and_release();
        while ended.is_ok() {
            // whoever is about to read does so first, so that more is decided and written together
            tokio::task::yield_now().await;
            let is_behind = self.keeper.is_behind();
            let stop = self.stop.wait_for(|stop| *stop);
            let wake = tokio::select! {
                progress = self.keeper.progressed() => Wake::Kept(progress),
                count = self.inbox.recv_many(&mut arrivals, BATCH_INPUTS_MAX), if !is_behind => Wake::Inbox(count),
                Some(order) = self.orders.recv(), if !is_behind => Wake::Order(order),
                () = &mut alarm => Wake::Alarm,
                _ = beat.tick() => Wake::Beat,
                // a server that was dropped without a word has stopped too
                _ = stop, if !stopped => Wake::Stop,
            };
            match wake {
                Wake::Inbox(0) => return,
                Wake::Inbox(_) | Wake::Alarm => {}
                Wake::Kept(progress) => {
                    ended = progress;
                    self.follow_space();
                }
                Wake::Order(order) => self.carry_out_order(order),
                Wake::Beat => self.writers.beat(&self.clock),
                Wake::Stop => {
                    stopped = true;
                    self.decide(self.clock.now(), Input::Stop { reconnect_in: self.reconnect_in });
                }
            }
            self.take(&mut arrivals);
            if let Some(engine) = self.decider.engine() {
                self.watched.collect(engine, self.clock.now().monotonic);
            }
            ended = ended.and_then(|()| self.keep_and_release());
            if self.writers.flush().await.is_err() {
                return tracing::error!("a shard broke");
            }
            alarm.as_mut().reset(self.wake_up());
        }
        if let Err(StoreFailed(why)) = ended {
            tracing::error!(%why, "the store has failed, and nothing can be decided without it");
        }
    }

    /// The engine is told whether the store has space.
    fn follow_space(&mut self) {
        let space = self.keeper.space();
        if std::mem::replace(&mut self.space, space) != space {
            match space {
                Space::Short => tracing::error!("the disk is full: what would have to be kept is refused"),
                Space::Enough => tracing::warn!("the disk has space again"),
            }
            self.decide(self.clock.now(), Input::Space(space));
        }
    }

    /// Has records kept, and does what has waited for some. That may bring about further ones, which nobody else would hand
    /// over before something else happens.
    fn keep_and_release(&mut self) -> Result<(), StoreFailed> {
        self.keeper.submit()?;
        self.release();
        self.keeper.submit()
    }

    fn take(&mut self, arrivals: &mut Vec<Arrival>) {
        let now = self.clock.now();
        for arrival in arrivals.drain(..) {
            match arrival {
                Arrival::Connected(Newcomer { connection, handshake, first, answer }) => {
                    let socket = connection.id;
                    self.writers.take(socket, Command::Adopt(connection, answer));
                    self.decide(now, Input::Connected { socket, handshake });
                    first.into_iter().for_each(|first| self.decide(now, first));
                }
                Arrival::Input(Input::Closed { socket }) => {
                    self.decide(now, Input::Closed { socket });
                    self.pass(now, Waiting::Forget(socket));
                }
                Arrival::Settled(settled) => settled.settle().into_iter().for_each(|record| self.keeper.keep(record)),
                Arrival::Input(input) => self.decide(now, input),
            }
        }
        if self.decider.poll_timeout().is_some_and(|at| at <= now.monotonic) {
            self.decide(now, Input::Tick);
        }
    }

    /// One input, and every verdict that it brings about at once.
    fn decide(&mut self, now: Now, input: Input) {
        self.decider.handle_input(now, input);
        self.carry_out_all(now);
    }

    /// What is asked of somebody else than an engine is not done.
    fn carry_out_order(&mut self, order: Order) {
        let now = self.clock.now();
        if let Some(engine) = self.decider.engine() {
            let (checks, watched, acting) = (&mut self.checks, &mut self.watched, &mut self.acting);
            order(Inside { engine, checks, watched, acting, now });
        }
        self.carry_out_all(now);
    }

    /// What the engine wants done, and every verdict that it brings about at once.
    fn carry_out_all(&mut self, now: Now) {
        let mut inputs = VecDeque::new();
        loop {
            while let Some(output) = self.decider.poll_output() {
                inputs.extend(self.pass(now, Waiting::Output(output)));
            }
            let Some(input) = inputs.pop_front() else { break };
            self.decider.handle_input(now, input);
        }
        self.keeper.end_of_input();
    }

    /// Does what has waited for the store.
    fn release(&mut self) {
        let now = self.clock.now();
        while let Some(waiting) = self.keeper.release() {
            if let Some(input) = self.carry_out(now, waiting) {
                self.decide(now, input);
            }
        }
    }

    /// Does something, or lets it wait until what came before is kept.
    fn pass(&mut self, now: Now, waiting: Waiting) -> Option<Input> {
        let waiting = match waiting {
            Waiting::Output(Output::Store(record)) => {
                self.keeper.keep(record);
                return None;
            }
            Waiting::Output(Output::Webhook { name, frame }) => {
                // kept together with what brought it about
                let (records, taken) = self.webhooks.take(&name, &frame);
                records.into_iter().for_each(|record| self.keeper.keep(record));
                Waiting::Letter(taken?)
            }
            hello @ Waiting::Output(Output::Hello { .. }) => return self.carry_out(now, hello),
            waiting => waiting,
        };
        let ready = self.keeper.pass(waiting)?;
        self.carry_out(now, ready)
    }

    fn carry_out(&mut self, now: Now, ready: Waiting) -> Option<Input> {
        let output = match ready {
            Waiting::Output(output) => output,
            Waiting::Forget(socket) => {
                self.writers.take(socket, Command::Forget(socket));
                return None;
            }
            Waiting::Letter(taken) => {
                taken.send();
                return None;
            }
        };
        match output {
            Output::Hello { socket, frame } | Output::Send { socket, frame } => {
                self.writers.take(socket, Command::Send(socket, frame));
            }
            Output::Join { list, socket } => self.writers.take(socket, Command::Join(list, socket)),
            Output::Leave { list, socket } => self.writers.take(socket, Command::Leave(list, socket)),
            Output::Fan { list, frame, except } => self.writers.take_all(|| Command::Fan(list, frame.clone(), except)),
            Output::Close { socket, code, reason } => self.writers.take(socket, Command::Close(socket, code, reason)),
            Output::Check { socket, ticket, check, args, within } => {
                return self.check((socket, ticket), Question { check, args, within, wall: now.wall });
            }
            // taken before it came here
            Output::Store(_) | Output::Webhook { .. } => {}
            Output::Read { socket, room, after, limit } => self.read(Asked { socket, room, after, limit }, now.wall),
            Output::Retired { program } => drop(tokio::task::spawn_blocking(move || drop(program))),
            // for whoever counts those that are not
            Output::Identified { .. } => {}
            Output::Acted { act, outcome } => self.acting.answer(act, outcome),
        }
        None
    }

    /// Begins a check; its verdict comes back through the inbox, or at once. A verdict never waits for the engine's task
    /// from within it.
    fn check(&self, (socket, ticket): (SocketId, Ticket), question: Question) -> Option<Input> {
        let (counted, check) = (self.counted.clone(), question.check.clone());
        let verdict_is = move |verdict: Result<Value, Arc<str>>| {
            counted.count(&check, &verdict);
            Input::Verdict { socket, ticket, verdict }
        };
        match self.checks.begin(question) {
            Begun::Done(verdict) => Some(verdict_is(verdict)),
            Begun::Running(run) => {
                let verdicts = self.verdicts.clone();
                tokio::spawn(async move {
                    let verdict = verdict_is(run.verdict().await);
                    if let Some(verdicts) = verdicts.upgrade() {
                        // where the engine has ended, nobody waits for it
                        let _ = verdicts.send(Arrival::Input(verdict)).await;
                    }
                });
                None
            }
        }
    }

    fn read(&self, asked: Asked, wall: Millis) {
        let (reader, inbox) = (self.keeper.reader(), self.verdicts.clone());
        tokio::spawn(async move {
            let page = Keeper::read(reader, asked, wall).await;
            if let Some(inbox) = inbox.upgrade() {
                // where the engine has ended, nobody waits for it
                let _ = inbox.send(Arrival::Input(page)).await;
            }
        });
    }

    fn wake_up(&self) -> Instant {
        let longest = Instant::now() + LONGEST_SLEEP;
        match self.decider.poll_timeout() {
            Some(at) => self.clock.instant(at).min(longest),
            None => longest,
        }
    }
}
