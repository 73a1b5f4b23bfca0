//! The graph to read: what starts when, what it waits for and uses, and the layers of images.

use super::{Graph, Kind, Node, Relation, Start};

/// The graph as text.
pub(super) fn render(graph: &Graph) -> String {
    let about = graph.description.as_ref().map_or_else(String::new, |about| format!(": {about}"));
    let mut lines = vec![format!("{}{about}", graph.landscape)];
    let rows = rows(graph);
    let width = rows.iter().flat_map(|(_, rows)| rows).map(|row| row.head.chars().count()).max().unwrap_or(0);
    for (title, rows) in rows.into_iter().filter(|(_, rows)| !rows.is_empty()) {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.extend(
            rows.iter().map(|Row { head, tail }| format!("  {head:width$}  {tail}").trim_end().to_owned()),
        );
    }
    lines.join("\n") + "\n"
}

struct Row {
    head: String,
    tail: String,
}

fn rows(graph: &Graph) -> Vec<(&'static str, Vec<Row>)> {
    let started = graph.waves.iter().enumerate().flat_map(|(wave, starts)| {
        starts.iter().enumerate().map(move |(position, start)| (wave, position, start))
    });
    let starts = started.map(|(wave, position, start)| {
        let number = if position == 0 { format!("{}.", wave + 1) } else { String::new() };
        Row { head: format!("{number:3} {}", start.name), tail: tail(graph, start) }
    });
    let is_started = |node: &Node| graph.waves.iter().flatten().any(|start| start.name.as_str() == node.name);
    let jobs = nodes(graph, Kind::Job).filter(|(_, node)| !is_started(node)).map(|(index, node)| {
        let tail = std::iter::once(node.detail.clone()).chain(uses(graph, index, &[])).collect::<Vec<_>>();
        Row { head: node.name.clone(), tail: tail.join("; ") }
    });
    let plain = |kind| {
        let row = |(_, node): (usize, &Node)| Row { head: node.name.clone(), tail: node.detail.clone() };
        nodes(graph, kind).map(row).collect::<Vec<_>>()
    };
    vec![
        ("starts, in this order", starts.collect()),
        ("runs by the clock or by hand", jobs.collect()),
        ("images", images(graph)),
        ("volumes", plain(Kind::Volume)),
        ("externals", plain(Kind::External)),
        ("secrets", plain(Kind::Secret)),
        ("configs", plain(Kind::Config)),
    ]
}

fn nodes(graph: &Graph, kind: Kind) -> impl Iterator<Item = (usize, &Node)> {
    graph.nodes.iter().enumerate().filter(move |(_, node)| node.kind == kind)
}

fn tail(graph: &Graph, start: &Start) -> String {
    let is_it = |node: &&(usize, &Node)| node.1.name == start.name.as_str();
    let all: Vec<_> = nodes(graph, Kind::Service).chain(nodes(graph, Kind::Job)).collect();
    let Some((index, node)) = all.iter().find(is_it) else { return String::new() };
    let after: Vec<&str> = start.after.iter().map(|name| name.as_str()).collect();
    let kind = (node.kind == Kind::Job).then(|| format!("job {}", node.detail));
    let detail = (node.kind == Kind::Service && !node.detail.is_empty()).then(|| node.detail.clone());
    let first = kind.or(detail).into_iter();
    let after_words = (!after.is_empty()).then(|| format!("after {}", after.join(", ")));
    first.chain(after_words).chain(uses(graph, *index, &after)).collect::<Vec<_>>().join("; ")
}

/// What a component uses beside what it was said to wait for.
fn uses(graph: &Graph, index: usize, said: &[&str]) -> Vec<String> {
    let uses = Relation::ALL.into_iter().map(|relation| {
        let edges = graph.edges.iter().filter(|edge| edge.from == index && edge.relation == relation);
        let names = edges.filter_map(|edge| {
            let name = &graph.nodes[edge.to].name;
            match &edge.alias {
                Some(alias) => Some(format!("{name} as {alias}")),
                None if said.contains(&name.as_str()) => None,
                None => Some(name.clone()),
            }
        });
        (relation, names.collect::<Vec<_>>())
    });
    let named = uses.filter(|(_, names)| !names.is_empty());
    named.map(|(relation, names)| format!("{} {}", relation.words(), names.join(", "))).collect()
}

/// Images as a forest, those below others that are built on them.
fn images(graph: &Graph) -> Vec<Row> {
    let parent =
        |index| graph.edges.iter().find(|edge| edge.from == index && edge.relation == Relation::Built);
    let mut rows = Vec::new();
    for (index, _) in nodes(graph, Kind::Image).filter(|(index, _)| parent(*index).is_none()) {
        layers(graph, index, 0, &mut rows);
    }
    let foreign = nodes(graph, Kind::Reference)
        .map(|(_, node)| Row { head: node.name.clone(), tail: "built elsewhere".to_owned() });
    rows.extend(foreign);
    rows
}

fn layers(graph: &Graph, index: usize, depth: usize, rows: &mut Vec<Row>) {
    let node = &graph.nodes[index];
    let indent = match depth {
        0 => String::new(),
        depth => "   ".repeat(depth - 1) + "└─ ",
    };
    let tail = std::iter::once(node.detail.clone())
        .chain(uses(graph, index, &[]).into_iter().filter(|uses| !uses.starts_with("is built")))
        .collect::<Vec<_>>();
    rows.push(Row { head: format!("{indent}{}", node.name), tail: tail.join("; ") });
    for edge in graph.edges.iter().filter(|edge| edge.to == index && edge.relation == Relation::Built) {
        layers(graph, edge.from, depth + 1, rows);
    }
}
