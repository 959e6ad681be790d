//! Verifiers: what they pass, what they fail, and that they tell nobody more than that.

use super::client::until;
use super::echo::Echoing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData};
use ssh_key::{EcdsaCurve, HashAlg, LineEnding, PrivateKey};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use windlass::check::{
    Begun, CLIENT_FILE_BYTES_MAX, Checks, ClientFiles, Limits, NOT_A_KEY, Question, SshSignature, Totp, Verdict,
    Verifier, WRONG_CODE, Work,
};
use windlass::value::{Millis, Value};

const CHALLENGE: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// The verdict of a verifier by itself, at once.
fn verdict(verifier: &impl Verifier, args: Vec<Value>, wall: Millis) -> Verdict {
    match verifier.begin(args, wall) {
        Work::Done(verdict) => verdict,
        Work::Blocking(work) => work(),
        Work::Waiting(_) => panic!("this verifier waits for nobody"),
    }
}

fn why(verdict: Verdict) -> String {
    verdict.expect_err("a failed check").to_string()
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

fn sign(key: &PrivateKey, namespace: &str, hash: HashAlg, message: &str) -> String {
    let signature = key.sign(namespace, hash, message.as_bytes()).expect("a signature");
    signature.to_pem(LineEnding::LF).expect("armor")
}

fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().expect("a public key")
}

/// A directory where ada has key 1 and, between other lines, key 2; bob has key 3.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let ada = format!(
        "# ada's keys\n\n{} ada@laptop of ada\nnot a key at all\n{}\nfrom=\"10.0.0.1\" {}\ncert-authority {}\n",
        public(&key(1)),
        public(&key(2)),
        public(&key(4)),
        public(&key(5)),
    );
    std::fs::write(directory.path().join("ada"), ada).expect("a file");
    std::fs::write(directory.path().join("bob"), public(&key(3))).expect("a file");
    directory
}

fn verifier(directory: &TempDir) -> SshSignature {
    SshSignature::new(ClientFiles::new(directory.path()))
}

fn asks(verifier: &SshSignature, client: &str, signature: &str) -> Verdict {
    verdict(verifier, vec![Value::Client(client.into()), Value::Nonce(CHALLENGE.into()), text(signature)], 0)
}

#[test]
fn signatures_that_count() {
    let directory = directory();
    let verifier = verifier(&directory);
    for seed in [1, 2] {
        for hash in [HashAlg::Sha256, HashAlg::Sha512] {
            let signature = sign(&key(seed), "windlass", hash, CHALLENGE);
            let fingerprint = text(&key(seed).fingerprint(HashAlg::Sha256).to_string());
            assert_eq!(asks(&verifier, "ada", &signature), Ok(fingerprint.clone()));
            for form in [
                signature.replace('\n', ""),
                signature.replace('\n', " "),
                signature.replace('\n', "\r\n"),
                format!("\n{signature}\n"),
            ] {
                assert_eq!(asks(&verifier, "ada", &form), Ok(fingerprint.clone()), "{form:?}");
            }
        }
    }
}

