//! The items of a ruleset: rooms, locks, groups, attributes, checks, proofs, and what machines are made of.

use super::{Expr, Type};
use crate::diagnostic::Span;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the table it belongs to.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

id! {
    /// A room (or family of rooms) or a lock: index into [`Model::machines`].
    MachineId;
    /// A state of one machine: index into [`Machine::states`].
    StateId;
    /// An arm of one machine: index into [`Machine::arms`].
    ArmId;
    /// Index into [`Model::groups`].
    GroupId;
    /// Index into [`Model::attributes`].
    AttributeId;
    /// Index into [`Model::checks`].
    CheckId;
    /// Index into [`Model::signals`].
    SignalId;
}

/// One ruleset.
#[derive(Clone, Debug)]
pub struct Model {
    /// The room in which every socket starts.
    pub entry: MachineId,
    /// Rooms and locks, in source order of the sorted files.
    pub machines: Vec<Machine>,
    /// What the server remembers of a client.
    pub attributes: Vec<Attribute>,
    /// Receivers.
    pub groups: Vec<Group>,
    /// The built-in checks, then the declared ones.
    pub checks: Vec<Check>,
    /// The names of all signals.
    pub signals: Vec<Arc<str>>,
    /// What must hold on every path.
    pub proofs: Vec<Proof>,
}

/// What a socket can be in: a room it stands in, or a lock wound on its stack.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What it is called.
    pub name: Arc<str>,
    /// The author's words about it.
    pub doc: String,
    /// Where its name stands.
    pub span: Span,
    /// The parameters; `Frame::args` begins with them.
    pub params: Vec<Param>,
    /// Evaluated in order when the frame is made; they follow the parameters in `Frame::args`.
    pub lets: Vec<Let>,
    /// Done once when a lock is wound, or a socket is admitted to a room (after `arrive`).
    pub enter: Vec<Action>,
    /// Never empty; the first is where it starts. A machine without written states has one, named "".
    pub states: Vec<State>,
    /// Every arm of the machine, also those of its states.
    pub arms: Vec<Arm>,
    /// Arms that hold in every state, tried after the state's own, in source order: messages, signals, cancel.
    pub handlers: Vec<ArmId>,
    /// `on arrive` (rooms).
    pub arrive: Vec<ArmId>,
    /// `on leave`: done when the frame goes, for a room when the membership ends.
    pub leave: Vec<ArmId>,
    /// `after …` of the whole machine.
    pub timers: Vec<ArmId>,
    /// How many messages one socket may send to it.
    pub limit: Option<Limit>,
    /// What a reload does to a stack inside it.
    pub on_reload: Reload,
    /// What only rooms or only locks have.
    pub kind: MachineKind,
}

/// A room or a lock.
#[derive(Clone, Debug)]
pub enum MachineKind {
    /// A place.
    Room(Box<Room>),
    /// A question.
    Lock(Lock),
}

impl Machine {
    /// What is special to a room, none for a lock.
    pub fn room(&self) -> Option<&Room> {
        match &self.kind {
            MachineKind::Room(room) => Some(room),
            MachineKind::Lock(_) => None,
        }
    }

    /// How what it tells waits for who is away; none where it does not.
    pub fn mail_terms(&self) -> Option<MailTerms> {
        let Mailbox { keep, overflow } = self.room()?.mailbox?;
        let latest_of = match overflow {
            Overflow::Refuse => None,
            Overflow::DropOldest => Some(self.name.clone()),
        };
        Some(MailTerms { keep, latest_of })
    }

    /// What is special to a lock, none for a room.
    pub fn lock(&self) -> Option<&Lock> {
        match &self.kind {
            MachineKind::Lock(lock) => Some(lock),
            MachineKind::Room(_) => None,
        }
    }
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// What it is called.
    pub name: Arc<str>,
    /// What it may hold.
    pub ty: Type,
    /// Where its name stands.
    pub span: Span,
}

