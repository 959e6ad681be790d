//! Why a socket is where it is: its stack with the rules of each frame, what it waits for, what it holds, and what its last
//! passes did.

use super::answer::{ErrorAnswer, Problem};
use super::sockets::{no_socket, socket_id};
use crate::engine::Engine;
use crate::server::Shared;
use crate::server::hatch::Inside;
use crate::server::watched::Pass;
use crate::wind::{Due, Frame, Key, Lasts, Role, SocketId, Timer, Waits, WindStack};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// All of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WhyAnswer {
    /// The socket.
    socket: Uuid,
    /// Who it is, once identified.
    client: Option<String>,
    /// From the bottom: the room in which it stands, then gates and locks.
    stack: Vec<FrameAnswer>,
    /// What it has proved.
    keys: Vec<KeyAnswer>,
    /// Messages that wait until it is let into a room.
    parked: usize,
    /// Whether its passes are traced. They are from the first question on, for some minutes.
    traced: bool,
    /// Its last passes since then, oldest first.
    passes: Vec<PassAnswer>,
}

/// One frame of the stack.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FrameAnswer {
    /// `room`, `gate` or `lock`.
    kind: &'static str,
    /// The room's key, or the lock.
    name: String,
    /// The rules that it runs under.
    epoch: u32,
    /// The state in which it is; none where the room or lock has but one.
    state: Option<String>,
    /// Where that stands in the rules.
    path: String,
    /// Counts from 1.
    line: usize,
    /// What it waits for.
    awaits: &'static str,
    /// Tries that are left, this one included; none where they are not counted.
    attempts_left: Option<u32>,
    /// What happens by itself, and in how many milliseconds.
    deadlines: Vec<DeadlineAnswer>,
}

/// Something that happens by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadlineAnswer {
    /// In so many milliseconds.
    in_ms: u64,
    /// What.
    what: String,
}

/// Something that it has proved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyAnswer {
    /// Of which lock.
    lock: String,
    /// For how many milliseconds more; none: as long as the socket lives.
    ends_in_ms: Option<u64>,
    /// Milliseconds for which it lets the socket listen after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_ms: Option<u64>,
}

/// One pass.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassAnswer {
    /// What happened.
    event: &'static str,
    /// The stack before.
    before: Vec<String>,
    /// Each step, and where its rule stands.
    steps: Vec<StepAnswer>,
    /// The stack after.
    after: Vec<String>,
    /// Whether it needed too many steps, and was undone.
    undone: bool,
}

/// One step of a pass.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepAnswer {
    /// What.
    what: String,
    /// Where the rule stands.
    path: String,
    /// Counts from 1.
    line: usize,
}

/// Tells why a socket is where it is. From now on, for some minutes, what it does is kept, and told by the next question. What a client sent and
/// what keys are worth is not told.
#[utoipa::path(get, path = "/sockets/{id}/why", params(("id" = Uuid, Path, description = "the socket's id")), responses(
    (status = 200, body = WhyAnswer),
    (status = 404, description = "no such socket is connected", body = ErrorAnswer),
))]
pub(super) async fn why(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Json<WhyAnswer>, Problem> {
    let id = socket_id(&id)?;
    let found = shared.hatch.ask(move |mut inside| why_of(&mut inside, id)).await?;
    found.map(Json).ok_or_else(|| no_socket(id))
}

fn why_of(inside: &mut Inside<'_>, id: SocketId) -> Option<WhyAnswer> {
    let now = inside.now.monotonic;
    let engine = &*inside.engine;
    let stack = engine.socket(id)?;
    let answer = WhyAnswer {
        socket: id.0,
        client: stack.client.as_deref().map(str::to_owned),
        stack: stack.from_bottom().map(|frame| frame_answer(engine, frame, now)).collect(),
        keys: keys(stack, now),
        parked: stack.parked.len(),
        traced: true,
        passes: inside.watched.of(id).map(pass_answer).collect(),
    };
    inside.watched.watch(inside.engine, id, now);
    Some(answer)
}

fn keys(stack: &WindStack, now: u64) -> Vec<KeyAnswer> {
    let told = |key: &Key| {
        let (ends_in_ms, grace_ms) = match key.lasts {
            Lasts::Always => (None, None),
            Lasts::Until(end, grace) => (Some(end.saturating_sub(now)), (grace > 0).then_some(grace)),
            Lasts::Lingers(end) => (Some(0), Some(end.saturating_sub(now))),
        };
        KeyAnswer { lock: key.kind.lock.to_string(), ends_in_ms, grace_ms }
    };
    stack.keys.iter().filter(|key| key.listens(now)).map(told).collect()
}

fn frame_answer(engine: &Engine, frame: &Frame, now: u64) -> FrameAnswer {
    let program = engine.epochs().program(frame.epoch);
    let machine = program.machine(frame.machine);
    let (kind, name) = match &frame.role {
        Role::Room(room) => ("room", room.0.to_string()),
        Role::Gate { room, .. } => ("gate", room.0.to_string()),
        Role::Lock(_) => ("lock", machine.name.to_string()),
    };
    let state = machine.states.get(frame.state.index());
    let at = program.where_is(state.map_or(machine.span, |state| state.span));
    let deadline = |timer: &Timer| DeadlineAnswer {
        in_ms: timer.at.saturating_sub(now),
        what: match timer.due {
            Due::Arm(arm) => {
                machine.arms.get(arm.index()).map_or_else(String::new, |arm| program.sources.one_line(arm.span))
            }
            Due::Choice => "the time to choose among locks is over".into(),
            Due::Gone => "the lock, which the active rules have no more, fails".into(),
        },
    };
    FrameAnswer {
        kind,
        name,
        epoch: frame.epoch.0,
        state: state.map(|state| state.name.to_string()).filter(|name| !name.is_empty()),
        path: at.path.to_string(),
        line: at.line,
        awaits: match frame.waits {
            Waits::Nothing => "an event",
            Waits::Lock => "a lock",
            Waits::Choice => "a choice among locks",
            Waits::Check(_) => "a check",
        },
        attempts_left: (frame.attempts > 0).then_some(frame.attempts),
        deadlines: frame.timers.iter().map(deadline).collect(),
    }
}

fn pass_answer(pass: &Pass) -> PassAnswer {
    let steps =
        pass.steps.iter().map(|(what, at)| StepAnswer { what: what.clone(), path: at.path.to_string(), line: at.line });
    PassAnswer {
        event: pass.event,
        before: pass.before.clone(),
        steps: steps.collect(),
        after: pass.after.clone(),
        undone: pass.overrun,
    }
}
