//! A crew walks a scene: what its sockets send is sent, and what they must get is awaited.

use super::crew::{Crew, Happening};
use super::dial::Handshake;
use super::member::Came;
use super::script::{Coming, Move, Stage};
use super::trouble::{self, Trouble};
use crate::scenario::{Field, Node, Pattern, Variables, fill};
use crate::value::Json;
use std::time::Instant;
use tokio::time::{sleep_until, timeout_at};

/// Frames that a socket keeps while nobody awaits them; the oldest go first.
const INBOX_MAX: usize = 4096;

impl Crew {
    /// From the first step to the last.
    pub(super) async fn walk(&mut self) -> Result<(), Trouble> {
        let shared = self.shared.clone();
        for stage in &shared.script.stages {
            let done = self.act(stage).await;
            done.map_err(|trouble| Trouble { what: stage.place() + &trouble.what, ..trouble })?;
        }
        Ok(())
    }

    async fn act(&mut self, stage: &Stage) -> Result<(), Trouble> {
        let mut coming: &[Coming] = &[];
        match &stage.act {
            Move::Connect(sockets) => {
                coming = sockets;
                for socket in sockets {
                    self.connect(socket).await?;
                }
            }
            Move::Send { socket, frame, times } => {
                for _ in 0..*times {
                    let filled = fill(frame, &self.variables).map_err(Trouble::new)?;
                    self.send(*socket, filled.as_text().map_or_else(|| filled.to_json(), str::to_owned)).await?;
                }
            }
            Move::Pause(length) => self.pause(Instant::now() + *length).await,
            Move::Disconnect(sockets) => {
                for socket in sockets {
                    if let Some(member) = self.members.get_mut(*socket) {
                        member.disconnect(&self.shared.tally);
                    }
                }
            }
            Move::Wait => {}
        }
        let end = Instant::now() + self.shared.patience;
        for (socket, patterns) in &stage.awaited {
            let comes_now = coming.iter().any(|coming| coming.socket == *socket);
            for pattern in patterns {
                self.meet(stage, *socket, pattern, comes_now, end).await?;
            }
        }
        Ok(())
    }

    async fn connect(&mut self, coming: &Coming) -> Result<(), Trouble> {
        let texts = |fields: &[Field], variables: &Variables| {
            let text = |field: &Field| {
                let value = fill(&field.node, variables).map_err(Trouble::new)?;
                Ok((field.name.clone(), value.as_text().map_or_else(|| value.to_json(), str::to_owned)))
            };
            fields.iter().map(text).collect::<Result<Vec<_>, Trouble>>()
        };
        let mut handshake = Handshake::default();
        for (part, fields) in &coming.brings {
            handshake.bring(*part, texts(fields, &self.variables)?);
        }
        let line = self.shared.dialer.dial(&handshake).await?;
        if let Some(member) = self.members.get_mut(coming.socket) {
            member.inbox.clear();
            member.connect(line, &self.shared.tally);
        }
        Ok(())
    }

    /// Time passes, and what comes meanwhile is kept.
    async fn pause(&mut self, end: Instant) {
        loop {
            tokio::select! {
                () = sleep_until(end.into()) => return,
                (socket, happening) = self.next() => self.keep(socket, happening),
            }
        }
    }

    /// Waits until a socket gets a frame. What else comes is passed over, unless it says that something is wrong.
    async fn meet(
        &mut self,
        stage: &Stage,
        socket: usize,
        pattern: &Pattern,
        comes_now: bool,
        end: Instant,
    ) -> Result<(), Trouble> {
        loop {
            if self.is_met(stage, socket, pattern, comes_now)? {
                return Ok(());
            }
            if let Some(trouble) = self.members.get(socket).and_then(|member| member.gone.clone()) {
                return Err(trouble);
            }
            match timeout_at(end.into(), self.next()).await {
                Ok((other, happening)) => self.keep(other, happening),
                Err(_) => return Err(self.missed(socket, pattern)),
            }
        }
    }

    /// Whether the frame is among those that have come.
    fn is_met(&mut self, stage: &Stage, socket: usize, pattern: &Pattern, comes_now: bool) -> Result<bool, Trouble> {
        let name = self.shared.script.sockets.get(socket).map(String::as_str).unwrap_or_default();
        let Some(member) = self.members.get_mut(socket) else { return Ok(false) };
        while let Some(Came { node, is_beginning }) = member.inbox.pop_front() {
            if (!is_beginning || comes_now) && pattern.matches(&node, &mut self.variables) {
                return Ok(true);
            }
            let kind = node.kind().unwrap_or_default();
            let is_ignored = stage.ignored.iter().any(|ignored| ignored == kind || ignored == name);
            if kind == "error" && !is_ignored {
                return Err(refusal(name, &node));
            }
        }
        Ok(false)
    }

    fn missed(&self, socket: usize, pattern: &Pattern) -> Trouble {
        let name = self.shared.script.sockets.get(socket).map(String::as_str).unwrap_or_default();
        // as it is written, so that it is the same for all crews
        let awaited = pattern.show(&Variables::new()).to_line();
        Trouble::new(format!("`{name}` did not get {awaited} within {:?}", self.shared.patience))
    }

    fn keep(&mut self, socket: usize, happening: Happening) {
        let (Happening::Text(text), Some(member)) = (happening, self.members.get_mut(socket)) else { return };
        let Some(node) = frame(&text) else { return };
        let is_beginning = member.note(&node, &self.shared.tally);
        if member.inbox.len() >= INBOX_MAX {
            member.inbox.pop_front();
        }
        member.inbox.push_back(Came { node, is_beginning });
    }
}

/// A frame of the server.
pub(super) fn frame(text: &str) -> Option<Node> {
    Json::parse(text).ok().map(|json| Node::from_json(&json))
}

/// What the server had to say against a frame.
pub(super) fn refusal(name: &str, frame: &Node) -> Trouble {
    let error = frame.field("error");
    let text = |field: &str| error.and_then(|error| error.field(field)).and_then(Node::as_text).unwrap_or_default();
    let help = (text("code") == "rate_limited").then_some(trouble::RATES);
    Trouble { help, ..Trouble::new(format!("`{name}` got the error `{}`: {}", text("code"), text("message"))) }
}
