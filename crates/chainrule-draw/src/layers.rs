//! A layered layout of a graph without cycles, from left to right (Sugiyama, Tagawa and Toda, 1981):
//! layers by the longest path, an order within each by the places of the neighbours, then heights as
//! near to the neighbours as the distances allow.

/// A box to be placed.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) size: (f64, f64),
    /// The boxes that arrows come from, from top to bottom, placed before it.
    pub(crate) inputs: Vec<usize>,
}

/// What lies between boxes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spacing {
    /// From one arrow's end to the next at the same box.
    pub(crate) ports: f64,
    /// Between boxes above each other.
    pub(crate) boxes: f64,
    /// Between layers.
    pub(crate) layers: f64,
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The middle of the left side of each box.
    pub(crate) places: Vec<(f64, f64)>,
    /// For each box the ways of the arrows that end there: points that each passes, from its start to
    /// its end.
    pub(crate) arrows: Vec<Vec<Vec<(f64, f64)>>>,
    pub(crate) size: (f64, f64),
}

/// How often the order and the heights are improved.
const SWEEPS: usize = 24;
/// The height that a passing arrow takes.
const PASSING: f64 = 18.0;

/// A box, or the place where a long arrow passes a layer.
struct Item {
    height: f64,
    /// What it reads and what reads it: the other item, and how far from the middle of the box that
    /// reads the arrow ends.
    before: Vec<(usize, f64)>,
    behind: Vec<(usize, f64)>,
}

struct Items {
    all: Vec<Item>,
    layers: Vec<Vec<usize>>,
    /// For each box and each of its inputs the items that the arrow passes.
    ways: Vec<Vec<Vec<usize>>>,
    boxes: f64,
}

pub(crate) fn layout(nodes: &[Node], spacing: Spacing) -> Layout {
    let layer_of = layers_of(nodes);
    let mut items = Items::new(nodes, &layer_of, spacing);
    items.order();
    let heights = items.heights();

    let count = items.layers.len();
    let widths: Vec<f64> = (0..count)
        .map(|layer| {
            let own = nodes.iter().zip(&layer_of).filter(|(_, own)| **own == layer);
            own.map(|(node, _)| node.size.0).fold(0.0, f64::max)
        })
        .collect();
    let lefts: Vec<f64> = widths
        .iter()
        .scan(0.0, |left, width| {
            let own = *left;
            *left += width + spacing.layers;
            Some(own)
        })
        .collect();
    let edge = |sign: f64| {
        let ends = items.all.iter().zip(&heights).map(|(it, y)| sign * y + it.height / 2.0);
        ends.fold(f64::NEG_INFINITY, f64::max)
    };
    let (top, bottom) = (edge(-1.0), edge(1.0));
    let y = |item: usize| heights[item] + top;
    let place = |node: usize| {
        let layer = layer_of[node];
        (lefts[layer] + (widths[layer] - nodes[node].size.0) / 2.0, y(node))
    };
    let arrows = nodes.iter().enumerate().map(|(node, described)| {
        let end = place(node);
        let ways = described.inputs.iter().zip(&items.ways[node]).enumerate();
        ways.map(|(port, (&input, way))| {
            let start = place(input);
            let mut points = vec![(start.0 + nodes[input].size.0, start.1)];
            for (passed, &item) in (1..).zip(way) {
                let layer = layer_of[input] + passed;
                points.push((lefts[layer], y(item)));
                points.push((lefts[layer] + widths[layer], y(item)));
            }
            points.push((end.0, end.1 + port_offset(port, described.inputs.len(), spacing)));
            points
        })
        .collect()
    });
    Layout {
        places: (0..nodes.len()).map(place).collect(),
        arrows: arrows.collect(),
        size: (
            lefts.last().zip(widths.last()).map_or(0.0, |(left, width)| left + width),
            top + bottom,
        ),
    }
}

fn port_offset(port: usize, ports: usize, spacing: Spacing) -> f64 {
    (port as f64 - (ports as f64 - 1.0) / 2.0) * spacing.ports
}

