//! Schedules that could touch memory they must not are refused, and barriers stand where needed.

use chainrule_math::machine::*;
use chainrule_math::*;

#[derive(Clone)]
struct Copy;
impl<E: Element> Instruction<E> for Copy {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, inputs: &[&[E]], output: &mut [E]) {
        output.copy_from_slice(inputs[0]);
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
    let whole = Split::Whole;
    // b and c are copied from a: no matter in which order. d is copied from b: after it. Then a is
    // overwritten, which the copies from it must not see; they came before the last barrier.
    let steps =
        vec![apply(a, b, whole), apply(a, c, whole), apply(b, d, whole), apply(c, a, whole)];
    assert_eq!(schedule(steps).unwrap().barriers(), 1);
    let steps = vec![apply(a, b, whole), apply(c, a, whole)];
    assert_eq!(
        schedule(steps).unwrap().barriers(),
        1,
        "what is read must not be overwritten early"
    );
    let steps = vec![apply(a, b, whole), apply(c, b, whole)];
    assert_eq!(schedule(steps).unwrap().barriers(), 1, "the later of two results must stay");
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
