//! The graph for programs: nodes by index, edges between indices, waves.

use super::Graph;

/// The graph as JSON.
pub(super) fn render(graph: &Graph) -> String {
    serde_json::to_string_pretty(graph).expect("our types have string keys and no failing serializers") + "\n"
}
