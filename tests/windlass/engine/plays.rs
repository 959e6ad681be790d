//! Plays: rules, then steps, in `tests/fixtures/engine/*.play`; beside each, everything that the engine did.
//!
//! ```text
//! use front-of-house            or the rules themselves
//! set rooms_max 2               a setting; `set every_check_passes 1`: at once, and nobody has to say so
//! set service may staff 60000 2 the check `may` is put to the group `staff`, for so long, and so many are open at one time
//! ---
//! a connects                    a hangs up        a is again the same name
//! a {"to":"room:hall"}          a sends a frame
//! pass a "value"                the oldest check of a passes; `fail a why` fails it
//! after 2000                    so many milliseconds pass
//! ada.role = "keeper"           a client is given an attribute
//! act move a hall               whoever looks after the server does something; `hands` lists what
//! stop 500                      the server stops
//! reload two revoke identity    other rules take over, written above the steps under `=== two`; `revoke` may be left out
//! restart                       the server is killed, and another begins with what the store kept
//!                               in a frame, `TOKEN(a)` stands for the token that a was given last, `TICKET(a)` for that of
//!                               the question that a was asked last, and `EPOCH(hall)` for the epoch of that room that was
//!                               told last
//! # words                       for the reader
//! ```

use super::hands;
use super::stage::{Done, Stage, rules, shipped, socket};
use crate::fixtures;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use windlass::engine::{Input, ListId, Service, Settings};
use windlass::value::Value;
use windlass::wind::{SocketId, frame_names};

#[test]
fn plays_go_as_written_down() {
    for case in fixtures::files("engine", "play") {
        let text = fs::read_to_string(&case).expect("a play");
        fixtures::expect_beside(&case, &Play::new(&text).perform());
    }
}

struct Play<'text> {
    steps: &'text str,
    stage: Stage,
    rulesets: BTreeMap<&'text str, &'text str>,
    names: BTreeMap<&'text str, u128>,
    /// By socket, the token it was given last.
    tokens: BTreeMap<String, String>,
    /// By socket, the ticket of the question it was asked last.
    tickets: BTreeMap<String, String>,
    /// By room, the epoch that was told last.
    epochs: BTreeMap<String, String>,
    every_check_passes: bool,
    out: String,
}

impl<'text> Play<'text> {
    fn new(text: &'text str) -> Self {
        let (head, steps) = text.split_once("\n---\n").expect("rules, then `---`, then steps");
        let mut rulesets = head.split("\n=== ");
        let head = rulesets.next().expect("rules");
        let rulesets = rulesets.map(|rules| rules.split_once('\n').expect("a name, then rules")).collect();
        let (settings, head): (Vec<&str>, Vec<&str>) = head.lines().partition(|line| line.starts_with("set "));
        let mut bounds = Settings::default();
        let (of_checks, settings): (Vec<&str>, Vec<&str>) =
            settings.into_iter().partition(|line| line.contains("every_check"));
        settings.into_iter().for_each(|line| match line.strip_prefix("set service ") {
            Some(service) => bind(&mut bounds, service),
            None => set(&mut bounds, line),
        });
        let head = head.join("\n");
        let program = match head.trim().strip_prefix("use ") {
            Some(name) => shipped(name),
            None => rules(&head),
        };
        let every_check_passes = !of_checks.is_empty();
        let stage = Stage::new(program, bounds);
        Play {
            steps,
            stage,
            rulesets,
            names: BTreeMap::new(),
            tokens: BTreeMap::new(),
            tickets: BTreeMap::new(),
            epochs: BTreeMap::new(),
            every_check_passes,
            out: String::new(),
        }
    }

    fn perform(mut self) -> String {
        for line in self.steps.lines() {
            writeln!(self.out, "{line}").expect("a String");
            let stood = self.stacks();
            let done = self.step(line);
            self.tell_all(&done);
            if let (true, Some((asked, _))) = (self.every_check_passes, self.stage.asked.first().copied()) {
                let done = self.stage.verdict(asked.0.as_u128(), Ok(Value::Text("passed".into())));
                self.tell_all(&done);
            }
            for (name, stack) in self.stacks() {
                if stood.get(name) != Some(&stack) {
                    writeln!(self.out, "    = {name} {stack}").expect("a String");
                }
            }
        }
        self.out
    }

