//! Tests of `server`, over real loopback sockets: everything is bounded in number and time, and no time is asserted.

mod acts;
mod api;
mod attacks;
mod checks;
mod client;
mod command;
mod config;
mod echo;
mod guest;
mod health;
mod kill;
mod limits;
mod lives;
mod log;
mod map;
mod metrics;
mod reload;
mod serving;
mod settings;
mod story;
mod tls;
mod upgrade;
mod webhooks;
