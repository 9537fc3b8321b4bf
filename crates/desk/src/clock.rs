//! What time it is, by more than one clock: this machine's, witnesses' on other machines, time-stamp authorities'.
//!
//! Not what may be done at that time (`casework`). Invariants: an outside clock counts only with a signature over something that was
//! made for this question, so that yesterday's answer is of no use; one clock that disagrees spoils all; this machine's clock alone
//! is never called agreed.

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use casework::Clock;
use reqwest::{StatusCode, Url};
use seal::timestamp;
use seal::tlog::Policy;

use crate::client::{AskError, Client};
use crate::config::office::ClockConfig;
use crate::error::{Error, Result};
use crate::files;
use crate::office::log_access::Logged;

/// How long an authority may take.
const WITHIN: Duration = Duration::from_secs(10);
/// The longest answer of an authority.
const ANSWER_BYTES_MAX: usize = 64 << 10;
const US: i64 = 1_000_000;

/// What one clock says: a span that holds its now, microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Whose clock: `this machine`, `witness NAME`, `authority NAME`.
    pub(crate) by: String,
    pub(crate) earliest_us: i64,
    pub(crate) latest_us: i64,
}

/// All that was said, and what could not be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// This machine's first.
    pub(crate) told: Vec<Told>,
    /// Why others were silent, a line each.
    pub(crate) silent: Vec<String>,
    /// By when the log had what was made for the question, as its witnesses say, if it was asked.
    pub(crate) logged_s: Option<u64>,
}

/// Why there is no agreed time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disagreement {
    /// Only this machine's clock is there.
    Alone(Vec<String>),
    /// Two clocks are too far apart.
    Apart { one: Told, other: Told },
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Disagreement::Alone(silent) if silent.is_empty() => {
                write!(f, "no clock but this machine's says what time it is")
            }
            Disagreement::Alone(silent) => {
                write!(f, "no clock but this machine's says what time it is ({})", silent.join("; "))
            }
            Disagreement::Apart { one, other } => {
                write!(f, "clocks disagree: {} says {}, {} says {}", one.by, shown(one), other.by, shown(other))
            }
        }
    }
}

impl Told {
    /// What kind of clock it is.
    pub(crate) fn kind(&self) -> Clock {
        match self.by.split(' ').next() {
            Some("witness") => Clock::Log,
            Some("authority") => Clock::Authority,
            _ => Clock::Local,
        }
    }
}

fn shown(told: &Told) -> String {
    crate::vault::words::instant(told.earliest_us)
}

/// This machine's clock.
pub(crate) fn local_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Heard {
    /// Only this machine's clock.
    pub(crate) fn local() -> Heard {
        let now = local_us();
        Heard {
            told: vec![Told { by: "this machine".to_owned(), earliest_us: now, latest_us: now }],
            ..Heard::default()
        }
    }

    /// Adds what witnesses said in a checkpoint over something that was made between `sent_us` and now.
    ///
    /// Their times are theirs: that they lie near this machine's is judged with all the others, not here.
    pub(crate) fn witnesses(&mut self, logged: &Logged, named: &[String]) {
        self.logged_s = logged.judged.not_after;
        for name in named {
            match logged.judged.cosigners.iter().find(|(cosigner, _)| cosigner == name) {
                Some((_, second)) => {
                    let at = i64::try_from(*second).unwrap_or(i64::MAX / US).saturating_mul(US);
                    // It says the second, which may have been at its end.
                    let told =
                        Told { by: format!("witness {name}"), earliest_us: at, latest_us: at.saturating_add(US) };
                    self.told.push(told);
                }
                None => self.silent.push(format!("witness {name} did not cosign")),
            }
        }
    }

    /// Asks one authority about fresh chance.
    pub(crate) async fn authority(&mut self, client: &Client, address: &str, policy: &Policy) {
        match ask_authority(client, address, policy).await {
            Ok(told) => self.told.push(told),
            Err(why) => self.silent.push(format!("{address}: {why}")),
        }
    }

    /// Whether they agree; then from when to when now is.
    ///
    /// # Errors
    /// [`Disagreement`]; nothing that needs agreed time may be done.
    pub(crate) fn agreed(&self, tolerance: Duration) -> std::result::Result<(i64, i64), Disagreement> {
        let tolerance = i64::try_from(tolerance.as_micros()).unwrap_or(i64::MAX);
        if self.told.len() < 2 {
            return Err(Disagreement::Alone(self.silent.clone()));
        }
        for (at, one) in self.told.iter().enumerate() {
            for other in &self.told[at + 1..] {
                let apart = one
                    .earliest_us
                    .saturating_sub(other.latest_us)
                    .max(other.earliest_us.saturating_sub(one.latest_us));
                if apart > tolerance {
                    return Err(Disagreement::Apart { one: one.clone(), other: other.clone() });
                }
            }
        }
        let earliest = self.told.iter().map(|told| told.earliest_us).min().unwrap_or(i64::MIN);
        let latest = self.told.iter().map(|told| told.latest_us).max().unwrap_or(i64::MAX);
        Ok((earliest, latest))
    }
}

