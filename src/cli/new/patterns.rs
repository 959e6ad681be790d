//! What a new ruleset can begin as: the shipped rulesets and a small first one, as they were when the program was built.

/// A ruleset to begin with.
pub(super) struct Pattern {
    /// What `--from` calls it.
    pub name: &'static str,
    /// Names and texts of its files.
    pub files: &'static [(&'static str, &'static str)],
    /// The checks that it uses and what a configuration says about them, in order.
    pub settings: &'static [&'static str],
}

/// Files of a directory beside the rules of this repository, by name.
macro_rules! files {
    ($directory:literal: $($file:literal)*) => {
        &[$(($file, include_str!(concat!($directory, $file)))),*]
    };
}

const BACKSTAGE: &str = include_str!("settings/backstage.yaml");
const CODE: &str = include_str!("settings/code.yaml");
const HOST03: &str = include_str!("settings/host03.yaml");
const PAGER: &str = include_str!("settings/pager.yaml");
const SIGN_IN: &str = include_str!("settings/sign_in.yaml");
const SSH_SIGNATURE: &str = include_str!("settings/ssh_signature.yaml");
const TOTP: &str = include_str!("settings/totp.yaml");

/// What stands at the beginning of every configuration.
pub(super) const COMMON: &str = include_str!("settings/common.yaml");

/// What is written where nothing is named.
pub(super) const SKELETON: Pattern =
    Pattern { name: "skeleton", files: files!("skeleton/": "front.room" "first.scene.yaml"), settings: &[] };

/// The shipped rulesets.
pub(super) const SHIPPED: &[Pattern] = &[
    Pattern {
        name: "support-queue",
        files: files!("../../../rooms/support-queue/":
            "front.room" "desk.room" "locks.room" "proofs.room" "visitor.scene.yaml" "desk.scene.yaml" "talk.scene.yaml"),
        settings: &[CODE],
    },
    Pattern {
        name: "front-of-house",
        files: files!("../../../rooms/front-of-house/":
            "front.room" "rooms.room" "locks.room" "proofs.room" "story.scene.yaml" "lobby.scene.yaml" "locks.scene.yaml"
            "hall.scene.yaml" "vault.scene.yaml" "table.scene.yaml"),
        settings: &[SSH_SIGNATURE, TOTP, HOST03],
    },
    Pattern {
        name: "game-lobby",
        files: files!("../../../rooms/game-lobby/":
            "front.room" "tables.room" "locks.room" "proofs.room" "lobby.scene.yaml" "table.scene.yaml" "game.scene.yaml"
            "load.scene.yaml"),
        settings: &[CODE],
    },
    Pattern {
        name: "device-gateway",
        files: files!("../../../rooms/device-gateway/":
            "front.room" "field.room" "control.room" "locks.room" "proofs.room" "field.scene.yaml" "control.scene.yaml"),
        settings: &[SSH_SIGNATURE, CODE, PAGER],
    },
    Pattern {
        name: "sign-in",
        files: files!("../../../rooms/sign-in/":
            "front.room" "locks.room" "proofs.room" "token.scene.yaml" "renewal.scene.yaml" "login.scene.yaml"),
        settings: &[SIGN_IN],
    },
    Pattern {
        name: "backstage",
        files: files!("../../../rooms/backstage/":
            "front.room" "locks.room" "stewards.room" "proofs.room" "guest.scene.yaml" "stewards.scene.yaml"),
        settings: &[BACKSTAGE],
    },
    Pattern { name: "echo", files: files!("../../../rooms/echo/": "front.room" "echo.scene.yaml"), settings: &[] },
];
