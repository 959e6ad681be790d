//! Other rules while clients are connected, however it is asked for.

use super::metrics::page_of;
use super::serving::{Serving, directory, lobby, relink, settings, word};
use serde_json::json;

#[tokio::test]
async fn a_saved_file_serves_however_it_is_saved() {
    let serving = Serving::start(&lobby("one"), &[]);
    let mut client = serving.client().await;
    assert_eq!(word(&mut client).await, "one");
    serving.write("lobby.room", &lobby("two"));
    serving.until_epoch(2).await;
    assert_eq!(word(&mut client).await, "two");
    serving.replace("lobby.room", &lobby("three"));
    serving.until_epoch(3).await;
    assert_eq!(word(&mut client).await, "three");
    std::fs::remove_file(serving.file("lobby.room")).expect("a file");
    serving.until("a reload that failed", |health| health["reload"]["ok"] == false).await;
    assert_eq!(word(&mut client).await, "three");
    serving.write("lobby.room", &lobby("four"));
    serving.until_epoch(4).await;
    assert_eq!(word(&mut client).await, "four");
    std::fs::rename(serving.file("lobby.room"), serving.file("moved.room")).expect("a rename");
    serving.until_epoch(5).await;
    assert_eq!(word(&mut client).await, "four");
}

#[tokio::test]
async fn half_a_file_never_serves() {
    let serving = Serving::start(&lobby("whole"), &[]);
    let mut client = serving.client().await;
    let text = lobby("new");
    for end in [10, 25, text.len() - 3] {
        serving.write("lobby.room", &text[..end]);
        serving.until("a refusal", |health| health["reload"]["code"] == "bad_rules").await;
        assert_eq!(word(&mut client).await, "whole");
    }
    serving.write("lobby.room", &text);
    serving.until_epoch(2).await;
    assert_eq!(word(&mut client).await, "new");
    let log = serving.stop();
    assert!(log.contains("not reloaded, the rules before still serve: the rules have errors"), "{log}");
}

#[tokio::test]
async fn of_many_quick_saves_the_last_one_serves() {
    let serving = Serving::start(&lobby("start"), &[]);
    let mut client = serving.client().await;
    for save in 0..100 {
        serving.replace("lobby.room", &lobby(&format!("save{save}")));
    }
    super::client::soon("the last save", async {
        while word(&mut client).await != "save99" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_another_ruleset() {
    let home = directory(&[("windlass.yaml", &settings())]);
    for version in ["v1", "v2"] {
        std::fs::create_dir(home.path().join(version)).expect("a directory");
        std::fs::write(home.path().join(version).join("lobby.room"), lobby(version)).expect("a file");
    }
    relink(&home.path().join("rules"), &home.path().join("v1"));
    let config = home.path().join("windlass.yaml").display().to_string();
    let serving = Serving::start_in(home, "rules", &["--config", &config]);
    let mut client = serving.client().await;
    assert_eq!(word(&mut client).await, "v1");
    relink(&serving.file("rules"), &serving.file("v2"));
    serving.until_epoch(2).await;
    assert_eq!(word(&mut client).await, "v2");
}

#[tokio::test]
async fn a_signal_has_the_rules_read_again() {
    let serving = Serving::start(&lobby("before"), &["--no-watch"]);
    let mut client = serving.client().await;
    serving.write("lobby.room", &lobby("after"));
    serving.write("good.scene.yaml", "is not looked at");
    assert_eq!(word(&mut client).await, "before");
    serving.signal("HUP");
    serving.until_epoch(2).await;
    assert_eq!(word(&mut client).await, "after");
    serving.signal("HUP");
    serving.until("the same again", |health| health["reload"]["ok"] == true).await;
    assert_eq!(serving.health().await["epoch"], 2);
}

#[tokio::test]
async fn the_api_has_the_rules_read_again() {
    let serving = Serving::start(&lobby("before"), &["--no-watch"]);
    let mut client = serving.client().await;
    let (status, same) = serving.ask("POST", "/api/reload", "").await;
    assert_eq!((status, &same["epoch"], &same["changed"]), (200, &json!(1), &json!("nothing")));
    serving.write("lobby.room", &lobby("after"));
    let (status, dry) = serving.ask("POST", "/api/reload", "{\"dry_run\":true}").await;
    assert_eq!((status, &dry["epoch"], &dry["dry_run"]), (200, &json!(1), &json!(true)));
    assert_eq!(dry["plan"]["machines"][0]["itself"], true);
    assert_eq!(word(&mut client).await, "before");
    let (status, done) = serving.ask("POST", "/api/reload", "{}").await;
    assert_eq!((status, &done["epoch"], &done["changed"]), (200, &json!(2), &json!("rules")));
    assert_eq!(word(&mut client).await, "after");
    let (status, back) = serving.ask("POST", "/api/rollback", "{\"epoch\":1}").await;
    assert_eq!((status, &back["epoch"]), (200, &json!(3)));
    assert_eq!(word(&mut client).await, "before");
    assert_eq!(serving.ask("POST", "/api/rollback", "{\"epoch\":9}").await.0, 404);
    let (status, epochs) = serving.ask("GET", "/api/epochs", "").await;
    assert_eq!((status, &epochs["active"]), (200, &json!(3)));
    let kept: Vec<_> = epochs["kept"].as_array().expect("a list").iter().map(|kept| &kept["hash"]).collect();
    assert_eq!((kept.len(), kept[0]), (3, kept[2]));
}

#[tokio::test]
async fn what_cannot_be_active_is_told_and_changes_nothing() {
    let serving = Serving::start(&lobby("good"), &["--no-watch"]);
    let mut client = serving.client().await;
    serving.write("lobby.room", "room lobby {\n");
    let (status, answer) = serving.ask("POST", "/api/reload", "{}").await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("bad_rules")));
    assert_eq!(answer["lint"]["ok"], false);
    assert_eq!(answer["lint"]["findings"][0]["severity"], "error");
    let unbound = lobby("bad")
        + "lock door gives text {\n    after 9s -> fail \"slow\"\n    state asked { check code(\"x\") within 1s\n passed label -> resolve label\n failed why -> fail why }\n}\n";
    let unbound = unbound.replace("{\n    on", "{\n    offers door\n    on");
    serving.write("lobby.room", &unbound);
    let (status, answer) = serving.ask("POST", "/api/reload", "{}").await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("unbound_check")), "{answer}");
    serving.write("lobby.room", &lobby("better"));
    serving.write("windlass.yaml", &(settings() + "shards: 7\n"));
    let (status, answer) = serving.ask("POST", "/api/reload", "{}").await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("needs_restart")));
    serving.write("windlass.yaml", &(settings() + "shads: 7\n"));
    assert_eq!(serving.ask("POST", "/api/reload", "{}").await.1["error"]["code"], "bad_settings");
    serving.write("windlass.yaml", &settings());
    let (status, answer) = serving.ask("POST", "/api/reload", "{\"revoke\":[\"gate\"]}").await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("unknown_lock")));
    let metrics = page_of(serving.address, "").await;
    assert!(metrics.contains("\nwindlass_reloads_refused_total 5\n"), "{metrics}");
    assert_eq!(word(&mut client).await, "good");
    assert_eq!(serving.health().await["epoch"], 1);
    assert_eq!(serving.ask("POST", "/api/reload", "{}").await.0, 200);
    assert_eq!(word(&mut client).await, "better");
}

