//! Schedules that could touch memory they must not are refused, and barriers stand where needed.

use chainrule_math::machine::*;
use chainrule_math::*;

#[derive(Clone)]
struct Copy;
impl<E: Element> Instruction<E> for Copy {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, inputs: &[&[E]], output: &mut [E]) {
        output.chunks_exact_mut(inputs[0].len()).for_each(|lines| lines.copy_from_slice(inputs[0]));
    }
    fn matrices(&self, _: InstructionSet, inputs: &[View<'_, E>], mut output: ViewMut<'_, E>) {
        for row in 0..output.rows() {
            for column in 0..output.columns() {
                *output.at(row, column) = inputs[0].at(row, column);
            }
        }
    }
}

fn region(offset: usize, rows: usize, columns: usize) -> Region {
    let rows_extent = Extent::Fixed(rows);
    Region { space: Space::Arena, offset, rows: rows_extent, capacity: rows, columns }
}

fn apply(input: Region, output: Region, split: Split) -> Step<Copy> {
    Step::Apply { instruction: Copy, inputs: vec![input], output, split }
}

fn copy_loop(operand: Operand, output: Region) -> Step<Copy> {
    let line = Line { instruction: Copy, operands: vec![operand], target: Target::Block(output) };
    Step::Loop { shape: output, program: Program { lines: vec![line] } }
}

fn product(left: Region, right: Region, output: Region) -> Step<Copy> {
    Step::Product(Product {
        form: Form::Plain,
        left,
        right,
        output,
        target: ProductTarget::Output,
        epilogue: Program::EMPTY,
        learning: None,
    })
}

/// A schedule on an arena of 64 lines.
fn schedule(steps: Vec<Step<Copy>>) -> Result<Schedule<f32, Copy>, Fault> {
    let memory = Memory::<f32>::new(64 * 16, 0);
    Schedule::new(steps, vec![], &memory, 0, 0)
}

#[test]
fn unsound_steps_are_refused() {
    let refused = |step: Step<Copy>| {
        let Err(fault) = schedule(vec![step]) else { panic!("accepted") };
        fault.to_string()
    };
    let (a, b) = (region(0, 8, 16), region(8 * 16, 8, 16));
    assert!(refused(apply(a, region(60 * 16, 8, 16), Split::Whole)).contains("outside its buffer"));
    assert!(refused(apply(a, region(usize::MAX - 15, 8, 16), Split::Whole)).contains("outside"));
    assert!(refused(apply(a, region(8, 8, 16), Split::Whole)).contains("outside its buffer"));
    // Sizes whose product wraps around to a small one.
    let endless = Region { capacity: 1 << 60, ..b };
    assert!(refused(apply(a, endless, Split::Whole)).contains("outside its buffer"));
    assert!(refused(apply(a, region(4 * 16, 8, 16), Split::Whole)).contains("overlaps an input"));
    assert!(refused(apply(region(0, 4, 16), b, Split::Rows)).contains("cannot be shared"));
    assert!(refused(apply(region(0, 8, 7), b, Split::Panels)).contains("cannot be shared"));
    let shifted = region(4 * 16, 8, 16);
    assert!(refused(copy_loop(Operand::Block(shifted), b)).contains("does not fit"));
    assert!(refused(copy_loop(Operand::Row(region(9 * 16, 1, 16)), b)).contains("repeats"));
    assert!(refused(copy_loop(Operand::Slot(0), b)).contains("does not fit"));
    assert!(refused(copy_loop(Operand::Product, b)).contains("does not fit"));
    assert!(refused(copy_loop(Operand::Column(region(0, 7, 1)), b)).contains("does not fit"));
    assert!(refused(product(a, b, region(32 * 16, 8, 16))).contains("do not agree"));
    let square = region(16 * 16, 16, 16);
    assert!(refused(product(a, square, a)).contains("overlaps its operands"));
    let parameters = Region { space: Space::Parameters, ..region(0, 0, 0) };
    assert!(refused(apply(a, parameters, Split::Whole)).contains("only an update"));
}

