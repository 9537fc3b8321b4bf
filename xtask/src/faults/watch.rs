//! What a running process takes: its peak memory, as the kernel counts it.
//!
//! Not its time.
//! Invariant: a figure that cannot be read is an error while the process runs, and nothing once it has ended.

use std::process::{Child, ExitStatus};
use std::time::Duration;

use anyhow::Context;

const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Peak memory of a process so far, MiB; `None` when it has ended.
pub(super) fn peak_mib(child: &Child) -> anyhow::Result<Option<f64>> {
    // Of a process that has ended there is no status, or one without memory.
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) else {
        return Ok(None);
    };
    parse_peak_mib(&status)
}

fn parse_peak_mib(status: &str) -> anyhow::Result<Option<f64>> {
    let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) else {
        return Ok(None);
    };
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().context("the kernel writes kB")?;
    Ok(Some(kib / 1024.0))
}

/// Waits for its end; how it ended, and the last peak that was seen.
pub(super) fn wait(child: &mut Child) -> anyhow::Result<(ExitStatus, f64)> {
    let mut peak = 0.0_f64;
    loop {
        peak = peak.max(peak_mib(child)?.unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            return Ok((status, peak));
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

#[cfg(test)]
mod tests {
    use super::parse_peak_mib;

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(parse_peak_mib("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n").unwrap(), Some(2.0));
        assert_eq!(parse_peak_mib("Name:\tx\nState:\tZ (zombie)\n").unwrap(), None);
        assert!(parse_peak_mib("VmHWM:\tmany kB\n").is_err());
    }
}
