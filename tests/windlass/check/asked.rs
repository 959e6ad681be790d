//! Servers that are asked, and what they were asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// A server that gives each connection the same answer; how many there were, and what the last one asked.
pub struct Asked {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub request: Arc<Mutex<String>>,
    _tasks: JoinSet<()>,
}

pub async fn server(answer: &str, tls: Option<TlsAcceptor>) -> Asked {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (connections, request) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<String>>::default());
    let mut tasks = JoinSet::new();
    let (count, kept, answer) = (connections.clone(), request.clone(), answer.to_owned());
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            match &tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &answer, &kept).await;
                    }
                }
                None => serve(stream, &answer, &kept).await,
            }
        }
    });
    Asked { port, connections, request, _tasks: tasks }
}

/// Reads one request with a body, and answers.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, kept: &Mutex<String>) {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        let length =
            |head: &str| head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= length(head).unwrap_or(0)
        {
            *kept.lock().expect("no panic") = text;
            break;
        }
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => read.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
    if answer == "nothing" {
        std::future::pending::<()>().await;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}
