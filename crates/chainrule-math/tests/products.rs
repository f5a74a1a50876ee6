//! The tiled, shared, packed product against its definition: the same bits, whatever the shape, the
//! instruction set and the number of threads, and never a look at the padding.

use chainrule_math::machine::*;
use chainrule_math::random::Stream;
use chainrule_math::*;

/// Nothing: these schedules have no instructions.
#[derive(Clone)]
struct None_;
impl<E: Element> Instruction<E> for None_ {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, _: &[&[E]], _: &mut [E]) {}
    fn matrices(&self, _: InstructionSet, _: &[View<'_, E>], _: ViewMut<'_, E>) {}
}

/// A matrix that fills its buffer, so that whoever looks for memory errors sees a look beyond it.
fn region<E: Element>(space: Space, rows: usize, columns: usize) -> (Region, Buffer<E>) {
    let capacity = rows + rows % 3;
    let region = Region { space, offset: 0, rows: Extent::Fixed(rows), capacity, columns };
    let mut buffer = Buffer::zeroed(region.length::<E>(), 0);
    buffer.fill(E::from_f64(f64::NAN)); // the padding stays so
    (region, buffer)
}

fn operand<E: Element>(space: Space, rows: usize, values: &[E]) -> (Region, Buffer<E>) {
    let columns = values.len() / rows;
    let (region, mut buffer) = region(space, rows, columns);
    for (index, &value) in values.iter().enumerate() {
        buffer[region.index::<E>(index / columns, index % columns)] = value;
    }
    (region, buffer)
}

fn product<E: Element>(form: Form, (rows, terms, columns): (usize, usize, usize)) {
    let mut stream = Stream::new(1, "products");
    let mut random =
        |length: usize| -> Vec<E> { (0..length).map(|_| E::from_f64(stream.normal())).collect() };
    let (left, right) = (random(rows * terms), random(terms * columns));
    let expected = naive(form, &left, &right, (rows, terms, columns));
    let left_rows = if form == Form::TransposedLeft { terms } else { rows };
    let right_rows = if form == Form::TransposedRight { columns } else { terms };
    for set in InstructionSet::available() {
        for &threads in THREADS {
            let (a, parameters) = operand(Space::Parameters, left_rows, &left);
            let (b, gradients) = operand(Space::Gradients, right_rows, &right);
            let (c, arena) = region(Space::Arena, rows, columns);
            let mut memory = Memory { arena, gradients };
            let step = Step::Product(Product {
                form,
                left: a,
                right: b,
                output: c,
                target: ProductTarget::Output,
                epilogue: Program::<None_>::EMPTY,
                learning: None,
            });
            let mut schedule =
                Schedule::new(vec![step], vec![], &memory, parameters.len(), 0).unwrap();
            let turn = Turn::default();
            schedule.run(
                &mut Team::new(threads),
                &mut memory,
                Run {
                    set,
                    turn,
                    sources: &[],
                    upcoming: &[],
                    parameters: Parameters::Fixed(&parameters),
                },
            );
            for row in 0..rows {
                for column in 0..columns {
                    let found = memory.arena[c.index::<E>(row, column)];
                    let judged = expected[row * columns + column];
                    assert!(
                        found == judged,
                        "{form:?} {rows}x{terms}x{columns} {} {threads} threads at {row},{column}: \
                         {found} for {judged}",
                        set.name()
                    );
                }
            }
        }
    }
}

/// Miri takes thousands of times as long: it gets a single term, and whole and broken panels.
const SHAPES: &[(usize, usize, usize)] = if cfg!(miri) {
    &[(1, 1, 1), (3, 17, 18)]
} else {
    &[
        (1, 1, 1),
        (2, 3, 1),
        (5, 17, 33),
        (16, 16, 16),
        (48, 32, 32),
        (49, 31, 47),
        (60, 10, 100),
        (13, 100, 10),
        (131, 64, 65),
        // More terms than are added in one pass.
        (50, 1100, 50),
        // So many that the panels of the right operand come in groups.
        (3, 5000, 130),
    ]
};
const THREADS: &[usize] = if cfg!(miri) { &[1, 2] } else { &[1, 2, 3, 7] };

#[test]
fn every_form_and_shape_equals_the_definition() {
    for &shape in SHAPES {
        for form in [Form::Plain, Form::TransposedLeft, Form::TransposedRight] {
            product::<f32>(form, shape);
            product::<f64>(form, shape);
        }
    }
}
