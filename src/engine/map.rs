//! The data map: which client a socket is, where a client is and what it receives, who is in a room and where its posts go.
//!
//! All names are addresses as the wire has them, so that each entry leads to another one.

use super::Engine;
use super::facts::who;
use crate::envelope::Who;
use crate::model::{Dest, GroupId};
use crate::value::RoomKey;
use crate::wind::{Member, room_address};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The map, or a part of it. Written in the order of the addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct DataMap {
    /// Each connected socket, and the client that it is; nobody before it is identified.
    pub sockets: BTreeMap<String, Vec<String>>,
    /// Each client that has a socket or is in a room.
    pub clients: BTreeMap<String, ClientPlaces>,
    /// Each room that somebody is in.
    pub rooms: BTreeMap<String, RoomPlaces>,
}

/// Where a client is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ClientPlaces {
    /// What it is a member of.
    pub rooms: Vec<String>,
    /// The groups whose messages it receives.
    pub services: Vec<String>,
}

/// Who is in a room, and where it leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RoomPlaces {
    /// Its members: clients, and sockets without one.
    pub clients: Vec<String>,
    /// The groups that its posts go to.
    pub groups: Vec<String>,
}

impl Engine {
    /// Adds so many sockets from a place of the table on, and their clients. Yields the place to go on from; none at the end. Who comes or
    /// goes in between may be missing.
    pub fn map_sockets(&self, from: usize, count: usize, map: &mut DataMap) -> Option<usize> {
        let end = from.saturating_add(count).min(self.house.sockets.len());
        for id in (from..end).filter_map(|place| self.house.sockets.id_at(place)) {
            let client = self.house.sockets.get(id).and_then(|socket| socket.client.clone());
            let clients = client.iter().map(|client| Who::Client(client).address()).collect();
            map.sockets.insert(Who::Socket(id.0).address(), clients);
            client.iter().for_each(|client| self.map_client(client, map));
        }
        (end < self.house.sockets.len()).then_some(end)
    }

    /// The same for rooms and their members.
    pub fn map_rooms(&self, from: usize, count: usize, map: &mut DataMap) -> Option<usize> {
        let end = from.saturating_add(count).min(self.house.rooms.len());
        for key in (from..end).filter_map(|place| self.house.rooms.key_at(place)) {
            let members = self.room_members(&key);
            if members.is_empty() {
                continue;
            }
            let clients = members.iter().map(|member| who(member).address()).collect();
            let places = RoomPlaces { clients, groups: self.posts_to(&key) };
            map.rooms.insert(room_address(&key).to_string(), places);
            for member in &members {
                match member {
                    Member::Client(client) => self.map_client(client, map),
                    Member::Socket(_) => {}
                }
            }
        }
        (end < self.house.rooms.len()).then_some(end)
    }

    fn map_client(&self, client: &Arc<str>, map: &mut DataMap) {
        map.clients.entry(Who::Client(client).address()).or_insert_with(|| {
            let known = self.house.clients.get(client);
            let received = known.into_iter().flat_map(|client| &client.receives);
            let services: BTreeSet<&Arc<str>> = received.chain(self.house.groups.of_client(client)).collect();
            ClientPlaces {
                rooms: self.client_rooms(client).iter().map(|room| room_address(room).to_string()).collect(),
                services: services.into_iter().map(|group| group_address(group)).collect(),
            }
        });
    }

    fn posts_to(&self, key: &RoomKey) -> Vec<String> {
        let program = self.program();
        let rules = program.rules_of(key);
        let group = |id: &GroupId| group_address(&program.group(*id).name);
        let named = rules.into_iter().flat_map(|rules| &rules.posts_to).filter_map(|dest| match dest {
            Dest::Group(id) => Some(group(id)),
            Dest::Members | Dest::Everyone | Dest::Room(_) | Dest::Value(_) => None,
        });
        named.collect()
    }
}

fn group_address(group: &str) -> String {
    format!("group:{group}")
}

impl DataMap {
    /// The map as YAML. Addresses are written as JSON has them, which is YAML too.
    pub fn to_yaml(&self) -> String {
        let sockets = self.sockets.iter().map(|(socket, clients)| format!("  {}: {}\n", quoted(socket), list(clients)));
        let clients = self.clients.iter().map(|(client, ClientPlaces { rooms, services })| {
            format!("  {}:\n    rooms: {}\n    services: {}\n", quoted(client), list(rooms), list(services))
        });
        let rooms = self.rooms.iter().map(|(room, RoomPlaces { clients, groups })| {
            format!("  {}:\n    clients: {}\n    groups: {}\n", quoted(room), list(clients), list(groups))
        });
        [section("sockets", sockets), section("clients", clients), section("rooms", rooms)].concat()
    }
}

fn section(name: &str, entries: impl Iterator<Item = String>) -> String {
    let entries: String = entries.collect();
    if entries.is_empty() { format!("{name}: {{}}\n") } else { format!("{name}:\n{entries}") }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}
