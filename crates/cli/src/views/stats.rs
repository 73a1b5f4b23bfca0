//! What instances use.

use serde::Serialize;

use super::words::bytes;
use crate::screen::table::Table;

/// What an instance uses, as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// The engine's id.
    pub(crate) id: String,
    /// The service or job.
    pub(crate) component: String,
    /// Its number within its group.
    pub(crate) number: u32,
    /// Processors in use: 0.5 is half of one.
    pub(crate) cpus: f64,
    /// Memory in use, in bytes, without the file cache.
    pub(crate) memory: u64,
    /// Memory that it may use, in bytes.
    pub(crate) memory_limit: u64,
    /// Bytes received over the network.
    pub(crate) received: u64,
    /// Bytes sent over the network.
    pub(crate) sent: u64,
    /// Processes and threads.
    pub(crate) pids: u64,
}

/// What instances use, and all of them together.
pub(crate) fn render_stats(usages: &[Usage]) -> String {
    let mut table = Table::new(&["INSTANCE", "CPUS", "MEMORY", "OF", "RECEIVED", "SENT", "PROCESSES"]);
    for usage in usages {
        table.row([
            format!("{}.{}", usage.component, usage.number),
            format!("{:.2}", usage.cpus),
            bytes(usage.memory),
            bytes(usage.memory_limit),
            bytes(usage.received),
            bytes(usage.sent),
            usage.pids.to_string(),
        ]);
    }
    if usages.len() > 1 {
        let sum = |part: fn(&Usage) -> u64| usages.iter().map(part).sum::<u64>();
        table.row([
            "together".to_owned(),
            format!("{:.2}", usages.iter().map(|usage| usage.cpus).sum::<f64>()),
            bytes(sum(|usage| usage.memory)),
            String::new(),
            bytes(sum(|usage| usage.received)),
            bytes(sum(|usage| usage.sent)),
            sum(|usage| usage.pids).to_string(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_shown_and_summed_up() {
        let usage = |component: &str, cpus| Usage {
            id: "x".to_owned(),
            component: component.to_owned(),
            number: 1,
            cpus,
            memory: 25 << 20,
            memory_limit: 256 << 20,
            received: 1_000,
            sent: 2_500,
            pids: 7,
        };
        insta::assert_snapshot!(render_stats(&[usage("api", 0.254), usage("db", 1.5)]));
    }
}
