//! The landscape as a graph: what is built on, runs, depends on, mounts and reads what; and its views.

mod dot;
mod json;
mod mermaid;
mod order;
mod relations;
mod svg;
mod text;

use landfall_model::Landscape;
use landfall_model::name::Name;
use serde::Serialize;

pub use order::{Start, start_order};

/// What a landscape consists of, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The landscape's name.
    pub landscape: Name,
    /// What the landscape is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Components by kind, then name.
    pub nodes: Vec<Node>,
    /// What they have to do with each other, by node.
    pub edges: Vec<Edge>,
    /// What a deployment starts: everything in one wave at once, each when what it waits for is well.
    pub waves: Vec<Vec<Start>>,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Node {
    /// What kind of component.
    pub kind: Kind,
    /// Its name; for an image that is built elsewhere, its reference.
    pub name: String,
    /// What more there is to say, in a few words.
    pub detail: String,
}

/// What kind of component a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A service.
    Service,
    /// A job.
    Job,
    /// An image that is built here.
    Image,
    /// An image that is built elsewhere.
    Reference,
    /// A volume.
    Volume,
    /// A service that somebody else runs.
    External,
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl Kind {
    /// All kinds, in the order of the nodes.
    pub const ALL: [Self; 8] = [
        Self::Service,
        Self::Job,
        Self::Image,
        Self::Reference,
        Self::Volume,
        Self::External,
        Self::Secret,
        Self::Config,
    ];

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Job => "job",
            Self::Image => "image",
            Self::Reference => "foreign image",
            Self::Volume => "volume",
            Self::External => "external",
            Self::Secret => "secret",
            Self::Config => "config",
        }
    }
}

/// What a component has to do with another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// The index of the node that needs the other.
    pub from: usize,
    /// The index of the node that is needed.
    pub to: usize,
    /// How.
    pub relation: Relation,
    /// The name or path under which it is known there, where it isn't its own.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

/// How a component needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// It can't do without it and looks it up.
    Depends,
    /// It runs this image.
    Runs,
    /// It is built on this image.
    Built,
    /// It mounts this volume.
    Mounts,
    /// It reads this secret or config.
    Reads,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 5] = [Self::Depends, Self::Runs, Self::Built, Self::Mounts, Self::Reads];

    /// The relation in words, as they stand between two names.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Depends => "depends on",
            Self::Runs => "runs",
            Self::Built => "is built on",
            Self::Mounts => "mounts",
            Self::Reads => "reads",
        }
    }
}

/// A way to show a graph.
pub struct View {
    /// The view's name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The graph in that form.
    pub render: fn(&Graph) -> String,
}

/// All views.
pub const ALL: &[View] = &[
    View { name: "text", about: "what starts when, and what it waits for", render: text::render },
    View { name: "dot", about: "for Graphviz", render: dot::render },
    View { name: "mermaid", about: "for Markdown", render: mermaid::render },
    View { name: "json", about: "for programs", render: json::render },
    View { name: "svg", about: "a picture", render: svg::render },
];

/// The graph of a landscape. References to what the landscape doesn't have are left out.
pub fn graph(landscape: &Landscape) -> Graph {
    let (nodes, edges) = relations::relations(landscape);
    Graph {
        landscape: landscape.landscape.clone(),
        description: landscape.description.clone(),
        nodes,
        edges,
        waves: order::waves(landscape),
    }
}

#[cfg(test)]
mod tests;
