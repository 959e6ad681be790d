//! The command line: one file per subcommand.

mod change;
mod completions;
mod config;
mod epochs;
mod explain;
mod fingerprint;
mod fmt;
mod graph;
mod jwt;
mod lint;
mod load;
mod lsp;
mod man;
mod map;
mod new;
mod password;
mod plan;
mod play;
mod print;
mod program;
mod reload;
mod remote;
pub mod render;
mod rollback;
mod secrets;
mod serve;
mod test;
mod token;
mod top;
mod totp;
mod watch;
mod why;

use clap::{Parser, Subcommand};
use print::complain;
use std::process::ExitCode;

/// A WebSocket room server whose rooms and locks are written in small .room files.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Lint(lint::Arguments),
    Load(load::Arguments),
    Lsp(lsp::Arguments),
    Explain(explain::Arguments),
    Fmt(fmt::Arguments),
    Graph(graph::Arguments),
    Test(test::Arguments),
    New(new::Arguments),
    Play(play::Arguments),
    Jwt(jwt::Arguments),
    Password(password::Arguments),
    Totp(totp::Arguments),
    Plan(plan::Arguments),
    Reload(reload::Arguments),
    Epochs(epochs::Arguments),
    Rollback(rollback::Arguments),
    Why(why::Arguments),
    Top(top::Arguments),
    Token(token::Arguments),
    Config(config::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Map(map::Arguments),
}

/// Runs the command that the process was started with. 0: clean; 1: findings; 2: it could not be done.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Lint(arguments) => lint::run(arguments),
        Command::Load(arguments) => load::run(arguments),
        Command::Lsp(arguments) => lsp::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Fmt(arguments) => fmt::run(arguments),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::New(arguments) => new::run(arguments),
        Command::Play(arguments) => play::run(arguments),
        Command::Jwt(arguments) => jwt::run(arguments),
        Command::Password(arguments) => password::run(arguments),
        Command::Totp(arguments) => totp::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::Reload(arguments) => reload::run(arguments),
        Command::Epochs(arguments) => epochs::run(arguments),
        Command::Rollback(arguments) => rollback::run(arguments),
        Command::Why(arguments) => why::run(arguments),
        Command::Top(arguments) => top::run(arguments),
        Command::Token(arguments) => token::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
        Command::Map(arguments) => map::run(arguments),
    };
    result.unwrap_or_else(|error| {
        complain(&format!("windlass: {error:#}"));
        ExitCode::from(2)
    })
}

/// `1 room`, `2 rooms`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
