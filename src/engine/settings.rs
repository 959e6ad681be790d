//! Every bound of the engine, with its default. What is counted against them is refused or closed by name, never
//! dropped in silence.

use super::Services;
use super::limits::Rate;

/// Bounds and intervals. Lengths of time are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sockets at one time. One more is closed at once with [`super::CloseCode::TRY_LATER`].
    pub sockets_max: usize,
    /// Sockets of one client at one time. When one more is identified, the one that was identified first is closed
    /// with [`super::CloseCode::CROWDED`].
    pub sockets_per_client_max: usize,
    /// Rooms that have a member, over all families, the entry room not counted. Who would open one more is told `full`.
    pub rooms_max: usize,
    /// Rooms that one client is a member of, the entry room not counted. Who would enter one more is told `full`.
    pub rooms_per_client_max: usize,
    /// Clients without a socket that are remembered. The one that has been away longest is forgotten first: its
    /// memberships end and its attributes are gone.
    pub absent_clients_max: usize,
    /// Signals that may follow from one input. What exceeds it is dropped and counted in
    /// [`super::Statistics::signals_dropped`].
    pub signals_per_input_max: usize,
    /// Sockets that may learn in one input that their client left a room through another socket. Only rules that send a
    /// client's sockets round in circles need more; what exceeds it is closed with [`super::CloseCode::DROPPED`].
    pub departures_per_input_max: usize,
    /// For how long a client may take up where its connection was, after that is gone; 0 for not at all.
    pub resume_ms: u64,
    /// Rulesets that live at one time, the active one included. When one more becomes active, what still runs under the oldest
    /// begins anew.
    pub epochs_max: usize,
    /// Sockets and rooms that one [`super::Input::Tick`] brings to a ruleset that has just become active. The rest is due at
    /// once.
    pub moves_per_tick_max: usize,
    /// After another ruleset has become active, so many sockets of a room's list are looked at before a frame goes to it. The others
    /// get the frame when they have been.
    pub looks_per_frame_max: usize,
    /// Sockets whose deadlines are looked after in one input. The rest is due at once: `poll_timeout` says so.
    pub due_per_input_max: usize,
    /// Frames that a socket may send per second, on average; 0 for as many as it likes.
    pub socket_frames_per_second: u32,
    /// Frames that a socket may send at once, after a pause.
    pub socket_frames_burst: u32,
    /// Frames that a socket may send per second before it is identified, on average; 0 for as many as it likes.
    pub unidentified_frames_per_second: u32,
    /// Frames that a socket may send at once before it is identified, after a pause.
    pub unidentified_frames_burst: u32,
    /// Frames that all sockets of a client may send per second, on average; 0 for as many as they like.
    pub client_frames_per_second: u32,
    /// Frames that all sockets of a client may send at once, after a pause.
    pub client_frames_burst: u32,
    /// So many bytes that a frame has had written to others count as another frame of its sender; 0 for none. The sender's next
    /// frame waits until what is owed has been made up for.
    pub fan_out_bytes_per_frame: u64,
    /// Frames refused with `rate_limited` before a socket is closed with [`super::CloseCode::TOO_FAST`]. Begins anew
    /// once the socket has been quiet for as long as its burst takes to fill.
    pub rate_refusals_max: u32,
    /// Frames in a row that cannot be read before a socket is closed with [`super::CloseCode::MISBEHAVED`].
    pub malformed_frames_max: u32,
    /// Members that a socket is told of when it comes into a room with `presence`.
    pub presence_members_max: usize,
    /// The checks that groups answer. All others are [`super::Output::Check`].
    pub services: Services,
    /// Traces that wait to be fetched. The oldest goes first.
    pub traces_max: usize,
    /// How often the server sends a heartbeat; told in `hello`. The shards send them.
    pub heartbeat_ms: u64,
    /// After what part of this a client that lost its connection comes back; told in `hello`.
    pub reconnect_jitter_ms: u64,
    /// When a client that found the server full may come back.
    pub full_retry_ms: u64,
}

impl Settings {
    /// How fast a socket may send whose client is known.
    pub(super) fn socket_rate(&self) -> Rate {
        Rate { per_second: self.socket_frames_per_second, burst: self.socket_frames_burst }
    }

    /// How fast a socket may send before that.
    pub(super) fn unidentified_rate(&self) -> Rate {
        Rate { per_second: self.unidentified_frames_per_second, burst: self.unidentified_frames_burst }
    }

    /// How fast all sockets of a client may send.
    pub(super) fn client_rate(&self) -> Rate {
        Rate { per_second: self.client_frames_per_second, burst: self.client_frames_burst }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            sockets_max: 100_000,
            sockets_per_client_max: 16,
            rooms_max: 100_000,
            rooms_per_client_max: 256,
            absent_clients_max: 100_000,
            signals_per_input_max: 10_000,
            departures_per_input_max: 20_000,
            resume_ms: 5 * 60 * 1000,
            epochs_max: 8,
            moves_per_tick_max: 256,
            looks_per_frame_max: 64,
            due_per_input_max: 4_096,
            socket_frames_per_second: 50,
            socket_frames_burst: 100,
            unidentified_frames_per_second: 20,
            unidentified_frames_burst: 40,
            client_frames_per_second: 200,
            client_frames_burst: 400,
            fan_out_bytes_per_frame: 8 * 1024 * 1024,
            rate_refusals_max: 20,
            malformed_frames_max: 8,
            presence_members_max: 100,
            services: Services::new(),
            traces_max: 1_024,
            heartbeat_ms: 25_000,
            reconnect_jitter_ms: 5_000,
            full_retry_ms: 5_000,
        }
    }
}
