//! Passwords, with hashes that argon2-cffi made as well as ours.

use super::{secret, text, verdict, why};
use windlass::check::{ClientFiles, Cost, Password, Secret, Verifier, WRONG_PASSWORD, hash_password};
use windlass::value::Value;

/// `argon2.PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1).hash("correct horse")`
const BY_ARGON2_CFFI: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AtC0FVP2wAc4a+G0I7mZeA$HB1TLP1BFOOPvqaHo1ZehLRQ3eANitQ4VVYNoYgbkZY";
/// The same with `memory_cost=8192, time_cost=1`.
const CHEAPER: &str =
    "$argon2id$v=19$m=8192,t=1,p=1$92w4o33W12PTEUbL9pPlhw$/beBudsMT2XQS537RcGTjMvLd1YJGs17ycwxbo1vdLU";
/// The same with `memory_cost=64, type=Type.I`: another algorithm.
const ANOTHER: &str = "$argon2i$v=19$m=64,t=1,p=1$7kOgq2MkK59tVNeSsJdSYQ$xg3xQTsLJELHsDk9GEVNxFz0vkMpoSGCkDQe09vugoU";

/// What costs so little that a test may do it often.
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

#[tokio::test]
async fn the_right_password_and_every_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let own = hash_password(&Secret::new("correct horse"), CHEAP).expect("a hash");
    assert_ne!(own, hash_password(&Secret::new("correct horse"), CHEAP).expect("a hash"), "salt");
    let huge = own.replace("m=64", "m=4194304");
    for (client, hash) in [
        ("ada", &*own),
        ("cffi", BY_ARGON2_CFFI),
        ("cheaper", CHEAPER),
        ("another", ANOTHER),
        ("huge", &huge),
        ("plain", "correct horse"),
        ("empty", ""),
        ("half", &own[..own.len() / 2]),
    ] {
        std::fs::write(directory.path().join(client), format!("{hash}\n")).expect("a file");
    }
    let password = Password::new(ClientFiles::new(directory.path()), CHEAP).expect("a verifier");
    for (client, given, passes) in [
        ("ada", "correct horse", true),
        ("cffi", "correct horse", true),
        ("cheaper", "correct horse", true),
        ("ada", "Correct horse", false),
        ("ada", "correct horse ", false),
        ("ada", "", false),
        ("ada", "nobody", false),
        ("another", "correct horse", false),
        ("huge", "correct horse", false),
        ("plain", "correct horse", false),
        ("empty", "", false),
        ("half", "correct horse", false),
        ("carol", "correct horse", false),
        ("carol", "nobody", false),
        ("../ada", "correct horse", false),
    ] {
        match verdict(&password, vec![Value::Client(client.into()), secret(given)], 0).await {
            Ok(value) => assert!(passes && value == Value::Bool(true), "{client} {given:?}"),
            Err(why) => assert!(!passes && &*why == WRONG_PASSWORD, "{client} {given:?}: {why}"),
        }
    }
    assert_eq!(why(verdict(&password, vec![text("ada"), secret(&"x".repeat(5000))], 0).await), WRONG_PASSWORD);
    assert_eq!(why(verdict(&password, vec![text("ada")], 0).await), WRONG_PASSWORD);
    assert!(!format!("{password:?} {}", password.describe()).contains("argon2id"), "hashes are not shown");
}

/// The time of an answer would tell who exists; it is the hash that takes time, so its work is counted.
#[tokio::test]
async fn who_does_not_exist_costs_a_hash_of_the_same_parameters() {
    let directory = tempfile::tempdir().expect("a directory");
    let cost = Cost { memory_kib: 96, passes: 3 };
    let hash = hash_password(&Secret::new("correct horse"), cost).expect("a hash");
    for (client, hash) in [("ada", &*hash), ("another", ANOTHER), ("plain", "correct horse"), ("empty", "")] {
        std::fs::write(directory.path().join(client), hash).expect("a file");
    }
    std::fs::create_dir(directory.path().join("folder")).expect("a directory");
    let password = Password::new(ClientFiles::new(directory.path()), cost).expect("a verifier");
    for given in ["correct horse", "wrong", "nobody", ""] {
        for client in ["ada", "carol", "another", "plain", "empty", "folder", "../ada", "", "ada/../ada", "a b"] {
            let before = password.worked_kib();
            let passes = verdict(&password, vec![text(client), secret(given)], 0).await.is_ok();
            assert_eq!(passes, (client, given) == ("ada", "correct horse"), "{client} {given}");
            assert_eq!(password.worked_kib() - before, 96 * 3, "{client:?} {given:?}");
        }
    }
    let before = password.worked_kib();
    for client in ["ada", "carol"] {
        assert_eq!(why(verdict(&password, vec![text(client), secret(&"x".repeat(1025))], 0).await), WRONG_PASSWORD);
    }
    assert_eq!(password.worked_kib(), before, "what is too long is hashed for nobody");
}

#[test]
fn what_cannot_be_hashed() {
    for (password, cost) in [
        (String::new(), CHEAP),
        ("x".repeat(1025), CHEAP),
        ("good".into(), Cost { memory_kib: 1, passes: 1 }),
        ("good".into(), Cost { memory_kib: 1 << 30, passes: 1 }),
        ("good".into(), Cost { memory_kib: 64, passes: 0 }),
    ] {
        assert!(hash_password(&Secret::new(password), cost).is_err(), "{cost:?}");
    }
    let default = hash_password(&Secret::new("good"), Cost::default()).expect("a hash");
    assert!(default.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{default}");
}
