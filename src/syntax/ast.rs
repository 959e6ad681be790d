//! What an author wrote, item by item, with the place of every name.
//!
//! Names are not resolved and nothing is typed here. A part that could not be read is missing from the tree;
//! the diagnostics beside the tree say so.

use crate::diagnostic::{SourceId, Span};
use std::sync::Arc;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// What was written.
    pub node: T,
    /// Where.
    pub span: Span,
}

/// An identifier.
pub type Name = Spanned<Arc<str>>;
/// A text literal, unescaped.
pub type Text = Spanned<Arc<str>>;
/// A length of time in milliseconds.
pub type Millis = Spanned<u64>;

/// One `.room` file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Which source it was read from.
    pub source: SourceId,
    /// The `//!` lines, joined by newlines, without the marker.
    pub doc: String,
    /// In source order.
    pub items: Vec<Item>,
    /// Names of what is declared but could not be read, which the parser has reported: whoever misses them need not be told again.
    pub unread: Vec<Arc<str>>,
}

/// What stands at the top level of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `entry NAME`
    Entry(Name),
    /// `client { name: type = default }`
    Client(ClientItem),
    /// `group NAME in PARENT { members }`
    Group(GroupItem),
    /// `room NAME(params) alias N public { … }`
    Room(RoomItem),
    /// `lock NAME(params) gives TYPE held DURATION { … }`
    Lock(LockItem),
    /// `check NAME(params) gives TYPE`
    Check(CheckItem),
    /// `shape NAME TYPE`
    Shape(ShapeItem),
    /// `let NAME = value`
    Let(Let),
    /// `prove …`
    Prove(Prove),
}

/// `client { role: "guest" | "member" = "guest" }`
#[derive(Clone, Debug, PartialEq)]
pub struct ClientItem {
    /// The `///` lines before it.
    pub doc: String,
    /// In source order.
    pub attributes: Vec<Attribute>,
    /// From `client` to the closing brace.
    pub span: Span,
}

/// One typed attribute of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What it may hold.
    pub ty: Type,
    /// What it holds before anybody sets it; required unless the type is optional.
    pub default: Option<Expr>,
}

/// `group cluster in audit { webhook "host03" }`
#[derive(Clone, Debug, PartialEq)]
pub struct GroupItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// The groups whose messages reach this one too.
    pub parents: Vec<Name>,
    /// Receivers named in the rules.
    pub members: Vec<GroupMember>,
}

/// A receiver that belongs to a group by name.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupMember {
    /// A service that connects like any client, by its client id.
    Client(Text),
    /// A URL that the server's configuration binds to this name.
    Webhook(Text),
}

/// `name: type`
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// What it is called inside.
    pub name: Name,
    /// What it may hold.
    pub ty: Type,
}

/// A place.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What makes one room of a family.
    pub params: Vec<Param>,
    /// `alias 12`: a second name on the wire.
    pub alias: Option<Spanned<u64>>,
    /// `uuid "…"`
    pub uuid: Option<Text>,
    /// Where `public` stands, if it does.
    pub public: Option<Span>,
    /// In source order.
    pub body: Vec<Statement>,
    /// From `room` to the closing brace.
    pub span: Span,
}

/// A question with a typed answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LockItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What it is asked about.
    pub params: Vec<Param>,
    /// The type of its answer.
    pub gives: Type,
    /// How long a socket keeps the key.
    pub held: Option<Millis>,
    /// How long it lets the socket listen after its end.
    pub grace: Option<Millis>,
    /// In source order.
    pub body: Vec<Statement>,
    /// From `lock` to the closing brace.
    pub span: Span,
}

/// `check NAME(params) gives TYPE`
#[derive(Clone, Debug, PartialEq)]
pub struct CheckItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What it is asked about.
    pub params: Vec<Param>,
    /// The type of a passed check's value.
    pub gives: Type,
}

/// `shape move { from: int, to_field: int }`
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What it stands for.
    pub ty: Type,
}

/// `let NAME = value`, a constant at the top level, a value of the frame in a room or lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What it is.
    pub value: Expr,
}

/// An assertion about every possible path.
#[derive(Clone, Debug, PartialEq)]
pub struct Prove {
    /// What is asserted.
    pub claim: Claim,
    /// From `prove` to the end of the claim.
    pub span: Span,
}

/// The forms of `prove`.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// `ROOM behind LOCK or LOCK …`: nobody is in the room without having passed one of these.
    RoomBehind {
        /// The room.
        room: Name,
        /// One of these is enough.
        locks: Vec<Name>,
    },
    /// `set client.x behind LOCK or LOCK …`
    SetBehind {
        /// The attribute.
        attribute: Name,
        /// One of these is enough.
        locks: Vec<Name>,
    },
    /// `never set client.x`
    NeverSet {
        /// The attribute.
        attribute: Name,
    },
    /// `never ROOM to ROOM`: no way leads from the first to the second.
    NeverTo {
        /// Where the way would begin.
        from: Name,
        /// Where it would end.
        to: Name,
    },
    /// `depth <= N`: no wind stack has more frames.
    Depth {
        /// The bound.
        most: Spanned<u64>,
    },
}

