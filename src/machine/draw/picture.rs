//! What a picture is made of.

/// Parts and the arrows between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// What it shows.
    pub title: String,
    /// The parts; an arrow names them by their index.
    pub parts: Vec<Part>,
    /// At most one from one part to another.
    pub arrows: Vec<Arrow>,
}

/// One box, pill or dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it stands for.
    pub form: Form,
    /// What it is called; empty for a dot.
    pub title: String,
    /// What else is to be said about it, in order.
    pub lines: Vec<String>,
    /// Where it was written, and what in full; may be empty.
    pub tooltip: String,
}

/// What a part stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Where it begins.
    Start,
    /// A room.
    Room,
    /// A lock.
    Lock,
    /// A group.
    Group,
    /// A state.
    State,
    /// What holds in every state.
    Every,
    /// What is looked at before a room lets somebody in.
    Gate,
    /// The answer, or admission.
    Good,
    /// Failure, or a closed socket.
    Bad,
    /// Another room.
    Away,
    /// Something said about the whole.
    Note,
}

/// An arrow from one part to another, or back to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Index of the part where it begins.
    pub from: usize,
    /// Index of the part where it ends.
    pub to: usize,
    /// Each of the ways it stands for, in order; none for what simply follows.
    pub labels: Vec<Label>,
}

/// One way that an arrow stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// In short.
    pub text: String,
    /// Where it was written, and what in full.
    pub tooltip: String,
    /// How it is coloured.
    pub tone: Tone,
}

/// How an arrow is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Somebody goes on.
    Way,
    /// It went well.
    Good,
    /// Time was up, or it failed.
    Bad,
    /// Something is needed.
    Need,
    /// Something is sent.
    Sends,
}

impl Picture {
    /// Adds a part and says its index.
    pub(super) fn put(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.parts.len() - 1
    }

    /// Adds an arrow, or its label to the arrow that is there already.
    pub(super) fn arrow(&mut self, from: usize, to: usize, label: Option<Label>) {
        match self.arrows.iter_mut().find(|arrow| (arrow.from, arrow.to) == (from, to)) {
            Some(arrow) => {
                let is_new = |label: &Label| arrow.labels.iter().all(|known| known.text != label.text);
                arrow.labels.extend(label.filter(is_new));
            }
            None => self.arrows.push(Arrow { from, to, labels: label.into_iter().collect() }),
        }
    }
}

impl Arrow {
    /// The tone of all its labels, or of a way where they differ.
    pub fn tone(&self) -> Tone {
        let first = self.labels.first().map_or(Tone::Way, |label| label.tone);
        if self.labels.iter().all(|label| label.tone == first) { first } else { Tone::Way }
    }
}
