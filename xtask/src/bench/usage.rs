//! What processes use: time of the processor, memory, and how busy the machine is.

use std::fs;
use std::path::Path;

/// Clock ticks a second, in which Linux counts a process's time on every architecture that matters here.
const TICKS: f64 = 100.0;

/// Seconds of a processor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// Of dockerd and containerd. What they start (runc, shims) counts once it has ended and was waited for.
    pub(super) engine: f64,
    /// Of the `landfall serve` and `landfall agent` that are measured.
    pub(super) landfall: f64,
}

impl Usage {
    /// What was used since then.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self { engine: self.engine - before.engine, landfall: self.landfall - before.landfall }
    }
}

/// What was used so far, by Landfall's processes of this state directory.
pub(super) fn observe(home: &Path) -> Usage {
    let mut usage = Usage::default();
    for process in processes() {
        let seconds = fs::read_to_string(format!("/proc/{process}/stat"))
            .ok()
            .and_then(|stat| parse_seconds(&stat))
            .unwrap_or_default();
        match name(process).as_str() {
            "dockerd" | "containerd" => usage.engine += seconds,
            "landfall" if words(process).contains(&home.to_string_lossy().into_owned()) => {
                usage.landfall += seconds;
            }
            _ => {}
        }
    }
    usage
}

/// The process of `landfall` whose arguments hold the state directory and this word.
pub(super) fn find_process(home: &Path, word: &str) -> Option<u32> {
    let home = home.to_string_lossy().into_owned();
    processes().into_iter().find(|process| {
        let words = words(*process);
        name(*process) == "landfall" && words.contains(&home) && words.iter().any(|it| it == word)
    })
}

/// The memory of a process that is resident, in kB.
pub(super) fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// The load of the last minute, the last five and the last fifteen.
pub(super) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn name(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default().trim().to_owned()
}

fn words(process: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// The time that a process, and its children that have ended, used, from its `stat` (proc(5): fields 14 to 17).
fn parse_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|field| field.parse())
        .collect::<Result<_, _>>()
        .ok()?;
    Some(ticks.iter().sum::<f64>() / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_that_of_the_process_and_of_its_children() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 9 8 7 6 100 50 25 25 20 0 1 0 5";
        assert_eq!(parse_seconds(stat), Some(2.0));
        assert_eq!(parse_seconds("7 broken"), None);
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(resident(std::process::id()).unwrap() > 0);
    }
}
