//! The graph for Markdown: <https://mermaid.js.org/syntax/flowchart.html>.

use super::{Graph, Kind, Relation};

/// The graph as a Mermaid flow chart.
pub(super) fn render(graph: &Graph) -> String {
    let mut lines = vec![format!("---\ntitle: {}\n---\nflowchart TD", graph.landscape)];
    for (index, node) in graph.nodes.iter().enumerate() {
        let (open, close) = brackets(node.kind);
        let detail =
            if node.detail.is_empty() { String::new() } else { format!("<br/>{}", escaped(&node.detail)) };
        lines.push(format!(
            "  n{index}{open}\"{}{detail}\"{close}:::{}",
            escaped(&node.name),
            class(node.kind)
        ));
    }
    for edge in &graph.edges {
        let arrow = arrow(edge.relation);
        let label = edge.alias.as_ref().map_or_else(String::new, |alias| format!("|\"{}\"|", escaped(alias)));
        lines.push(format!("  n{} {arrow}{label} n{}", edge.from, edge.to));
    }
    for kind in Kind::ALL {
        if graph.nodes.iter().any(|node| node.kind == kind) {
            lines.push(format!("  classDef {} {}", class(kind), colours(kind)));
        }
    }
    lines.join("\n") + "\n"
}

/// Mermaid takes entity codes, which begin with `#`.
fn escaped(text: &str) -> String {
    let code = |character| match character {
        '#' => Some("#35;"),
        '"' => Some("#quot;"),
        '<' => Some("#lt;"),
        '>' => Some("#gt;"),
        '&' => Some("#amp;"),
        _ => None,
    };
    text.chars()
        .map(|character| code(character).map_or_else(|| character.to_string(), str::to_owned))
        .collect()
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Reference => "foreign",
        other => other.name(),
    }
}

const fn brackets(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Service => ("(", ")"),
        Kind::Job => ("([", "])"),
        Kind::Image | Kind::Reference => ("[", "]"),
        Kind::Volume => ("[(", ")]"),
        Kind::External => ("((", "))"),
        Kind::Secret | Kind::Config => ("[/", "/]"),
    }
}

const fn arrow(relation: Relation) -> &'static str {
    match relation {
        Relation::Depends => "-->",
        Relation::Runs | Relation::Built => "==>",
        Relation::Mounts | Relation::Reads => "-.->",
    }
}

const fn colours(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "fill:#dbeafe,stroke:#2563eb,color:#1e3a8a",
        Kind::Job => "fill:#ede9fe,stroke:#7c3aed,color:#4c1d95",
        Kind::Image => "fill:#e5e7eb,stroke:#4b5563,color:#1f2937",
        Kind::Reference => "fill:#f9fafb,stroke:#6b7280,color:#1f2937",
        Kind::Volume => "fill:#fef3c7,stroke:#b45309,color:#78350f",
        Kind::External => "fill:#d1fae5,stroke:#047857,color:#064e3b",
        Kind::Secret => "fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d",
        Kind::Config => "fill:#cffafe,stroke:#0e7490,color:#164e63",
    }
}
