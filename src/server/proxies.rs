//! Whose connection it is that a proxy makes for somebody else.

use super::config::{ClientHeader, Proxies};
use hyper::HeaderMap;
use hyper::header::HeaderName;
use std::net::{IpAddr, SocketAddr};

/// So many hops are looked at; who has come a longer way is taken for the last one.
const HOPS_MAX: usize = 16;

impl Proxies {
    /// Whether an address is a proxy's.
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// For whom `peer`, a trusted proxy, connects: read from the last hop to the first, the first that is no trusted proxy itself. What
    /// stands before it was written by the client. Where a hop cannot be read, the one behind it answers for it.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        for hop in self.hops(headers).into_iter().rev().take(HOPS_MAX) {
            let Some(address) = address(&hop) else { break };
            client = address;
            if !self.trust(address) {
                break;
            }
        }
        client
    }

    /// What the header says, hop by hop; only the one header that the proxies write, since they hand on others as they came.
    fn hops(&self, headers: &HeaderMap) -> Vec<String> {
        let name = match self.header {
            ClientHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ClientHeader::Forwarded => hyper::header::FORWARDED,
        };
        let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        let hops = values.flat_map(|value| value.split(','));
        match self.header {
            ClientHeader::XForwardedFor => hops.map(|hop| hop.trim().to_owned()).collect(),
            ClientHeader::Forwarded => hops.map(forwarded_for).collect(),
        }
    }
}

/// The `for` of a hop; nothing where there is none.
fn forwarded_for(hop: &str) -> String {
    let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => value.trim_matches('"').to_owned(),
        _ => String::new(),
    }
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let alone = bare.parse::<IpAddr>().ok();
    let address = alone.or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(header: &str) -> Proxies {
        serde_json::from_str(&format!(r#"{{"trusted":["10.0.0.0/8","fd00::/8"],"header":"{header}"}}"#))
            .expect("settings")
    }

    fn client(proxies: &Proxies, values: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().expect("a value"));
            headers.append("forwarded", value.parse().expect("a value"));
        }
        proxies.client("10.0.0.1".parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn the_last_hop_that_is_no_proxy() {
        let proxies = proxies("x-forwarded-for");
        for (values, expected) in [
            (vec![], "10.0.0.1"),
            (vec!["203.0.113.7"], "203.0.113.7"),
            (vec!["203.0.113.7:4711"], "203.0.113.7"),
            (vec!["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1, 203.0.113.7, 10.9.9.9,fd00::1"], "203.0.113.7"),
            (vec!["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            (vec!["203.0.113.7, unknown"], "10.0.0.1"),
            (vec!["203.0.113.7, 10.3.3.3, junk, 10.2.2.2"], "10.2.2.2"),
            (vec!["203.0.113.7,"], "10.0.0.1"),
            (vec!["[2001:db8::1]:443"], "2001:db8::1"),
            (vec!["[2001:db8::1]"], "2001:db8::1"),
            (vec!["2001:db8::1"], "2001:db8::1"),
            (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
            (vec!["203.0.113.7, ::ffff:10.1.1.1"], "203.0.113.7"),
            (vec!["0x7f.1"], "10.0.0.1"),
        ] {
            assert_eq!(client(&proxies, &values), expected, "{values:?}");
        }
    }

    #[test]
    fn the_same_of_rfc_7239() {
        let proxies = proxies("forwarded");
        for (values, expected) in [
            (vec!["for=203.0.113.7;proto=https"], "203.0.113.7"),
            (vec!["For=\"[2001:db8::1]:47011\""], "2001:db8::1"),
            (vec!["for=1.1.1.1, for=203.0.113.7;by=x, for=10.1.1.1"], "203.0.113.7"),
            (vec!["for=203.0.113.7, for=_hidden"], "10.0.0.1"),
            (vec!["for=1.1.1.1;for=2.2.2.2"], "10.0.0.1"),
            (vec!["proto=https"], "10.0.0.1"),
            (vec!["203.0.113.7"], "10.0.0.1"),
        ] {
            assert_eq!(client(&proxies, &values), expected, "{values:?}");
        }
    }
}
