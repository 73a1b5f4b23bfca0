//! What a queried name asks for: pure.

use std::net::IpAddr;

use hickory_proto::rr::Name as DnsName;
use landfall_model::name::{EnvironmentId, Name};
use landfall_model::spec::Generation;

/// The top of our names: every name below it is ours and is never asked of another resolver.
pub const TOP: &str = "landfall";

/// A queried name, taken apart. All texts are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The port and protocol of `_http._tcp.`, without the underscores, where the name begins with one.
    pub port: Option<(String, String)>,
    /// Whose name it is.
    pub subject: Subject,
}

/// Whose name is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One label: a service, external or alias of the asker's environment, if it has it.
    Bare(String),
    /// `landfall` itself.
    Top,
    /// `ns.landfall`: ourselves.
    NameServer,
    /// `<landscape>.landfall`.
    Landscape(String),
    /// `[[<instance>.]<service>.][g<number>.]<environment>.<landscape>.landfall`.
    Zone(Zone),
    /// A name below `landfall` that can't be anybody's.
    Nobody,
    /// An address, to be told its name.
    Reverse(IpAddr),
    /// Somebody else's name.
    Foreign,
}

/// A name within an environment's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The environment.
    pub environment: EnvironmentId,
    /// The generation in whose scope the name is, where it says one.
    pub generation: Option<Generation>,
    /// The service, external or alias.
    pub service: Option<String>,
    /// The label of one instance of the service.
    pub instance: Option<String>,
}

/// Takes a name apart.
pub fn parse_name(name: &DnsName) -> Asked {
    let labels: Option<Vec<String>> =
        name.iter().map(|label| std::str::from_utf8(label).ok().map(str::to_ascii_lowercase)).collect();
    let Some(labels) = labels else { return Asked { port: None, subject: Subject::Foreign } };
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let (port, rest) = match labels.as_slice() {
        [port, protocol, rest @ ..] if is_service_pair(port, protocol) && !rest.is_empty() => {
            (Some((port[1..].to_owned(), protocol[1..].to_owned())), rest)
        }
        all => (None, all),
    };
    let subject = match rest {
        [] => Subject::Foreign,
        [TOP] => Subject::Top,
        [bare] => Subject::Bare((*bare).to_owned()),
        [ours @ .., TOP] => below_top(ours),
        [.., "arpa"] => reverse(name).map_or(Subject::Foreign, Subject::Reverse),
        _ => Subject::Foreign,
    };
    Asked { port, subject }
}

fn is_service_pair(port: &str, protocol: &str) -> bool {
    port.len() > 1 && port.starts_with('_') && matches!(protocol, "_tcp" | "_udp")
}

fn below_top(labels: &[&str]) -> Subject {
    let [rest @ .., landscape] = labels else { return Subject::Top };
    let [rest @ .., environment] = rest else {
        return if *landscape == "ns" {
            Subject::NameServer
        } else {
            Subject::Landscape((*landscape).to_owned())
        };
    };
    let (Ok(landscape), Ok(environment)) = (Name::new(*landscape), Name::new(*environment)) else {
        return Subject::Nobody;
    };
    let (generation, rest) = match rest {
        [rest @ .., label] => match parse_generation(label) {
            Some(number) => (Some(number), rest),
            None => (None, &[rest, &[*label]].concat()[..]),
        },
        [] => (None, rest),
    };
    let (instance, service) = match rest {
        [] => (None, None),
        [service] => (None, Some((*service).to_owned())),
        [instance, service] => (Some((*instance).to_owned()), Some((*service).to_owned())),
        _ => return Subject::Nobody,
    };
    Subject::Zone(Zone {
        environment: EnvironmentId::new(landscape, environment),
        generation,
        service,
        instance,
    })
}

/// The number of a label such as `g12`.
fn parse_generation(label: &str) -> Option<Generation> {
    let digits = label.strip_prefix('g')?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn reverse(name: &DnsName) -> Option<IpAddr> {
    let net = name.parse_arpa_name().ok()?;
    let whole = net.prefix_len() == net.max_prefix_len();
    whole.then(|| net.addr())
}