/// One behind the last of its inputs; what has no inputs stands right before its first reader.
fn layers_of(nodes: &[Node]) -> Vec<usize> {
    let mut layers = vec![0_usize; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        layers[index] = node.inputs.iter().map(|&input| layers[input] + 1).max().unwrap_or(0);
    }
    let mut first_reader = vec![usize::MAX; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for &input in &node.inputs {
            first_reader[input] = first_reader[input].min(layers[index]);
        }
    }
    for (index, node) in nodes.iter().enumerate() {
        if node.inputs.is_empty() && first_reader[index] != usize::MAX {
            layers[index] = first_reader[index] - 1;
        }
    }
    layers
}

impl Items {
    fn new(nodes: &[Node], layer_of: &[usize], spacing: Spacing) -> Items {
        let count = layer_of.iter().max().map_or(0, |last| last + 1);
        let mut layers = vec![Vec::new(); count];
        let item = |height| Item { height, before: Vec::new(), behind: Vec::new() };
        let mut all: Vec<Item> = nodes.iter().map(|node| item(node.size.1)).collect();
        layer_of.iter().enumerate().for_each(|(node, &layer)| layers[layer].push(node));
        let mut ways = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let mut of_node = Vec::new();
            for (port, &input) in node.inputs.iter().enumerate() {
                let mut way = Vec::new();
                let mut last = input;
                for layer in &mut layers[layer_of[input] + 1..layer_of[index]] {
                    let passing = all.len();
                    all.push(item(PASSING));
                    layer.push(passing);
                    all[last].behind.push((passing, 0.0));
                    all[passing].before.push((last, 0.0));
                    way.push(passing);
                    last = passing;
                }
                let offset = port_offset(port, node.inputs.len(), spacing);
                all[last].behind.push((index, offset));
                all[index].before.push((last, offset));
                of_node.push(way);
            }
            ways.push(of_node);
        }
        Items { all, layers, ways, boxes: spacing.boxes }
    }

    /// Sorts every layer by the middle of the neighbours, to and fro, and keeps the order with the
    /// fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            let count = self.layers.len();
            for step in 1..count {
                let layer = if forward { step } else { count - 1 - step };
                let ranks = self.ranks();
                let mut keyed: Vec<(f64, usize)> = self.layers[layer]
                    .iter()
                    .map(|&item| {
                        let neighbours =
                            if forward { &self.all[item].before } else { &self.all[item].behind };
                        // The port breaks ties of arrows that come from one box.
                        let place = |&(other, offset): &(usize, f64)| {
                            ranks[other] + if forward { 0.0 } else { 1e-3 * offset }
                        };
                        let sum: f64 = neighbours.iter().map(place).sum();
                        let key = match neighbours.len() {
                            0 => ranks[item],
                            count => sum / count as f64,
                        };
                        (key, item)
                    })
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[layer] = keyed.into_iter().map(|(_, item)| item).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn ranks(&self) -> Vec<f64> {
        let mut ranks = vec![0.0; self.all.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(rank, &item)| ranks[item] = rank as f64);
        }
        ranks
    }

    fn crossings(&self) -> usize {
        let ranks = self.ranks();
        let mut count = 0;
        for layer in &self.layers {
            let arrows: Vec<(f64, f64)> = layer
                .iter()
                .flat_map(|&item| {
                    let before = self.all[item].before.iter();
                    // Its ends lie between this item's rank and the next one's.
                    before.map(move |&(other, offset)| (other, item, offset))
                })
                .map(|(other, item, offset)| (ranks[other], ranks[item] + 1e-4 * offset))
                .collect();
            for (index, one) in arrows.iter().enumerate() {
                let crosses = |other: &&(f64, f64)| (one.0 - other.0) * (one.1 - other.1) < 0.0;
                count += arrows[index + 1..].iter().filter(crosses).count();
            }
        }
        count
    }

    /// A height for the middle of each item, by the heights of its neighbours.
    fn heights(&self) -> Vec<f64> {
        let mut heights = vec![0.0; self.all.len()];
        for layer in &self.layers {
            let wanted = vec![0.0; layer.len()];
            self.spread(layer, &wanted, &mut heights);
        }
        for sweep in 0..SWEEPS {
            let layers: Vec<usize> = match sweep % 2 == 0 {
                true => (0..self.layers.len()).collect(),
                false => (0..self.layers.len()).rev().collect(),
            };
            for layer in layers {
                let layer = &self.layers[layer];
                let wanted: Vec<f64> = layer
                    .iter()
                    .map(|&item| {
                        let Item { before, behind, .. } = &self.all[item];
                        let before = before.iter().map(|&(it, offset)| heights[it] - offset);
                        let behind = behind.iter().map(|&(it, offset)| heights[it] + offset);
                        let all: Vec<f64> = before.chain(behind).collect();
                        match all.len() {
                            0 => heights[item],
                            count => all.iter().sum::<f64>() / count as f64,
                        }
                    })
                    .collect();
                self.spread(layer, &wanted, &mut heights);
            }
        }
        heights
    }

    /// The heights nearest to those wanted that keep the order and the distances: pool what is out of
    /// order (isotonic regression, Barlow et al., 1972).
    fn spread(&self, layer: &[usize], wanted: &[f64], heights: &mut [f64]) {
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(layer.len());
        for (index, &item) in layer.iter().enumerate() {
            if index > 0 {
                let above = self.all[layer[index - 1]].height;
                offset += (above + self.all[item].height) / 2.0 + self.boxes;
            }
            offsets.push(offset);
        }
        let mut pools: Vec<(f64, usize)> = Vec::new(); // mean, number of items
        for (wanted, offset) in wanted.iter().zip(&offsets) {
            let mut pool = (wanted - offset, 1);
            while let Some(&(mean, count)) = pools.last().filter(|(mean, _)| *mean > pool.0) {
                let all = count + pool.1;
                pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / all as f64, all);
                pools.pop();
            }
            pools.push(pool);
        }
        let means = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
        for ((&item, offset), mean) in layer.iter().zip(&offsets).zip(means) {
            heights[item] = mean + offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACING: Spacing = Spacing { ports: 30.0, boxes: 20.0, layers: 100.0 };

    fn node(inputs: &[usize]) -> Node {
        Node { size: (80.0, 40.0), inputs: inputs.to_vec() }
    }

    #[test]
    fn boxes_do_not_overlap_and_arrows_go_right() {
        // A ladder: each reads the last and the first.
        let mut nodes = vec![node(&[]), node(&[])];
        (2..40).for_each(|index| nodes.push(node(&[index - 1, index % 7 % index])));
        let layout = layout(&nodes, SPACING);
        for (index, (x, y)) in layout.places.iter().enumerate() {
            assert!(*x >= 0.0 && x + 80.0 <= layout.size.0 + 1e-9);
            assert!(y - 20.0 >= -1e-9 && y + 20.0 <= layout.size.1 + 1e-9);
            for (other_x, other_y) in &layout.places[index + 1..] {
                let apart = (x - other_x).abs() >= 80.0 || (y - other_y).abs() >= 59.9;
                assert!(apart, "({x}, {y}) and ({other_x}, {other_y})");
            }
            for arrow in &layout.arrows[index] {
                assert!(arrow.windows(2).all(|pair| pair[0].0 < pair[1].0), "{arrow:?}");
            }
        }
    }

    #[test]
    fn arrows_that_need_not_cross_do_not() {
        // Two pairs, given crosswise.
        let nodes = [node(&[]), node(&[]), node(&[1]), node(&[0]), node(&[2, 3])];
        let layout = layout(&nodes, SPACING);
        let y = |index: usize| layout.places[index].1;
        assert_eq!(y(1) < y(0), y(2) < y(3));
        // The upper input of the last box is above the lower one.
        assert!(y(2) < y(3));
    }
}
