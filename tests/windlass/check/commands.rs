//! `windlass jwt`, `password` and `totp`, as an operator uses them.

use crate::fixtures;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use windlass::check::{ClientFiles, Cost, Password, Totp};
use windlass::value::Value;

/// What it prints and its exit code, with this on standard input.
fn windlass(arguments: &[&str], input: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let command = command.current_dir(fixtures::root()).env("NO_COLOR", "1").args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("windlass runs");
    // a command that reads nothing may have ended
    let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("windlass ends");
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    (String::from_utf8(text).expect("UTF-8"), output.status.code().expect("an exit code"))
}

const KEY: &str = "only for trying, as everybody can read it here\n";
const CLAIMS: &str = r#"{"iss":"https://id.example.org","aud":"windlass","sub":"ada","role":"keeper"}"#;

#[test]
fn a_token_is_signed_and_checked() {
    let sign = ["jwt", "sign", "--algorithm", "HS256", "--key", "-", "--life", "15m", CLAIMS];
    let (token, code) = windlass(&sign, KEY);
    assert_eq!(code, 0, "{token}");
    let check = ["jwt", "check", "rooms/sign-in", "--check", "session"];
    let (said, code) = windlass(&check, &token);
    assert!(code == 0 && said.starts_with(r#"passed: {"sub":"ada","role":"keeper","exp":1"#), "{said}");
    let (said, code) = windlass(&check, &token.replace('.', ".x"));
    assert_eq!((&*said, code), ("failed: not a token that counts here\n", 1));
    let (said, code) = windlass(&["jwt", "check", "rooms/sign-in", "--check", "sesion"], &token);
    assert!(code == 2 && said.contains("the rules know no check `sesion`"), "{said}");
    let (said, code) = windlass(&["jwt", "sign", "--algorithm", "none", "--key", "-", CLAIMS], KEY);
    assert_eq!(code, 2, "{said}");
    let (said, code) = windlass(&["jwt", "sign", "--algorithm", "HS256", "--key", "-", "no claims"], KEY);
    assert!(code == 2 && said.contains("the claims are no JSON record"), "{said}");
    let (said, code) = windlass(&["jwt", "sign", "--algorithm", "ES256", "--key", "-", CLAIMS], KEY);
    assert!(code == 2 && said.contains("this is not a private key for ES256 in PEM"), "{said}");
}

#[tokio::test]
async fn a_hash_opens() {
    let directory = tempfile::tempdir().expect("a directory");
    let hash = |memory: &str, passes: &str| {
        windlass(&["password", "hash", "--memory", memory, "--passes", passes], "correct horse\n")
    };
    for (memory, passes) in [("64", "1"), ("7167", "6"), ("7168", "4"), ("19456", "1")] {
        let (said, code) = hash(memory, passes);
        assert!(
            code == 2 && said.contains("a hash of so little is soon found by guessing"),
            "{memory} {passes}: {said}"
        );
    }
    let (hash, code) = hash("7168", "5");
    assert_eq!(code, 0, "{hash}");
    std::fs::write(directory.path().join("ada"), hash).expect("a file");
    let password =
        Password::new(ClientFiles::new(directory.path()), Cost { memory_kib: 7168, passes: 5 }).expect("a verifier");
    let args = vec![Value::Client("ada".into()), super::secret("correct horse")];
    assert_eq!(super::verdict(&password, args, 0).await, Ok(Value::Bool(true)));
    let (said, code) = windlass(&["password", "hash"], "\n");
    assert!(code == 2 && said.contains("a password has 1 to 1024 bytes"), "{said}");
}

#[tokio::test]
async fn an_enrolled_client_has_codes() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().join("totp").display().to_string();
    let enrol =
        |client: &str| windlass(&["totp", "enrol", client, "--directory", &place, "--issuer", "example.org"], "");
    let (address, code) = enrol("ada");
    assert_eq!(code, 0, "{address}");
    let file = Path::new(&place).join("ada");
    let secret = std::fs::read_to_string(&file).expect("the client's file");
    assert!(address.starts_with("otpauth://totp/example.org:ada?secret="), "{address}");
    assert!(address.contains(&format!("secret={}&issuer=example.org&", secret.trim())), "{address}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().expect("the file").permissions());
        assert_eq!(mode & 0o077, 0, "nobody else reads it");
    }
    let bytes = totp_rs::Secret::try_from_base32(secret.trim()).expect("base32");
    let app = totp_rs::Builder::new().with_secret(bytes).build().expect("an authenticator");
    let (totp, wall) = (Totp::new(ClientFiles::new(&place)), 1_767_225_600_000);
    let args = || vec![super::text("ada"), super::text(&app.generate(wall / 1000).to_string())];
    assert_eq!(super::verdict(&totp, args(), wall).await, Ok(Value::Bool(true)));
    assert!(super::verdict(&totp, args(), wall).await.is_err(), "once");
    let (said, code) = enrol("ada");
    assert!(code == 2 && said.contains("is there already"), "{said}");
    assert_eq!(enrol("../ada").1, 2);
}
