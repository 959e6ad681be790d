//! Rulesets that change under live sockets: random rules, random edits of them, random traffic through the real engine,
//! and what must hold after every input.

mod acts;
mod checks;
mod crowd;
mod edits;
mod groups;
mod house;
mod looking;
mod plain;
mod property;
mod shrink;
