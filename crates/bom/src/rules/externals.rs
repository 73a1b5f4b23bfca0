//! An external's host is a host.

use std::net::Ipv6Addr;

use landfall_model::Landscape;

use super::Rule;
use crate::findings::{Finding, Findings};

pub(super) const RULE: Rule = Rule { name: "an external's host is a host", check };

fn check(landscape: &Landscape, findings: &mut Findings) {
    for (name, external) in &landscape.externals {
        let host = external.host.as_str();
        let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if !named && host.parse::<Ipv6Addr>().is_err() {
            let message = format!("`{host}` is not a host name or address");
            let finding = Finding::at("host", format!("externals.{name}.host"), message);
            findings.add(
                finding.help("write the host alone, like weather.example.org; the port stands in `port`"),
            );
        }
    }
}
