//! Mailboxes: what was told to a client that had no socket waits for it, and is sent whenever one is identified, until the
//! client says that it has it.

use super::facts::Speaker;
use super::space::no_space;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Place, codes};
use crate::model::Retention;
use crate::store::Record;
use crate::value::{Json, Millis};
use crate::wind::{Failure, MessageId, SocketId};
use std::collections::VecDeque;
use std::sync::Arc;

/// What waits for one client.
#[derive(Clone, Default)]
pub(super) struct Mailbox {
    /// The number of the latest that ever waited.
    pub latest: u64,
    pub waiting: VecDeque<Mail>,
}

/// One message that waits.
#[derive(Clone)]
pub(super) struct Mail {
    pub seq: u64,
    /// Until when it is of use, since 1970.
    pub expires: Option<Millis>,
    pub frame: Arc<str>,
}

impl Mailbox {
    /// Takes out what has a number up to this one; the last that was there.
    fn take_through(&mut self, through: u64) -> Option<u64> {
        let last = self.waiting.iter().rev().map(|mail| mail.seq).find(|seq| *seq <= through);
        self.waiting.retain(|mail| mail.seq > through);
        last
    }
}

impl Engine {
    /// Puts a message into the mailbox of a client without a socket. A client that nobody has ever been has none.
    /// Yields the number that it has there.
    pub(super) fn put_mail(
        &mut self,
        from: &Speaker,
        client: &Arc<str>,
        content: &Json,
        room_keeps: Retention,
    ) -> Result<Option<u64>, Failure> {
        let (at, is_short) = (self.now.wall, self.is_short_of_space());
        let away = self.house.clients.get_mut(client).filter(|known| known.sockets.is_empty());
        let Some(known) = away else { return Ok(None) };
        let mailbox = &mut known.mailbox;
        if is_short {
            return Err(no_space());
        }
        let through = drop_expired(mailbox, at);
        if mailbox.waiting.len() as u64 >= room_keeps.count {
            self.trim_mail(client, through);
            let message = "the client is away, and its mailbox is full".into();
            return Err(Failure { code: codes::MAILBOX_FULL, message, retry_after: None });
        }
        mailbox.latest += 1;
        let (seq, expires) = (mailbox.latest, room_keeps.age.map(|age| at.saturating_add(age)));
        let from = Some(from.who());
        let frame = self.render(&Outgoing::Message { content, place: Place::Direct, from, at, mail: Some(seq) });
        if let Some(known) = self.house.clients.get_mut(client) {
            known.mailbox.waiting.push_back(Mail { seq, expires, frame: frame.clone() });
        }
        self.trim_mail(client, through);
        let put = Record::MailboxPut { client: client.clone(), seq, expires, message: Json::from_trusted(frame) };
        self.outbox.push_back(Output::Store(put));
        Ok(Some(seq))
    }

    /// Sends a socket everything that waits for its client.
    pub(super) fn deliver_mail(&mut self, socket: SocketId, client: &Arc<str>) {
        let now = self.now.wall;
        let Some(known) = self.house.clients.get_mut(client) else { return };
        let through = drop_expired(&mut known.mailbox, now);
        let of_use = known.mailbox.waiting.iter().filter(|mail| !is_over(mail, now));
        let frames: Vec<Arc<str>> = of_use.map(|mail| mail.frame.clone()).collect();
        self.trim_mail(client, through);
        self.outbox.extend(frames.into_iter().map(|frame| Output::Send { socket, frame }));
    }

    /// The client has its mail up to this number.
    pub(super) fn acknowledge(&mut self, socket: SocketId, id: Option<&MessageId>, ack: &Json) {
        let through = ack.field("mail").and_then(|text| text.parse::<u64>().ok());
        let mut others = 0;
        ack.each_field(|name, _| others += usize::from(name != "mail"));
        let (Some(through), 0) = (through, others) else {
            let message = "`ack` is `{\"mail\": N}`; what was seen of rooms is told when resuming".into();
            let failure = Failure { code: codes::BAD_REQUEST, message, retry_after: None };
            return self.send_error(socket, id, &failure, None);
        };
        if let Some(client) = self.house.sockets.get(socket).and_then(|socket| socket.client.clone()) {
            let gone = self.house.clients.get_mut(&client).and_then(|known| known.mailbox.take_through(through));
            self.trim_mail(&client, gone);
        }
        if let Some(id) = id {
            self.send(socket, &Outgoing::Ok { id, post: None });
        }
    }

    fn trim_mail(&mut self, client: &Arc<str>, through: Option<u64>) {
        if let Some(through) = through {
            self.outbox.push_back(Output::Store(Record::MailboxTrimmed { client: client.clone(), through }));
        }
    }
}

/// Takes out what is of no use any more; the number of the last such.
fn drop_expired(mailbox: &mut Mailbox, now: Millis) -> Option<u64> {
    let mut through = None;
    while mailbox.waiting.front().is_some_and(|mail| is_over(mail, now)) {
        through = mailbox.waiting.pop_front().map(|mail| mail.seq);
    }
    through
}

fn is_over(mail: &Mail, now: Millis) -> bool {
    mail.expires.is_some_and(|expires| expires < now)
}