/// A type; every pattern is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Which type.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The letters of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `text`, `int`, `client`, `bool`, `any`, or the name of a shape.
    Named(Arc<str>),
    /// `text(1..64)`, `int(1..999)`, `number(0..1)`; either end may be left out.
    Ranged {
        /// `text`, `int` or `number`.
        name: Name,
        /// The least length or value.
        least: Option<Spanned<Literal>>,
        /// The greatest length or value.
        most: Option<Spanned<Literal>>,
    },
    /// `"a" | "b"`, `true`, `7`: one of these values; a single one is a choice of one.
    Choice(Vec<Spanned<Literal>>),
    /// `list(T)`
    List(Box<Type>),
    /// `T?`
    Optional(Box<Type>),
    /// `{ field: type }`, open: further fields are carried along.
    Record(Vec<Param>),
    /// `_`: anything.
    Wildcard,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// `12`, `-3`
    Int(i64),
    /// `1.5`
    Number(f64),
    /// `"…"`, unescaped
    Text(Arc<str>),
    /// `30s`, in milliseconds
    Duration(u64),
}

/// What stands in the body of a room, a lock or a state. Which statement may stand where is the model's to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `capacity 500`
    Property(Property),
    /// `let challenge = nonce()`
    Let(Let),
    /// `state NAME(params) { … }`
    State(StateItem),
    /// An action by itself, done on entry: `ask { name: "Who are you?" }`
    Enter(Action),
    /// `on …`, `when …`, `after …`, `resolved …`: a trigger and what follows it.
    Arm(Arm),
    /// `match EXPR arm, arm, else …`
    Match(Match),
    /// `lock …` or `check …`
    Call(Call),
}

/// `state checking(signature: text) { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct StateItem {
    /// The `///` lines before it.
    pub doc: String,
    /// What it is called.
    pub name: Name,
    /// What an arrow to it must bring.
    pub params: Vec<Param>,
    /// In source order.
    pub body: Vec<Statement>,
    /// From `state` to the closing brace.
    pub span: Span,
}

/// A property of a room or a lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Which.
    pub kind: PropertyKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The properties.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyKind {
    /// `requires L`, `requires one of L, L`, either with `else follow`
    Requires {
        /// One, or several of which the client nominates one.
        locks: Vec<Apply>,
        /// What a failure leads to.
        otherwise: Option<Follow>,
    },
    /// `admit when guard else follow`
    Admit {
        /// Who may come in.
        guard: Expr,
        /// What a refusal leads to.
        otherwise: Option<Follow>,
    },
    /// `capacity 500`
    Capacity(Spanned<u64>),
    /// `history 100 for 24h`
    History(Retention),
    /// `mailbox 100 for 24h`, `mailbox latest 100 for 24h`
    Mailbox {
        /// How much waits, and for how long.
        keep: Retention,
        /// What becomes of more.
        overflow: Overflow,
    },
    /// `presence`
    Presence,
    /// `posts to members, audit`
    PostsTo(Vec<Dest>),
    /// `receives announcements`
    Receives(Vec<Name>),
    /// `doors hall, table`
    Doors(Vec<Apply>),
    /// `offers second_factor(client.id)`
    Offers(Vec<Apply>),
    /// `renews ssh_key(client.id)`
    Renews(Vec<Apply>),
    /// `limit 5 per 1s else follow`
    Limit {
        /// How many messages.
        count: Spanned<u64>,
        /// In how long.
        per: Millis,
        /// What one more leads to.
        otherwise: Option<Follow>,
    },
    /// `transient`
    Transient,
    /// `attempts 3`
    Attempts(Spanned<u64>),
    /// `on reload pin`
    OnReload(Spanned<Reload>),
}

/// What becomes of a stack inside a machine that a reload changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// It finishes under the rules it began with.
    Pin,
    /// It begins again under the new rules.
    Restart,
    /// Its socket is dropped.
    Drop,
}

/// `N for D`
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    /// At most so many.
    pub count: Spanned<u64>,
    /// For at most so long.
    pub age: Option<Millis>,
}

/// What becomes of a message for a mailbox that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Whoever would tell it is refused.
    Refuse,
    /// It takes the place of the oldest (`latest`).
    DropOldest,
}

/// A name with arguments: a lock, a room of a family, a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Apply {
    /// Which.
    pub name: Name,
    /// In order; empty without parentheses.
    pub args: Vec<Expr>,
    /// From the name to the closing parenthesis.
    pub span: Span,
}

