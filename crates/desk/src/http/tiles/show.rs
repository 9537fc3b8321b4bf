//! `GET /tile/…`: one tile or bundle.
//!
//! Not made here: it is a file of the store as it stands. Invariants: what is served is a tile, never changes, and caches are told so;
//! what is not there is not remembered as missing.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::{ReadSide, StoreError, TileName};

use crate::http::problem::Problem;

/// Above the longest bundle of entries of this log; another log's would be cut off, not served.
const TILE_BYTES_MAX: usize = 64 * 1024;

pub(crate) async fn show(
    State(tiles): State<Arc<dyn ReadSide>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(path) = path.map_err(|_| Problem::bad("the path is not UTF-8"))?;
    let name = TileName::parse(&path).ok_or_else(|| Problem::not_found("this is not the path of a tile"))?;
    match tiles.read(&format!("tile/{path}"), TILE_BYTES_MAX).await {
        // Another file in its place is nothing that the public asked for.
        Ok(Some(bytes)) if !name.fits(&bytes) => {
            tracing::error!(path, "a tile is damaged");
            Err(Problem::busy("this tile is damaged"))
        }
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream"),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            Ok((headers, bytes).into_response())
        }
        Ok(None) => Err(Problem::not_found("there is no such tile; if it is a partial one, ask for the full one")),
        Err(err) => {
            tracing::error!(error = %err, "a tile cannot be read");
            Err(match err {
                StoreError::TooLarge { .. } => Problem::busy("this tile is damaged"),
                _ => Problem::busy("the tiles cannot be read"),
            })
        }
    }
}
