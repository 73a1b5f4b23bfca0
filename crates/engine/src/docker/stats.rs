//! What an instance uses, from two samples a short time apart.

use std::time::{Duration, Instant};

use bollard::models::{ContainerMemoryStats, ContainerStatsResponse};
use bollard::query_parameters::StatsOptions;
use futures_util::TryStreamExt;

use super::Docker;
use crate::{Error, Result, Stats};

/// Time between the two samples. The engine's own pair takes one to two seconds.
const BETWEEN: Duration = Duration::from_millis(250);

impl Docker {
    pub(super) async fn measure(&self, instance: &str) -> Result<Stats> {
        let (first, begun) = (self.sample(instance).await?, Instant::now());
        tokio::time::sleep(BETWEEN).await;
        let second = self.sample(instance).await?;
        Ok(stats(&first, &second, begun.elapsed()))
    }

    async fn sample(&self, instance: &str) -> Result<ContainerStatsResponse> {
        let options = StatsOptions { stream: false, one_shot: true };
        let mut samples = std::pin::pin!(self.client.stats(instance, Some(options)));
        let sample = samples.try_next().await.map_err(self.failed(format!("measure {instance}")))?;
        sample.ok_or_else(|| Error::Missing { what: format!("container {instance}") })
    }
}

fn stats(first: &ContainerStatsResponse, second: &ContainerStatsResponse, elapsed: Duration) -> Stats {
    let used = cpu_time(second).saturating_sub(cpu_time(first));
    // The samples' own times are nearer to the truth than ours, where there are any.
    let between = second.read.zip(first.read).map(|(second, first)| (second - first).as_seconds_f64());
    let seconds = between.filter(|seconds| *seconds > 0.0).unwrap_or(elapsed.as_secs_f64());
    let networks = second.networks.iter().flat_map(|networks| networks.values());
    let memory = second.memory_stats.clone().unwrap_or_default();
    Stats {
        cpus: used as f64 / 1e9 / seconds,
        memory: memory_used(&memory),
        memory_limit: memory.limit.unwrap_or_default(),
        received: networks.clone().filter_map(|network| network.rx_bytes).sum(),
        sent: networks.filter_map(|network| network.tx_bytes).sum(),
        pids: second.pids_stats.as_ref().and_then(|pids| pids.current).unwrap_or_default(),
    }
}

/// Nanoseconds of processor that were used so far.
fn cpu_time(sample: &ContainerStatsResponse) -> u64 {
    let usage = sample.cpu_stats.as_ref().and_then(|stats| stats.cpu_usage.as_ref());
    usage.and_then(|usage| usage.total_usage).unwrap_or_default()
}

/// Memory without files that are cached and not in use (`total_inactive_file` with cgroups 1, `inactive_file` with 2).
fn memory_used(memory: &ContainerMemoryStats) -> u64 {
    let stats = memory.stats.clone().unwrap_or_default();
    let cached = stats.get("total_inactive_file").or(stats.get("inactive_file")).copied().unwrap_or_default();
    memory.usage.unwrap_or_default().saturating_sub(cached)
}
