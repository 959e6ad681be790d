//! Tests of `server`, over real loopback sockets: everything is bounded in number and time, and no time is asserted.

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
mod live;
mod lives;
mod load;
mod log;
mod map;
mod metrics;
mod reload;
mod service;
mod serving;
mod story;
mod tls;
mod top;
mod upgrade;
mod webhooks;