#[test]
fn signatures_that_do_not_count() {
    let directory = directory();
    let verifier = verifier(&directory);
    let good = sign(&key(1), "windlass", HashAlg::Sha512, CHALLENGE);
    let body: String = good.lines().filter(|line| !line.starts_with("-----")).collect();
    let armored = |body: &str| format!("-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n");
    assert!(asks(&verifier, "ada", &armored(&body)).is_ok());
    let mut flipped = body.clone().into_bytes();
    let middle = flipped.len() * 3 / 4;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let cases = [
        ("another namespace", sign(&key(1), "git", HashAlg::Sha512, CHALLENGE)),
        ("a namespace that begins so", sign(&key(1), "windlass2", HashAlg::Sha512, CHALLENGE)),
        ("another message", sign(&key(1), "windlass", HashAlg::Sha512, &CHALLENGE[1..])),
        ("the message and a line end", sign(&key(1), "windlass", HashAlg::Sha512, &format!("{CHALLENGE}\n"))),
        ("a key of nobody", sign(&key(9), "windlass", HashAlg::Sha512, CHALLENGE)),
        ("a key of another client", sign(&key(3), "windlass", HashAlg::Sha512, CHALLENGE)),
        ("a key with options", sign(&key(4), "windlass", HashAlg::Sha512, CHALLENGE)),
        ("a certificate authority", sign(&key(5), "windlass", HashAlg::Sha512, CHALLENGE)),
        ("nothing", String::new()),
        ("armor without a body", armored("")),
        ("not base64", armored("!!!!")),
        ("trailing bytes", armored(&format!("{body}AAAA"))),
        ("bytes behind the armor", format!("{good}x")),
        ("bytes before the armor", format!("x{good}")),
        ("two signatures", format!("{good}{good}")),
        ("another hash than was signed", armored(&other_hash(&body))),
        ("one bit", armored(&String::from_utf8(flipped).expect("text"))),
        ("half of it", armored(&body[..body.len() / 2])),
        ("letters that are not ASCII", armored(&format!("{body}é"))),
        ("another label", good.replace("SSH SIGNATURE", "PGP SIGNATURE")),
        ("very long", armored(&"A".repeat(100_000))),
    ];
    for (name, signature) in cases {
        assert_eq!(why(asks(&verifier, "ada", &signature)), NOT_A_KEY, "{name}");
    }
    for client in
        ["carol", "", ".", "..", "../ada", "./ada", "ada/", "/ada", ".ada", "ada\0", "a\nda", "ADA ", &"a".repeat(65)]
    {
        assert_eq!(why(asks(&verifier, client, &good)), NOT_A_KEY, "{client:?}");
    }
    assert_eq!(why(verdict(&verifier, vec![text("ada")], 0)), NOT_A_KEY);
    assert_eq!(why(verdict(&verifier, vec![text("ada"), Value::Int(1), text(&good)], 0)), NOT_A_KEY);
}

/// The same signature, but for the name of the hash that it says it is of.
fn other_hash(body: &str) -> String {
    let mut blob = STANDARD.decode(body).expect("base64");
    let at = blob.windows(6).position(|window| window == b"sha512").expect("its hash");
    blob[at..at + 6].copy_from_slice(b"sha256");
    STANDARD.encode(blob)
}

#[test]
fn key_files_that_cannot_be_used() {
    let directory = directory();
    let verifier = verifier(&directory);
    let good = sign(&key(1), "windlass", HashAlg::Sha512, CHALLENGE);
    let write = |name: &str, text: &[u8]| std::fs::write(directory.path().join(name), text).expect("a file");
    let mut long = public(&key(1)).into_bytes();
    long.push(b'\n');
    long.resize(CLIENT_FILE_BYTES_MAX as usize, b'#');
    write("long", &long);
    assert!(asks(&verifier, "long", &good).is_ok(), "as long as a file may be");
    long.push(b'#');
    write("long", &long);
    assert_eq!(why(asks(&verifier, "long", &good)), NOT_A_KEY);
    write("latin", b"\xff\xfe");
    assert_eq!(why(asks(&verifier, "latin", &good)), NOT_A_KEY);
    std::fs::create_dir(directory.path().join("folder")).expect("a directory");
    assert_eq!(why(asks(&verifier, "folder", &good)), NOT_A_KEY);
    write("many", (0..20).map(|seed| public(&key(seed)) + "\n").collect::<String>().as_bytes());
    assert!(asks(&verifier, "many", &good).is_ok());
}

#[test]
fn other_kinds_of_keys() {
    let directory = tempfile::tempdir().expect("a directory");
    let verifier = verifier(&directory);
    let mut random = ssh_key::rand_core::OsRng;
    let ecdsa = EcdsaKeypair::random(&mut random, EcdsaCurve::NistP256).expect("a key");
    let ecdsa = PrivateKey::new(KeypairData::Ecdsa(ecdsa), "ecdsa").expect("a key");
    std::fs::write(directory.path().join("eve"), public(&ecdsa)).expect("a file");
    assert!(asks(&verifier, "eve", &sign(&ecdsa, "windlass", HashAlg::Sha256, CHALLENGE)).is_ok());
}

/// Runs `ssh-keygen`; false where there is none.
pub fn ssh_keygen(args: &[&str], directory: &Path) -> bool {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(args).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
    match keygen.status() {
        Ok(status) => {
            assert!(status.success(), "ssh-keygen {args:?}");
            true
        }
        Err(error) => {
            eprintln!("SKIPPED: this test signs with ssh-keygen, which cannot be run here: {error}");
            false
        }
    }
}

