//! Rules that are spoilt in any way while a server runs them: what is no ruleset never serves.

use crate::server::serving::{Serving, lobby, word};

const SPOILT: usize = 60;

/// Leaves out, doubles or exchanges a piece of a text, as a number says.
fn spoil(text: &str, number: u64) -> String {
    let random = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let at = (random >> 33) as usize % text.len();
    let end = (at + 1 + (random >> 20) as usize % 12).min(text.len());
    let (before, piece, after) = (&text[..at], &text[at..end], &text[end..]);
    match number % 4 {
        0 => format!("{before}{after}"),
        1 => format!("{before}{piece}{piece}{after}"),
        2 => format!("{before}\u{0}{after}"),
        _ => format!("{after}{piece}{before}"),
    }
}

#[tokio::test]
async fn whatever_is_done_to_a_file_of_rules_only_whole_rulesets_serve() {
    let serving = Serving::start(
        &lobby("whole"),
        &["--no-watch", "--set", "rate.unidentified=1000", "--set", "rate.unidentified_burst=1000"],
    );
    let mut client = serving.client().await;
    let (mut refused, mut taken) = (0, 0);
    for number in 0..SPOILT as u64 {
        let text = spoil(&lobby("whole"), number);
        serving.write("lobby.room", &text);
        let (status, answer) = serving.ask("POST", "/api/reload", "").await;
        if status == 200 {
            taken += 1;
            serving.write("lobby.room", &lobby("whole"));
            assert_eq!(serving.ask("POST", "/api/reload", "").await.0, 200);
        } else {
            refused += 1;
            assert_eq!((status, &answer["error"]["code"]), (422, &"bad_rules".into()), "{text}\n{answer}");
            let found = answer["lint"].to_string();
            assert!(found.contains("\"line\"") && found.contains("\"column\""), "it says where: {found}");
            assert_eq!(serving.health().await["reload"]["ok"], false);
        }
        assert_eq!(word(&mut client).await, "whole", "{text}");
    }
    println!("{refused} refused, {taken} taken");
    assert!(refused > SPOILT / 2, "{refused} were spoilt");
}