#[test]
fn a_barrier_stands_where_steps_meet_in_memory_and_nowhere_else() {
    let (a, b, c) = (region(0, 8, 16), region(8 * 16, 8, 16), region(16 * 16, 8, 16));
    let d = region(24 * 16, 8, 16);
    let (whole, rows) = (Split::Whole, Split::Rows);
    let barriers = |steps| schedule(steps).unwrap().barriers(2);
    // b and c are copied from a: no matter in which order. d is copied from b, by the last member
    // alone: after it. Then a is overwritten, which the copies from it must not see; they came before
    // the last barrier.
    assert_eq!(
        barriers(vec![apply(a, b, rows), apply(a, c, rows), apply(b, d, whole), apply(c, a, rows)]),
        1
    );
    let early = vec![apply(a, b, rows), apply(c, a, whole)];
    assert_eq!(barriers(early), 1, "what is read must not be overwritten early");
    let twice = vec![apply(a, b, rows), apply(c, b, whole)];
    assert_eq!(barriers(twice), 1, "the later of two results must stay");
    // Whoever wrote a row reads it.
    assert_eq!(barriers(vec![apply(a, b, rows), apply(b, c, rows), apply(c, d, rows)]), 0);
    assert_eq!(barriers(vec![apply(a, b, whole), apply(b, c, whole)]), 0);
    assert_eq!(schedule(vec![apply(a, b, rows), apply(b, d, whole)]).unwrap().barriers(1), 0);
}

#[test]
fn what_needs_no_barrier_does_not_wait_for_what_does() {
    let regions: Vec<Region> = (0..6).map(|place| region(place * 8 * 16, 8, 16)).collect();
    let [a, b, c, d, e, f] = regions[..] else { unreachable!("there are six") };
    let (whole, rows) = (Split::Whole, Split::Rows);
    let barriers = |steps| schedule(steps).unwrap().barriers(2);
    // Without b there is no c; but d can be copied before, and then one barrier is enough for c and e.
    let steps = vec![apply(a, b, rows), apply(b, c, whole), apply(a, d, rows), apply(d, e, whole)];
    assert_eq!(barriers(steps.clone()), 1);
    // f needs c, which waits; and a must be read before it is overwritten.
    let (after, over) = (apply(c, f, rows), apply(f, a, rows));
    assert_eq!(barriers([steps, vec![after, over]].concat()), 2);
}

#[test]
fn members_meet_only_where_they_exchange() {
    let (x, w, h) = (region(0, 1, 16), region(2 * 16, 16, 64), region(66 * 16, 1, 64));
    let (delta, g) = (region(74 * 16, 1, 1), region(76 * 16, 64, 1));
    let by_panels = product(x, w, h);
    // A^T B has a row for each column of A, whose panels are where they were written.
    let Step::Product(plain) = product(h, delta, g) else { unreachable!("it is a product") };
    let across = Step::Product(Product { form: Form::TransposedLeft, ..plain.clone() });
    let memory = Memory::<f32>::new(140 * 16, 0);
    let barriers =
        |steps| Schedule::<f32, Copy>::new(steps, vec![], &memory, 0, 0).unwrap().barriers(2);
    assert_eq!(barriers(vec![by_panels.clone(), across]), 0);
    // But each row of A B has terms in all panels of A.
    assert_eq!(barriers(vec![by_panels, product(h, g, delta)]), 1);
}

