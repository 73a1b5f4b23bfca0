//! Where boxes and lines go: ranks by what needs what, then rust-sugiyama for the places in them.
//!
//! Every line is cut at every rank it crosses and gets a small vertex there, so that the layout keeps room for it and
//! no line runs through a box. Boxes stand on even ranks, labels on odd ones.

use std::collections::BTreeMap;

use rust_sugiyama::configure::Config;

use crate::graph::Graph;

/// Room between two vertices.
const SPACING: f64 = 18.0;
/// So many vertices, and the last improvement is left out: its time grows faster than what it gains.
const LARGE: usize = 400;
/// Room between two parts that have nothing to do with each other.
const GAP: f64 = 36.0;

/// The places of everything, in pixels; the left upper corner of it all is 0, 0.
#[derive(Debug)]
pub(super) struct Layout {
    /// The middle of each node's box.
    pub(super) boxes: Vec<Point>,
    /// For each edge the middles of the vertices that it passes, from its first box to its last.
    pub(super) lines: Vec<Vec<Point>>,
    /// Width and height.
    pub(super) size: (f64, f64),
}

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// How large things are.
pub(super) struct Sizes<'a> {
    /// A node's box, by index.
    pub(super) node: &'a dyn Fn(usize) -> (f64, f64),
    /// An edge's label, by index.
    pub(super) label: &'a dyn Fn(usize) -> (f64, f64),
}

/// Places a graph's nodes and edges.
pub(super) fn plan_layout(graph: &Graph, sizes: &Sizes<'_>) -> Layout {
    let ranks = ranks(graph);
    let mut vertices: Vec<(u32, (f64, f64))> =
        (0_u32..).zip((0..graph.nodes.len()).map(sizes.node)).collect();
    let mut links = Vec::new();
    let mut lines = Vec::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        let (Ok(from), Ok(to)) = (u32::try_from(edge.from), u32::try_from(edge.to)) else { continue };
        let mut line = vec![from];
        for rank in ranks[edge.from] + 1..ranks[edge.to] {
            let vertex = u32::try_from(vertices.len()).expect("fewer than four thousand million vertices");
            // The label stands behind the first box, where its line is still by itself.
            let size = if rank == ranks[edge.from] + 1 { (sizes.label)(index) } else { (6.0, 6.0) };
            vertices.push((vertex, size));
            line.push(vertex);
        }
        line.push(to);
        links.extend(line.windows(2).map(|pair| (pair[0], pair[1])));
        lines.push(line);
    }
    let transpose = vertices.len() <= LARGE;
    let config = Config { vertex_spacing: SPACING, dummy_vertices: true, transpose, ..Config::default() };
    let parts = rust_sugiyama::from_vertices_and_edges(&vertices, &links, &config);
    let (places, size) = side_by_side(parts, &vertices);
    let place = |vertex: &u32| places.get(vertex).copied().unwrap_or_default();
    let boxes = vertices.iter().take(graph.nodes.len()).map(|(vertex, _)| place(vertex)).collect();
    Layout { boxes, lines: lines.iter().map(|line| line.iter().map(place).collect()).collect(), size }
}

/// For each node its rank: below everything that needs it, as high as that allows, always even.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut ranks = vec![0; graph.nodes.len()];
    // As many rounds as there are nodes settle every order; only a circle (which is refused before) would go on.
    for _ in 0..graph.nodes.len() {
        let mut settled = true;
        for edge in &graph.edges {
            if ranks[edge.to] < ranks[edge.from] + 2 {
                ranks[edge.to] = ranks[edge.from] + 2;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    ranks
}

type Part = (Vec<(usize, (f64, f64))>, f64, f64);

/// Puts the parts beside each other, the one with the first node first, tops aligned.
fn side_by_side(parts: Vec<Part>, vertices: &[(u32, (f64, f64))]) -> (BTreeMap<u32, Point>, (f64, f64)) {
    let mut parts: Vec<BTreeMap<usize, (f64, f64)>> =
        parts.into_iter().map(|(places, _, _)| places.into_iter().collect()).collect();
    parts.sort_by_key(|places| places.keys().next().copied());
    let mut all = BTreeMap::new();
    let (mut left, mut height) = (0.0, 0.0_f64);
    for places in parts {
        let half =
            |vertex: &usize| vertices.get(*vertex).map_or((0.0, 0.0), |(_, (w, h))| (w / 2.0, h / 2.0));
        let edge = |pick: fn(f64, f64) -> f64, first: f64, side: &dyn Fn((f64, f64), (f64, f64)) -> f64| {
            places.iter().map(|(vertex, place)| side(*place, half(vertex))).fold(first, pick)
        };
        let x = edge(f64::min, f64::INFINITY, &|place, half| place.0 - half.0);
        let y = edge(f64::min, f64::INFINITY, &|place, half| place.1 - half.1);
        let right = edge(f64::max, f64::NEG_INFINITY, &|place, half| place.0 + half.0);
        let bottom = edge(f64::max, f64::NEG_INFINITY, &|place, half| place.1 + half.1);
        for (vertex, place) in &places {
            let vertex = u32::try_from(*vertex).expect("its number was given as one");
            all.insert(vertex, Point { x: place.0 - x + left, y: place.1 - y });
        }
        left += right - x + GAP;
        height = height.max(bottom - y);
    }
    (all, ((left - GAP).max(0.0), height))
}
