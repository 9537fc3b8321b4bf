//! How a bucket is reached: its address on the command line, everything else from the environment (`AWS_…`).
//!
//! Not what is kept in it.
//! Invariants: credentials are read here and shown nowhere; every request has a time.

use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig};

use crate::error::{Error, Result};

/// How long the service may take for one answer, unless `AWS_TIMEOUT` says otherwise.
const WITHIN: &str = "10s";
/// How long a request that failed is made again: an outage shorter than this is not noticed.
const RETRY_FOR: Duration = Duration::from_secs(15);

/// Reads `bucket/prefix`: settings for that bucket, its name, and the prefix without a slash at its end.
pub(crate) fn settings(place: &str) -> Result<(AmazonS3Builder, &str, &str)> {
    let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let prefix = prefix.trim_end_matches('/');
    let is_prefix = prefix.is_empty() || prefix.split('/').all(|part| plain(part) && !matches!(part, "" | "." | ".."));
    if name.is_empty() || !plain(name) || !is_prefix {
        return Err(Error::of(format_args!("s3://{place}: not the name of a bucket and a prefix"))
            .hint("write s3://BUCKET/PREFIX, of letters, digits, dots, dashes and slashes"));
    }
    let retry = RetryConfig {
        backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
        retry_timeout: RETRY_FOR,
        ..RetryConfig::default()
    };
    let mut settings = AmazonS3Builder::from_env().with_retry(retry);
    if std::env::var_os("AWS_TIMEOUT").is_none() {
        settings = settings.with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), WITHIN);
    }
    Ok((settings, name, prefix))
}
