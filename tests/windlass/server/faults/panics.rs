//! A fault in what decides: there is no telling what is right from then on, so the server ends, and says so.

use crate::server::client::soon;
use crate::server::echo::Echoing;

#[tokio::test]
async fn an_engine_that_panics_ends_the_server() {
    let mut echoing = Echoing::start("").await;
    let mut client = echoing.client().await;
    client.send("{\"break\":true}").await;
    soon("the end", echoing.server.broken()).await;
}
