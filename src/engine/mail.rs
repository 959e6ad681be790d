//! Mail: what was told to a client that had no socket waits for it, and is sent whenever one is identified, until the
//! client says that it has it.

use super::facts::Speaker;
use super::mailbox::{Mail, Mailbox, Told};
use super::space::no_space;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Place, codes};
use crate::model::MailTerms;
use crate::store::Record;
use crate::value::Json;
use crate::wind::{Failure, MessageId, SocketId};
use std::sync::Arc;

impl Engine {
    /// Puts a message into the mailbox of a client without a socket. A client that nobody has ever been has none.
    /// Yields the number that it has there.
    pub(super) fn put_mail(
        &mut self,
        from: &Speaker,
        client: &Arc<str>,
        content: &Json,
        terms: &MailTerms,
    ) -> Result<Option<u64>, Failure> {
        let (at, is_short) = (self.now.wall, self.is_short_of_space());
        if !self.house.clients.get(client).is_some_and(|known| known.sockets.is_empty()) {
            return Ok(None);
        }
        if is_short {
            return Err(no_space());
        }
        self.drop_expired_mail(client);
        let Some(seq) = self.next_mail(client, terms) else {
            let message = "the client is away, and its mailbox is full".into();
            return Err(Failure { code: codes::MAILBOX_FULL, message, retry_after: None });
        };
        let expires = terms.keep.age.map(|age| at.saturating_add(age));
        let from = Some(from.who());
        let frame = self.render(&Outgoing::Message { content, place: Place::Direct, from, at, mail: Some(seq) });
        let (latest_of, message) = (terms.latest_of.clone(), Json::from_trusted(frame.clone()));
        let put = Record::MailboxPut { client: client.clone(), seq, expires, latest_of, message };
        self.outbox.push_back(Output::Store(put));
        if let Some(known) = self.house.clients.get_mut(client) {
            let pushed_out = known.mailbox.get_or_insert_default().put(Mail { seq, expires, frame }, terms);
            self.statistics.mail_pushed_out += pushed_out.len() as u64;
            self.lose_mail(client, &pushed_out);
        }
        Ok(Some(seq))
    }

    /// The number of the next message for a client; none if its mailbox is full.
    fn next_mail(&self, client: &str, terms: &MailTerms) -> Option<u64> {
        let blank = Mailbox::default();
        let mailbox = self.house.clients.get(client)?.mailbox.as_deref().unwrap_or(&blank);
        (!mailbox.refuses(terms)).then_some(mailbox.latest + 1)
    }

    /// Sends a socket everything that waits for its client, and tells it what is lost.
    pub(super) fn deliver_mail(&mut self, socket: SocketId, client: &Arc<str>) {
        self.drop_expired_mail(client);
        let Some(mailbox) = self.house.clients.get(client).and_then(|known| known.mailbox.as_ref()) else { return };
        for told in mailbox.contents(self.now.wall) {
            match told {
                Told::Mail(frame) => self.outbox.push_back(Output::Send { socket, frame }),
                Told::Lost(first, last) => self.send(socket, &Outgoing::Lost { first, last }),
            }
        }
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
            let news =
                self.house.clients.get_mut(&client).and_then(|known| known.mailbox.as_mut()?.acknowledge(through));
            let trimmed = news.map(|through| Output::Store(Record::MailboxTrimmed { client, through }));
            self.outbox.extend(trimmed);
        }
        if let Some(id) = id {
            self.send(socket, &Outgoing::Ok { id, post: None });
        }
    }

    fn drop_expired_mail(&mut self, client: &Arc<str>) {
        let now = self.now.wall;
        let Some(mailbox) = self.house.clients.get_mut(client).and_then(|known| known.mailbox.as_mut()) else { return };
        let expired = mailbox.take_expired(now);
        self.statistics.mail_expired += expired.len() as u64;
        self.lose_mail(client, &expired);
    }

    fn lose_mail(&mut self, client: &Arc<str>, numbers: &[u64]) {
        let lost = |seq: &u64| Output::Store(Record::MailLost { client: client.clone(), seq: *seq });
        self.outbox.extend(numbers.iter().map(lost));
    }
}
