//! The tiled, shared, packed product against its definition: the same bits, whatever the shape, the
//! instruction set and the number of threads, and never a look at the padding.

use chainrule_math::machine::*;
use chainrule_math::random::Stream;
use chainrule_math::*;

/// Nothing: these schedules have no instructions.
struct None_;
impl<E: Element> Instruction<E> for None_ {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, _: &[&[E]], _: &mut [E]) {}
    fn matrices(&self, _: InstructionSet, _: &[View<'_, E>], _: ViewMut<'_, E>) {}
}

fn region<E: Element>(offset: &mut usize, rows: usize, columns: usize) -> Region {
    let region = Region {
        space: Space::Arena,
        offset: *offset,
        rows: Extent::Fixed(rows),
        capacity: rows + rows % 3,
        columns,
    };
    *offset += region.length::<E>();
    region
}

fn product<E: Element>(form: Form, (rows, terms, columns): (usize, usize, usize)) {
    let mut stream = Stream::new(1, "products");
    let mut random =
        |length: usize| -> Vec<E> { (0..length).map(|_| E::from_f64(stream.normal())).collect() };
    let (left, right) = (random(rows * terms), random(terms * columns));
    let expected = naive(form, &left, &right, (rows, terms, columns));
    for set in InstructionSet::available() {
        for threads in [1, 2, 3, 7] {
            let mut end = 0;
            let (left_rows, left_columns) =
                if form == Form::TransposedLeft { (terms, rows) } else { (rows, terms) };
            let (right_rows, right_columns) =
                if form == Form::TransposedRight { (columns, terms) } else { (terms, columns) };
            let a = region::<E>(&mut end, left_rows, left_columns);
            let b = region::<E>(&mut end, right_rows, right_columns);
            let c = region::<E>(&mut end, rows, columns);
            let mut memory = Memory::<E>::new(end, 0);
            memory.arena.fill(E::from_f64(f64::NAN)); // the padding stays so
            for (region, values) in [(a, &left), (b, &right)] {
                let Extent::Fixed(rows) = region.rows else { unreachable!() };
                for row in 0..rows {
                    for column in 0..region.columns {
                        memory.arena[region.index::<E>(row, column)] =
                            values[row * region.columns + column];
                    }
                }
            }
            let step = Step::Product(Product {
                form,
                left: a,
                right: b,
                output: c,
                target: ProductTarget::Output,
                epilogue: Program::<None_>::EMPTY,
            });
            let mut schedule = Schedule::new(vec![step], vec![], &memory, 0, 0).unwrap();
            let turn = Turn::default();
            schedule.run(
                &mut Team::new(threads),
                &mut memory,
                Run { set, turn, sources: &[], upcoming: &[], parameters: Parameters::Fixed(&[]) },
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

#[test]
fn every_form_and_shape_equals_the_definition() {
    let shapes = [
        (1, 1, 1),
        (2, 3, 1),
        (5, 17, 33),
        (16, 16, 16),
        (48, 32, 32),
        (49, 31, 47),
        (60, 10, 100),
        (13, 100, 10),
        (131, 64, 65),
    ];
    for shape in shapes {
        for form in [Form::Plain, Form::TransposedLeft, Form::TransposedRight] {
            product::<f32>(form, shape);
            product::<f64>(form, shape);
        }
    }
}