#[test]
fn signatures_of_the_real_ssh_keygen() {
    let home = tempfile::tempdir().expect("a directory");
    let keys = tempfile::tempdir().expect("a directory");
    let verifier = verifier(&keys);
    for kind in ["ed25519", "ecdsa"] {
        if !ssh_keygen(&["-q", "-t", kind, "-N", "", "-C", "someone # at home", "-f", kind], home.path()) {
            return;
        }
        let public = std::fs::read(home.path().join(format!("{kind}.pub"))).expect("a public key");
        std::fs::write(keys.path().join("ada"), public).expect("a file");
        for (namespace, passes) in [("windlass", true), ("git", false), ("file", false)] {
            let challenge = home.path().join("challenge");
            std::fs::write(&challenge, CHALLENGE).expect("a file");
            let _ = std::fs::remove_file(home.path().join("challenge.sig"));
            ssh_keygen(&["-Y", "sign", "-n", namespace, "-f", kind, "challenge"], home.path());
            let signature = std::fs::read_to_string(home.path().join("challenge.sig")).expect("a signature");
            let verdict = asks(&verifier, "ada", &signature);
            assert_eq!(verdict.is_ok(), passes, "{kind} {namespace} {verdict:?}");
        }
    }
}

/// RFC 6238, appendix B, SHA-1, its last six digits; the secret is `12345678901234567890`.
const RFC_6238: [(u64, &str); 6] = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
];
const RFC_6238_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn totp(secret: &str) -> (TempDir, Totp) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("ada"), secret).expect("a file");
    std::fs::write(directory.path().join("bob"), RFC_6238_SECRET).expect("a file");
    let totp = Totp::new(ClientFiles::new(directory.path()));
    (directory, totp)
}

fn asks_code(totp: &Totp, client: &str, code: &str, seconds: u64) -> Verdict {
    verdict(totp, vec![text(client), text(code)], seconds * 1000)
}

#[test]
fn one_time_codes_of_the_rfc_open_once() {
    for secret in
        [RFC_6238_SECRET, "gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====\n"]
    {
        let (_directory, totp) = totp(secret);
        for (seconds, code) in RFC_6238 {
            if let Some(early) = seconds.checked_sub(90) {
                assert_eq!(why(asks_code(&totp, "ada", code, early)), WRONG_CODE, "{code}: too early");
            }
            assert_eq!(asks_code(&totp, "ada", code, seconds), Ok(Value::Bool(true)), "{code}");
            assert_eq!(why(asks_code(&totp, "ada", code, seconds)), WRONG_CODE, "{code}: again");
            assert_eq!(why(asks_code(&totp, "ada", code, seconds + 29)), WRONG_CODE, "{code}: again, a step later");
            assert_eq!(asks_code(&totp, "bob", code, seconds), Ok(Value::Bool(true)), "{code}: of another client");
        }
    }
}

#[test]
fn one_time_codes_within_the_skew() {
    for (shift, passes) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
        let (_directory, totp) = totp(RFC_6238_SECRET);
        let seconds = 1_111_111_110_i64 + shift;
        let code = asks_code(&totp, "ada", "050471", seconds.unsigned_abs());
        assert_eq!(code.is_ok(), passes, "{shift}");
    }
    let (_directory, totp) = totp(RFC_6238_SECRET);
    assert!(asks_code(&totp, "ada", "050471", 1_111_111_111).is_ok());
    let before = "081804";
    assert_eq!(why(asks_code(&totp, "ada", before, 1_111_111_111)), WRONG_CODE, "a step before one that was used");
}

#[test]
fn one_time_codes_that_are_none() {
    let (_directory, totp) = totp(RFC_6238_SECRET);
    for code in ["", "28708", "2870822", "94287082", "+28708", " 287082", "２８７０８２", "28708a"] {
        assert_eq!(why(asks_code(&totp, "ada", code, 59)), WRONG_CODE, "{code:?}");
    }
    for client in ["carol", "../ada", ""] {
        assert_eq!(why(asks_code(&totp, client, "287082", 59)), WRONG_CODE, "{client:?}");
    }
    for secret in ["", "GEZDGNBV", "not base32!", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1"] {
        let (_directory, totp) = self::totp(secret);
        assert_eq!(why(asks_code(&totp, "ada", "287082", 59)), WRONG_CODE, "{secret:?}");
    }
}

