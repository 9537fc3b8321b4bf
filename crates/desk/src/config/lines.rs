//! How log lines are written to standard error.
//!
//! Not what they say. Invariants: lines are on standard error only; `RUST_LOG` is not read: what is logged is decided here, so that
//! no library's trace can put a header or a body into a line.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// Log lines.
#[derive(Args, Debug)]
pub(crate) struct LinesConfig {
    /// How log lines on standard error are written.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    log_format: Form,
    /// What is logged at least.
    #[arg(long, value_enum, default_value_t = Level::Info)]
    log_level: Level,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl LinesConfig {
    /// Starts them.
    pub(crate) fn start(&self) {
        let level = match self.log_level {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        };
        let filter = EnvFilter::new(format!("warn,counterpartd={level},ledger={level}"));
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
        match self.log_format {
            Form::Text => lines.init(),
            Form::Json => lines.json().init(),
        }
    }
}
