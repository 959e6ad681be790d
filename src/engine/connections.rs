//! Sockets come and go.

use super::lists::Farewell;
use super::{CloseCode, Engine, Output};
use crate::envelope::Outgoing;
use crate::wind::{Event, Handshake, SocketId, WindStack};
use std::sync::Arc;

/// The longest reason of a WebSocket close frame, in bytes (RFC 6455, 5.5).
const REASON_BYTES_MAX: usize = 123;

impl Engine {
    pub(super) fn connect(&mut self, socket: SocketId, handshake: Arc<Handshake>) {
        if self.house.sockets.contains(socket) {
            return;
        }
        self.statistics.connections += 1;
        if let Some(pause) = self.stopping {
            return self.say_bye(socket, CloseCode::RESTART, "the server restarts", Some(pause));
        }
        if self.house.sockets.len() >= self.settings.sockets_max {
            let pause = Some(self.settings.full_retry_ms);
            return self.say_bye(socket, CloseCode::TRY_LATER, "the server is full", pause);
        }
        let rate = self.settings.unidentified_rate();
        let stack = WindStack::new(socket, handshake, self.epochs.active().epoch);
        self.house.sockets.add(stack, rate, self.now.monotonic);
        let (heartbeat_ms, reconnect_jitter_ms) = (self.settings.heartbeat_ms, self.settings.reconnect_jitter_ms);
        let frame = self.render(&Outgoing::Hello { socket: socket.0, heartbeat_ms, reconnect_jitter_ms });
        self.outbox.push_back(Output::Hello { socket, frame });
        self.run(socket, Event::Connect);
    }

    /// The connection is gone: nothing can be sent to it, but its rules still have a last word.
    pub(super) fn closed(&mut self, id: SocketId, code: Option<CloseCode>) {
        let Some(socket) = self.house.sockets.get_mut(id).filter(|socket| !socket.is_closing) else { return };
        socket.is_closing = true;
        self.leave_place(id, code);
        self.unlist_all(id, Farewell::Told);
        self.run(id, Event::Close);
        self.forget_socket(id);
    }

    /// Ends a connection: `bye`, its rules' last word, and the close.
    pub(super) fn close(&mut self, id: SocketId, code: CloseCode, reason: &str, reconnect_in: Option<u64>) {
        let is_open = self.house.sockets.get(id).is_some_and(|socket| !socket.is_closing);
        if is_open {
            if self.is_moving() {
                // What was held for it was said before.
                self.look_at_all(id);
            }
            self.closed(id, Some(code));
            self.say_bye(id, code, reason, reconnect_in);
        }
    }

    /// `bye` and the close of a socket that is in no table.
    fn say_bye(&mut self, socket: SocketId, code: CloseCode, reason: &str, reconnect_in: Option<u64>) {
        self.statistics.count_close(code);
        let frame = self.render(&Outgoing::Bye { code: code.0, reason, reconnect_in_ms: reconnect_in });
        self.outbox.push_back(Output::Send { socket, frame });
        self.outbox.push_back(Output::Close { socket, code, reason: cut(reason).into() });
    }

    /// Everybody is told to come back, and closed. Rules have no last word: what they would say, nobody would hear.
    pub(super) fn stop(&mut self, reconnect_in: u64) {
        self.stopping = Some(reconnect_in);
        for socket in self.house.sockets.ids() {
            self.leave_place(socket, Some(CloseCode::RESTART));
            self.unlist_all(socket, Farewell::Silent);
            self.say_bye(socket, CloseCode::RESTART, "the server restarts", Some(reconnect_in));
        }
        for socket in self.house.sockets.ids() {
            self.forget_socket(socket);
        }
    }
}

/// As much of a reason as a close frame holds.
fn cut(reason: &str) -> &str {
    let end = (0..=REASON_BYTES_MAX.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    reason.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"a".repeat(200)).len(), REASON_BYTES_MAX);
        assert_eq!(cut(&"ä".repeat(100)), "ä".repeat(61));
    }
}
