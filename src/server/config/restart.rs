//! Which settings cannot change while the server runs.

use super::Config;
use serde_json::Value;

/// What is given to a listener, a thread or a connection once, when it begins.
pub const NEEDS_RESTART: [&str; 34] = [
    "listen",
    "listen_beyond_loopback",
    "tls.certificate",
    "tls.key",
    "tls.reload",
    "tls.clients.authorities",
    "tls.clients.required",
    "tls.clients.revoked",
    "proxies.trusted",
    "proxies.header",
    "log",
    "shards",
    "inbox",
    "outbox",
    "heartbeat.interval",
    "heartbeat.timeout",
    "connections.total",
    "connections.per_address",
    "connections.unidentified_per_address",
    "connections.new_per_address",
    "connections.new_per_address_burst",
    "connections.read_buffer",
    "reconnect.pause",
    "stop.deadline",
    "stop.reconnect_in",
    "reload.kept",
    "store.directory",
    "store.memory_only",
    "checks.failures.per_address",
    "checks.failures.per_client",
    "checks.failures.window",
    "log_format",
    "metrics",
    "webhooks",
];

impl Config {
    /// The settings that are different in another configuration and cannot change while the server runs.
    pub fn needs_restart_for(&self, other: &Config) -> Vec<&'static str> {
        let (own, other) = (serde_json::to_value(self), serde_json::to_value(other));
        let (own, other) = (own.unwrap_or_default(), other.unwrap_or_default());
        NEEDS_RESTART.into_iter().filter(|name| at(&own, name) != at(&other, name)).collect()
    }
}

fn at<'settings>(settings: &'settings Value, name: &str) -> Option<&'settings Value> {
    name.split('.').try_fold(settings, |settings, part| settings.get(part))
}
