//! Directed graphs with nodes and edges of ours, and the few questions that rules ask of them.
//!
//! Everything here is iterative: how deep a ruleset is never decides how deep the call stack gets. Answers come
//! in the order in which nodes and edges were added, so that what is reported does not wander.

use petgraph::Direction;
use petgraph::algo::{dominators, kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::{EdgeFiltered, EdgeRef};
use std::collections::{BTreeMap, VecDeque};

/// A node of one [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// An edge of one [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeId(pub u32);

impl NodeId {
    /// As an index: nodes count from 0 in the order in which they were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    fn of(node: NodeIndex) -> NodeId {
        NodeId(node.index() as u32)
    }

    fn inner(self) -> NodeIndex {
        NodeIndex::new(self.index())
    }
}

impl EdgeId {
    fn of(edge: EdgeIndex) -> EdgeId {
        EdgeId(edge.index() as u32)
    }

    fn inner(self) -> EdgeIndex {
        EdgeIndex::new(self.0 as usize)
    }
}

/// A directed graph. Nodes and edges are never taken away.
#[derive(Clone, Debug)]
pub struct Graph<N, E> {
    inner: DiGraph<N, E>,
}

impl<N, E> Default for Graph<N, E> {
    fn default() -> Self {
        Graph { inner: DiGraph::new() }
    }
}

impl<N, E> Graph<N, E> {
    /// Adds a node.
    pub fn add_node(&mut self, node: N) -> NodeId {
        NodeId::of(self.inner.add_node(node))
    }

    /// Adds an edge between two nodes of this graph; there may be several between the same two.
    pub fn add_edge(&mut self, from: NodeId, to: NodeId, edge: E) -> EdgeId {
        EdgeId::of(self.inner.add_edge(from.inner(), to.inner(), edge))
    }

    /// What a node is.
    pub fn node(&self, node: NodeId) -> &N {
        &self.inner[node.inner()]
    }

    /// What an edge is.
    pub fn edge(&self, edge: EdgeId) -> &E {
        &self.inner[edge.inner()]
    }

    /// Where an edge begins.
    pub fn source(&self, edge: EdgeId) -> NodeId {
        self.inner.edge_endpoints(edge.inner()).map_or(NodeId(0), |ends| NodeId::of(ends.0))
    }

    /// Where an edge ends.
    pub fn target(&self, edge: EdgeId) -> NodeId {
        self.inner.edge_endpoints(edge.inner()).map_or(NodeId(0), |ends| NodeId::of(ends.1))
    }

