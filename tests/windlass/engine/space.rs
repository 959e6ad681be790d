//! The store has no space: what somebody says that would have to be kept is refused as if it had not been said; all else goes on.

use super::hands;
use super::stage::{Done, NAME_LOCK, Stage, rules, socket};
use windlass::engine::{Input, Settings};
use windlass::store::Space;
use windlass::value::Value;

const RULES: &str = r#"
entry lobby
room lobby public { doors kept, live }
room kept {
    requires name
    history 10
    mailbox 5
    doors live
    state quiet { on { text: text } as m { post m -> loud } }
    state loud { on { hush: text } { say { hushed: true } -> quiet } }
    on { to: client, mail: text } as m { tell m.to { mail: m.mail } }
}
room live public { doors kept on { text: text } as m { post m } }
"#;

fn come(stage: &mut Stage, who: u128, name: &str) {
    stage.connect(who);
    stage.say(who, r#"{"to":"room:kept"}"#);
    stage.say(who, &format!(r#"{{"name":"{name}"}}"#));
    let done = stage.verdict(who, Ok(Value::Text("label".into())));
    assert!(told(&done).contains("room:kept"), "{done:?}");
}

fn told(done: &[Done]) -> String {
    let frames = done.iter().filter_map(|done| match done {
        Done::Wrote(_, frame) => Some(format!("{frame}\n")),
        _ => None,
    });
    frames.collect()
}

fn full(done: &[Done], id: u32) {
    let told = told(done);
    let error = r#"{"error":{"code":"storage_full","message":"the server has no space to keep this: try again later","temporary":true}"#;
    assert_eq!(told.trim_end(), format!(r#"{error},"id":{id}}}"#));
}

#[test]
fn what_would_have_to_be_kept_is_refused_and_undone() {
    let mut stage = Stage::new(rules(&[RULES, NAME_LOCK].concat()), Settings::default());
    come(&mut stage, 1, "ann");
    come(&mut stage, 2, "bob");
    stage.hang_up(2);
    stage.input(Input::Space(Space::Short));
    full(&stage.say(1, r#"{"text":"a","id":1}"#), 1);
    let told_again = told(&stage.say(1, r#"{"hush":"x","id":2}"#));
    assert!(told_again.contains("no_handler"), "it is quiet still: {told_again}");
    let mailed = told(&stage.say(1, r#"{"to":"client:bob","mail":"x"}"#));
    assert!(mailed.contains("storage_full"), "{mailed}");
    let act = hands::read(r#"post {"to":"room:kept","text":"a"}"#, |_| socket(0));
    let done = stage.act(act);
    assert!(matches!(&done[..], [Done::Acted(Err(declined))] if declined.code == "storage_full"), "{done:?}");

    come(&mut stage, 3, "cat");
    stage.say(3, r#"{"to":"room:live"}"#);
    let live = told(&stage.say(3, r#"{"text":"a","id":4}"#));
    assert!(live.contains(r#"{"ok":"#), "{live}");

    stage.input(Input::Space(Space::Enough));
    let posted = told(&stage.say(1, r#"{"text":"a","id":5}"#));
    assert!(posted.contains(r#""seq":1"#), "nothing stands before it: {posted}");
}
