//! The graph as a picture: boxes by kind, lines by relation, readable on white and on dark.

mod layout;

use std::fmt::Write;

use super::{Graph, Kind, Node, Relation};
use layout::{Layout, Point, Sizes, plan_layout};

const MARGIN: f64 = 20.0;
const TITLE: f64 = 34.0;
const LEGEND: f64 = 34.0;
const BOX_HEIGHT: f64 = 42.0;
const LABEL_HEIGHT: f64 = 16.0;
/// Room between boxes above each other, in which lines turn.
const TURN_HEIGHT: f64 = 34.0;

/// The graph as SVG.
pub(super) fn render(graph: &Graph) -> String {
    let label = |index: usize| {
        let alias = graph.edges[index].alias.as_deref();
        (
            alias.map_or(6.0, |alias| small_width(&label_text(graph.edges[index].relation, alias)) + 10.0),
            TURN_HEIGHT,
        )
    };
    let node = |index: usize| (box_width(&graph.nodes[index]), BOX_HEIGHT);
    let layout = plan_layout(graph, &Sizes { node: &node, label: &label });
    let legend = legend(graph);
    let width = layout.size.0.max(legend.1).max(bold_width(graph.landscape.as_str())) + 2.0 * MARGIN;
    let height = layout.size.1 + TITLE + LEGEND + 2.0 * MARGIN;
    let mut svg = head(graph, (width, height));
    let shift = ((width - layout.size.0) / 2.0, MARGIN + TITLE);
    push(&mut svg, format_args!("<g transform=\"translate({:.1} {:.1})\">\n", shift.0, shift.1));
    let ports = Ports::new(graph, &layout);
    for index in 0..graph.edges.len() {
        svg += &line(graph, &ports.path(index), index);
    }
    for (node, place) in graph.nodes.iter().zip(&layout.boxes) {
        svg += &boxed(node, *place);
    }
    for (index, edge) in graph.edges.iter().enumerate() {
        if let (Some(alias), Some(place)) = (&edge.alias, layout.lines[index].get(1)) {
            svg += &pill(&label_text(edge.relation, alias), *place);
        }
    }
    svg += "</g>\n";
    push(
        &mut svg,
        format_args!("<g transform=\"translate({MARGIN:.1} {:.1})\">\n", height - MARGIN - LEGEND / 2.0),
    );
    svg + &legend.0 + "</g>\n</svg>\n"
}

fn head(graph: &Graph, (width, height): (f64, f64)) -> String {
    let name = escaped(graph.landscape.as_str());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" font-family=\"'DejaVu Sans', Verdana, sans-serif\">\n<title>{name}</title>\n"
    );
    if let Some(description) = &graph.description {
        push(&mut svg, format_args!("<desc>{}</desc>\n", escaped(description)));
    }
    svg += "<defs>\n";
    for relation in Relation::ALL {
        push(
            &mut svg,
            format_args!(
                "<marker id=\"{}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
             orient=\"auto-start-reverse\" markerUnits=\"userSpaceOnUse\"><path d=\"M0 0.5 10 5 0 9.5 2.5 5z\" \
             fill=\"{}\"/></marker>\n",
                marker(relation),
                colour(relation)
            ),
        );
    }
    svg += "</defs>\n";
    push(
        &mut svg,
        format_args!(
            "<text x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"18\" font-weight=\"bold\" fill=\"#6b7280\">{name}</text>\n",
            MARGIN + 16.0
        ),
    );
    svg
}

fn push(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("a String takes everything");
}

/// Where lines leave and enter boxes: spread along the side, in the order of where they go.
struct Ports<'a> {
    layout: &'a Layout,
    out: Vec<f64>,
    into: Vec<f64>,
}

impl<'a> Ports<'a> {
    fn new(graph: &Graph, layout: &'a Layout) -> Self {
        let mut ports =
            Self { layout, out: vec![0.0; graph.edges.len()], into: vec![0.0; graph.edges.len()] };
        for node in 0..graph.nodes.len() {
            let width = box_width(&graph.nodes[node]);
            let next = |index: usize| layout.lines[index].get(1).map_or(0.0, |point| point.x);
            let previous =
                |index: usize| layout.lines[index].iter().rev().nth(1).map_or(0.0, |point| point.x);
            let edges = || graph.edges.iter().enumerate();
            let leaving =
                edges().filter(|(_, edge)| edge.from == node).map(|(index, _)| (next(index), index));
            spread(&mut ports.out, leaving.collect(), (layout.boxes[node].x, width));
            let entering =
                edges().filter(|(_, edge)| edge.to == node).map(|(index, _)| (previous(index), index));
            spread(&mut ports.into, entering.collect(), (layout.boxes[node].x, width));
        }
        ports
    }

    /// The points of an edge's line, from box to box.
    fn path(&self, edge: usize) -> Vec<Point> {
        let line = &self.layout.lines[edge];
        let mut points = Vec::new();
        for (position, point) in line.iter().enumerate() {
            let half = BOX_HEIGHT / 2.0;
            if position == 0 {
                points.push(Point { x: self.out[edge], y: point.y + half });
            } else if position + 1 == line.len() {
                points.push(Point { x: self.into[edge], y: point.y - half - 1.0 });
            } else if position % 2 == 0 {
                // Past boxes a line is straight.
                points.push(Point { x: point.x, y: point.y - half });
                points.push(Point { x: point.x, y: point.y + half });
            } else {
                points.push(*point);
            }
        }
        points
    }
}