/// A stamp over 32 bytes of chance that nobody saw before.
async fn ask_authority(client: &Client, address: &str, policy: &Policy) -> std::result::Result<Told, String> {
    let url = Url::parse(address).map_err(|err| err.to_string())?;
    let mut chance = [0_u8; 40];
    getrandom::fill(&mut chance).map_err(|err| format!("no chance to be had: {err}"))?;
    let (imprint_of, nonce) = chance.split_at(32);
    let nonce = nonce.iter().fold(0_u64, |nonce, byte| nonce << 8 | u64::from(*byte));
    let request = timestamp::request(imprint_of, nonce);
    let (status, body) = match client.ask_for_time(&url, request, ANSWER_BYTES_MAX).await {
        Ok(answer) => answer,
        Err(AskError::TooLong) => return Err("its answer is too long".to_owned()),
        Err(AskError::Failed(words)) => return Err(words),
    };
    if status != StatusCode::OK {
        return Err(format!("it answers {}", status.as_u16()));
    }
    let token = timestamp::token_from_response(&body, imprint_of, nonce).map_err(|fault| fault.to_string())?;
    let stamp = timestamp::verify(&token, imprint_of, policy.authorities()).map_err(|fault| fault.name().to_owned())?;
    Ok(Told {
        by: format!("authority {}", stamp.authority),
        earliest_us: stamp.earliest_s.saturating_mul(US),
        latest_us: stamp.latest_s.saturating_add(1).saturating_mul(US),
    })
}

/// Those of the office's clocks that need no log.
pub(crate) async fn ask_authorities(config: &ClockConfig, log_policy: Option<&Path>, heard: &mut Heard) -> Result<()> {
    if config.timestamp.is_empty() {
        return Ok(());
    }
    let path = config.policy.as_deref().or(log_policy).ok_or_else(|| {
        Error::of("clock.timestamp: no policy says which certificates count")
            .hint("name a policy with authority lines in clock.policy (docs/configuration.md)")
    })?;
    let policy = files::policy_file(path)?;
    let client = Client::new(WITHIN).map_err(|err| Error::of(err).hint("check the system's certificates"))?;
    for address in &config.timestamp {
        heard.authority(&client, address, &policy).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(by: &str, at_s: i64) -> Told {
        Told { by: by.to_owned(), earliest_us: at_s * US, latest_us: at_s * US }
    }

    #[test]
    fn one_clock_is_none_and_one_that_disagrees_spoils_all() {
        let minutes = Duration::from_secs(300);
        let heard = |told: Vec<Told>| Heard { told, silent: vec!["north is away".into()], logged_s: None };
        let now = 1_800_000_000;
        assert_eq!(
            heard(vec![told("this machine", now)]).agreed(minutes),
            Err(Disagreement::Alone(vec!["north is away".into()]))
        );
        let two = heard(vec![told("this machine", now), told("witness north", now - 299)]);
        assert_eq!(two.agreed(minutes), Ok(((now - 299) * US, now * US)));
        for wrong in [now - 301, now + 301, now + 15 * 30 * 86_400, now - 2 * 86_400] {
            let three = heard(vec![told("this machine", now), told("a", now), told("b", wrong)]);
            assert!(matches!(three.agreed(minutes), Err(Disagreement::Apart { .. })), "{wrong}");
        }
        // Far from each other, though each is near this machine's.
        let three = heard(vec![told("this machine", now), told("a", now - 200), told("b", now + 200)]);
        assert!(matches!(three.agreed(minutes), Err(Disagreement::Apart { .. })));
    }
}
