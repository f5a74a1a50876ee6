//! A network's training step, planned plainly and fused: the same bits, fewer steps.

use chainrule_graph::ops::{Power, Relu, Softplus};
use chainrule_graph::{Graph, Number, Op, Plan, Request, Shape, Source, Symbol, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::random::Stream;
use chainrule_math::{Algebra, InstructionSet, Team};

const INPUTS: usize = 20;
// Miri takes thousands of times as long: two panels that are not full, and a few rows.
const UNITS: usize = if cfg!(miri) { 18 } else { 37 };
const CLASSES: usize = 10;
const ROWS: usize = if cfg!(miri) { 3 } else { 50 };
const BATCHES: &[usize] = if cfg!(miri) { &[ROWS] } else { &[ROWS, 1, 17] };
const THREADS: &[usize] = if cfg!(miri) { &[2] } else { &[1, 2, 3, 7] };

/// Two layers with dropout, cross-entropy and an L2 penalty; the loss without the penalty, and the
/// gradients with it.
fn record(graph: &Graph) -> (Symbol<'_>, Vec<(Symbol<'_>, Symbol<'_>)>) {
    let x = graph.input("x", Shape::batch(INPUTS));
    let y = graph.input("y", Shape::batch(CLASSES));
    graph.scope("layer 1");
    let w1 = graph.parameter("w1", INPUTS, UNITS);
    let b1 = graph.parameter("b1", 1, UNITS);
    let hidden = (x.product(w1) + b1).apply(Relu);
    let hidden = hidden * hidden.dropout_mask(0.3, 1);
    graph.scope("layer 2");
    let w2 = graph.parameter("w2", UNITS, CLASSES);
    let b2 = graph.parameter("b2", 1, CLASSES);
    let logits = hidden.product(w2) + b2;
    graph.scope("loss");
    let loss = -(y * logits.log_softmax()).sum_columns();
    let square = Power { exponent: 2.0 };
    let penalty = (w1.apply(square).sum() + w2.apply(square).sum()) * Symbol::constant(0.05);
    let (loss, penalty) = (loss.mean(), penalty / loss.count_rows());
    let parameters = [w1, b1, w2, b2];
    let gradients = graph.gradient(loss + penalty, &parameters).unwrap();
    (loss, parameters.into_iter().zip(gradients).collect())
}

/// Loss and gradients as bits.
fn run<E: Number>(
    fuse: bool,
    set: InstructionSet,
    threads: usize,
    rows: usize,
) -> (usize, Vec<u64>) {
    let graph = Graph::new();
    let (loss, gradients) = record(&graph);
    let gradients: Vec<_> = gradients.iter().map(|(p, g)| (p.id(), g.id())).collect();
    let request =
        Request { outputs: vec![loss.id()], gradients, capacity: ROWS, fuse, ..Request::default() };
    let mut plan = Plan::<E>::new(&graph, &request).unwrap();
    let mut stream = Stream::new(5, "fusion");
    let mut draw =
        |count: usize| -> Vec<E> { (0..count).map(|_| E::from_f64(stream.normal())).collect() };
    let x = draw(ROWS * INPUTS);
    let classes: Vec<u32> = (0..ROWS as u32).map(|row| row % CLASSES as u32).collect();
    // The padding of the parameters is poisoned: nothing may read it.
    let mut parameters = vec![E::from_f64(f64::NAN); plan.parameters().length()];
    for place in plan.parameters().clone().places() {
        place.write(&mut parameters, &draw(place.rows * place.columns));
    }
    let sources = [
        Source::Rows { values: &x, columns: INPUTS, chosen: None },
        Source::Classes { classes: &classes, chosen: None },
    ];
    plan.run(
        &mut Team::new(threads),
        Run {
            set,
            turn: Turn { seed: 9, step: 3, rows },
            sources: &sources,
            upcoming: &[],
            parameters: Parameters::Fixed(&parameters),
        },
    );
    let mut bits = vec![plan.number(0).to_f64().to_bits()];
    for place in plan.parameters().places() {
        bits.extend(place.read(plan.gradients()).iter().map(|x| x.to_f64().to_bits()));
    }
    (plan.groups().len(), bits)
}

fn compare<E: Number>() {
    for &rows in BATCHES {
        let (steps, expected) = run::<E>(false, InstructionSet::named("scalar").unwrap(), 1, rows);
        assert!(expected.iter().all(|&bits| f64::from_bits(bits).is_finite()));
        for set in InstructionSet::available() {
            for &threads in THREADS {
                let (fused_steps, bits) = run::<E>(true, set, threads, rows);
                assert_eq!(bits, expected, "{} with {threads} threads", set.name());
                assert!(2 * fused_steps < steps, "{fused_steps} fused of {steps} steps");
            }
        }
    }
}

#[test]
fn fused_and_plain_plans_give_the_same_bits_on_any_partition_and_instruction_set() {
    compare::<f32>();
    compare::<f64>();
}

#[test]
fn bias_activation_dropout_and_slope_run_inside_their_products() {
    let graph = Graph::new();
    let (loss, gradients) = record(&graph);
    let gradients: Vec<_> = gradients.iter().map(|(p, g)| (p.id(), g.id())).collect();
    let request = Request {
        outputs: vec![loss.id()],
        gradients,
        capacity: ROWS,
        fuse: true,
        ..Request::default()
    };
    let plan = Plan::<f32>::new(&graph, &request).unwrap();
    let described = plan.describe(&graph).join("\n");
    assert!(
        described.contains("layer 1: product + add + relu + dropout mask + multiply"),
        "{described}"
    );
    assert!(described.contains("relu'"), "{described}");
    // No elementwise loop over a whole layer is left.
    let nodes = graph.nodes();
    let wide_loops = plan.groups().iter().filter(|group| {
        group.anchor.is_none()
            && group.elementwise.iter().any(|id| nodes[id.index()].shape.columns == UNITS)
    });
    assert_eq!(wide_loops.count(), 0, "{described}");
    assert!(nodes.iter().any(|node| matches!(node.op, Op::DropoutMask { .. })));
}

/// Masks and row counts that something other than an elementwise reader of their shape needs too.
#[test]
fn what_is_generated_is_kept_where_fusion_cannot_repeat_it() {
    let evaluate = |fuse: bool| {
        let graph = Graph::new();
        let x = graph.input("x", Shape::batch(5));
        let w = graph.parameter("w", 4, 3);
        let dropped = (w * w.dropout_mask(0.4, 1)).sum();
        let mask = x.dropout_mask(0.5, 2);
        let masked = (x * mask).sum() + mask.sum();
        let rows = x.count_rows();
        let gradient = graph.gradient(dropped, &[w]).unwrap()[0];
        let outputs = vec![dropped.id(), masked.id(), rows.id(), (rows * rows).id()];
        let gradients = vec![(w.id(), gradient.id())];
        let request = Request { outputs, gradients, capacity: 6, fuse, ..Request::default() };
        let mut plan = Plan::<f64>::new(&graph, &request).unwrap();
        let (values, parameters) = ([0.5; 30], vec![2.0; plan.parameters().length()]);
        let sources = [Source::Rows { values: &values, columns: 5, chosen: None }];
        plan.run(
            &mut Team::new(2),
            Run {
                set: InstructionSet::best(),
                turn: Turn { seed: 3, step: 1, rows: 6 },
                sources: &sources,
                upcoming: &[],
                parameters: Parameters::Fixed(&parameters),
            },
        );
        let mut found: Vec<f64> = (0..4).map(|output| plan.number(output)).collect();
        found.extend(plan.parameters().places()[0].read(plan.gradients()));
        found
    };
    let plain = evaluate(false);
    assert_eq!(evaluate(true), plain);
    assert_eq!(plain[2..4], [6.0, 36.0]);
    assert!(plain[4..].iter().any(|&slope| slope > 0.0), "{plain:?}");
}

/// A state is read by a run and carried to its next value afterwards; what is learned is not touched.
#[test]
fn states_are_carried_when_asked() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(20));
    let w = graph.parameter("w", 1, 20);
    let mean = graph.state("mean", 1, 20);
    let next = mean + Symbol::constant(0.5) * (x.mean_rows() - mean);
    let y = (x * w - mean).sum();
    for fuse in [true, false] {
        let (outputs, states) = (vec![y.id()], vec![(mean.id(), next.id())]);
        let request = Request { outputs, states, capacity: 3, fuse, ..Request::default() };
        let mut plan = Plan::<f64>::new(&graph, &request).unwrap();
        let layout = plan.parameters().clone();
        let mut parameters = vec![0.0; layout.length()];
        layout.find("w").unwrap().write(&mut parameters, &[2.0; 20]);
        layout.find("mean").unwrap().write(&mut parameters, &[1.0; 20]);
        let values: Vec<f64> = (0..60).map(f64::from).collect();
        for expected in [0, 1] {
            plan.run(
                &mut Team::new(2),
                Run {
                    set: InstructionSet::best(),
                    turn: Turn { rows: 3, ..Turn::default() },
                    sources: &[Source::Rows { values: &values, columns: 20, chosen: None }],
                    upcoming: &[],
                    parameters: Parameters::Fixed(&parameters),
                },
            );
            let before = layout.find("mean").unwrap().read(&parameters);
            let sum: f64 =
                values.iter().map(|x| 2.0 * x).sum::<f64>() - 3.0 * before.iter().sum::<f64>();
            assert_eq!(plan.number(0), sum, "in run {expected}");
            plan.carry_states(&mut parameters);
            let found = layout.find("mean").unwrap().read(&parameters);
            for (column, (found, before)) in found.iter().zip(before).enumerate() {
                assert_eq!(*found, before + 0.5 * ((20 + column) as f64 - before));
            }
            assert_eq!(layout.find("w").unwrap().read(&parameters), [2.0; 20]);
        }
    }
}

