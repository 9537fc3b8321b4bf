//! What a browser may do with a page: the Content-Security-Policy, and the one inline line that it allows.
//!
//! Not which answers carry it: all pages do. Invariants: nothing is loaded but from here; the only inline script is GOV.UK's line, by its hash, which a test
//! holds; no page can be framed, and no form sends elsewhere.

/// Says in the page's class that a script runs, and whether it is one that the components' script can run in.
pub(crate) const INLINE_SCRIPT: &str = "document.body.className += ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' govuk-frontend-supported' : '');";

/// The value of `Content-Security-Policy` for every page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
