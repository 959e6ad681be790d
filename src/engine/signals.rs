//! What follows from a pass for other sockets: signals, and the ends of memberships and connections. Each is a
//! pass of its own, after the one that caused it, in order.

use super::{CloseCode, Engine};
use crate::value::{RoomKey, Value};
use crate::wind::{Event, Member, Receiver, SocketId};
use std::sync::Arc;

/// Something to do after the pass under way.
#[derive(Clone)]
pub(super) enum Job {
    /// Offer a signal to a socket.
    Signal { socket: SocketId, signal: Arc<str>, value: Value, room: Option<RoomKey> },
    /// Tell a socket's stack that its client is no member any more.
    Left { socket: SocketId, room: RoomKey },
    /// Close a socket.
    Close { socket: SocketId, code: CloseCode, reason: Arc<str> },
}

impl Engine {
    /// Does what waits, and what comes of it, until nothing is left. Ends, because only so many signals and departures
    /// may follow from one input, and every other job ends a connection.
    pub(super) fn run_jobs(&mut self) {
        while let Some(job) = self.jobs.pop_front() {
            match job {
                Job::Signal { socket, signal, value, room } => {
                    if self.house.sockets.contains(socket) {
                        self.statistics.signals += 1;
                        self.run(socket, Event::Signal { signal, value, room });
                    }
                }
                Job::Left { socket, room } => self.depart(socket, room),
                Job::Close { socket, code, reason } => self.close(socket, code, &reason, None),
            }
        }
    }

    /// The socket's client left a room through another socket. A stack that could not be told would be wrong, so its
    /// socket goes.
    fn depart(&mut self, socket: SocketId, room: RoomKey) {
        match self.departures_left.checked_sub(1) {
            Some(left) => {
                self.departures_left = left;
                self.run(socket, Event::Left(room));
            }
            None => self.close(socket, CloseCode::DROPPED, "the rules send this client round in circles", None),
        }
    }

    /// Queues a signal for every socket that it reaches.
    pub(super) fn signal(&mut self, sender: SocketId, receiver: &Receiver, signal: &Arc<str>, value: &Value) {
        let room = match receiver {
            Receiver::Members(room) | Receiver::Everyone(room) => Some(room),
            Receiver::Client(_) | Receiver::Group(_) => None,
        };
        self.settle_receivers([receiver].into_iter());
        if let Some(room) = room {
            // It is a pass for each of them.
            self.look_at_everybody(room);
        } else if let Receiver::Group(_) = receiver {
            self.look_at_everybody_in_groups();
        }
        for socket in self.signalled(sender, receiver) {
            if self.signals_left == 0 {
                self.statistics.signals_dropped += 1;
                continue;
            }
            self.signals_left -= 1;
            self.jobs.push_back(Job::Signal {
                socket,
                signal: signal.clone(),
                value: value.clone(),
                room: room.cloned(),
            });
        }
    }

    fn signalled(&self, sender: SocketId, receiver: &Receiver) -> Vec<SocketId> {
        match receiver {
            Receiver::Members(room) => {
                let listed = self.house.rooms.get(room).map(|room| &room.listed);
                listed.into_iter().flatten().copied().filter(|socket| *socket != sender).collect()
            }
            Receiver::Everyone(room) => {
                let listed = self.house.rooms.get(room).map(|room| &room.listed);
                listed.into_iter().flatten().copied().collect()
            }
            Receiver::Client(client) => self.house.sockets_of(&Member::Client(client.clone())),
            Receiver::Group(group) => {
                let listed = self.house.groups.get(group).map(|group| &group.listed);
                listed.into_iter().flatten().copied().collect()
            }
        }
    }
}