    /// `TOKEN(ada)` stands for the latest token of a socket.
    fn with_tokens(&self, frame: &str) -> String {
        let mut frame = frame.to_owned();
        for (name, token) in &self.tokens {
            frame = frame.replace(&format!("TOKEN({name})"), token);
        }
        for (name, ticket) in &self.tickets {
            frame = frame.replace(&format!("TICKET({name})"), ticket);
        }
        for (room, epoch) in &self.epochs {
            frame = frame.replace(&format!("EPOCH({room})"), epoch);
        }
        frame
    }

    fn tell_all(&mut self, done: &[Done]) {
        for done in done {
            self.note_token(done);
            let told = self.tell(done);
            writeln!(self.out, "    {told}").expect("a String");
        }
    }

    fn note_token(&mut self, done: &Done) {
        if let Done::Wrote(to, frame) = done
            && let Some((_, token)) = frame.split_once(r#""resume":""#)
            && let (Some(token), Some(socket)) = (token.split('"').next(), to.first())
        {
            let name = self.name(socket).to_owned();
            self.tokens.insert(name, token.to_owned());
        }
        if let Done::Wrote(to, frame) = done
            && let (true, Some((_, ticket))) = (frame.starts_with("{\"question\""), frame.split_once("ticket:"))
        {
            let ticket = format!("ticket:{}", ticket.split('"').next().expect("a ticket"));
            let names: Vec<String> = to.iter().map(|socket| self.name(socket).to_owned()).collect();
            self.tickets.extend(names.into_iter().map(|name| (name, ticket.clone())));
        }
        if let Done::Wrote(_, frame) = done
            && let Some((_, moved)) = frame.split_once(r#"{"moved":{"room":"room:"#)
            && let (Some((room, _)), Some((_, epoch))) = (moved.split_once('"'), moved.split_once(r#""epoch":""#))
            && let Some((epoch, _)) = epoch.split_once('"')
        {
            self.epochs.insert(room.to_owned(), epoch.to_owned());
        }
    }

    fn step(&mut self, line: &'text str) -> Vec<Done> {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (first, rest) {
            ("", _) | ("#", _) => Vec::new(),
            ("after", rest) => self.stage.pass_time(rest.parse().expect("milliseconds")),
            ("stop", rest) => self.stage.input(Input::Stop { reconnect_in: rest.parse().expect("milliseconds") }),
            ("act", rest) => {
                let act = hands::read(&self.with_tokens(rest), |name| socket(self.names[name]));
                self.stage.act(act)
            }
            ("restart", "") => {
                self.stage.restart();
                self.stage.drain()
            }
            ("reload", rest) => {
                let mut words = rest.split(' ');
                let name = words.next().expect("a ruleset");
                let revoked: Vec<&str> = words.filter(|word| *word != "revoke").collect();
                self.stage.reload(rules(self.rulesets[name]), &revoked)
            }
            ("pass", rest) => {
                let (name, value) = rest.split_once(' ').expect("a value");
                self.stage.verdict(self.names[name], Ok(Value::from_json(value)))
            }
            ("fail", rest) => {
                let (name, why) = rest.split_once(' ').expect("a reason");
                self.stage.verdict(self.names[name], Err(why.into()))
            }
            (name, "connects") => {
                let number = self.names.len() as u128 + 1;
                self.names.insert(name, number);
                self.stage.connect(number)
            }
            (name, "hangs up") => self.stage.hang_up(self.names[name]),
            (owned, given) if given.starts_with("= ") => {
                let (client, attribute) = owned.split_once('.').expect("client.attribute");
                self.stage.engine.set_client_attribute(
                    &client.into(),
                    &attribute.into(),
                    Value::from_json(&given[2..]),
                );
                self.stage.drain()
            }
            (name, frame) => {
                let frame = self.with_tokens(frame);
                self.stage.say(self.names[name], &frame)
            }
        }
    }

    fn stacks(&self) -> BTreeMap<&'text str, String> {
        let epochs = self.stage.engine.epochs();
        let stack = |number: &u128| {
            self.stage.engine.socket(socket(*number)).map(|stack| frame_names(epochs, stack).join(", "))
        };
        self.names.iter().filter_map(|(name, number)| Some((*name, stack(number)?))).collect()
    }

    fn name(&self, id: &SocketId) -> &str {
        self.names.iter().find(|(_, number)| socket(**number) == *id).map_or("?", |(name, _)| name)
    }

    fn tell(&self, done: &Done) -> String {
        let list = |ListId(list): &ListId| format!("#{list}");
        match done {
            Done::Wrote(to, frame) => {
                let to: Vec<&str> = to.iter().map(|id| self.name(id)).collect();
                format!("{} < {}", to.join(", "), self.with_names(frame))
            }
            Done::Joined(id, who) => format!("{} joins {}", self.name(who), list(id)),
            Done::Left(id, who) => format!("{} leaves {}", self.name(who), list(id)),
            Done::Closed(who, code, reason) => format!("{} is closed, {code}: {reason}", self.name(who)),
            Done::Asked(who, _, check, args) => {
                self.with_names(&format!("{} is checked: {check}({})", self.name(who), args.join(", ")))
            }
            Done::Acted(outcome) => hands::tell(outcome, |socket| self.name(socket).to_owned()),
            Done::Retired => "an old ruleset goes".to_owned(),
            Done::Webhook(name, frame) => format!("webhook {name} < {}", self.with_names(frame)),
        }
    }

    /// Ids and nonces, which say nothing to a reader, shortened.
    fn with_names(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, number) in &self.names {
            text = text.replace(&format!("socket:{}", socket(*number).0), &format!("socket:{name}"));
        }
        let is_long_hex = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words: Vec<&str> = text.split('"').collect();
        let shortened = |word: &&str| match word.strip_prefix("ticket:") {
            Some(ticket) if is_long_hex(ticket) => "ticket:NONCE".to_owned(),
            _ if is_long_hex(word) => "NONCE".to_owned(),
            _ => (*word).to_owned(),
        };
        words.iter().map(shortened).collect::<Vec<_>>().join("\"")
    }
}

fn bind(settings: &mut Settings, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let [check, group, within, open_max] = words[..] else { panic!("set service CHECK GROUP WITHIN OPEN") };
    let (within, open_max) = (within.parse().expect("milliseconds"), open_max.parse().expect("a number"));
    settings.services.insert(check.into(), Service { group: group.into(), within, open_max });
}

fn set(settings: &mut Settings, line: &str) {
    let (name, value) = line["set ".len()..].split_once(' ').expect("set NAME NUMBER");
    let number = value.trim().parse::<u64>().expect("a number");
    match name {
        "sockets_max" => settings.sockets_max = number as usize,
        "sockets_per_client_max" => settings.sockets_per_client_max = number as usize,
        "rooms_max" => settings.rooms_max = number as usize,
        "rooms_per_client_max" => settings.rooms_per_client_max = number as usize,
        "absent_clients_max" => settings.absent_clients_max = number as usize,
        "signals_per_input_max" => settings.signals_per_input_max = number as usize,
        "socket_frames_per_second" => settings.socket_frames_per_second = number as u32,
        "socket_frames_burst" => settings.socket_frames_burst = number as u32,
        "client_frames_per_second" => settings.client_frames_per_second = number as u32,
        "unidentified_frames_per_second" => settings.unidentified_frames_per_second = number as u32,
        "unidentified_frames_burst" => settings.unidentified_frames_burst = number as u32,
        "client_frames_burst" => settings.client_frames_burst = number as u32,
        "fan_out_bytes_per_frame" => settings.fan_out_bytes_per_frame = number,
        "rate_refusals_max" => settings.rate_refusals_max = number as u32,
        "malformed_frames_max" => settings.malformed_frames_max = number as u32,
        "resume_ms" => settings.resume_ms = number,
        "presence_members_max" => settings.presence_members_max = number as usize,
        other => panic!("no setting {other}"),
    }
}