/// A value of a frame.
#[derive(Clone, Debug)]
pub struct Let {
    /// What it is called.
    pub name: Arc<str>,
    /// What it is.
    pub value: Expr,
    /// Where its name stands.
    pub span: Span,
}

/// What only rooms have.
#[derive(Clone, Debug)]
pub struct Room {
    /// A second name on the wire.
    pub alias: Option<u64>,
    /// A UUID that the author wrote; a family has none.
    pub uuid: Option<uuid::Uuid>,
    /// Says out loud that it requires nothing.
    pub public: bool,
    /// What must be held to be in it, in order.
    pub requires: Vec<Requirement>,
    /// `admit when … else …`
    pub admit: Option<Admit>,
    /// Whether an arrow of its states says `admit`: then it is entered before it admits.
    pub admits_itself: bool,
    /// Most members at one time.
    pub capacity: Option<u64>,
    /// What of its posts is kept.
    pub history: Option<Retention>,
    /// What waits for a member without a socket.
    pub mailbox: Option<Mailbox>,
    /// Whether members see each other come and go.
    pub presence: bool,
    /// Where `post` goes; members where the rules do not say.
    pub posts_to: Vec<Dest>,
    /// What a socket receives from its admission on.
    pub receives: Vec<GroupId>,
    /// Rooms that a socket here may ask for.
    pub doors: Vec<Door>,
    /// Locks that a socket here may ask for.
    pub offers: Vec<LockCall>,
    /// Locks that a socket here may ask for although it holds the key, and is asked for when a key ends.
    pub renews: Vec<LockCall>,
    /// Whether membership ends when the socket moves on.
    pub transient: bool,
}

impl Room {
    /// Every lock that a socket here may ask for.
    pub fn on_request(&self) -> impl Iterator<Item = &LockCall> {
        self.offers.iter().chain(&self.renews)
    }
}

/// What only locks have.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The type of its answer.
    pub gives: Type,
    /// How long a socket keeps the key, in milliseconds; none: as long as it lives.
    pub held: Option<u64>,
    /// How long the key lets its socket listen after its end, in milliseconds.
    pub grace: Option<u64>,
    /// How many tries `retry` allows, the first included.
    pub attempts: Option<u32>,
}

/// A lock that a room requires, or several of which one is enough.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Never empty; of several the client nominates one.
    pub locks: Vec<LockCall>,
    /// What a failure leads to: [`TargetKind::Drop`], [`TargetKind::Move`] or [`TargetKind::Fail`]. None: the socket stays
    /// where it stood, with the reason. `Bind` is the lock's reason.
    pub otherwise: Option<ArmId>,
    /// Where it stands.
    pub span: Span,
}

/// `admit when guard else …`
#[derive(Clone, Debug)]
pub struct Admit {
    /// Who may come in.
    pub guard: Expr,
    /// As [`Requirement::otherwise`].
    pub otherwise: Option<ArmId>,
    /// Where it stands.
    pub span: Span,
}

/// `N for D`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// At most so many.
    pub count: u64,
    /// For at most so long, in milliseconds.
    pub age: Option<u64>,
}

/// `mailbox N for D`, `mailbox latest N for D`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// How much waits, and for how long.
    pub keep: Retention,
    /// What becomes of more.
    pub overflow: Overflow,
}

/// What becomes of a message for a mailbox that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Whoever would tell it is refused.
    Refuse,
    /// It takes the place of the oldest that the room told.
    DropOldest,
}

/// How something waits for a client that is away: what a room's [`Mailbox`] comes to for one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTerms {
    /// How much waits beside it at most, and for how long.
    pub keep: Retention,
    /// The room by whose newer messages it is pushed out; none: by nothing.
    pub latest_of: Option<Arc<str>>,
}

/// `N per D else …`
#[derive(Clone, Debug)]
pub struct Limit {
    /// How many messages.
    pub count: u64,
    /// In how long, in milliseconds.
    pub per: u64,
    /// What one more leads to; none refuses the message.
    pub otherwise: Option<ArmId>,
}

