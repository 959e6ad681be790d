//! Where parts and labels lie: a layered layout (Sugiyama, Tagawa, Toda 1981), from top to bottom.
//!
//! Ways back are turned around, every part gets a row, arrows become chains through the rows between, rows are ordered so
//! that few arrows cross, and then everything is pulled towards what it is joined to. A label takes a place in a row of its
//! own, so nothing is written over anything. The same input gives the same layout.

/// The space between two neighbours of a row.
const BESIDE: f64 = 22.0;
/// How often rows are ordered and pulled.
const SWEEPS: usize = 24;
/// Rows with more arrows between them are ordered once only: counting crossings takes the square of it.
const COUNTED_MAX: usize = 600;

/// What is to be laid out: how far it goes to the left and right of its middle, and its height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub left: f64,
    pub right: f64,
    pub height: f64,
}

/// An arrow between two different parts, with the size of its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub from: usize,
    pub to: usize,
    pub label: Size,
}

/// Everything that has a place: first the parts, then the places of arrows in the rows between.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub items: Vec<Item>,
    /// For each link its items from top to bottom.
    pub chains: Vec<Chain>,
    /// How high each row is.
    pub rows: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub size: Size,
    pub row: usize,
    /// Of its middle.
    pub x: f64,
    is_part: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub items: Vec<usize>,
    /// Which of its items has the label.
    pub label: usize,
    /// Whether the arrow points up.
    pub is_turned: bool,
}

/// Lays out parts and links. A link names parts by their index.
pub(super) fn lay_out(parts: &[Size], links: &[Link]) -> Layout {
    let turned = turned(parts.len(), links);
    let down: Vec<(usize, usize)> = links
        .iter()
        .zip(&turned)
        .map(|(link, turned)| if *turned { (link.to, link.from) } else { (link.from, link.to) })
        .collect();
    let ranks = ranks(parts.len(), &down);
    let mut layout = Layout::default();
    layout.items.extend(parts.iter().zip(&ranks).map(|(size, row)| Item {
        size: *size,
        row: *row,
        x: 0.0,
        is_part: true,
    }));
    for ((link, ends), is_turned) in links.iter().zip(&down).zip(turned) {
        layout.chain(link, *ends, is_turned);
    }
    let rows = layout.items.iter().map(|item| item.row + 1).max().unwrap_or(0);
    layout.rows = vec![0.0; rows];
    for item in &layout.items {
        if let Some(height) = layout.rows.get_mut(item.row) {
            *height = height.max(item.size.height);
        }
    }
    let (ups, downs) = layout.neighbours();
    let order = ordered(&layout, &ups, &downs);
    pull(&mut layout, &order, &ups, &downs);
    layout
}

