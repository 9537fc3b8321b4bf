//! The log's own numbers at `/metrics`.
//!
//! Not those of HTTP (`numbers.rs`).
//! Invariant: they are the log's at the moment they are asked for, never a copy that ages.

use std::sync::Arc;

use ledger::{Log, Status};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Asks the log.
pub(crate) struct LogNumbers(pub(crate) Arc<Log>);

impl std::fmt::Debug for LogNumbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogNumbers")
    }
}

impl Collector for LogNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let status = self.0.status();
        for (name, help, value) in gauges(&status) {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        for (name, help, value) in counters(&status) {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

fn gauges(status: &Status) -> [(&'static str, &'static str, u64); 6] {
    let witnessed = status.witnessed.as_ref().map_or(0, |signed| signed.checkpoint().size);
    let failing = status.witnesses.iter().filter(|witness| witness.error.is_some()).count();
    [
        ("log_entries", "Entries in the newest checkpoint", status.newest.checkpoint().size),
        ("log_witnessed_entries", "Entries in the newest checkpoint that has the quorum", witnessed),
        ("log_in_flight", "Submissions under way", status.in_flight as u64),
        ("log_witnesses", "Witnesses of the policy", status.witnesses.len() as u64),
        ("log_witnesses_failing", "Witnesses whose last answer was none", failing as u64),
        ("log_stopped", "1 when the log signs no more", u64::from(status.stopped.is_some())),
    ]
}

fn counters(status: &Status) -> [(&'static str, &'static str, u64); 5] {
    let counts = &status.counts;
    [
        ("log_appended", "Entries appended since the start", counts.entries),
        ("log_duplicates", "Submissions of entries that were there already", counts.duplicates),
        ("log_busy", "Submissions turned away as too many", counts.busy),
        ("log_batches", "Batches written", counts.batches),
        ("log_batch_us", "Microseconds spent writing batches", counts.batch_time_us),
    ]
}