/// A room that a socket may ask for.
#[derive(Clone, Debug)]
pub struct Door {
    /// Which room or family.
    pub room: MachineId,
    /// None: whichever of the family the client names. Otherwise only this one.
    pub args: Option<Vec<Expr>>,
    /// Where it stands.
    pub span: Span,
}

/// A lock with its arguments.
#[derive(Clone, Debug)]
pub struct LockCall {
    /// Which lock.
    pub lock: MachineId,
    /// In order.
    pub args: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// A room with its arguments.
#[derive(Clone, Debug)]
pub struct RoomCall {
    /// Which room or family.
    pub room: MachineId,
    /// In order.
    pub args: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// What becomes of a stack inside a machine that a reload changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reload {
    /// It finishes under the rules it began with.
    Pin,
    /// It begins again under the new rules.
    Restart,
    /// Its socket is dropped.
    Drop,
}

/// A state of a machine: a node of its graph.
#[derive(Clone, Debug)]
pub struct State {
    /// What it is called; "" for the only state of a machine without written ones.
    pub name: Arc<str>,
    /// Where its name stands, or the machine's.
    pub span: Span,
    /// What an arrow to it brings; `Frame::locals`.
    pub params: Vec<Param>,
    /// Done on entry, in order.
    pub enter: Vec<Action>,
    /// Tried in order on entry, after the entry actions: `when`, `else`, and the arms of `match`.
    pub eventless: Vec<ArmId>,
    /// What it asks once no eventless arm was taken.
    pub call: Option<Call>,
    /// Tried in source order: messages, signals, cancel, and the ends of its call.
    pub handlers: Vec<ArmId>,
    /// `on leave`: done when the state is left.
    pub leave: Vec<ArmId>,
    /// `after …`
    pub timers: Vec<ArmId>,
}

/// What a state asks.
#[derive(Clone, Debug)]
pub enum Call {
    /// One lock, or several of which the client nominates one.
    Lock(Vec<LockCall>),
    /// A verifier.
    Check(CheckCall),
}

/// A check with its arguments.
#[derive(Clone, Debug)]
pub struct CheckCall {
    /// Which check.
    pub check: CheckId,
    /// In order.
    pub args: Vec<Expr>,
    /// How long it may take, in milliseconds.
    pub within: u64,
    /// Where it stands.
    pub span: Span,
}

/// A trigger and what follows it.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The state in whose body it stands; none: it belongs to the machine.
    pub state: Option<StateId>,
    /// When.
    pub trigger: Trigger,
    /// And only if.
    pub guard: Option<Expr>,
    /// What then, in order.
    pub actions: Vec<Action>,
    /// Where the arrow leads; none stays. An arm with a target is an edge of the graph.
    pub target: Option<Target>,
    /// From the trigger's keyword to the end.
    pub span: Span,
}

/// What an arm waits for.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A message whose content is of the type. `to` says what the message must be addressed to: none, only
    /// messages that name no destination (or this room).
    Message {
        /// The content.
        pattern: Type,
        /// [`Type::Client`], [`Type::Room`], [`Type::Group`], or optional of one of these.
        to: Option<Type>,
    },
    /// The socket was admitted.
    Arrive,
    /// The frame or the state goes.
    Leave,
    /// The client does not want to go on.
    Cancel,
    /// Another socket's rule sent it.
    Signal {
        /// Which.
        signal: SignalId,
        /// What it must carry; none: anything or nothing.
        pattern: Option<Type>,
    },
    /// Eventless: the guard alone decides.
    When,
    /// Eventless: taken if no arm before it was.
    Else,
    /// Eventless: taken if the subject is of the type. `Bind` is the subject.
    Match {
        /// What is looked at.
        subject: Expr,
        /// What it must be.
        pattern: Type,
    },
    /// So many milliseconds after the state was entered, or the frame made.
    After(u64),
    /// The lock that the state asked resolved; `Bind` is its value.
    Resolved,
    /// The lock that the state asked failed; `Bind` is the reason, a text.
    LockFailed,
    /// The check passed; `Bind` is its value.
    Passed,
    /// The check failed, took too long, or could not be made; `Bind` is the reason, a text.
    CheckFailed,
    /// What a requirement, an `admit` or a `limit` leads to. `Bind` is the reason, a text.
    Otherwise,
}

