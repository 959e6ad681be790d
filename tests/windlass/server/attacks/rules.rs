//! Rules that somebody sends, or that lead elsewhere.

use super::super::serving::{Serving, directory, lobby, settings};
use serde_json::json;

const SECRET: &str = "entry nowhere_but_in_this_file\n";

/// What is sent beside a text is the name by which findings tell it. Nothing of that name is read, made or changed.
#[tokio::test]
async fn names_of_files_that_are_sent_are_names_only() {
    let home = directory(&[("lobby.room", &lobby("x")), ("windlass.yaml", &settings()), ("secret.room.txt", SECRET)]);
    let serving = Serving::start_in(home, "", &["--no-watch"]);
    let own = serving.file("secret.room.txt").display().to_string();
    for path in
        ["../secret.room.txt", "secret.room.txt", &*own, "/etc/passwd", "./../../x.room", "/dev/zero", "a\u{0}b"]
    {
        for text in [lobby("y"), String::new(), "room {".into()] {
            let body = json!({"files": [{"path": path, "text": text}]}).to_string();
            let (status, answer) = serving.ask("POST", "/api/plan", &body).await;
            assert!([200, 400, 422].contains(&status), "{path:?}: {answer}");
            let told = answer.to_string();
            assert!(!told.contains("nowhere_but_in_this_file") && !told.contains("root:"), "{path:?}: {told}");
        }
    }
    assert_eq!(std::fs::read_to_string(&own).expect("a file"), SECRET);
    assert!(!serving.home.path().join("../x.room").exists());
    assert_eq!(serving.health().await["epoch"], 1);
}
