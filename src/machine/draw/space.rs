//! The whole space of a ruleset: rooms, the ways between them, the locks that guard them, the groups that receive.

use super::labels::{bounded, duration, machine_title, tooltip};
use super::picture::{Form, Label, Part, Picture, Tone};
use crate::diagnostic::Span;
use crate::machine::Program;
use crate::model::{Call, Claim, Dest, GroupId, Lock, LockCall, Machine, MachineId, MachineKind, Room, TargetKind};
use std::collections::BTreeMap;

/// Draws rooms, locks and groups.
pub fn draw_space(program: &Program) -> Picture {
    let picture =
        Picture { title: format!("from {}", program.machine(program.model.entry).name), ..Picture::default() };
    let mut space = Space { program, picture, machines: Vec::new(), groups: BTreeMap::new() };
    let start = space.picture.put(Part {
        form: Form::Start,
        title: String::new(),
        lines: Vec::new(),
        tooltip: "every socket starts here".into(),
    });
    for (at, machine) in program.model.machines.iter().enumerate() {
        let part = space.machine_part(MachineId(at as u32), machine);
        let id = space.picture.put(part);
        space.machines.push(id);
    }
    if let Some(entry) = space.machines.get(program.model.entry.index()).copied() {
        space.picture.arrow(start, entry, None);
    }
    for at in 0..space.machines.len() {
        space.arrows(MachineId(at as u32));
    }
    space.group_parents();
    space.claims();
    space.picture
}

struct Space<'program> {
    program: &'program Program,
    picture: Picture,
    machines: Vec<usize>,
    groups: BTreeMap<GroupId, usize>,
}

