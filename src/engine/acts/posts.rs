//! A service says something.

use super::act::{absent, hindered, unfit};
use super::{Acted, Declined};
use crate::engine::Engine;
use crate::engine::deliver::{Post, Posted};
use crate::engine::facts::{Speaker, Voice};
use crate::engine::log::is_unique;
use crate::engine::space::no_space;
use crate::envelope::{Address, codes};
use crate::model::{Dest, Retention};
use crate::value::{Json, RoomKey};
use crate::wind::{MessageId, Receiver};
use std::sync::Arc;

impl Engine {
    pub(super) fn post_by_hand(
        &mut self,
        from: Arc<str>,
        to: Address,
        id: Option<&MessageId>,
        content: &Json,
    ) -> Result<Acted, Declined> {
        let voice = Voice { from: Speaker::Service(from), socket: None };
        match (to, id) {
            (Address::Room(address), id) => self.post_to_room(&voice, &address, id, content),
            (Address::Client(_) | Address::Group(_), Some(_)) => Err(no_history()),
            (Address::Client(client), None) => self.post_to_client(&voice, &client, content),
            (Address::Group(name), None) => self.post_to_group(&voice, name, content),
            (Address::Lock(_) | Address::Ticket(_), _) => {
                let message = "nothing is posted to a lock or a ticket: name a room, a client or a group";
                Err(unfit(codes::BAD_ADDRESS, message))
            }
        }
    }

    /// A message of the room, that goes where posts of its rules go.
    fn post_to_room(
        &mut self,
        voice: &Voice,
        address: &Arc<str>,
        id: Option<&MessageId>,
        content: &Json,
    ) -> Result<Acted, Declined> {
        let key = self.room_meant(address)?;
        self.settle(&key);
        let is_open = self.house.rooms.get(&key).is_some();
        if !is_open && !self.house.has_room_left() {
            return Err(hindered(codes::FULL, "the server can open no further room"));
        }
        let has_history = self.has_history(&key);
        if has_history && self.is_short_of_space() {
            let failure = no_space();
            return Err(hindered(failure.code, &*failure.message));
        }
        match id {
            Some(_) if !has_history => return Err(no_history()),
            Some(id) if !is_unique(id) => {
                return Err(unfit(
                    codes::BAD_ID,
                    "the `id` of a service is a text of 16 characters or more: send a UUID",
                ));
            }
            Some(_) | None => {}
        }
        let (members, also) = self.posted_to(&key);
        let (seq, post) = self.post_as(voice, &key, (content, id), &also, members);
        let epoch = self.house.rooms.get(&key).map_or(0, |room| room.epoch);
        Ok(Acted::Posted { room: key, epoch, seq, is_repeated: post == Post::Repeated })
    }

    /// What the room's rules say about `posts to`. None of it depends on who posts.
    fn posted_to(&self, key: &RoomKey) -> (Posted, Vec<Receiver>) {
        let program = self.program();
        let named = program.rules_of(key).map_or(&[][..], |rules| &rules.posts_to);
        let is_own = |dest: &Dest| matches!(dest, Dest::Members | Dest::Everyone);
        let members = if named.is_empty() || named.iter().any(is_own) { Posted::ToMembers } else { Posted::Elsewhere };
        let also = named.iter().filter_map(|dest| match dest {
            Dest::Group(group) => Some(Receiver::Group(program.group(*group).name.clone())),
            Dest::Room(call) => Some(Receiver::Everyone(program.room_key(call.room, &[]))),
            Dest::Members | Dest::Everyone | Dest::Value(_) => None,
        });
        (members, also.collect())
    }

    /// To all sockets of the client. For one that is away it waits, where a room that it is in keeps mail.
    fn post_to_client(&mut self, voice: &Voice, client: &Arc<str>, content: &Json) -> Result<Acted, Declined> {
        let Some(known) = self.house.clients.get(client) else {
            return Err(absent(format!("nothing is known of a client `{client}`")));
        };
        if !known.sockets.is_empty() {
            return Ok(self.tell_by_hand(voice, &Receiver::Client(client.clone()), content));
        }
        let program = self.program();
        let terms = known.rooms.iter().filter_map(|room| program.machine(program.room_of(room)?.0).mail_terms());
        let Some(terms) = terms.max_by_key(|terms| most(&terms.keep)) else {
            return Err(hindered("away", "the client is away, and no room that it is in has a `mailbox`"));
        };
        match self.put_mail(&voice.from, client, content, &terms) {
            Ok(Some(number)) => Ok(Acted::Mailed(number)),
            Ok(None) => Ok(Acted::Told(0)),
            Err(full) => Err(hindered(full.code, &*full.message)),
        }
    }

    fn post_to_group(&mut self, voice: &Voice, name: Arc<str>, content: &Json) -> Result<Acted, Declined> {
        if self.program().group_by_name(&name).is_none() {
            return Err(absent(format!("the rules have no group `{name}`")));
        }
        Ok(self.tell_by_hand(voice, &Receiver::Group(name), content))
    }

    fn tell_by_hand(&mut self, voice: &Voice, receiver: &Receiver, content: &Json) -> Acted {
        let before = self.statistics.deliveries;
        self.tell_as(voice, receiver, content);
        Acted::Told(self.statistics.deliveries.saturating_sub(before))
    }
}

/// Of several mailboxes, the one that keeps more, and of those the one that keeps it longer.
fn most(keeps: &Retention) -> (u64, u64) {
    (keeps.count, keeps.age.unwrap_or(u64::MAX))
}

fn no_history() -> Declined {
    let why = "an `id` makes a post known again only in a room with a `history`: leave it out";
    unfit("no_history", why)
}