fn spread(ports: &mut [f64], mut edges: Vec<(f64, usize)>, (middle, width): (f64, f64)) {
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let step = ((width - 24.0) / f64::from(u32::try_from(edges.len()).unwrap_or(u32::MAX))).min(18.0);
    let mut x = middle - step * (edges.len().saturating_sub(1)) as f64 / 2.0;
    for (_, edge) in edges {
        ports[edge] = x;
        x += step;
    }
}

fn line(graph: &Graph, points: &[Point], index: usize) -> String {
    let edge = &graph.edges[index];
    let mut path = String::new();
    for (position, point) in points.iter().enumerate() {
        match position.checked_sub(1).map(|previous| points[previous]) {
            None => push(&mut path, format_args!("M{:.1} {:.1}", point.x, point.y)),
            Some(before) => {
                let middle = f64::midpoint(before.y, point.y);
                push(
                    &mut path,
                    format_args!(
                        "C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}",
                        before.x, point.x, point.x, point.y
                    ),
                );
            }
        }
    }
    let (from, to) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
    format!(
        "<path d=\"{path}\" {} marker-end=\"url(#{})\"><title>{} {} {}</title></path>\n",
        stroke(edge.relation),
        marker(edge.relation),
        escaped(from),
        edge.relation.words(),
        escaped(to)
    )
}

fn boxed(node: &Node, middle: Point) -> String {
    let (fill, line, ink) = colours(node.kind);
    let width = box_width(node);
    let (x, y) = (middle.x - width / 2.0, middle.y - BOX_HEIGHT / 2.0);
    let radius = if node.kind == Kind::Job { BOX_HEIGHT / 2.0 } else { 7.0 };
    format!(
        "<g><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX_HEIGHT}\" rx=\"{radius}\" fill=\"{fill}\" \
         stroke=\"{line}\" stroke-width=\"1.5\"/>\
         <text x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\" fill=\"{ink}\">{2}</text>\
         <text x=\"{0:.1}\" y=\"{3:.1}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{ink}\">{4}</text></g>\n",
        middle.x,
        middle.y - 2.0,
        escaped(&node.name),
        middle.y + 13.0,
        escaped(&second_line(node))
    )
}

fn pill(text: &str, middle: Point) -> String {
    let width = small_width(text) + 10.0;
    format!(
        "<g><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{LABEL_HEIGHT}\" rx=\"8\" fill=\"#f3f4f6\" \
         stroke=\"#9ca3af\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\" \
         fill=\"#374151\">{}</text></g>\n",
        middle.x - width / 2.0,
        middle.y - LABEL_HEIGHT / 2.0,
        middle.x,
        middle.y + 3.5,
        escaped(text)
    )
}

/// The relations that there are, and the legend's width.
fn legend(graph: &Graph) -> (String, f64) {
    let mut svg = String::new();
    let mut x = 0.0;
    for relation in Relation::ALL {
        if !graph.edges.iter().any(|edge| edge.relation == relation) {
            continue;
        }
        push(
            &mut svg,
            format_args!(
                "<path d=\"M{x:.1} 0H{:.1}\" {} marker-end=\"url(#{})\"/><text x=\"{:.1}\" y=\"3.5\" font-size=\"10\" \
             fill=\"#6b7280\">{}</text>\n",
                x + 28.0,
                stroke(relation),
                marker(relation),
                x + 34.0,
                relation.words()
            ),
        );
        x += 34.0 + small_width(relation.words()) + 18.0;
    }
    (svg, x)
}

fn label_text(relation: Relation, alias: &str) -> String {
    if relation == Relation::Depends { format!("as {alias}") } else { alias.to_owned() }
}

fn second_line(node: &Node) -> String {
    match (node.kind, node.detail.as_str()) {
        (kind, "") => kind.name().to_owned(),
        (kind, detail) => format!("{}: {detail}", kind.name()),
    }
}

fn box_width(node: &Node) -> f64 {
    bold_width(&node.name).max(small_width(&second_line(node))) + 24.0
}

/// The widths are a little more than what common fonts need.
fn bold_width(text: &str) -> f64 {
    text.chars().count() as f64 * 9.2
}

fn small_width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.2
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const fn marker(relation: Relation) -> &'static str {
    match relation {
        Relation::Depends => "depends",
        Relation::Runs => "runs",
        Relation::Built => "built",
        Relation::Mounts => "mounts",
        Relation::Reads => "reads",
    }
}

const fn colour(relation: Relation) -> &'static str {
    match relation {
        Relation::Depends => "#3b82f6",
        Relation::Runs => "#9ca3af",
        Relation::Built => "#6b7280",
        Relation::Mounts => "#d97706",
        Relation::Reads => "#dc2626",
    }
}

fn stroke(relation: Relation) -> String {
    let (width, dashes) = match relation {
        Relation::Depends => ("1.8", ""),
        Relation::Runs => ("1", ""),
        Relation::Built => ("2", ""),
        Relation::Mounts => ("1.5", " stroke-dasharray=\"6 4\""),
        Relation::Reads => ("1.5", " stroke-dasharray=\"2 3\""),
    };
    format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"{dashes}", colour(relation))
}

/// Fill, border and text.
const fn colours(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::Service => ("#dbeafe", "#2563eb", "#1e3a8a"),
        Kind::Job => ("#ede9fe", "#7c3aed", "#4c1d95"),
        Kind::Image => ("#e5e7eb", "#4b5563", "#1f2937"),
        Kind::Reference => ("#f9fafb", "#6b7280", "#1f2937"),
        Kind::Volume => ("#fef3c7", "#b45309", "#78350f"),
        Kind::External => ("#d1fae5", "#047857", "#064e3b"),
        Kind::Secret => ("#fee2e2", "#b91c1c", "#7f1d1d"),
        Kind::Config => ("#cffafe", "#0e7490", "#164e63"),
    }
}
