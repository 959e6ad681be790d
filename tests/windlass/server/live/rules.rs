//! Rules that are others every time, and settings under which thousands may speak.

use super::super::serving::settings;

/// How many tables there are, at least one.
pub const TABLES: usize = 90;

/// What serves: its number stands in all that is said under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub number: u64,
    /// Whether the vault asks for a badge besides the pin.
    pub badge: bool,
    /// Whether there is a den.
    pub den: bool,
}

impl Version {
    /// The files of it.
    pub fn files(self) -> Vec<(&'static str, String)> {
        let (den, badge) = (if self.den { ", den" } else { "" }, if self.badge { "requires badge" } else { "" });
        let speak = format!(
            "on {{ n: int }} as m {{ say {{ said: m.n, version: {0} }} post {{ n: m.n, version: {0} }} }}",
            self.number
        );
        let mut files = vec![
            (
                "lobby.room",
                format!(
                    "entry lobby\n\nroom lobby public {{\n    doors table, vault, cellar, pulse{den}\n}}\n\n{PULSE}"
                ),
            ),
            ("tables.room", format!("room table(number: int(1..{TABLES})) {{\n    requires pin\n    {speak}\n}}\n")),
            ("vault.room", format!("room vault {{\n    requires pin\n    {badge}\n    {speak}\n}}\n")),
            ("locks.room", locks(&format!("after {}m -> fail \"too slow\"", 200 + self.number), "")),
        ];
        files.extend(self.den.then(|| ("den.room", "room den {\n    requires pin\n}\n".to_owned())));
        files
    }

    /// The locks of it, where whoever is in the inner one is sent away.
    pub fn locks_that_drop(self) -> String {
        locks("after 9m -> fail \"too slow\"", "on reload drop")
    }
}

/// Nothing is ever changed here.
const PULSE: &str = "room pulse public {\n    on { n: int } as m { post m }\n}\n";

fn locks(deadline: &str, on_reload: &str) -> String {
    format!(
        r#"lock pin gives bool {{
    after 2h -> fail "too slow"
    on {{ pin: 1 }} -> resolve true
}}

lock badge gives bool {{
    after 2h -> fail "too slow"
    on {{ badge: 1 }} -> resolve true
}}

lock outer gives bool {{
    after 4h -> fail "too slow"
    state first {{
        lock inner
        resolved _ -> second
        failed why -> fail why
    }}
    state second {{ on {{ done: 1 }} -> resolve true }}
}}

lock inner gives bool {{
    attempts 3
    {on_reload}
    {deadline}
    state waiting {{ on {{ inner: 1 }} -> resolve true }}
}}

room cellar {{
    requires outer
}}
"#
    )
}

/// As many connections as there are, all from one address.
pub fn settings_for_crowds() -> String {
    let connections = "connections: { total: 12000, per_address: 100000, unidentified_per_address: 100000, \
         new_per_address: 100000, new_per_address_burst: 100000 }\n";
    let rate = "rate: { socket: 10000, socket_burst: 100000, unidentified: 10000, unidentified_burst: 100000 }\n";
    settings() + connections + rate
}
