//! Scenes: rules tried as a user would try them, in virtual time, without a network.

mod node;
mod pattern;
mod read;
mod scene;
#[cfg(feature = "server")]
mod yaml;

pub use node::{Field, Node, Position, Shape};
pub use pattern::{Pattern, Variables, fill};
pub use read::{Mistake, SCENES_MAX, read_scenes};
pub use scene::{About, Act, Claim, Connection, Frames, Given, Scene, Step, Verdict, Who};
#[cfg(feature = "server")]
pub use yaml::read_yaml;