/// A verifier that does as its argument says.
struct Odd {
    at_work: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Verifier for Odd {
    fn begin(&self, args: Vec<Value>, _wall: Millis) -> Work {
        let how = args.first().and_then(Value::as_text).cloned().unwrap_or_default();
        match &*how {
            "panic" => panic!("as the test wants it"),
            "panic while blocking" => Work::Blocking(Box::new(|| panic!("as the test wants it"))),
            "hang" => Work::Waiting(Box::pin(std::future::pending())),
            "work" => {
                let (at_work, most) = (self.at_work.clone(), self.most.clone());
                Work::Blocking(Box::new(move || {
                    most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    at_work.fetch_sub(1, Ordering::SeqCst);
                    Ok(Value::Bool(true))
                }))
            }
            _ => Work::Done(Ok(Value::Bool(true))),
        }
    }

    fn describe(&self) -> String {
        String::new()
    }
}

fn odd(limits: Limits) -> (Checks, Arc<AtomicUsize>) {
    let most = Arc::<AtomicUsize>::default();
    (Checks::new(limits).with("odd", Odd { at_work: Arc::default(), most: most.clone() }), most)
}

async fn ask(checks: &Checks, check: &str, how: &str, within: Millis) -> Verdict {
    match checks.begin(Question { check: check.into(), args: vec![text(how)], within, wall: 0 }) {
        Begun::Done(verdict) => verdict,
        Begun::Running(run) => run.verdict().await,
    }
}

#[tokio::test]
async fn whatever_goes_wrong_fails() {
    let (checks, _) = odd(Limits { parallel: 1, waiting: 4 });
    assert_eq!(ask(&checks, "odd", "", 1000).await, Ok(Value::Bool(true)));
    assert_eq!(why(ask(&checks, "even", "", 1000).await), "no such check");
    assert_eq!(why(ask(&checks, "odd", "panic", 1000).await), "unavailable");
    assert_eq!(why(ask(&checks, "odd", "panic while blocking", 1000).await), "unavailable");
    assert_eq!(why(ask(&checks, "odd", "hang", 20).await), "too slow");
    assert_eq!(why(ask(&checks, "odd", "work", 1).await), "too slow");
    assert_eq!(ask(&checks, "odd", "", 10_000).await, Ok(Value::Bool(true)), "it goes on after all of that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_at_once_and_so_many_waiting() {
    let (checks, most) = odd(Limits { parallel: 2, waiting: 6 });
    let question = || Question { check: "odd".into(), args: vec![text("work")], within: 30_000, wall: 0 };
    let mut running = Vec::new();
    let mut busy = 0;
    for _ in 0..10 {
        match checks.begin(question()) {
            Begun::Running(run) => running.push(run),
            Begun::Done(verdict) => {
                assert_eq!(why(verdict), "busy");
                busy += 1;
            }
        }
    }
    assert_eq!((running.len(), busy), (6, 4));
    let running: Vec<_> = running.into_iter().map(|run| tokio::spawn(run.verdict())).collect();
    for run in running {
        assert_eq!(run.await.expect("no panic"), Ok(Value::Bool(true)));
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert!(matches!(checks.begin(question()), Begun::Running(_)), "the places are free again");
}

#[tokio::test]
async fn verdicts_come_back_to_the_engine() {
    let (checks, _) = odd(Limits { parallel: 1, waiting: 1 });
    let echoing = Echoing::with_checks("", checks).await;
    let mut client = echoing.client().await;
    client.send(r#"{"check":"odd","args":["work"]}"#).await;
    client.expect(r#"{"passed":true}"#).await;
    client.send(r#"{"check":"nothing"}"#).await;
    client.expect(r#"{"failed":"no such check"}"#).await;
    client.send(r#"{"check":"odd","args":["hang"],"within":20}"#).await;
    client.expect(r#"{"failed":"too slow"}"#).await;
    client.send(r#"{"check":"odd","args":["panic while blocking"]}"#).await;
    client.expect(r#"{"failed":"unavailable"}"#).await;
    client.close().await;
    until("the end", || echoing.server.connections() == 0).await;
}
