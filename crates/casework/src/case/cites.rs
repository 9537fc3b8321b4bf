//! What an event is called, and the rules that it says were kept.
//!
//! Not what it means (`what.rs`).
//! Invariant: each kind of event that cites rules is in the list below, which a test holds against the stored form.

use super::what::What;
use crate::cited::Cited;

impl What {
    /// The rules that applied, as they were when it happened.
    #[must_use]
    pub fn cited(&self) -> &[Cited] {
        match self {
            What::Escalated { cited, .. }
            | What::Offered { cited, .. }
            | What::Accepted { cited, .. }
            | What::RefusalProposed { cited, .. }
            | What::Refused { cited, .. }
            | What::OptedOut { cited, .. }
            | What::AdviserAsked { cited, .. }
            | What::Started { cited, .. }
            | What::RecordingStarted { cited, .. }
            | What::Closed { cited, .. }
            | What::Continued { cited, .. } => cited,
            _ => &[],
        }
    }

    /// Its word in the stored form: "refusal-proposed".
    #[must_use]
    pub fn word(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(word)) => word,
            Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    /// The text of the enum: whoever adds an event that cites rules is told to name it here.
    #[test]
    fn every_event_that_cites_is_in_the_list() {
        let (what, this) = (include_str!("what.rs"), include_str!("cites.rs"));
        let mut citing = Vec::new();
        let mut name = "";
        for line in what.lines() {
            let trimmed = line.trim();
            if line.starts_with("    ") && !line.starts_with("     ") && trimmed.ends_with('{') {
                name = trimmed.trim_end_matches([' ', '{']);
            }
            if trimmed == "cited: Vec<Cited>," {
                citing.push(name);
            }
        }
        assert!(citing.len() > 10, "{citing:?}");
        for name in &citing {
            assert!(this.contains(&format!("What::{name} {{ cited, .. }}")), "{name}");
        }
        assert_eq!(this.matches("{ cited, .. }").count() - 2, citing.len());
    }
}