#[test]
fn each_member_loads_a_batch_that_it_needs_whole() {
    let x = Region { rows: Extent::Batch, ..region(0, 1, 16) };
    let w = region(2 * 16, 16, 64);
    let y = Region { rows: Extent::Batch, ..region(66 * 16, 1, 64) };
    let z = Region { rows: Extent::Batch, ..region(74 * 16, 1, 16) };
    let load = Step::<Copy>::Load(Load { source: 0, output: x });
    let steps = vec![load, product(x, w, y), apply(x, z, Split::Rows)];
    let batch: Vec<f32> = (0..16).map(|number| number as f32).collect();
    for threads in [1, 2, 3] {
        let mut memory = Memory::<f32>::new(76 * 16, 0);
        for (row, column) in (0..16).flat_map(|row| (0..64).map(move |column| (row, column))) {
            memory.arena[w.index::<f32>(row, column)] = (row + column) as f32;
        }
        let new = |steps| Schedule::new(steps, vec![], &memory, 0, 1).unwrap();
        let mut schedule = new(steps.clone());
        assert_eq!(schedule.barriers(threads), 0);
        // Not where its memory is used for something else.
        let again = new([&steps[..2], &[apply(z, x, Split::Rows)]].concat()).barriers(threads);
        assert!(threads == 1 || again > 0);
        let run = Run {
            set: InstructionSet::best(),
            turn: Turn { rows: 1, ..Turn::default() },
            sources: &[Source::Rows { values: &batch, columns: 16, chosen: None }],
            upcoming: &[],
            parameters: Parameters::Fixed(&[]),
        };
        schedule.run(&mut Team::new(threads), &mut memory, run);
        for column in 0..64 {
            let terms = (0..16).map(|term| batch[term] * (term + column) as f32);
            let found = memory.arena[y.index::<f32>(0, column)];
            assert_eq!(found, terms.sum::<f32>(), "{column} on {threads}");
        }
        for (column, number) in batch.iter().enumerate() {
            let found = [x, z].map(|region| memory.arena[region.index::<f32>(0, column)]);
            assert_eq!(found, [*number; 2]);
        }
    }
}

#[test]
fn each_member_computes_single_numbers_that_it_needs() {
    let (a, b) = (region(0, 1, 1), region(16, 1, 1));
    let (c, d) = (region(2 * 16, 8, 16), region(10 * 16, 8, 16));
    let known = vec![copy_loop(Operand::Block(a), b), copy_loop(Operand::Scalar(b), c)];
    assert_eq!(schedule(known.clone()).unwrap().barriers(2), 0);
    // Not what another member has computed.
    let computed = [vec![apply(d, a, Split::Whole)], known.clone()].concat();
    assert_eq!(schedule(computed).unwrap().barriers(2), 1);
    for threads in [1, 2] {
        let mut memory = Memory::<f32>::new(64 * 16, 0);
        memory.arena[0] = 7.0;
        let mut schedule = Schedule::new(known.clone(), vec![], &memory, 0, 0).unwrap();
        let run = Run {
            set: InstructionSet::best(),
            turn: Turn::default(),
            sources: &[],
            upcoming: &[],
            parameters: Parameters::Fixed(&[]),
        };
        schedule.run(&mut Team::new(threads), &mut memory, run);
        assert_eq!(memory.arena[16], 7.0, "the last member's own is the arena");
        assert!(memory.arena[2 * 16..10 * 16].iter().all(|number| *number == 7.0));
    }
}

#[test]
#[should_panic(expected = "does not hold the batch")]
fn a_source_that_is_too_short_is_refused_before_anything_runs() {
    let output = Region { rows: Extent::Batch, ..region(0, 8, 16) };
    let mut memory = Memory::<f32>::new(64 * 16, 0);
    let load = Step::<Copy>::Load(Load { source: 0, output });
    let mut schedule = Schedule::new(vec![load], vec![], &memory, 0, 8).unwrap();
    let values = [0.0; 16 * 4];
    let sources = [Source::Rows { values: &values, columns: 16, chosen: Some(&[0, 1, 4]) }];
    let turn = Turn { rows: 3, ..Turn::default() };
    let parameters = Parameters::Fixed(&[]);
    let run =
        Run { set: InstructionSet::best(), turn, sources: &sources, upcoming: &[], parameters };
    schedule.run(&mut Team::new(1), &mut memory, run);
}

