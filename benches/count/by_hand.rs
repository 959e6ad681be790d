//! The machine of the hall as one would write it by hand: what a message costs where nothing is looked up in rules.

use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// Where a socket is.
pub enum Place {
    Lobby,
    Hall { has_name: bool },
}

/// What follows from a message.
pub enum Effect {
    Post { content: Arc<str> },
    Refuse,
}

#[derive(Deserialize)]
struct Said<'frame> {
    #[serde(borrow)]
    text: Cow<'frame, str>,
}

impl Place {
    /// A frame comes.
    pub fn receive(&self, frame: &str, effects: &mut Vec<Effect>) {
        effects.push(match self {
            Place::Hall { has_name: true } => say(frame).unwrap_or(Effect::Refuse),
            Place::Hall { has_name: false } | Place::Lobby => Effect::Refuse,
        });
    }
}

fn say(frame: &str) -> Option<Effect> {
    let said: Said<'_> = serde_json::from_str(frame).ok()?;
    let is_text = (1..=1000).contains(&said.text.chars().count());
    (is_text && said.text != "hush").then(|| Effect::Post { content: frame.into() })
}
