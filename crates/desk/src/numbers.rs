//! What Prometheus is told: counted here, printed at `/metrics`.
//!
//! Not log lines. Invariants: labels come from short fixed lists (routes, methods, statuses), never from a request, so that
//! nobody can make the numbers grow; no label names a caller.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// From a millisecond to half a minute.
const SECONDS: [f64; 12] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

/// Connections as they come and go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    pub(crate) open: Gauge,
    pub(crate) refused: Counter,
}

/// All that is counted; clones count together.
#[derive(Clone)]
pub(crate) struct Numbers {
    registry: Arc<Mutex<Registry>>,
    answered: Family<Answered, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    pub(crate) connections: Connections,
}

impl Numbers {
    pub(crate) fn new() -> Numbers {
        let mut registry = Registry::with_prefix("counterpartd");
        let answered = Family::default();
        let seconds: Family<OfRoute, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let connections = Connections::default();
        registry.register("http_requests", "Requests answered", answered.clone());
        registry.register("http_request_seconds", "How long answers took", seconds.clone());
        registry.register("http_connections", "Connections open", connections.open.clone());
        registry.register(
            "http_connections_refused",
            "Connections turned away for want of a place",
            connections.refused.clone(),
        );
        Numbers { registry: Arc::new(Mutex::new(registry)), answered, seconds, connections }
    }

    /// Counts an answer. `route` is the pattern of the route, not the path that was asked for.
    pub(crate) fn answered(&self, route: &str, method: &axum::http::Method, status: u16, took: Duration) {
        let route = route.to_owned();
        self.seconds.get_or_create(&OfRoute { route: route.clone() }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Answered { route, method: known(method), status }).inc();
    }

    /// Lets a role add numbers of its own.
    pub(crate) fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().expect("nothing panics while it holds the registry"));
    }

    /// The page.
    pub(crate) fn print(&self) -> String {
        let mut page = String::new();
        let registry = self.registry.lock().expect("nothing panics while it holds the registry");
        prometheus_client::encoding::text::encode(&mut page, &registry).expect("a String takes all that is written");
        page
    }
}

fn known(method: &axum::http::Method) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
        .into_iter()
        .find(|known| method.as_str() == *known)
        .unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_a_made_up_method_makes_no_label() {
        let numbers = Numbers::new();
        for method in ["GET", "MADEUP", "OTHERS"] {
            let method = axum::http::Method::from_bytes(method.as_bytes()).unwrap();
            numbers.answered("/add", &method, 405, Duration::from_millis(2));
        }
        let page = numbers.print();
        for line in [
            "counterpartd_http_requests_total{route=\"/add\",method=\"GET\",status=\"405\"} 1",
            "counterpartd_http_requests_total{route=\"/add\",method=\"other\",status=\"405\"} 2",
            "counterpartd_http_request_seconds_count{route=\"/add\"} 3",
            "counterpartd_http_connections_refused_total 0",
        ] {
            assert!(page.contains(line), "{line} in {page}");
        }
    }
}
