//! The graph for Graphviz: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write;

use super::{Graph, Kind, Relation};

/// The graph in the DOT language.
pub(super) fn render(graph: &Graph) -> String {
    let mut text = format!("digraph {} {{\n", quoted(graph.landscape.as_str()));
    text += "  node [fontname=\"sans-serif\" style=\"filled,rounded\" shape=box];\n";
    text += "  edge [fontname=\"sans-serif\" fontsize=10];\n";
    let add = |text: &mut String, line: std::fmt::Arguments<'_>| {
        text.write_fmt(line).expect("a String takes everything");
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = if node.detail.is_empty() {
            node.name.clone()
        } else {
            format!("{}\n{}", node.name, node.detail)
        };
        add(
            &mut text,
            format_args!(
                "  n{index} [label={} tooltip={} {}];\n",
                quoted(&label),
                quoted(node.kind.name()),
                look(node.kind)
            ),
        );
    }
    for edge in &graph.edges {
        let label = edge.alias.as_ref().map_or_else(String::new, |alias| format!(" label={}", quoted(alias)));
        let words = quoted(edge.relation.words());
        let style = style(edge.relation);
        add(
            &mut text,
            format_args!("  n{} -> n{} [tooltip={words} style={style}{label}];\n", edge.from, edge.to),
        );
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

const fn look(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "fillcolor=\"#dbeafe\"",
        Kind::Job => "fillcolor=\"#ede9fe\"",
        Kind::Image => "fillcolor=\"#e5e7eb\"",
        Kind::Reference => "fillcolor=\"#f9fafb\"",
        Kind::Volume => "fillcolor=\"#fef3c7\" shape=cylinder style=filled",
        Kind::External => "fillcolor=\"#d1fae5\"",
        Kind::Secret => "fillcolor=\"#fee2e2\"",
        Kind::Config => "fillcolor=\"#cffafe\"",
    }
}

const fn style(relation: Relation) -> &'static str {
    match relation {
        Relation::Depends => "solid",
        Relation::Runs | Relation::Built => "bold",
        Relation::Mounts => "dashed",
        Relation::Reads => "dotted",
    }
}
