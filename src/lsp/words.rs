//! The words of the language, where each may stand, and what it means in a sentence.

/// Where a word may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Begins an item.
    Item,
    /// Behind a room's name.
    RoomHead,
    /// Begins a property of a room.
    Room,
    /// Begins a property of a room or a lock.
    Machine,
    /// Begins a property of a lock.
    Lock,
    /// Begins what a room, a lock or a state is made of.
    Body,
    /// Begins what only a state has.
    State,
    /// Begins an action.
    Action,
    /// After `->` in rooms.
    RoomArrow,
    /// After `->` in locks.
    LockArrow,
    /// After `->`.
    Arrow,
    /// After `on`.
    Event,
    /// After `on reload`.
    Reload,
    /// Names a destination.
    Dest,
    /// Where a value stands.
    Value,
    /// Where a type stands.
    Type,
    /// After `prove`.
    Claim,
    /// Goes on with what was begun.
    Inside,
}

/// A word of the language.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its letters.
    pub word: &'static str,
    /// Where it may stand; the same letters may stand in several places.
    pub stands: Stands,
    /// What it means.
    pub means: &'static str,
}

const fn word(word: &'static str, stands: Stands, means: &'static str) -> Word {
    Word { word, stands, means }
}

/// Every word of the language.
pub const WORDS: &[Word] = &[
    word("entry", Stands::Item, "`entry NAME`: the room in which every socket starts."),
    word("client", Stands::Item, "`client { name: type = default }`: what the server remembers of a client."),
    word("group", Stands::Item, "`group NAME in PARENT { members }`: a receiver."),
    word("room", Stands::Item, "`room NAME(params) { … }`: a place."),
    word(
        "lock",
        Stands::Item,
        "`lock NAME(params) gives TYPE held DURATION grace DURATION { … }`: a question with a typed answer.",
    ),
    word("check", Stands::Item, "`check NAME(params) gives TYPE`: declares a verifier that the configuration binds."),
    word("shape", Stands::Item, "`shape NAME TYPE`: a name for a type."),
    word("let", Stands::Item, "`let NAME = value`: a constant."),
    word("prove", Stands::Item, "`prove …`: what must hold on every path."),
    word("alias", Stands::RoomHead, "`alias N`: a second name on the wire."),
    word("uuid", Stands::RoomHead, "`uuid \"…\"`: the room's UUID."),
    word("public", Stands::RoomHead, "Says out loud that the room requires nothing."),
    word("transient", Stands::RoomHead, "Membership ends when the socket moves on."),
    word(
        "requires",
        Stands::Room,
        "`requires LOCK [else …]`: the lock is wound on entry unless the socket holds its key.",
    ),
    word("admit", Stands::Room, "`admit when GUARD [else …]`: tested when all requirements are met."),
    word("capacity", Stands::Room, "`capacity N`: at most so many members."),
    word("history", Stands::Room, "`history N [for D]`: what of its posts is kept."),
    word(
        "mailbox",
        Stands::Room,
        "`mailbox [latest] N [for D]`: how much of what it tells waits for a client without a socket.",
    ),
    word("presence", Stands::Room, "Members see each other come and go."),
    word("posts", Stands::Room, "`posts to DEST, …`: where `post` goes; `members` if the room does not say."),
    word(
        "receives",
        Stands::Room,
        "`receives GROUP, …`: the socket receives what is sent to these from its admission on.",
    ),
    word("doors", Stands::Room, "`doors ROOM, …`: rooms that a socket standing here may ask for."),
    word("offers", Stands::Room, "`offers LOCK, …`: locks that a socket standing here may ask for."),
    word(
        "renews",
        Stands::Room,
        "`renews LOCK, …`: locks that a socket standing here may ask for before their key ends, and is asked for when it ends.",
    ),
    word("transient", Stands::Room, "Membership ends when the socket moves on."),
    word("limit", Stands::Machine, "`limit N per D [else …]`: how many messages a socket may send."),
    word(
        "state",
        Stands::Machine,
        "`state NAME(params) { … }`: a node of the machine's graph; the first is where it starts.",
    ),
    word("let", Stands::Machine, "`let NAME = value`: a value of the frame, computed once."),
    word("attempts", Stands::Lock, "`attempts N`: how many tries `retry` allows, the first included."),
    word(
        "on",
        Stands::Body,
        "`on PATTERN [as x] [when GUARD] …`: a message; also `on arrive`, `leave`, `cancel`, `signal NAME`, `reload`.",
    ),
    word("after", Stands::Body, "`after DURATION …`: a deadline."),
    word("when", Stands::State, "`when GUARD …`: decided at once on entry. After a pattern: and only if."),
    word("else", Stands::State, "Taken if nothing before it was."),
    word("match", Stands::State, "`match EXPR PATTERN [as x] …, else …`: decided at once, on data at hand."),
    word("lock", Stands::State, "`lock L(args)` or `lock one of L, L`: what the state asks."),
    word("check", Stands::State, "`check C(args) within D`: what the state asks."),
    word("resolved", Stands::State, "`resolved x …`: the lock that the state asked resolved."),
    word("passed", Stands::State, "`passed x …`: the check passed."),
    word("failed", Stands::State, "`failed why …`: what the state asked failed."),
    word("ask", Stands::Action, "`ask { … }`: prompts this socket's client."),
    word("say", Stands::Action, "`say { … }`: speaks to this socket's client."),
    word(
        "post",
        Stands::Action,
        "`post { … }`: a message of the room, in its order, to everybody in it but this socket.",
    ),
    word("tell", Stands::Action, "`tell DEST { … }`: a message outside the room's order."),
    word("signal", Stands::Action, "`signal DEST NAME [v]`: an event for the machines of the destination's sockets."),
    word("identify", Stands::Action, "`identify v`: this socket is the client with this id from here on."),
    word("set", Stands::Action, "`set client.x = v`: writes an attribute."),
    word("leave", Stands::Action, "`leave ROOM`: ends the client's membership."),
    word("admit", Stands::RoomArrow, "`-> admit [STATE]`: the room admits, and goes on in the state, or stays."),
    word("resolve", Stands::LockArrow, "`-> resolve v [until t]`: the lock's answer."),
    word("retry", Stands::LockArrow, "`-> retry STATE`: spends an attempt; if none is left, the lock fails."),
    word("fail", Stands::Arrow, "`-> fail why`: the lock fails, or the room refuses."),
    word("move", Stands::Arrow, "`-> move ROOM`: to another room."),
    word("drop", Stands::Arrow, "`-> drop why`: the socket is closed."),
    word("arrive", Stands::Event, "The socket was admitted (rooms)."),
    word("leave", Stands::Event, "The frame, or the state, goes. No arrow."),
    word("cancel", Stands::Event, "The client does not want to go on."),
    word("signal", Stands::Event, "`on signal NAME [PATTERN]`: another socket's rule sent it."),
    word(
        "reload",
        Stands::Event,
        "`on reload pin`, `restart` or `drop`: what a reload does to a stack inside a machine that it changes.",
    ),
    word("pin", Stands::Reload, "The stack finishes under the rules it began with."),
    word("restart", Stands::Reload, "The stack begins again under the new rules."),
    word("drop", Stands::Reload, "The stack's socket is dropped."),
    word("members", Stands::Dest, "Everybody in this room but this socket."),
    word("everyone", Stands::Dest, "Everybody in this room, this socket too."),
    word("client", Stands::Value, "`client.id` and attributes, where every path has passed `identify`."),
    word("room", Stands::Value, "`room.count` and `room.name`."),
    word("socket", Stands::Value, "`socket.id`, a text."),
    word(
        "handshake",
        Stands::Value,
        "`handshake.query`, `headers`, `cookies`, `protocols` and `certificate`: what came with the connection.",
    ),
    word("members", Stands::Value, "`x in members`: whether a client is a member of this room."),
    word("len", Stands::Value, "`len(x)`: characters of a text, items of a list."),
    word("lower", Stands::Value, "`lower(x)`: a text in lower case, letter by letter."),
    word("now", Stands::Value, "`now()`: the wall clock."),
    word("nonce", Stands::Value, "`nonce()`: 32 random bytes; only in a `let` of a room or lock."),
    word("true", Stands::Value, "A `bool`."),
    word("false", Stands::Value, "A `bool`."),
    word("not", Stands::Value, "`not x`"),
    word("text", Stands::Type, "A text; `text(1..64)` has so many characters."),
    word("int", Stands::Type, "A whole number; `int(1..999)` is in a range."),
    word("number", Stands::Type, "A number; `number(0..1)` is in a range."),
    word("bool", Stands::Type, "`true` or `false`."),
    word("list", Stands::Type, "`list(T)`"),
    word("duration", Stands::Type, "A length of time; on the wire milliseconds."),
    word("time", Stands::Type, "A wall-clock time; on the wire milliseconds since 1970."),
    word("client", Stands::Type, "A client, named by its id."),
    word("room", Stands::Type, "A room; on the wire `room:NAME`."),
    word("group", Stands::Type, "A group; on the wire `group:NAME`."),
    word("secret", Stands::Type, "A text that is never echoed, stored, logged or compared."),
    word("any", Stands::Type, "Anything at all. It can be passed on, or matched."),
    word(
        "set",
        Stands::Claim,
        "`prove set client.x behind LOCK`: no rule sets the attribute unless the lock has resolved before.",
    ),
    word("never", Stands::Claim, "`prove never set client.x`, `prove never ROOM to ROOM`."),
    word("depth", Stands::Claim, "`prove depth <= N`: no wind stack has more frames."),
    word(
        "behind",
        Stands::Inside,
        "`ROOM behind LOCK [or LOCK …]`: nobody is admitted without a key of one of the locks.",
    ),
    word("gives", Stands::Inside, "`gives TYPE`: the type of the answer."),
    word("held", Stands::Inside, "`held DURATION`: how long a socket keeps the key; without it, as long as it lives."),
    word("grace", Stands::Inside, "`grace DURATION`: how long a socket may still listen when its key has ended."),
    word(
        "until",
        Stands::Inside,
        "`-> resolve v until t`: the key ends at this time, if `held` does not end it before.",
    ),
    word("within", Stands::Inside, "`within DURATION`: how long a check may take."),
    word("per", Stands::Inside, "`N per D`"),
    word("for", Stands::Inside, "`N for D`: for at most so long."),
    word("latest", Stands::Inside, "`mailbox latest N`: one message more takes the place of the oldest."),
    word("one", Stands::Inside, "`one of L, L`: any one key is enough; the client nominates which lock is wound."),
    word("of", Stands::Inside, "`one of L, L`"),
    word("to", Stands::Inside, "`posts to DEST`, `never ROOM to ROOM`; in a pattern, the address of the message."),
    word("as", Stands::Inside, "`as x`: gives what was matched a name."),
    word("in", Stands::Inside, "`x in list`, `x in members`; `group NAME in PARENT`."),
    word("and", Stands::Inside, "`a and b`"),
    word("or", Stands::Inside, "`a or b`"),
    word("webhook", Stands::Inside, "`webhook \"name\"`: a URL that the configuration binds to this name."),
];
