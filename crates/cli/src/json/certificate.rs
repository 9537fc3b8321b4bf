//! What `verify --json` says of a certificate of destruction.
//!
//! Not the certificate's own JSON form (`seal::certificate`), which stands in it as `says`.
//! Invariant: `log` is there only where every check passed.

use seal::certificate::{Judgement, Outcome};
use serde::Serialize;
use serde_json::Value;

use crate::when;

/// The certificate in a file's entry.
#[derive(Serialize)]
pub(crate) struct CertificateOut {
    /// The verdict's own words, the date and the log index among them.
    verdict: String,
    /// Why not, where it is not.
    fault: Option<FaultOut>,
    /// Where the log has it.
    log: Option<LogOut>,
    /// The fields of the certificate; null when it does not read.
    says: Option<Value>,
}

#[derive(Serialize)]
struct FaultOut {
    fault: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct LogOut {
    origin: String,
    index: u64,
    no_later: String,
    witnesses: Vec<String>,
}

impl CertificateOut {
    pub(crate) fn new(judgement: &Judgement) -> CertificateOut {
        let logged = match judgement.outcome() {
            Outcome::Destroyed(logged) => Some(logged),
            _ => None,
        };
        // A file that was read prints back: there is nothing that could fail here.
        let json = judgement.file().and_then(|file| file.json().ok());
        let says = json.and_then(|json| serde_json::from_str::<Value>(&json).ok());
        CertificateOut {
            verdict: judgement.verdict(),
            fault: judgement
                .outcome()
                .fault()
                .map(|fault| FaultOut { fault: fault.kind.name(), detail: fault.detail.clone() }),
            log: logged.map(|logged| LogOut {
                origin: logged.log.clone(),
                index: logged.index,
                no_later: when::utc(logged.no_later_s),
                witnesses: logged.witnesses.clone(),
            }),
            says: says.and_then(|mut file| file.get_mut("certificate").map(Value::take)),
        }
    }
}