/// A trigger and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// When.
    pub trigger: Trigger,
    /// `as m`
    pub bind: Option<Name>,
    /// `when guard`
    pub guard: Option<Expr>,
    /// What then.
    pub follow: Follow,
    /// From the trigger's keyword to the end.
    pub span: Span,
}

/// What an arm waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `on PATTERN`
    Message(Type),
    /// `on arrive`
    Arrive,
    /// `on leave`
    Leave,
    /// `on cancel`
    Cancel,
    /// `on signal NAME PATTERN`
    Signal(Name, Option<Type>),
    /// `when guard`; the guard is the arm's
    When,
    /// `else`
    Else,
    /// `after 30s`
    After(Millis),
    /// `resolved x`; the name is the arm's bind, `_` leaves it out
    Resolved,
    /// `failed why`
    Failed,
    /// `passed x`
    Passed,
}

/// `match EXPR PATTERN as x when guard follow, …, else follow`
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What is looked at.
    pub subject: Expr,
    /// In source order; none means `else`.
    pub arms: Vec<MatchArm>,
    /// From `match` to the end of the last arm.
    pub span: Span,
}

/// One arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    /// None is `else`.
    pub pattern: Option<Type>,
    /// `as x`
    pub bind: Option<Name>,
    /// `when guard`
    pub guard: Option<Expr>,
    /// What then.
    pub follow: Follow,
    /// From the pattern to the end of what follows.
    pub span: Span,
}

/// `lock …` or `check …`: what a state asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is asked.
    pub kind: CallKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// What a state asks.
#[derive(Clone, Debug, PartialEq)]
pub enum CallKind {
    /// `lock L(args)`, or `lock one of A, B`
    Lock(Vec<Apply>),
    /// `check C(args) within D`
    Check {
        /// Which check.
        check: Apply,
        /// How long it may take.
        within: Within,
    },
}

/// How long a check may take.
#[derive(Clone, Debug, PartialEq)]
pub enum Within {
    /// `within D`
    Duration(Millis),
    /// What follows `within` could not be read, which the parser has reported.
    Unreadable,
    /// Nothing is said, which is an error that the model reports.
    Absent,
}

/// What follows a trigger: `-> target`, or `{ actions -> target }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// In order.
    pub actions: Vec<Action>,
    /// Where the arrow leads; none stays.
    pub target: Option<Target>,
    /// All of it.
    pub span: Span,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where it leads.
    pub kind: TargetKind,
    /// From `->` to its end.
    pub span: Span,
}

/// Where an arrow leads.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetKind {
    /// `-> checking(a.signature)`
    State(Apply),
    /// `-> resolve v`, or `-> resolve v until t`
    Resolve(Expr, Option<Expr>),
    /// `-> fail why`
    Fail(Expr),
    /// `-> admit`, or `-> admit playing`
    Admit(Option<Apply>),
    /// `-> retry ask_name`
    Retry(Apply),
    /// `-> move hall`
    Move(Apply),
    /// `-> drop why`
    Drop(Expr),
}

/// Something done on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The actions.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// `ask v`
    Ask(Expr),
    /// `say v`
    Say(Expr),
    /// `post v`
    Post(Expr),
    /// `tell DEST v`
    Tell(Dest, Expr),
    /// `signal DEST NAME v`
    Signal(Dest, Name, Option<Expr>),
    /// `identify v`
    Identify(Expr),
    /// `set client.x = v`
    Set(Name, Expr),
    /// `leave ROOM`
    Leave(Apply),
}

/// Where something is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Dest {
    /// Who.
    pub kind: DestKind,
    /// Where it stands.
    pub span: Span,
}

/// Who receives.
#[derive(Clone, Debug, PartialEq)]
pub enum DestKind {
    /// `members`: everybody in this room but the sending socket
    Members,
    /// `everyone`: everybody in this room, the sending socket too
    Everyone,
    /// The name of a room (with arguments) or of a group, or of something of type client, room or group.
    Named(Apply),
    /// `m.to`, `client.id`: something of type client, room or group.
    Value(Expr),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `12`, `"a"`, `30s`, `true`
    Literal(Literal),
    /// A name, also `client`, `room`, `socket`, `handshake` and `members` where they begin an expression.
    Name(Arc<str>),
    /// `m.text`
    Field(Box<Expr>, Name),
    /// `not x`
    Not(Box<Expr>),
    /// `a + b`
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `len(x)`, `lower(x)`, `now()`, `nonce()`
    Apply(Apply),
    /// `{ name: value }`
    Record(Vec<(Name, Expr)>),
    /// `[a, b]`
    List(Vec<Expr>),
}

/// The operators, loosest first in the grammar: `or`, `and`, `not`, comparison and `in`, `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
}