/// Which links lead back to where a walk from the first parts came from.
fn turned(parts: usize, links: &[Link]) -> Vec<bool> {
    let mut outgoing = vec![Vec::new(); parts];
    let mut has_incoming = vec![false; parts];
    for (at, link) in links.iter().enumerate() {
        outgoing[link.from].push(at);
        has_incoming[link.to] = true;
    }
    let mut turned = vec![false; links.len()];
    // 0: not seen, 1: on the way, 2: done
    let mut seen = vec![0u8; parts];
    let starts = (0..parts).filter(|part| !has_incoming[*part]).chain(0..parts);
    for start in starts {
        if seen[start] != 0 {
            continue;
        }
        seen[start] = 1;
        let mut way = vec![(start, 0)];
        while let Some((part, next)) = way.last_mut() {
            let Some(link) = outgoing[*part].get(*next).copied() else {
                seen[*part] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            let to = links[link].to;
            match seen[to] {
                0 => {
                    seen[to] = 1;
                    way.push((to, 0));
                }
                1 => turned[link] = true,
                _ => {}
            }
        }
    }
    turned
}

/// Rows by the longest way, two apart so that a label's row lies between; what nothing leads to stands close to where it leads.
fn ranks(parts: usize, down: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0usize; parts];
    let mut waiting = vec![0; parts];
    let mut outgoing = vec![Vec::new(); parts];
    for (from, to) in down {
        waiting[*to] += 1;
        outgoing[*from].push(*to);
    }
    let is_first: Vec<bool> = waiting.iter().map(|count| *count == 0).collect();
    let mut ready: Vec<usize> = (0..parts).filter(|part| is_first[*part]).collect();
    while let Some(part) = ready.pop() {
        for to in &outgoing[part] {
            ranks[*to] = ranks[*to].max(ranks[part] + 2);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    for part in (0..parts).filter(|part| is_first[*part]) {
        if let Some(nearest) = outgoing[part].iter().map(|to| ranks[*to]).min() {
            ranks[part] = nearest.saturating_sub(2);
        }
    }
    ranks
}

impl Layout {
    fn chain(&mut self, link: &Link, (upper, lower): (usize, usize), is_turned: bool) {
        let (first, last) = (self.items[upper].row, self.items[lower].row);
        // The label stands close to where the arrow begins.
        let label_row = if is_turned { last - 1 } else { first + 1 };
        let line = Size { left: 3.0, right: 3.0, height: 0.0 };
        let mut chain = Chain { items: vec![upper], label: upper, is_turned };
        for row in first + 1..last {
            let size = if row == label_row { link.label } else { line };
            if row == label_row {
                chain.label = self.items.len();
            }
            chain.items.push(self.items.len());
            self.items.push(Item { size, row, x: 0.0, is_part: false });
        }
        chain.items.push(lower);
        self.chains.push(chain);
    }

    fn neighbours(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let (mut ups, mut downs) = (vec![Vec::new(); self.items.len()], vec![Vec::new(); self.items.len()]);
        for pair in self.chains.iter().flat_map(|chain| chain.items.windows(2)) {
            downs[pair[0]].push(pair[1]);
            ups[pair[1]].push(pair[0]);
        }
        (ups, downs)
    }
}

type Order = Vec<Vec<usize>>;

/// The rows from left to right.
fn ordered(layout: &Layout, ups: &[Vec<usize>], downs: &[Vec<usize>]) -> Order {
    let mut order = first_order(layout, downs);
    let mut best = order.clone();
    let mut fewest = crossings(&order, downs, layout.items.len());
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        let rows: Vec<usize> =
            if is_down { (1..order.len()).collect() } else { (0..order.len().saturating_sub(1)).rev().collect() };
        let near = if is_down { ups } else { downs };
        for row in rows {
            let places = places(&order, layout.items.len());
            let here = places_of(&order[row]);
            let middle = |item: &usize| {
                let near = &near[*item];
                let sum: f64 = near.iter().map(|other| places[*other]).sum();
                if near.is_empty() {
                    here.iter().find(|(known, _)| known == item).map_or(0.0, |(_, at)| *at)
                } else {
                    sum / near.len() as f64
                }
            };
            let mut keyed: Vec<(f64, usize)> = order[row].iter().map(|item| (middle(item), *item)).collect();
            keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
            order[row] = keyed.into_iter().map(|(_, item)| item).collect();
        }
        swap_neighbours(&mut order, ups, downs, layout.items.len());
        let crossings = crossings(&order, downs, layout.items.len());
        if crossings < fewest {
            fewest = crossings;
            best.clone_from(&order);
        }
        if fewest == 0 {
            break;
        }
    }
    best
}

fn places_of(row: &[usize]) -> Vec<(usize, f64)> {
    row.iter().enumerate().map(|(at, item)| (*item, at as f64)).collect()
}

fn places(order: &Order, items: usize) -> Vec<f64> {
    let mut places = vec![0.0; items];
    for row in order {
        for (at, item) in row.iter().enumerate() {
            places[*item] = at as f64;
        }
    }
    places
}

/// Rows in the order of a walk downwards from the topmost parts.
fn first_order(layout: &Layout, downs: &[Vec<usize>]) -> Order {
    let mut order = vec![Vec::new(); layout.rows.len()];
    let mut seen = vec![false; layout.items.len()];
    let mut starts: Vec<usize> = (0..layout.items.len()).collect();
    starts.sort_by_key(|item| layout.items[*item].row);
    for start in starts {
        let mut walk = vec![start];
        while let Some(item) = walk.pop() {
            if std::mem::replace(&mut seen[item], true) {
                continue;
            }
            order[layout.items[item].row].push(item);
            walk.extend(downs[item].iter().rev());
        }
    }
    order
}

fn crossings(order: &Order, downs: &[Vec<usize>], items: usize) -> usize {
    let places = places(order, items);
    order.iter().map(|row| crossings_below(row, downs, &places)).sum()
}

fn crossings_below(row: &[usize], downs: &[Vec<usize>], places: &[f64]) -> usize {
    let lines: Vec<(f64, f64)> =
        row.iter().flat_map(|item| downs[*item].iter().map(|to| (places[*item], places[*to]))).collect();
    if lines.len() > COUNTED_MAX {
        return 0;
    }
    let crosses = |one: &(f64, f64), other: &(f64, f64)| (one.0 - other.0) * (one.1 - other.1) < 0.0;
    lines.iter().enumerate().map(|(at, one)| lines[at + 1..].iter().filter(|other| crosses(one, other)).count()).sum()
}

/// Swaps two neighbours of a row wherever that takes a crossing away.
fn swap_neighbours(order: &mut Order, ups: &[Vec<usize>], downs: &[Vec<usize>], items: usize) {
    let mut places = places(order, items);
    let pairs = |near: &[Vec<usize>], left: usize, right: usize, places: &[f64]| -> isize {
        let mut gained = 0;
        for one in &near[left] {
            for other in &near[right] {
                gained += isize::from(places[*one] > places[*other]) - isize::from(places[*one] < places[*other]);
            }
        }
        gained
    };
    for row in order.iter_mut().filter(|row| row.len() <= COUNTED_MAX) {
        for at in 1..row.len() {
            let (left, right) = (row[at - 1], row[at]);
            if pairs(ups, left, right, &places) + pairs(downs, left, right, &places) > 0 {
                row.swap(at - 1, at);
                places.swap(left, right);
            }
        }
    }
}

/// Pulls every item towards what it is joined to, without changing the order of a row.
fn pull(layout: &mut Layout, order: &Order, ups: &[Vec<usize>], downs: &[Vec<usize>]) {
    for row in order {
        place(layout, row, &vec![(0.0, 1.0); row.len()]);
    }
    for sweep in 0..SWEEPS {
        let rows: Vec<usize> =
            if sweep % 2 == 0 { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        let is_last = sweep + 4 > SWEEPS;
        for row in rows {
            let wanted: Vec<(f64, f64)> = order[row]
                .iter()
                .map(|item| {
                    let (near, far) =
                        if sweep % 2 == 0 { (&ups[*item], &downs[*item]) } else { (&downs[*item], &ups[*item]) };
                    let all = near.iter().chain(if is_last || near.is_empty() { &far[..] } else { &[] });
                    wanted(layout, *item, all.copied())
                })
                .collect();
            place(layout, &order[row], &wanted);
        }
    }
    // What is joined to nothing stands beside its neighbour, wherever that went.
    for pair in order.iter().flat_map(|row| row.windows(2).filter(|pair| Some(&pair[1]) == row.last())) {
        if ups[pair[1]].is_empty() && downs[pair[1]].is_empty() {
            let left = layout.items[pair[0]];
            layout.items[pair[1]].x = left.x + left.size.right + BESIDE + layout.items[pair[1]].size.left;
        }
    }
    let least = layout.items.iter().map(|item| item.x - item.size.left).fold(f64::INFINITY, f64::min);
    for item in &mut layout.items {
        item.x = (item.x - least).round();
    }
}

/// Where an item wants to be, and how much. Lines want to be straight more than parts want to be in the middle.
fn wanted(layout: &Layout, item: usize, near: impl Iterator<Item = usize>) -> (f64, f64) {
    let own = layout.items[item];
    let (mut sum, mut weights) = (0.0, 0.0);
    for other in near {
        let other = layout.items[other];
        let weight = if own.is_part || other.is_part { 1.0 } else { 6.0 };
        sum += other.x * weight;
        weights += weight;
    }
    if weights == 0.0 { (own.x, 0.1) } else { (sum / weights, weights) }
}

/// The places of a row closest to what is wanted (least squares, by pooling adjacent violators).
fn place(layout: &mut Layout, row: &[usize], wanted: &[(f64, f64)]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(row.len());
    // Blocks of neighbours that touch: where they are, their weight, how many.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (at, item) in row.iter().enumerate() {
        if at > 0 {
            offset += layout.items[row[at - 1]].size.right + BESIDE + layout.items[*item].size.left;
        }
        offsets.push(offset);
        let (place, weight) = wanted[at];
        let mut block = (place - offset, weight, 1);
        while let Some(before) = blocks.last().copied().filter(|before| before.0 > block.0) {
            blocks.pop();
            let weight = before.1 + block.1;
            block = ((before.0 * before.1 + block.0 * block.1) / weight, weight, before.2 + block.2);
        }
        blocks.push(block);
    }
    let places = blocks.into_iter().flat_map(|(place, _, count)| std::iter::repeat_n(place, count));
    for ((item, offset), place) in row.iter().zip(offsets).zip(places) {
        layout.items[*item].x = place + offset;
    }
}
