//! Whom to trust: logs, witnesses and how many of them, and time-stamp authorities (C2SP tlog-policy, and one line more).
//!
//! Not here: what evidence is worth (`crate::bracket`). Source: C2SP tlog-policy; the `authority` line is ours
//! (`spec/log.md` section 5). Invariants: a policy is whole or an error with its line; no key counts twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::checkpoint::{Cosigned, Signed, SignedCheckpoint};
use super::key::{KeyKind, VerifierKey};
use crate::note::unb64;
use crate::timestamp::Authority;

/// The longest policy that is read, bytes.
const POLICY_BYTES_MAX: usize = 1 << 20;
/// The most logs, witnesses, groups or authorities, each.
const MANY_MAX: usize = 256;

/// A log or witness with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name in the policy; for a log, its origin.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where it is reached, if the policy says so.
    pub url: Option<String>,
}

/// A rule over witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Witness(usize),
    AtLeast(usize, Vec<Rule>),
}

/// What a verifier trusts. The default trusts nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Party>,
    witnesses: Vec<Party>,
    authorities: Vec<Authority>,
    quorum: Option<Rule>,
}

/// What is wrong with a policy, and in which line (from 1; 0 for the whole).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

impl std::error::Error for PolicyError {}

/// What a policy makes of a signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether a trusted log of this origin signed it: `None` when the policy has no log of that name.
    pub log: Option<Signed>,
    /// Trusted witnesses whose cosignatures hold, with their times (seconds since 1970), in the policy's order.
    pub cosigners: Vec<(String, u64)>,
    /// Trusted witnesses under whose name and key id something stands that does not verify.
    pub forged: Vec<String>,
    /// Whether the cosigners satisfy the quorum.
    pub quorum: bool,
    /// The checkpoint existed at this time, and so whatever holds it was made no earlier: the latest time at or after which a
    /// quorum signed. `None` without witnesses to ask.
    pub not_before: Option<u64>,
    /// The earliest time by which a quorum had signed: whatever the log holds was made no later.
    pub not_after: Option<u64>,
}

impl Judged {
    /// Whether the log signed, no cosignature is forged, and the quorum is there.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.log == Some(Signed::Holds) && self.forged.is_empty() && self.quorum
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The first line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        let mut reader = Reader::default();
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError { line: 0, what: "a policy is at most 1 MiB".into() });
        }
        for (at, line) in text.split('\n').enumerate() {
            reader.line(line).map_err(|what| PolicyError { line: at + 1, what })?;
        }
        match reader.quorum {
            Some(_) => Ok(reader.policy),
            None => Err(PolicyError {
                line: 0,
                what: "there is no quorum line; write `quorum none` if none is asked for".into(),
            }),
        }
    }

    /// The logs that are trusted.
    #[must_use]
    pub fn logs(&self) -> &[Party] {
        &self.logs
    }

    /// The witnesses that are trusted.
    #[must_use]
    pub fn witnesses(&self) -> &[Party] {
        &self.witnesses
    }

    /// The time-stamp authorities that are trusted.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// Whether any witness must cosign.
    #[must_use]
    pub fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// The fewest witnesses that make a quorum.
    #[must_use]
    pub fn fewest_witnesses(&self) -> usize {
        self.quorum.as_ref().map_or(0, Rule::fewest)
    }

    /// What this policy makes of a checkpoint. Unknown keys are passed over.
    #[must_use]
    pub fn judge(&self, signed: &SignedCheckpoint) -> Judged {
        let mut cosigned = vec![None; self.witnesses.len()];
        let mut forged = Vec::new();
        for (time, witness) in cosigned.iter_mut().zip(&self.witnesses) {
            match signed.cosigned_by(&witness.key) {
                Cosigned::At(time_s) => *time = Some(time_s),
                Cosigned::Forged => forged.push(witness.name.clone()),
                Cosigned::Absent => {}
            }
        }
        let origin = &signed.checkpoint().origin;
        let log = self.logs.iter().filter(|log| log.name == *origin).map(|log| signed.signed_by(&log.key));
        let quorum_of = |pick: &dyn Fn(u64) -> bool| {
            let there: Vec<bool> = cosigned.iter().map(|time| time.is_some_and(pick)).collect();
            self.quorum.as_ref().is_some_and(|rule| rule.holds(&there))
        };
        let mut times: Vec<u64> = cosigned.iter().flatten().copied().collect();
        times.sort_unstable();
        Judged {
            log: log.max_by_key(|signed| rank(*signed)),
            quorum: self.quorum.is_none() || quorum_of(&|_| true),
            not_before: times.iter().rev().copied().find(|from| quorum_of(&|time| time >= *from)),
            not_after: times.iter().copied().find(|by| quorum_of(&|time| time <= *by)),
            cosigners: self
                .witnesses
                .iter()
                .zip(&cosigned)
                .filter_map(|(witness, time)| Some((witness.name.clone(), (*time)?)))
                .collect(),
            forged,
        }
    }
}

