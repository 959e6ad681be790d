//! One test binary. Fixtures stand in folders under `tests/fixtures`; `UPDATE_EXPECT=1 cargo test` blesses them.

mod check;
mod command;
mod engine;
mod fixtures;
mod format;
mod graph;
mod lint;
mod lsp;
mod machine;
mod model;
mod new;
mod play;
mod proofs;
mod reload;
mod scenario;
mod server;
mod store;
mod syntax;
mod tidy;
mod wind;
