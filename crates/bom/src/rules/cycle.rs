//! Finds cycles in a graph of names.

use std::collections::{BTreeMap, BTreeSet};

use landfall_model::Name;

/// Cycles of the graph, each from one of its names around to just before it again. Every name that is on a cycle is on
/// one that is found or can reach one.
pub(super) fn cycles<'a>(graph: &BTreeMap<&'a Name, Vec<&'a Name>>) -> Vec<Vec<&'a Name>> {
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for start in graph.keys().copied() {
        walk(graph, start, &mut done, &mut found);
    }
    found
}

fn walk<'a>(
    graph: &BTreeMap<&'a Name, Vec<&'a Name>>,
    start: &'a Name,
    done: &mut BTreeSet<&'a Name>,
    found: &mut Vec<Vec<&'a Name>>,
) {
    // The way from the start to here, with the next edge to follow at each step. A list in place of recursion: a chain
    // of services may be as long as the file.
    let mut way: Vec<(&Name, usize)> = vec![(start, 0)];
    let mut on_way: BTreeMap<&Name, usize> = BTreeMap::from([(start, 0)]);
    while let Some((name, next)) = way.last_mut() {
        let edge =
            graph.get(*name).and_then(|edges| edges.get(*next)).copied().filter(|_| !done.contains(*name));
        *next += 1;
        match edge {
            None => {
                done.insert(*name);
                on_way.remove(*name);
                way.pop();
            }
            Some(target) => match on_way.get(target) {
                Some(at) => {
                    let cycle: Vec<_> = way[*at..].iter().map(|(name, _)| *name).collect();
                    done.extend(cycle.iter().copied());
                    found.push(cycle);
                }
                None if !done.contains(target) => {
                    on_way.insert(target, way.len());
                    way.push((target, 0));
                }
                None => {}
            },
        }
    }
}

/// `a -> b -> a`.
pub(super) fn describe(cycle: &[&Name]) -> String {
    let names: Vec<_> = cycle.iter().chain(cycle.first()).map(|name| name.as_str()).collect();
    names.join(" -> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(&str, &str)], expected: &[&str]) {
        let names: Vec<_> = edges
            .iter()
            .map(|(from, to)| (Name::new(*from).expect("valid"), Name::new(*to).expect("valid")))
            .collect();
        let mut graph = BTreeMap::<&Name, Vec<&Name>>::new();
        for (from, to) in &names {
            graph.entry(from).or_default().push(to);
        }
        let found: Vec<_> = cycles(&graph).iter().map(|cycle| describe(cycle)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn cycles_are_found() {
        check(&[("a", "b"), ("b", "c"), ("a", "c")], &[]);
        check(&[("a", "a")], &["a -> a"]);
        check(&[("a", "b"), ("b", "c"), ("c", "b")], &["b -> c -> b"]);
        check(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")], &["a -> b -> a", "c -> d -> c"]);
    }

    #[test]
    fn a_long_chain_is_no_trouble() {
        let names: Vec<_> = (0..20_000).map(|n| Name::new(format!("s{n}")).expect("valid")).collect();
        let graph = names.windows(2).map(|pair| (&pair[0], vec![&pair[1]])).collect();
        assert!(cycles(&graph).is_empty());
    }
}