#[tokio::test]
async fn settings_change_with_the_rules_or_not_at_all() {
    let serving = Serving::start(&lobby("one"), &["--no-watch"]);
    serving.write("windlass.yaml", &(settings() + "message: { bytes: 256B }\n"));
    let mut before = serving.client().await;
    let (status, done) = serving.ask("POST", "/api/reload", "").await;
    assert_eq!((status, &done["changed"], &done["epoch"]), (200, &json!("settings"), &json!(1)));
    let mut after = serving.client().await;
    let long = format!("{{\"ping\":1,\"more\":\"{}\"}}", "x".repeat(300));
    after.send(&long).await;
    assert_eq!(after.close_code().await.0, 1009);
    assert_eq!(word(&mut before).await, "one");
    serving.write("windlass.yaml", "");
    assert_eq!(serving.ask("POST", "/api/reload", "").await.0, 200);
    assert_eq!(serving.ask("GET", "/api/epochs", "").await.0, 404);
}

/// Clients chat while the rules change: nothing is lost, doubled or out of order, and nobody is cut off.
#[tokio::test]
async fn chatting_through_many_reloads() {
    let rules = |version: usize| {
        format!(
            "entry hall\n\nroom hall public {{\n    on {{ text: int }} as m {{ post {{ text: m.text, version: {version} }} }}\n}}\n"
        )
    };
    let limits = "rate: { socket: 1000, socket_burst: 10000, unidentified: 1000, unidentified_burst: 10000 }\n";
    let home = directory(&[("hall.room", &rules(0)), ("windlass.yaml", &(settings() + limits))]);
    let serving = Serving::start_in(home, "", &["--no-watch"]);
    let mut speaker = serving.client().await;
    let mut listeners = Vec::new();
    for _ in 0..4 {
        listeners.push(serving.client().await);
    }
    let mut said = 0;
    for version in 1..=60 {
        serving.write("hall.room", &rules(version));
        let reload = serving.ask("POST", "/api/reload", "");
        let chat = async {
            for text in said..said + 5 {
                speaker.send(&format!("{{\"to\":\"room:hall\",\"text\":{text}}}")).await;
            }
        };
        let ((status, done), ()) = tokio::join!(reload, chat);
        assert_eq!((status, &done["epoch"]), (200, &json!(version + 1)));
        said += 5;
    }
    for listener in &mut listeners {
        let mut last_version = 0;
        for text in 0..said {
            let frame: serde_json::Value = serde_json::from_str(&listener.text().await).expect("JSON");
            assert_eq!((&frame["message"]["text"], &frame["seq"]), (&json!(text), &json!(text + 1)), "{frame}");
            let version = frame["message"]["version"].as_u64().expect("a number");
            assert!(version >= last_version, "an older ruleset spoke: {frame}");
            last_version = version;
        }
    }
}