/// Of several keys of one origin, a forged line counts most: it must not hide behind another key's good one.
fn rank(signed: Signed) -> u8 {
    match signed {
        Signed::Absent => 0,
        Signed::Holds => 1,
        Signed::Forged => 2,
    }
}

impl Rule {
    fn holds(&self, there: &[bool]) -> bool {
        match self {
            Rule::Witness(at) => there[*at],
            Rule::AtLeast(least, members) => members.iter().filter(|member| member.holds(there)).count() >= *least,
        }
    }

    fn fewest(&self) -> usize {
        match self {
            Rule::Witness(_) => 1,
            Rule::AtLeast(least, members) => {
                let mut fewest: Vec<usize> = members.iter().map(Rule::fewest).collect();
                fewest.sort_unstable();
                fewest.iter().take(*least).sum()
            }
        }
    }
}

/// A policy being read.
#[derive(Default)]
struct Reader {
    policy: Policy,
    /// What the quorum line named, once there was one.
    quorum: Option<()>,
    /// Witnesses and groups by name.
    names: BTreeMap<String, Rule>,
    /// Those that no group has taken in, so that none counts twice.
    free: BTreeSet<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(odd) = line.chars().find(|c| c.is_ascii_control() && *c != '\t') {
            return Err(format!("a control character ({:#04x})", u32::from(odd)));
        }
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words[..] {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, least, ref members @ ..] => self.group(name, least, members),
            ["quorum", name] => self.quorum(name),
            ["authority", name, certificate] => self.authority(name, certificate),
            [word, ..] => Err(format!("`{word}` is not a line of a policy, or has not the words it needs")),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), String> {
        let key = read_key(key, KeyKind::Log)?;
        once(&self.policy.logs, &key)?;
        self.policy.logs.push(Party { name: key.name().to_owned(), key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), String> {
        let key = read_key(key, KeyKind::Witness)?;
        once(&self.policy.witnesses, &key)?;
        let rule = Rule::Witness(self.policy.witnesses.len());
        self.define(name, rule)?;
        self.policy.witnesses.push(Party { name: name.to_owned(), key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn group(&mut self, name: &str, least: &str, members: &[&str]) -> Result<(), String> {
        let least = match least {
            "all" => members.len(),
            "any" => 1,
            number => {
                number.parse().ok().filter(|n: &usize| n.to_string() == number).ok_or("not a number of members")?
            }
        };
        if least == 0 || least > members.len() {
            return Err(format!("a group of {} cannot ask for {least}", members.len()));
        }
        let rules = members.iter().map(|member| self.take(member)).collect::<Result<_, _>>()?;
        self.define(name, Rule::AtLeast(least, rules))
    }

    fn quorum(&mut self, name: &str) -> Result<(), String> {
        if self.quorum.replace(()).is_some() {
            return Err("there is a second quorum line".into());
        }
        let undefined = || format!("`{name}` is not defined above");
        self.policy.quorum =
            if name == "none" { None } else { Some(self.names.get(name).cloned().ok_or_else(undefined)?) };
        Ok(())
    }

    fn authority(&mut self, name: &str, certificate: &str) -> Result<(), String> {
        let certificate = unb64(certificate).ok_or("the certificate is not base64 of DER")?;
        let authority = Authority::new(name, &certificate).ok_or("not a certificate that this program can read")?;
        few(self.policy.authorities.len())?;
        if self.policy.authorities.iter().any(|other| other.name == name || other.certificate_der == certificate) {
            return Err("this authority is there already".into());
        }
        self.policy.authorities.push(authority);
        Ok(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), String> {
        few(self.names.len())?;
        if name == "none" || self.names.contains_key(name) {
            return Err(format!("the name `{name}` is taken"));
        }
        self.names.insert(name.to_owned(), rule);
        self.free.insert(name.to_owned());
        Ok(())
    }

    fn take(&mut self, name: &str) -> Result<Rule, String> {
        match self.names.get(name) {
            None => Err(format!("`{name}` is not defined above")),
            Some(_) if !self.free.remove(name) => Err(format!("`{name}` would count twice")),
            Some(rule) => Ok(rule.clone()),
        }
    }
}

fn read_key(text: &str, kind: KeyKind) -> Result<VerifierKey, String> {
    let what = match kind {
        KeyKind::Log => "a log's key (name+id+base64, type 1)",
        KeyKind::Witness => "a witness's key (name+id+base64, type 4)",
    };
    VerifierKey::parse(text).filter(|key| key.kind() == kind).ok_or(format!("not {what}"))
}

fn once(parties: &[Party], key: &VerifierKey) -> Result<(), String> {
    few(parties.len())?;
    match parties.iter().find(|party| party.key.public_key() == key.public_key()) {
        Some(party) => Err(format!("the same key as `{}`", party.name)),
        None => Ok(()),
    }
}

fn few(count: usize) -> Result<(), String> {
    if count < MANY_MAX { Ok(()) } else { Err(format!("more than {MANY_MAX} of a kind")) }
}
