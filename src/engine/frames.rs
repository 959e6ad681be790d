//! A frame came: is it allowed now, could it be read, and which event is it.

use super::{CloseCode, Engine};
use crate::envelope::{Address, Envelope, Refusal, Request, codes};
use crate::value::{Indexed, Millis, RoomKey};
use crate::wind::{Event, Failure, Message, MessageId, SocketId, To};
use std::sync::Arc;

impl Engine {
    pub(super) fn receive_frame(&mut self, socket: SocketId, frame: Result<Envelope, Refusal>) {
        let Some(allowance) = self.take_frame_allowance(socket) else { return };
        self.statistics.frames_in += 1;
        if let Err(pause) = allowance {
            let id = match &frame {
                Ok(envelope) => envelope.id.as_ref(),
                Err(refusal) => refusal.id.as_ref(),
            };
            return self.refuse_rate(socket, id, pause);
        }
        match frame {
            Ok(envelope) => self.receive_envelope(socket, envelope),
            Err(refusal) => self.receive_malformed(socket, &refusal),
        }
    }

    /// Counts a frame against what the socket and its client may send. The error is how long to wait. None where the socket is
    /// not there.
    fn take_frame_allowance(&mut self, id: SocketId) -> Option<Result<(), Millis>> {
        let now = self.now.monotonic;
        let socket = self.house.sockets.get_mut(id)?;
        let rate = match socket.client {
            Some(_) => self.settings.socket_rate(),
            None => self.settings.unidentified_rate(),
        };
        if socket.rate_refusals > 0 && socket.bucket.is_full(rate, now) {
            socket.rate_refusals = 0;
        }
        let of_socket = socket.bucket.take(rate, now);
        if of_socket.is_err() {
            return Some(of_socket);
        }
        let client = socket.client.as_ref().and_then(|client| self.house.clients.get_mut(client));
        Some(client.map_or(Ok(()), |client| client.bucket.take(self.settings.client_rate(), now)))
    }

    /// What a frame has had written to others is its sender's, as far as it is more than a frame should.
    pub(super) fn charge_fan_out(&mut self, sender: Option<SocketId>) {
        let frames = self.fanned_out.checked_div(self.settings.fan_out_bytes_per_frame).unwrap_or(0);
        let Some(socket) = sender.filter(|_| frames > 0).and_then(|id| self.house.sockets.get_mut(id)) else { return };
        socket.bucket.owe(frames);
        if let Some(client) = socket.client.as_ref().and_then(|client| self.house.clients.get_mut(client)) {
            client.bucket.owe(frames);
        }
    }

    fn refuse_rate(&mut self, id: SocketId, message: Option<&MessageId>, pause: Millis) {
        self.statistics.frames_rate_limited += 1;
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        socket.rate_refusals += 1;
        if socket.rate_refusals > self.settings.rate_refusals_max {
            return self.close(id, CloseCode::TOO_FAST, "too many frames: send slower", Some(pause));
        }
        let message_text = "too many frames at a time: send slower".into();
        let failure = Failure { code: codes::RATE_LIMITED, message: message_text, retry_after: Some(pause) };
        self.send_error(id, message, &failure, None);
    }

    fn receive_malformed(&mut self, id: SocketId, refusal: &Refusal) {
        self.statistics.frames_malformed += 1;
        let failure = Failure { code: refusal.code, message: refusal.message.as_str().into(), retry_after: None };
        self.send_error(id, refusal.id.as_ref(), &failure, None);
        let Some(socket) = self.house.sockets.get_mut(id) else { return };
        socket.malformed_frames += 1;
        if socket.malformed_frames >= self.settings.malformed_frames_max {
            self.close(id, CloseCode::MISBEHAVED, "too many frames in a row that cannot be read", None);
        }
    }

    fn receive_envelope(&mut self, id: SocketId, envelope: Envelope) {
        if let Some(socket) = self.house.sockets.get_mut(id) {
            socket.malformed_frames = 0;
        }
        let event = match envelope.request {
            Request::Message { to: Some(Address::Ticket(ticket)), content } => {
                return self.receive_answer(id, envelope.id, &ticket, content.json());
            }
            Request::Message { to, content } => self.message(to, content, envelope.id),
            Request::Cancel => Event::Cancel(envelope.id),
            Request::Leave(room) => Event::Leave(self.room_at(&room), envelope.id),
            Request::Ack(ack) => return self.acknowledge(id, envelope.id.as_ref(), &ack),
            Request::Resume(request) => return self.resume(id, envelope.id, &request),
        };
        self.run(id, event);
    }

    fn message(&self, to: Option<Address>, content: Indexed, id: Option<MessageId>) -> Event {
        let to = match to {
            None => To::Nowhere,
            Some(Address::Room(address)) => self.find_room(&address).map_or(To::Unknown, To::Room),
            Some(Address::Client(client)) => To::Client(client),
            Some(Address::Group(name)) => self.program().group_by_name(&name).map_or(To::Unknown, |_| To::Group(name)),
            Some(Address::Lock(name)) => To::Lock(name),
            // an answer, which is not for the rules
            Some(Address::Ticket(_)) => To::Unknown,
        };
        Event::Message(Message { to, content, id })
    }

    /// The room at an address. An address that is an open room's own name needs no reading.
    pub(super) fn find_room(&self, address: &Arc<str>) -> Option<RoomKey> {
        // the room's own text, so that those who are in it do not each keep the one they sent
        if let Some(key) = self.house.rooms.own_key(&RoomKey(address.clone())) {
            return Some(key);
        }
        self.program().room_by_address(address).map(|(_, _, key)| key)
    }

    /// The same, where what is not there gets the answer of a room that the client is not in: nobody is ever in a
    /// room that has no rules.
    fn room_at(&self, address: &Arc<str>) -> RoomKey {
        self.find_room(address).unwrap_or_else(|| RoomKey(address.clone()))
    }
}