impl Space<'_> {
    fn machine_part(&self, id: MachineId, machine: &Machine) -> Part {
        let (form, mut lines) = match &machine.kind {
            MachineKind::Room(room) => (Form::Room, room_lines(room)),
            MachineKind::Lock(lock) => (Form::Lock, lock_lines(lock)),
        };
        for proof in &self.program.model.proofs {
            if let Claim::RoomBehind(room, locks) = &proof.claim
                && *room == id
            {
                lines.push(format!("behind {} ✓", self.names(locks, " or ")));
            }
        }
        let doc = machine.doc.trim();
        Part {
            form,
            title: machine_title(machine),
            lines: bounded(lines),
            tooltip: tooltip(self.program, machine.span, doc),
        }
    }

    fn names(&self, machines: &[MachineId], between: &str) -> String {
        let names: Vec<&str> = machines.iter().map(|id| &*self.program.machine(*id).name).collect();
        names.join(between)
    }

    fn arrows(&mut self, id: MachineId) {
        let program = self.program;
        let machine = program.machine(id);
        match &machine.kind {
            MachineKind::Room(room) => self.room_arrows(id, room),
            MachineKind::Lock(_) => {}
        }
        for arm in &machine.arms {
            if let Some(target) = &arm.target
                && let TargetKind::Move(call) = &target.kind
            {
                self.lead_to_machine(id, call.room, "move", Tone::Way, arm.span);
            }
        }
        for state in &machine.states {
            if let Some(Call::Lock(locks)) = &state.call {
                let text = if locks.len() > 1 { "asks one of" } else { "asks" };
                self.lead_to_locks(id, locks, text);
            }
        }
    }

    fn room_arrows(&mut self, id: MachineId, room: &Room) {
        for door in &room.doors {
            self.lead_to_machine(id, door.room, "door", Tone::Way, door.span);
        }
        for requirement in &room.requires {
            let text = if requirement.locks.len() > 1 { "one of" } else { "requires" };
            self.lead_to_locks(id, &requirement.locks, text);
        }
        self.lead_to_locks(id, &room.offers, "offers");
        self.lead_to_locks(id, &room.renews, "renews");
        let span = self.program.machine(id).span;
        for dest in &room.posts_to {
            match dest {
                Dest::Group(group) => self.lead_to_group(id, *group, "posts", span),
                Dest::Room(call) => self.lead_to_machine(id, call.room, "posts", Tone::Sends, call.span),
                Dest::Members | Dest::Everyone | Dest::Value(_) => {}
            }
        }
        for group in &room.receives {
            self.lead_to_group(id, *group, "receives", span);
        }
    }

    fn lead_to_locks(&mut self, from: MachineId, locks: &[LockCall], text: &str) {
        for call in locks {
            self.lead_to_machine(from, call.lock, text, Tone::Need, call.span);
        }
    }

    fn lead_to_machine(&mut self, from: MachineId, to: MachineId, text: &str, tone: Tone, span: Span) {
        let ends = (self.machines.get(from.index()).copied(), self.machines.get(to.index()).copied());
        if let (Some(from), Some(to)) = ends {
            let tooltip = tooltip(self.program, span, &self.program.sources.one_line(span));
            self.picture.arrow(from, to, Some(Label { text: text.into(), tooltip, tone }));
        }
    }

    fn lead_to_group(&mut self, from: MachineId, group: GroupId, text: &str, span: Span) {
        let to = self.group(group);
        if let Some(from) = self.machines.get(from.index()).copied() {
            let tooltip = tooltip(self.program, span, "");
            self.picture.arrow(from, to, Some(Label { text: text.into(), tooltip, tone: Tone::Sends }));
        }
    }

    fn group(&mut self, id: GroupId) -> usize {
        if let Some(known) = self.groups.get(&id) {
            return *known;
        }
        let group = self.program.group(id);
        let clients = group.clients.iter().map(|client| format!("client {client}"));
        let lines = clients.chain(group.webhooks.iter().map(|webhook| format!("webhook {webhook}"))).collect();
        let part = Part {
            form: Form::Group,
            title: group.name.to_string(),
            lines: bounded(lines),
            tooltip: tooltip(self.program, group.span, ""),
        };
        let put = self.picture.put(part);
        self.groups.insert(id, put);
        put
    }

    /// What is sent to a group reaches every group that is in it.
    fn group_parents(&mut self) {
        let program = self.program;
        for (at, group) in program.model.groups.iter().enumerate() {
            let child = self.group(GroupId(at as u32));
            for parent in &group.parents {
                let parent = self.group(*parent);
                let tooltip = tooltip(program, group.span, "");
                self.picture.arrow(parent, child, Some(Label { text: "reaches".into(), tooltip, tone: Tone::Sends }));
            }
        }
    }

    /// What is proved of no one room.
    fn claims(&mut self) {
        let mut lines = Vec::new();
        for proof in &self.program.model.proofs {
            let line = match &proof.claim {
                Claim::RoomBehind(..) => continue,
                Claim::SetBehind(attribute, locks) => {
                    format!(
                        "set client.{} behind {}",
                        self.program.attribute(*attribute).name,
                        self.names(locks, " or ")
                    )
                }
                Claim::NeverSet(attribute) => format!("never set client.{}", self.program.attribute(*attribute).name),
                Claim::NeverTo(from, to) => format!("never {}", self.names(&[*from, *to], " to ")),
                Claim::Depth(depth) => format!("depth <= {depth}"),
            };
            lines.push(format!("{line} ✓"));
        }
        if let (Some(first), false) = (self.program.model.proofs.first(), lines.is_empty()) {
            let tooltip = tooltip(self.program, first.span, "");
            self.picture.put(Part { form: Form::Note, title: "proved".into(), lines: bounded(lines), tooltip });
        }
    }
}

fn room_lines(room: &Room) -> Vec<String> {
    let alias = room.alias.map(|alias| format!("alias {alias}"));
    let capacity = room.capacity.map(|capacity| format!("capacity {capacity}"));
    let words = [(room.public, "public"), (room.transient, "transient"), (room.presence, "presence")];
    let words = words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word.to_string());
    let said: Vec<String> = alias.into_iter().chain(capacity).chain(words).collect();
    if said.is_empty() { said } else { vec![said.join(" · ")] }
}

fn lock_lines(lock: &Lock) -> Vec<String> {
    let mut said = vec![format!("gives {}", lock.gives)];
    said.extend(lock.held.map(|held| format!("held {}", duration(held))));
    said.extend(lock.grace.map(|grace| format!("grace {}", duration(grace))));
    said.extend(lock.attempts.map(|attempts| format!("{attempts} attempts")));
    vec![said.join(" · ")]
}
