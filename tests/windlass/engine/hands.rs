//! Acts, as tests write them down, and what comes of them in words.
//!
//! ```text
//! post {"to":"room:hall","text":"hi"}       by the service `ops`
//! move WHO ROOM                             WHO is a socket's name, or `client:ID`
//! wind WHO LOCK [JSON …]
//! revoke WHO all | LOCK …
//! expel CLIENT REASON
//! drop WHO REASON
//! set CLIENT {"attribute": value}
//! ```

use std::sync::Arc;
use windlass::engine::{Act, Acted, Against, Declined, Fared, Whom};
use windlass::envelope::{Limits, Request, decode};
use windlass::value::Json;
use windlass::wind::{Revoked, SocketId};

/// Reads an act.
pub fn read(text: &str, socket: impl Fn(&str) -> SocketId) -> Act {
    let (what, rest) = text.split_once(' ').expect("an act, then whom");
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let whom = || match first.strip_prefix("client:") {
        Some(client) => Whom::Client(client.into()),
        None => Whom::Socket(socket(first)),
    };
    match what {
        "post" => post(rest),
        "move" => Act::Move { whom: whom(), room: more.into() },
        "wind" => {
            let mut words = more.split(' ');
            let lock = words.next().expect("a lock").into();
            Act::Wind { whom: whom(), lock, args: words.map(json).collect() }
        }
        "revoke" if more == "all" => Act::Revoke { whom: whom(), keys: Revoked::All },
        "revoke" => Act::Revoke { whom: whom(), keys: Revoked::Of(more.split(' ').map(Arc::from).collect()) },
        "expel" => Act::Expel { client: first.into(), reason: more.into() },
        "drop" => Act::Drop { whom: whom(), reason: more.into() },
        "set" => {
            let mut attributes = Vec::new();
            json(more).each_field(|name, value| attributes.push((name.into(), json(value))));
            Act::Set { client: first.into(), attributes }
        }
        other => panic!("no act {other}"),
    }
}

fn post(frame: &str) -> Act {
    let envelope = decode(frame, &Limits::default()).expect("a frame");
    let Request::Message { to: Some(to), content } = envelope.request else { panic!("`{frame}` names nobody") };
    Act::Post { from: "ops".into(), to, id: envelope.id, content: content.into_json() }
}

fn json(text: &str) -> Json {
    Json::parse(text).expect("JSON")
}

/// What came of it.
pub fn tell(outcome: &Result<Acted, Declined>, name: impl Fn(&SocketId) -> String) -> String {
    match outcome {
        Ok(Acted::Posted { room, epoch, seq, is_repeated }) => {
            let again = if *is_repeated { ", again" } else { "" };
            format!("posted to {}, {epoch:016x} {seq}{again}", room.0)
        }
        Ok(Acted::Told(sockets)) => format!("told to {sockets}"),
        Ok(Acted::Mailed(number)) => format!("waits as mail {number}"),
        Ok(Acted::Went(went)) => {
            let told = went.iter().map(|(socket, fared)| format!("{} {}", name(socket), fared_in_words(fared)));
            told.collect::<Vec<_>>().join(", ")
        }
        Ok(Acted::Sockets(count)) => format!("done, {count} concerned"),
        Err(Declined { against, code, message }) => {
            let against = match against {
                Against::Absence => "not there",
                Against::Circumstance => "not now",
                Against::Nature => "never",
            };
            format!("{against}, {code}: {message}")
        }
    }
}

fn fared_in_words(fared: &Fared) -> String {
    match fared {
        Fared::Done => "is done".into(),
        Fared::Waits => "is asked".into(),
        Fared::Refused(why) => format!("is refused: {why}"),
        Fared::Closed => "is closed".into(),
    }
}