/// An arrow.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it leads.
    pub kind: TargetKind,
    /// From `->` to its end.
    pub span: Span,
}

/// Where an arrow leads.
#[derive(Clone, Debug)]
pub enum TargetKind {
    /// A state of the same machine.
    State(StateCall),
    /// The lock's answer, and the time at which its key ends, if `held` does not end it before.
    Resolve(Expr, Option<Expr>),
    /// The lock failed, or the room refuses, with a reason.
    Fail(Expr),
    /// The room admits; the machine goes on in the state, or stays where it is.
    Admit(Option<StateCall>),
    /// A state of the same lock, if an attempt is left; otherwise it fails.
    Retry(StateCall),
    /// Another room.
    Move(RoomCall),
    /// The socket is closed.
    Drop(Expr),
}

/// A state with its arguments.
#[derive(Clone, Debug)]
pub struct StateCall {
    /// Which state.
    pub state: StateId,
    /// In order.
    pub args: Vec<Expr>,
}

/// Something done on the way.
#[derive(Clone, Debug)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The actions.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// Prompts the socket's client.
    Ask(Expr),
    /// Speaks to the socket's client.
    Say(Expr),
    /// To the room's receivers.
    Post(Expr),
    /// To a destination.
    Tell(Dest, Expr),
    /// To the machines of a destination's sockets.
    Signal(Dest, SignalId, Option<Expr>),
    /// The socket is this client from now on.
    Identify(Expr),
    /// Writes an attribute of the client.
    Set(AttributeId, Expr),
    /// Ends a membership.
    Leave(RoomCall),
}

/// Where something is sent.
#[derive(Clone, Debug)]
pub enum Dest {
    /// Everybody in this room but the sending socket.
    Members,
    /// Everybody in this room, the sending socket too.
    Everyone,
    /// A room by its name.
    Room(RoomCall),
    /// A group by its name.
    Group(GroupId),
    /// A value of type client, room or group, possibly optional: a missing one reaches nobody.
    Value(Expr),
}

/// One typed attribute of a client.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// What it is called.
    pub name: Arc<str>,
    /// What it may hold.
    pub ty: Type,
    /// What it holds before anybody sets it; a constant, none where the type is optional.
    pub default: Option<Expr>,
    /// Where its name stands.
    pub span: Span,
}

/// A receiver.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is called.
    pub name: Arc<str>,
    /// Groups whose messages reach this one too.
    pub parents: Vec<GroupId>,
    /// Clients that belong to it by id.
    pub clients: Vec<Arc<str>>,
    /// Webhooks that belong to it by name.
    pub webhooks: Vec<Arc<str>>,
    /// Where its name stands.
    pub span: Span,
}

/// A verifier.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it is called.
    pub name: Arc<str>,
    /// What it is asked about.
    pub params: Vec<Param>,
    /// The type of a passed check's value.
    pub gives: Type,
    /// Where it is declared; none: built in.
    pub span: Option<Span>,
}

/// What must hold on every path.
#[derive(Clone, Debug)]
pub struct Proof {
    /// What.
    pub claim: Claim,
    /// Where it stands.
    pub span: Span,
}

/// The forms of `prove`.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Nobody is in the room without having passed one of the locks.
    RoomBehind(MachineId, Vec<MachineId>),
    /// No rule writes the attribute without one of the locks having been passed.
    SetBehind(AttributeId, Vec<MachineId>),
    /// No rule writes the attribute.
    NeverSet(AttributeId),
    /// No way leads from the first room to the second.
    NeverTo(MachineId, MachineId),
    /// No wind stack has more frames.
    Depth(u64),
}
