//! Searches that remember only what they came to, for questions whose answer lies near in a large graph.

use super::graph::{EdgeId, Graph, NodeId};
use petgraph::Direction;
use std::collections::{BTreeSet, VecDeque};

/// The nodes that a search comes to, nearest first and each once, the starts included. It goes on only as far as it is
/// asked: the edges of a node are looked at when the next node is.
pub struct Search<'graph, N, E, F> {
    graph: &'graph Graph<N, E>,
    direction: Direction,
    may_walk: F,
    known: BTreeSet<NodeId>,
    queue: VecDeque<NodeId>,
    last: Option<NodeId>,
    edges: Vec<EdgeId>,
}

impl<N, E> Graph<N, E> {
    /// Comes to what can be reached from the starts over edges that may be walked.
    pub fn ahead<F: Fn(EdgeId) -> bool>(&self, starts: &[NodeId], may_walk: F) -> Search<'_, N, E, F> {
        Search::new(self, starts, Direction::Outgoing, may_walk)
    }

    /// Comes to where the ends can be reached from over edges that may be walked.
    pub fn behind<F: Fn(EdgeId) -> bool>(&self, ends: &[NodeId], may_walk: F) -> Search<'_, N, E, F> {
        Search::new(self, ends, Direction::Incoming, may_walk)
    }
}

impl<'graph, N, E, F: Fn(EdgeId) -> bool> Search<'graph, N, E, F> {
    fn new(graph: &'graph Graph<N, E>, starts: &[NodeId], direction: Direction, may_walk: F) -> Self {
        let known: BTreeSet<NodeId> = starts.iter().copied().collect();
        let queue = known.iter().copied().collect();
        Search { graph, direction, may_walk, known, queue, last: None, edges: Vec::new() }
    }

    fn go_on_from(&mut self, node: NodeId) {
        self.graph.put_beside(node, self.direction, &mut self.edges);
        for edge in self.edges.drain(..) {
            let next = match self.direction {
                Direction::Outgoing => self.graph.target(edge),
                Direction::Incoming => self.graph.source(edge),
            };
            if (self.may_walk)(edge) && self.known.insert(next) {
                self.queue.push_back(next);
            }
        }
    }
}

impl<N, E, F: Fn(EdgeId) -> bool> Iterator for Search<'_, N, E, F> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.last.take().into_iter().for_each(|node| self.go_on_from(node));
        self.last = self.queue.pop_front();
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_search_comes_to_what_reach_contains(
            edges in proptest::collection::vec((0..12u32, 0..12u32), 0..40),
            starts in proptest::collection::vec((0..12u32).prop_map(NodeId), 0..3),
            shut in proptest::collection::btree_set(0..40u32, 0..8),
        ) {
            let mut graph: Graph<(), ()> = Graph::default();
            (0..12).for_each(|_| { graph.add_node(()); });
            for (from, to) in edges {
                graph.add_edge(NodeId(from), NodeId(to), ());
            }
            let may_walk = |edge: EdgeId| !shut.contains(&edge.0);
            let (there, back) = (graph.reach(&starts, may_walk), graph.reach_back(&starts, may_walk));
            for (reach, found) in [
                (there, graph.ahead(&starts, may_walk).collect::<Vec<_>>()),
                (back, graph.behind(&starts, may_walk).collect()),
            ] {
                let mut sorted = found.clone();
                sorted.sort_unstable();
                let expected: Vec<NodeId> = graph.nodes().filter(|node| reach.contains(*node)).collect();
                prop_assert_eq!(sorted, expected);
                prop_assert!(found.windows(2).all(|pair| reach.way_to(pair[0]).len() <= reach.way_to(pair[1]).len()));
            }
        }
    }
}
