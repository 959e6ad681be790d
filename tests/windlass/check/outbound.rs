//! Who is never asked, whatever the name in a URL means and however an address is written.

use super::asked::{Asked, ok, server};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use windlass::check::outbound::{Failure, Lookup, Outbound, Reach, Target, is_public};

/// What one question comes to.
async fn ask(outbound: &Outbound) -> Result<(), Failure> {
    let asked =
        windlass::check::outbound::Asked { method: hyper::Method::GET, headers: Vec::new(), body: Default::default() };
    outbound.ask(asked).await.map(drop)
}

fn connections(asked: &Asked) -> usize {
    asked.connections.load(Ordering::SeqCst)
}

/// Ways to write this machine that some part of some system understands.
const THIS_MACHINE: [&str; 22] = [
    "127.0.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
];

#[tokio::test]
async fn the_own_network_is_not_asked_unless_it_may_be() {
    let asked = server(&ok("{}"), None).await;
    let mut reached = 0;
    for host in THIS_MACHINE {
        if let Ok(public) = Outbound::new(&format!("https://{host}:{}/", asked.port), Reach::Public, None, 1024) {
            assert!(ask(&public).await.is_err(), "{host}");
        }
        assert_eq!(connections(&asked), reached, "{host}");
        // where it may be, the same name leads here: it was refused for what it means
        if let Ok(private) = Outbound::new(&format!("http://{host}:{}/", asked.port), Reach::Private, None, 1024) {
            let _ = ask(&private).await;
        }
        reached = connections(&asked);
    }
    assert!(reached > 3, "the names mean this machine: {reached}");
}

/// A name that means something else each time it is looked up; what is left shows how often that was.
fn rebinding(answers: &[&[SocketAddr]]) -> (Lookup, Arc<Mutex<VecDeque<Vec<SocketAddr>>>>) {
    let left: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(answers.iter().map(|answer| answer.to_vec()).collect()));
    let answers = left.clone();
    let lookup: Lookup = Arc::new(move |_, _| {
        let answer = answers.lock().expect("no panic").pop_front().expect("one lookup for each question");
        Box::pin(std::future::ready(Ok(answer)))
    });
    (lookup, left)
}

fn address(ip: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip.parse().expect("an address"), port)
}

/// It is the address that was looked at which is asked, and what the name means a moment later is neither looked up nor reached.
#[tokio::test]
async fn a_name_is_looked_up_once_and_what_was_looked_at_is_asked() {
    let (good, victim) = (server(&ok("{}"), None).await, server(&ok("{}"), None).await);
    let (here, there) = (address("127.0.0.1", good.port), address("127.0.0.1", victim.port));
    let (lookup, left) = rebinding(&[&[here], &[there], &[here], &[there]]);
    let url = format!("http://rebinding.example:{}/", victim.port);
    let outbound = Outbound::new(&url, Reach::Private, None, 1024).expect("an outbound").looked_up_by(lookup);
    for (questions, (asked, others)) in [(1, 0), (1, 1), (2, 1), (2, 2)].into_iter().enumerate() {
        ask(&outbound).await.expect("an answer");
        assert_eq!(left.lock().expect("no panic").len(), 3 - questions, "one lookup for each question");
        assert_eq!((connections(&good), connections(&victim)), (asked, others), "the address of that lookup is asked");
    }
}

/// What a name meant for the question before opens nothing for the next, and one address that may not be asked is one too many.
#[tokio::test]
async fn each_question_looks_at_every_address() {
    let own = server(&ok("{}"), None).await;
    let here = address("127.0.0.1", own.port);
    // never connected to: each answer has one that is refused
    let public = address("8.8.8.8", own.port);
    let mapped = address("::ffff:127.0.0.1", own.port);
    let (nat64, metadata) = (address("64:ff9b::7f00:1", own.port), address("169.254.169.254", own.port));
    let answers: [&[SocketAddr]; 6] =
        [&[here], &[public, here], &[here, public], &[public, mapped], &[nat64], &[metadata]];
    let (lookup, left) = rebinding(&answers);
    let outbound = Outbound::new("https://rebinding.example/", Reach::Public, None, 1024).expect("an outbound");
    let outbound = outbound.looked_up_by(lookup);
    for answer in answers {
        let told = ask(&outbound).await;
        assert!(matches!(told, Err(Failure::Forbidden { .. })), "{answer:?}: {told:?}");
    }
    // where the own network may be asked without TLS, nobody else is
    let (lookup, _left) = rebinding(&[&[here], &[public], &[here, public]]);
    let outbound = Outbound::new("http://rebinding.example/", Reach::Private, None, 1024).expect("an outbound");
    let outbound = outbound.looked_up_by(lookup);
    ask(&outbound).await.expect("the own network may be asked");
    for _ in 0..2 {
        assert!(matches!(ask(&outbound).await, Err(Failure::Plain { .. })));
    }
    assert_eq!((left.lock().expect("no panic").len(), connections(&own)), (0, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let victim = server(&ok("{}"), None).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        for to in
            [format!("http://127.0.0.1:{}/", victim.port), format!("//localhost:{}/", victim.port), "/again".into()]
        {
            let answer = format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            let asked = server(&answer, None).await;
            let url = format!("http://127.0.0.1:{}/", asked.port);
            let outbound = Outbound::new(&url, Reach::Private, None, 1024).expect("an outbound");
            let told = ask(&outbound).await;
            assert!(matches!(told, Err(Failure::Status(_))), "{status} {to}: {told:?}");
            assert_eq!((connections(&asked), connections(&victim)), (1, 0), "{status} {to}");
        }
    }
}

#[test]
fn urls_that_are_not_asked() {
    for (url, reach) in [
        ("http://example.org/", Reach::Public),
        ("ftp://example.org/", Reach::Private),
        ("file:///etc/passwd", Reach::Private),
        ("example.org", Reach::Private),
        ("//example.org/", Reach::Private),
        ("https:///path", Reach::Private),
        ("https://user@example.org/", Reach::Private),
        ("https://user:word@example.org/", Reach::Private),
        ("https://@127.0.0.1/", Reach::Private),
        ("https://example.org@127.0.0.1/", Reach::Private),
        ("https://127.0.0.1:443@example.org/", Reach::Private),
        ("https://example.org%40127.0.0.1/", Reach::Private),
        ("https://127.0.0.1%2eexample.org/", Reach::Private),
        ("https://exa mple.org/", Reach::Private),
        ("https://example.org\\@evil.org/", Reach::Private),
        ("", Reach::Private),
    ] {
        assert!(Target::parse(url, reach).is_err(), "{url}");
    }
    for url in
        ["https://example.org", "https://example.org:8443/a?b=c", "https://[2606:4700::1]/", "https://EXAMPLE.org/"]
    {
        assert!(Target::parse(url, Reach::Public).is_ok(), "{url}");
    }
}

#[test]
fn addresses_of_the_public_internet_and_others() {
    let own = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 \
               192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 \
               255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1 64:ff9b:1::1 100::1 \
               2001::1 2001:db8::1 2002:a00:1::1 3fff::1 4000::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1";
    let public = "1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 169.253.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1 223.255.255.255 \
                  2606:4700::1 2a00:1450::1 2001:4860::8888 ::ffff:8.8.8.8 64:ff9b::808:808";
    for (addresses, wanted) in [(own, false), (public, true)] {
        for address in addresses.split_whitespace() {
            let parsed: IpAddr = address.parse().expect(address);
            assert_eq!(is_public(parsed), wanted, "{address}");
        }
    }
}