    /// Every node, in the order of adding.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<N, E> {
        (0..self.inner.node_count() as u32).map(NodeId)
    }

    /// Every edge, in the order of adding.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = EdgeId> + use<N, E> {
        (0..self.inner.edge_count() as u32).map(EdgeId)
    }

    /// The edges that leave a node, in the order of adding.
    pub fn outgoing(&self, node: NodeId) -> Vec<EdgeId> {
        self.beside(node, Direction::Outgoing)
    }

    /// The edges that end in a node, in the order of adding.
    pub fn incoming(&self, node: NodeId) -> Vec<EdgeId> {
        self.beside(node, Direction::Incoming)
    }

    fn beside(&self, node: NodeId, direction: Direction) -> Vec<EdgeId> {
        let mut edges = Vec::new();
        self.put_beside(node, direction, &mut edges);
        edges
    }

    pub(super) fn put_beside(&self, node: NodeId, direction: Direction, edges: &mut Vec<EdgeId>) {
        edges.extend(self.inner.edges_directed(node.inner(), direction).map(|edge| EdgeId::of(edge.id())));
        edges.sort_unstable();
    }

    /// What can be reached from the starts over edges that may be walked, by shortest ways.
    pub fn reach(&self, starts: &[NodeId], may_walk: impl Fn(EdgeId) -> bool) -> Reach {
        self.search(starts, Direction::Outgoing, may_walk)
    }

    /// From where the ends can be reached over edges that may be walked.
    pub fn reach_back(&self, ends: &[NodeId], may_walk: impl Fn(EdgeId) -> bool) -> Reach {
        self.search(ends, Direction::Incoming, may_walk)
    }

    fn search(&self, starts: &[NodeId], direction: Direction, may_walk: impl Fn(EdgeId) -> bool) -> Reach {
        let mut reach = Reach { came: vec![Came::Never; self.inner.node_count()] };
        let mut queue = VecDeque::new();
        for start in starts {
            reach.came[start.index()] = Came::Start;
            queue.push_back(*start);
        }
        let mut edges = Vec::new();
        while let Some(node) = queue.pop_front() {
            self.put_beside(node, direction, &mut edges);
            for edge in edges.drain(..) {
                let (from, to) = (self.source(edge), self.target(edge));
                let next = if direction == Direction::Outgoing { to } else { from };
                if reach.came[next.index()] == Came::Never && may_walk(edge) {
                    reach.came[next.index()] = Came::Over(edge, node);
                    queue.push_back(next);
                }
            }
        }
        reach
    }

    /// The largest sets of nodes that lie on common cycles of edges that may be walked, a node with an edge to
    /// itself included; each in order of adding, and so the sets.
    pub fn cycles(&self, may_walk: impl Fn(EdgeId) -> bool) -> Vec<Vec<NodeId>> {
        // petgraph's Tarjan recurses once per node of a path; Kosaraju's algorithm gives the same sets and does not.
        let walked = EdgeFiltered::from_fn(&self.inner, |edge| may_walk(EdgeId::of(edge.id())));
        let mut cycles: Vec<Vec<NodeId>> = kosaraju_scc(&walked)
            .into_iter()
            .map(|nodes| nodes.into_iter().map(NodeId::of).collect::<Vec<_>>())
            .filter(|nodes| nodes.len() > 1 || nodes.iter().any(|node| self.has_self_loop(*node, &may_walk)))
            .collect();
        for cycle in &mut cycles {
            cycle.sort_unstable();
        }
        cycles.sort_unstable();
        cycles
    }

    fn has_self_loop(&self, node: NodeId, may_walk: &impl Fn(EdgeId) -> bool) -> bool {
        self.outgoing(node).into_iter().any(|edge| self.target(edge) == node && may_walk(edge))
    }

    /// A shortest cycle through one of these nodes that stays within them, as edges.
    pub fn shortest_cycle(&self, within: &[NodeId], may_walk: impl Fn(EdgeId) -> bool) -> Vec<EdgeId> {
        let inside =
            |edge| within.binary_search(&self.source(edge)).is_ok() && within.binary_search(&self.target(edge)).is_ok();
        let mut shortest: Option<Vec<EdgeId>> = None;
        for first in within.iter().flat_map(|node| self.outgoing(*node)).filter(|edge| inside(*edge) && may_walk(*edge))
        {
            let reach = self.reach(&[self.target(first)], |edge| inside(edge) && may_walk(edge));
            if !reach.contains(self.source(first)) {
                continue;
            }
            let cycle: Vec<EdgeId> = std::iter::once(first).chain(reach.way_to(self.source(first))).collect();
            if shortest.as_ref().is_none_or(|found| cycle.len() < found.len()) {
                shortest = Some(cycle);
            }
            if shortest.as_ref().is_some_and(|found| found.len() <= 2) {
                break;
            }
        }
        shortest.unwrap_or_default()
    }

    /// The costliest way from every node, where each node and each walked edge costs something. None where what may
    /// be walked has a cycle.
    pub fn longest(
        &self,
        node_cost: impl Fn(NodeId) -> u64,
        edge_cost: impl Fn(EdgeId) -> Option<u64>,
    ) -> Option<Longest> {
        let walked = EdgeFiltered::from_fn(&self.inner, |edge| edge_cost(EdgeId::of(edge.id())).is_some());
        let order = toposort(&walked, None).ok()?;
        let mut longest = Longest { cost: vec![0; self.inner.node_count()], next: vec![None; self.inner.node_count()] };
        for node in order.into_iter().rev().map(NodeId::of) {
            let mut best = (0, None);
            for edge in self.outgoing(node) {
                let Some(cost) = edge_cost(edge) else { continue };
                let cost = longest.cost[self.target(edge).index()].saturating_add(cost);
                if cost > best.0 {
                    best = (cost, Some((edge, self.target(edge))));
                }
            }
            longest.cost[node.index()] = node_cost(node).saturating_add(best.0);
            longest.next[node.index()] = best.1;
        }
        Some(longest)
    }

    /// What the costliest way from one node costs, as [`Graph::longest`] counts; looks at nothing but what can be reached, and at what
    /// earlier searches came to no more: what nodes and edges cost there must be as it was.
    pub fn longest_from(
        &self,
        start: NodeId,
        node_cost: impl Fn(NodeId) -> u64,
        edge_cost: impl Fn(EdgeId) -> Option<u64>,
        costs: &mut BTreeMap<NodeId, Option<u64>>,
    ) -> Option<u64> {
        // None: what follows from it is being looked at, so coming to it again closes a cycle.
        let mut open = vec![start];
        while let Some(node) = open.last().copied() {
            let walked = self.outgoing(node).into_iter().filter_map(|edge| Some((self.target(edge), edge_cost(edge)?)));
            let walked: Vec<(NodeId, u64)> = walked.collect();
            if costs.insert(node, None).is_none() {
                let before = open.len();
                for (next, _) in &walked {
                    match costs.get(next) {
                        None => open.push(*next),
                        Some(None) => return None,
                        Some(Some(_)) => {}
                    }
                }
                if open.len() > before {
                    continue;
                }
            }
            let after = walked.iter().map(|(next, cost)| {
                let rest = costs.get(next).copied().flatten().unwrap_or(0);
                rest.saturating_add(*cost)
            });
            let cost = node_cost(node).saturating_add(after.max().unwrap_or(0));
            costs.insert(node, Some(cost));
            open.pop();
        }
        costs.get(&start).copied().flatten()
    }

    /// Every node after all nodes that an edge leads to from it; none where there is a cycle.
    pub fn ends_first(&self) -> Option<Vec<NodeId>> {
        let order = toposort(&self.inner, None).ok()?;
        Some(order.into_iter().rev().map(NodeId::of).collect())
    }

    /// The nodes that every way from the start to the end passes, nearest to the end first, the end itself
    /// included; empty where there is no way.
    pub fn dominators(&self, start: NodeId, end: NodeId) -> Vec<NodeId> {
        let dominators = dominators::simple_fast(&self.inner, start.inner());
        dominators.dominators(end.inner()).map(|nodes| nodes.map(NodeId::of).collect()).unwrap_or_default()
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Reach {
    came: Vec<Came>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Never,
    Start,
    Over(EdgeId, NodeId),
}

impl Reach {
    /// Whether the search came to a node.
    pub fn contains(&self, node: NodeId) -> bool {
        self.came.get(node.index()).is_some_and(|came| *came != Came::Never)
    }

    /// The edges of a shortest way from a start to a node that was reached, in order of walking; empty for a
    /// start.
    pub fn way_to(&self, node: NodeId) -> Vec<EdgeId> {
        let mut way = Vec::new();
        let mut at = node;
        while let Some(Came::Over(edge, from)) = self.came.get(at.index()).copied() {
            way.push(edge);
            at = from;
        }
        way.reverse();
        way
    }
}

/// The costliest ways through a graph without cycles.
#[derive(Clone, Debug)]
pub struct Longest {
    cost: Vec<u64>,
    next: Vec<Option<(EdgeId, NodeId)>>,
}

impl Longest {
    /// What the costliest way from a node costs, the node included.
    pub fn cost(&self, node: NodeId) -> u64 {
        self.cost.get(node.index()).copied().unwrap_or(0)
    }

    /// The edges of the costliest way from a node, in order of walking.
    pub fn way(&self, node: NodeId) -> Vec<EdgeId> {
        let mut way = Vec::new();
        let mut at = node;
        while let Some((edge, next)) = self.next.get(at.index()).copied().flatten() {
            way.push(edge);
            at = next;
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(nodes: u32, edges: &[(u32, u32)]) -> Graph<(), ()> {
        let mut graph = Graph::default();
        for _ in 0..nodes {
            graph.add_node(());
        }
        for (from, to) in edges {
            graph.add_edge(NodeId(*from), NodeId(*to), ());
        }
        graph
    }

    #[test]
    fn the_way_is_a_shortest_one_over_what_may_be_walked() {
        let graph = graph(5, &[(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)]);
        let all = graph.reach(&[NodeId(0)], |_| true);
        assert_eq!(all.way_to(NodeId(4)), [EdgeId(3), EdgeId(4)]);
        let without = graph.reach(&[NodeId(0)], |edge| edge != EdgeId(3));
        assert_eq!(without.way_to(NodeId(4)), [EdgeId(0), EdgeId(1), EdgeId(2), EdgeId(4)]);
        let cut = graph.reach(&[NodeId(0)], |edge| edge != EdgeId(4));
        assert!(!cut.contains(NodeId(4)));
        assert!(graph.reach_back(&[NodeId(3)], |_| true).contains(NodeId(1)));
        assert!(!graph.reach_back(&[NodeId(1)], |_| true).contains(NodeId(2)));
    }

    #[test]
    fn cycles_are_found_and_single_nodes_are_none() {
        let graph = graph(6, &[(0, 1), (1, 0), (1, 2), (2, 2), (3, 4), (4, 5)]);
        assert_eq!(graph.cycles(|_| true), [vec![NodeId(0), NodeId(1)], vec![NodeId(2)]]);
        assert_eq!(graph.cycles(|edge| edge != EdgeId(1)), [vec![NodeId(2)]]);
        assert_eq!(graph.shortest_cycle(&[NodeId(0), NodeId(1)], |_| true), [EdgeId(0), EdgeId(1)]);
    }

    #[test]
    fn the_longest_way_costs_nodes_and_edges() {
        let chain = graph(4, &[(0, 1), (1, 3), (0, 2), (2, 3)]);
        let longest = chain.longest(|node| if node == NodeId(2) { 10 } else { 1 }, |_| Some(1)).expect("no cycle");
        assert_eq!(longest.cost(NodeId(0)), 1 + 1 + 10 + 1 + 1);
        assert_eq!(longest.way(NodeId(0)), [EdgeId(2), EdgeId(3)]);
        let mut costs = BTreeMap::new();
        for start in chain.nodes() {
            let from =
                chain.longest_from(start, |node| if node == NodeId(2) { 10 } else { 1 }, |_| Some(1), &mut costs);
            assert_eq!(from, Some(longest.cost(start)));
        }
        let ring = graph(2, &[(0, 1), (1, 0)]);
        assert!(ring.longest_from(NodeId(0), |_| 1, |_| Some(1), &mut BTreeMap::new()).is_none());
        let cut = |edge| (edge == EdgeId(0)).then_some(1);
        assert_eq!(ring.longest_from(NodeId(0), |_| 1, cut, &mut BTreeMap::new()), Some(3));
        assert!(ring.longest(|_| 1, |_| Some(1)).is_none());
        assert!(ring.longest(|_| 1, |edge| (edge == EdgeId(0)).then_some(1)).is_some());
    }

    #[test]
    fn a_long_chain_needs_no_call_stack() {
        let edges: Vec<(u32, u32)> = (0..200_000).map(|at| (at, at + 1)).collect();
        let graph = graph(200_001, &edges);
        assert!(graph.cycles(|_| true).is_empty());
        assert_eq!(graph.longest(|_| 1, |_| Some(0)).map(|longest| longest.cost(NodeId(0))), Some(200_001));
    }

    #[test]
    fn a_dominator_is_on_every_way() {
        let graph = graph(5, &[(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]);
        assert_eq!(graph.dominators(NodeId(0), NodeId(4)), [NodeId(4), NodeId(1), NodeId(0)]);
    }
}
