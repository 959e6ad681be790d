//! Pictures of what was compiled: the whole space of a ruleset, or one machine.
//!
//! A [`Picture`] is parts and arrows, and says nothing about where they lie; [`svg`], [`dot`] and [`mermaid`] write it down.
//! What is drawn is read off a [`Program`](super::Program), so a picture never says what the rules do not.

mod dot;
pub(super) mod labels;
mod layout;
mod lines;
mod mermaid;
mod picture;
mod room_flow;
mod routes;
mod space;
mod states;
mod svg;
mod svg_style;

pub use dot::dot;
pub use mermaid::mermaid;
pub use picture::{Arrow, Form, Label, Part, Picture, Tone};
pub use space::draw_space;
pub use states::draw_machine;
pub use svg::{SVG_PARTS_MAX, svg};
