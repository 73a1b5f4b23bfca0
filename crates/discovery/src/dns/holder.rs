//! Who holds a port, where the kernel tells (`/proc`), so that a bind failure can name them.

use std::net::SocketAddr;
use std::path::Path;

/// The process that holds an address and port, or the whole port: `dnsmasq (process 812)`. None where it can't be
/// known: no `/proc`, or another user's process.
pub fn observe_holder(at: SocketAddr) -> Option<String> {
    let inodes: Vec<String> = ["udp", "tcp", "udp6", "tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(format!("/proc/net/{table}")).ok())
        .flat_map(|table| parse_inodes(&table, at))
        .collect();
    let processes = std::fs::read_dir("/proc").ok()?;
    let mut numbered = processes.flatten().filter_map(|entry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((number, entry.path()))
    });
    numbered.find(|(_, process)| holds(process, &inodes)).map(|(number, process)| {
        let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
        format!("{} (process {number})", name.trim())
    })
}

/// The inodes of the sockets in one of the kernel's tables that stand in the way of binding `at`.
fn parse_inodes(table: &str, at: SocketAddr) -> Vec<String> {
    let own = match at {
        SocketAddr::V4(at) => format!("{:08X}", u32::from_ne_bytes(at.ip().octets())),
        SocketAddr::V6(at) => at.ip().octets().chunks_exact(4).fold(String::new(), |text, word| {
            let word = <[u8; 4]>::try_from(word).unwrap_or_default();
            format!("{text}{:08X}", u32::from_ne_bytes(word))
        }),
    };
    let port = format!("{:04X}", at.port());
    let row = |line: &str| {
        let mut fields = line.split_whitespace();
        let (address, local_port) = fields.nth(1)?.split_once(':')?;
        let in_the_way = local_port == port && (address == own || address.bytes().all(|byte| byte == b'0'));
        // Of what follows the local address, the inode is the eighth field.
        if in_the_way { fields.nth(7).map(str::to_owned) } else { None }
    };
    table.lines().skip(1).filter_map(row).filter(|inode| inode != "0").collect()
}

fn holds(process: &Path, inodes: &[String]) -> bool {
    let Ok(files) = std::fs::read_dir(process.join("fd")) else { return false };
    files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok()).any(|target| {
        let target = target.to_string_lossy();
        inodes.iter().any(|inode| target == format!("socket:[{inode}]"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_named() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let holder = observe_holder(socket.local_addr().unwrap()).unwrap();
        assert!(holder.ends_with(&format!("(process {})", std::process::id())), "{holder}");
    }

    #[test]
    fn rows_are_matched_by_port_and_address() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            1: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 111 2 0 0\n\
            2: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 222 2 0 0\n\
            3: 0200007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 333 2 0 0\n\
            4: 0100007F:0036 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 444 2 0 0\n";
        assert_eq!(parse_inodes(table, "127.0.0.1:53".parse().unwrap()), ["111", "222"]);
        assert!(parse_inodes("", "127.0.0.1:53".parse().unwrap()).is_empty());
    }
}