/// Gradient descent with momentum at a rate of 1.
struct Momentum {
    /// The norm that it is to be told.
    norm: Option<f64>,
}
impl UpdateRule<f32> for Momentum {
    fn needs_norm(&self) -> bool {
        self.norm.is_some()
    }
    fn apply(
        &self,
        _: InstructionSet,
        norm: Option<f64>,
        weights: &mut [f32],
        gradients: &mut [f32],
        [velocity, absent]: [&mut [f32]; 2],
    ) {
        assert_eq!((norm, absent.len()), (self.norm, 0));
        for ((weight, gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocity) {
            *velocity += *gradient;
            *weight -= *velocity;
        }
    }
}

#[test]
fn an_update_meets_each_stretch_once_whoever_has_it() {
    let stretches = [(0, 2, 16), (32, 1, 3), (64, 3, 10), (112, 1, 16)]
        .map(|(start, lines, width)| Stretch { start, lines, width });
    // Lines 3 and 8 belong to no stretch.
    let inside = |index: usize| !(48..64).contains(&index) && index < 128;
    // Columns of ones and twos, and padding of hundreds, which no sum may count.
    let gradient = |index: usize| {
        let stretch = stretches.iter().rfind(|stretch| stretch.start <= index).unwrap();
        if index % 16 < stretch.width { (1 + index % 2) as f32 } else { 100.0 }
    };
    let expected_squares = [2.0 * 40.0, 1.0 + 4.0 + 1.0, 3.0 * 25.0, 40.0];
    for threads in [1, 2, 3] {
        for norm in [None, Some(201f64.sqrt())] {
            let mut memory = Memory::<f32>::new(0, 9 * 16);
            for (index, number) in memory.gradients.iter_mut().enumerate() {
                *number = gradient(index);
            }
            let mut schedule =
                Schedule::<f32, Copy>::new(vec![], stretches.to_vec(), &memory, 9 * 16, 0).unwrap();
            let mut values = vec![50.0; 9 * 16];
            let mut velocity = vec![10.0; 9 * 16];
            let mut squares = [0.0; 4];
            let parameters = Parameters::Learned {
                values: &mut values,
                rule: &Momentum { norm },
                states: [&mut velocity, &mut []],
                squares: &mut squares,
            };
            let (set, turn) = (InstructionSet::best(), Turn::default());
            let run = Run { set, turn, sources: &[], upcoming: &[], parameters };
            schedule.run(&mut Team::new(threads), &mut memory, run);
            assert_eq!(squares, expected_squares);
            for (index, (value, velocity)) in values.into_iter().zip(velocity).enumerate() {
                let moved = if inside(index) { 10.0 + gradient(index) } else { 10.0 };
                let expected = if inside(index) { 50.0 - moved } else { 50.0 };
                assert_eq!((value, velocity), (expected, moved), "{index}, {threads} threads");
            }
        }
    }
}

/// A product of A^T (5 columns or more, of 3 rows) and B from which the parameter learns.
fn learning(columns: usize) -> (Step<Copy>, Memory<f32>) {
    let left = region(0, 3, 100);
    let right = region(left.length::<f32>(), 3, columns);
    let output = region(0, 100, columns);
    let parameter = Region { space: Space::Parameters, ..output };
    let mut memory =
        Memory::<f32>::new(left.length::<f32>() + right.length::<f32>(), output.length::<f32>());
    for term in 0..3 {
        for row in 0..100 {
            memory.arena[left.index::<f32>(term, row)] = (row % 7 + term) as f32;
        }
        for column in 0..columns {
            memory.arena[right.index::<f32>(term, column)] = (column % 5 + term) as f32;
        }
    }
    let step = Step::Product(Product {
        form: Form::TransposedLeft,
        left,
        right,
        output,
        target: ProductTarget::Epilogue,
        epilogue: Program::EMPTY,
        learning: Some(Box::new(Learning { parameter, gradient: Operand::Product })),
    });
    (step, memory)
}

#[test]
fn a_parameter_learns_from_a_product_block_by_block() {
    for (columns, set) in [3, 16, 40]
        .into_iter()
        .flat_map(|columns| InstructionSet::available().into_iter().map(move |set| (columns, set)))
    {
        for threads in [1, 2, 3] {
            let (step, mut memory) = learning(columns);
            let length = memory.gradients.len();
            let mut schedule =
                Schedule::<f32, Copy>::new(vec![step], vec![], &memory, length, 0).unwrap();
            let (mut values, mut velocity) = (vec![50.0; length], vec![10.0; length]);
            let mut squares = vec![0.0; schedule.squares()];
            let parameters = Parameters::Learned {
                values: &mut values,
                rule: &Momentum { norm: None },
                states: [&mut velocity, &mut []],
                squares: &mut squares,
            };
            let run = Run { set, turn: Turn::default(), sources: &[], upcoming: &[], parameters };
            schedule.run(&mut Team::new(threads), &mut memory, run);
            let mut expected_square = 0.0;
            for row in 0..100 {
                for column in 0..columns {
                    let gradient: f32 =
                        (0..3).map(|term| ((row % 7 + term) * (column % 5 + term)) as f32).sum();
                    expected_square += gradient * gradient;
                    let place = region(0, 100, columns).index::<f32>(row, column);
                    let found = (values[place], velocity[place]);
                    let moved = 10.0 + gradient;
                    assert_eq!(found, (50.0 - moved, moved), "{row}, {column}, {threads} threads");
                }
            }
            // Whole numbers, so exact in any order.
            assert_eq!(squares.iter().sum::<f32>(), expected_square);
            assert!(memory.gradients.iter().all(|gradient| *gradient == 0.0), "never written");
        }
    }
}

#[test]
fn what_learns_is_read_by_nothing_else_in_its_step() {
    let refused = |change: fn(&mut Product<Copy>)| {
        let (mut step, memory) = learning(16);
        let Step::Product(product) = &mut step else { unreachable!("it is a product") };
        change(product);
        let length = memory.gradients.len();
        let Err(fault) = Schedule::<f32, Copy>::new(vec![step], vec![], &memory, length, 0) else {
            panic!("accepted")
        };
        fault.to_string()
    };
    fn learns(product: &mut Product<Copy>) -> &mut Learning {
        product.learning.as_mut().expect("it learns")
    }
    assert!(refused(|product| learns(product).parameter.columns = 15).contains("a parameter of"));
    assert!(
        refused(|product| learns(product).parameter.space = Space::Gradients)
            .contains("a parameter")
    );
    assert!(
        refused(|product| learns(product).parameter.offset = 16).contains("outside its buffer")
    );
    assert!(
        refused(|product| learns(product).gradient = Operand::Slot(0)).contains("or from a slot")
    );
    assert!(
        refused(|product| {
            let parameter = learns(product).parameter;
            product.left =
                Region { rows: Extent::Fixed(3), capacity: 3, columns: 100, ..parameter };
        })
        .contains("reads what learns")
    );
}

#[test]
#[should_panic(expected = "steps that learn need a rule")]
fn steps_that_learn_do_not_run_on_fixed_parameters() {
    let (step, mut memory) = learning(16);
    let length = memory.gradients.len();
    let mut schedule = Schedule::<f32, Copy>::new(vec![step], vec![], &memory, length, 0).unwrap();
    let values = vec![0.0; length];
    let parameters = Parameters::Fixed(&values);
    let (set, turn) = (InstructionSet::best(), Turn::default());
    let run = Run { set, turn, sources: &[], upcoming: &[], parameters };
    schedule.run(&mut Team::new(1), &mut memory, run);
}