/// The first of so many outputs that are all alike, and the gradient of its bias.
fn alike_outputs(columns: usize, rows: usize, drops: bool, set: InstructionSet) -> [Vec<u32>; 3] {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(INPUTS));
    let (w, b) = (graph.parameter("w", INPUTS, columns), graph.parameter("b", 1, columns));
    let z = x.product(w) + b;
    let share = graph.input("share", Shape::batch(1));
    let y = z.tanh() * share + z.apply(Softplus);
    // A mask depends on the place, so its column stays where it is.
    let y = if drops { y * z.dropout_mask(0.25, 3) } else { y };
    let gradient = graph.gradient(y.sum(), &[b]).unwrap()[0];
    let request = Request {
        outputs: vec![y.id(), z.id()],
        gradients: vec![(b.id(), gradient.id())],
        capacity: rows,
        fuse: true,
        ..Request::default()
    };
    let mut plan = Plan::<f32>::new(&graph, &request).unwrap();
    let mut stream = Stream::new(7, "columns");
    let mut draw = |count: usize| (0..count).map(|_| stream.normal() as f32).collect::<Vec<_>>();
    let (x, share, w, b) = (draw(rows * INPUTS), draw(rows), draw(INPUTS), draw(1));
    let mut parameters = vec![f32::NAN; plan.parameters().length()];
    for place in plan.parameters().clone().places() {
        let numbers = if place.rows == 1 { &b } else { &w };
        let repeated = numbers.iter().flat_map(|&number| vec![number; columns]);
        place.write(&mut parameters, &repeated.collect::<Vec<_>>());
    }
    let source = |values, columns| Source::Rows { values, columns, chosen: None };
    plan.run(
        &mut Team::new(1),
        Run {
            set,
            turn: Turn { seed: 9, step: 3, rows },
            sources: &[source(&x, INPUTS), source(&share, 1)],
            upcoming: &[],
            parameters: Parameters::Fixed(&parameters),
        },
    );
    let gradient = plan.parameters().places().iter().find(|place| place.name == "b").unwrap();
    let first = |values: Vec<f32>| values.iter().step_by(columns).map(|x| x.to_bits()).collect();
    [
        first(plan.output(0, rows)),
        first(plan.output(1, rows)),
        first(gradient.read(plan.gradients())),
    ]
}

#[test]
fn a_single_column_has_the_bits_of_a_column_among_others() {
    let rows: &[usize] = if cfg!(miri) { &[17] } else { &[1, 2, 15, 16, 17, 47, 48, 49, 130] };
    for (&rows, drops) in rows.iter().flat_map(|rows| [(rows, false), (rows, true)]) {
        for set in InstructionSet::available() {
            let alone = alike_outputs(1, rows, drops, set);
            let among = alike_outputs(2, rows, drops, set);
            assert_eq!(alone, among, "{rows} rows on {}, dropout: {drops}", set.name());
        }
    }
}
