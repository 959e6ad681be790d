//! Codes: by label, so often, until then, and what is spent stays spent.

use super::{secret, text, verdict, why};
use std::path::Path;
use windlass::check::{Codes, NOT_A_CODE, Once, Secret, Verifier};
use windlass::value::Millis;

fn codes(codes: &[(&str, &str, Option<u32>, Option<Millis>)], state: Option<&Path>) -> Result<Codes, String> {
    let once = |code: &str, uses, until| Once { code: Secret::new(code), uses, until };
    let codes = codes.iter().map(|(label, code, uses, until)| ((*label).into(), once(code, *uses, *until)));
    Codes::new(codes.collect(), state.map(Into::into))
}

#[tokio::test]
async fn codes_have_labels() {
    let codes = codes(&[("door", "1234", None, None), ("gate", "sesame", None, None)], None).expect("codes");
    for _ in 0..3 {
        assert_eq!(verdict(&codes, vec![text("sesame")], 0).await, Ok(text("gate")));
        assert_eq!(verdict(&codes, vec![secret("1234")], 0).await, Ok(text("door")));
    }
    for wrong in ["", "sesam", "sesame ", "Sesame", "12345"] {
        assert_eq!(why(verdict(&codes, vec![text(wrong)], 0).await), NOT_A_CODE, "{wrong:?}");
    }
    assert_eq!(why(verdict(&codes, vec![], 0).await), NOT_A_CODE);
    assert!(!format!("{codes:?} {}", codes.describe()).contains("sesame"));
}

#[tokio::test]
async fn a_code_opens_as_often_and_as_long_as_it_may() {
    let codes =
        codes(&[("once", "a", Some(1), None), ("thrice", "b", Some(3), None), ("soon", "c", None, Some(1000))], None)
            .expect("codes");
    let opens = async |code: &str, wall| verdict(&codes, vec![text(code)], wall).await;
    assert!(opens("a", 0).await.is_ok());
    assert_eq!(why(opens("a", 0).await), NOT_A_CODE);
    for time in 0..5 {
        assert_eq!(opens("b", 0).await.is_ok(), time < 3, "{time}");
    }
    assert!(opens("c", 999).await.is_ok());
    assert_eq!(why(opens("c", 1000).await), NOT_A_CODE);
}

#[tokio::test]
async fn what_is_spent_stays_spent_when_the_server_starts_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("spent");
    let invitations = [("ada", "a", Some(1), None), ("bob", "b", Some(2), None)];
    let first = codes(&invitations, Some(&state)).expect("codes");
    assert!(verdict(&first, vec![text("a")], 0).await.is_ok());
    assert!(verdict(&first, vec![text("b")], 0).await.is_ok());
    drop(first);
    assert_eq!(std::fs::read_to_string(&state).expect("the file"), "ada\nbob\n", "labels, and no codes");
    let again = codes(&invitations, Some(&state)).expect("codes");
    assert_eq!(why(verdict(&again, vec![text("a")], 0).await), NOT_A_CODE);
    assert!(verdict(&again, vec![text("b")], 0).await.is_ok());
    assert_eq!(why(verdict(&again, vec![text("b")], 0).await), NOT_A_CODE);
    // a line that broke off, as when the machine lost power
    std::fs::write(&state, "bob").expect("a file");
    let torn = codes(&invitations, Some(&state)).expect("codes");
    assert!(verdict(&torn, vec![text("a")], 0).await.is_ok());
    assert_eq!(std::fs::read_to_string(&state).expect("the file"), "bob\nada\n");
    assert!(codes(&invitations, Some(folder.path())).is_err(), "a directory is no file");
}

#[test]
fn codes_that_cannot_be() {
    let twice = codes(&[("ada", "same", None, None), ("bob", "same", None, None)], None);
    assert_eq!(twice.expect_err("two of one"), "the code of `bob` is another's too: give each its own");
    assert!(codes(&[("a\nb", "x", None, None)], None).is_err());
}
