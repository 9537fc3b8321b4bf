//! `counterpart excerpt FILE --from T --to T -o OUT`: forty seconds, provably from the whole.
//!
//! Not the cutting (`seal::derive`), nor writing and checking the result (`derived.rs`).
//! Invariant: what is asked for is in the excerpt; it is widened to whole seconds, never narrowed.

use clap::Args;
use seal::Plan;

use crate::derived::{self, Asked, DeriveArgs};
use crate::error::Result;
use crate::time::{Moment, Span};

/// `counterpart excerpt …`
#[derive(Args, Debug)]
pub(crate) struct ExcerptArgs {
    #[command(flatten)]
    derive: DeriveArgs,
    /// Where the excerpt begins: 3:20, 1:02:03.5 or 75 (seconds)
    #[arg(long, value_name = "T")]
    from: Moment,
    /// Where the excerpt ends
    #[arg(long, value_name = "T")]
    to: Moment,
}

pub(crate) fn run(args: &ExcerptArgs) -> Result<u8> {
    derived::run(&args.derive, |evidence| {
        let span = Span { from: args.from, to: args.to };
        let keep = derived::range_within(span.samples(evidence.header.format.rate_hz()), evidence)?;
        let plan = Plan { keep: Some(keep.clone()), mutes: Vec::new(), reveal: Vec::new() };
        Ok(Asked { plan, ranges: vec![keep] })
    })
}
