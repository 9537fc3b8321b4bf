//! `GET /assets/DIGEST/NAME`: style, script or picture, compressed for whoever takes it so.
//!
//! Not read from a disk: they are in the program. Invariants: it may be kept for ever, since another content has another address; who does not say
//! that gzip is taken gets it as it is.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use pages::assets;

use crate::http::problem::Problem;

pub(crate) async fn show(
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((digest, name)) = path.map_err(|_| Problem::bad("the path is not UTF-8"))?;
    let asset = assets::find(&digest, &name).ok_or_else(|| Problem::not_found("there is no such asset"))?;
    let about = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, assets::CACHE_CONTROL),
        (header::VARY, "accept-encoding"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    Ok(match asset.gzipped.filter(|_| takes_gzip(&headers)) {
        Some(gzipped) => {
            (about, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], gzipped).into_response()
        }
        None => (about, asset.bytes).into_response(),
    })
}

/// Whether `Accept-Encoding` names gzip, and not with a weight of nothing.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let nothing = weight.trim().strip_prefix("q=").is_some_and(|q| q.chars().all(|c| "0.".contains(c)));
        name.trim().eq_ignore_ascii_case("gzip") && !nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let table = [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0.001", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("xgzip", false),
            ("", false),
        ];
        for (line, expected) in table {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(line))]);
            assert_eq!(takes_gzip(&headers), expected, "{line}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
