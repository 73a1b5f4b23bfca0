//! Whether containers can be probed, and names answered.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use super::{Finding, Machine};

/// The interface of the Docker Engine's usual network.
const DOCKER_INTERFACE: &str = "/sys/class/net/docker0";
/// The port at which names are answered.
const DNS_PORT: u16 = 53;
/// An address of this machine's own that nobody is likely to have bound.
const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 153));

/// Whether this machine is in the containers' networks, so that it can ask them how they are.
pub(super) fn addresses(machine: &Machine) -> Finding {
    if machine.engine.is_err() {
        return Finding::note("can't be told while the engine doesn't answer");
    }
    let gateways = machine.gateways();
    let foreign = gateways.iter().find(|gateway| UdpSocket::bind((**gateway, 0)).is_err());
    match foreign {
        Some(gateway) => {
            no_way(format!("this machine does not have the address {gateway} of a container network"))
        }
        None if !gateways.is_empty() => Finding::good("this machine is in the environments' networks"),
        None if Path::new(DOCKER_INTERFACE).exists() => {
            Finding::good("this machine is in the engine's network")
        }
        None => Finding::note("can't be told before the first environment is up"),
    }
}

/// Whether names can be answered at the networks' gateways.
pub(super) fn names(machine: &Machine) -> Finding {
    if let Some(agent) = &machine.agent {
        let failing =
            agent.listening.iter().find_map(|listening| Some((listening.at?, listening.error.clone()?)));
        return match failing {
            None => Finding::good(format!("names are answered at {} addresses", agent.listening.len())),
            Some((at, error)) => taken(at, &error),
        };
    }
    let addresses = machine.gateways().into_iter().chain([OWN]);
    for address in addresses {
        let at = SocketAddr::new(address, DNS_PORT);
        let bound = UdpSocket::bind(at).and_then(|_| TcpListener::bind(at));
        match bound {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return forbidden(),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return taken(at, &error.to_string()),
            // An address that isn't ours has been told about already.
            Err(_) => {}
        }
    }
    Finding::good("is free for answering names")
}

fn no_way(found: String) -> Finding {
    Finding::bad(found)
        .fix("run landfall on the machine that runs the engine; Docker Desktop keeps containers in a machine of its own")
}

fn taken(at: SocketAddr, error: &str) -> Finding {
    Finding::bad(format!("names can't be answered at {at}: {error}"))
        .fix(format!("see who has it: `ss -lnup 'sport = :{DNS_PORT}'`"))
        .fix("let it listen at 127.0.0.1 only: for dnsmasq `bind-interfaces`, for unbound and bind `interface: 127.0.0.1`")
}

fn forbidden() -> Finding {
    Finding::bad("this user may not answer names at port 53")
        .fix("run landfall as root")
        .fix("or allow it: `sudo sysctl net.ipv4.ip_unprivileged_port_start=53`")
        .fix("or allow it for the program: `sudo setcap cap_net_bind_service=+ep $(command -v landfall)`")
}
