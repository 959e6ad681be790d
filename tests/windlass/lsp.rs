//! `windlass lsp`, as an editor would speak with it: scripts of `tests/fixtures/lsp`, and what no script can say.

mod client;
mod colours;
mod lives;
mod names;
mod script;
mod show;
