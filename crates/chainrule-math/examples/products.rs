//! Measures the products of a training step: `cargo run --release -p chainrule-math --example
//! products`. Prints GFLOP/s for one and two threads on every instruction set.

use chainrule_math::machine::*;
use chainrule_math::*;
use std::time::Instant;

struct Nothing;
impl<E: Element> Instruction<E> for Nothing {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, _: &[&[E]], _: &mut [E]) {}
    fn matrices(&self, _: InstructionSet, _: &[View<'_, E>], _: ViewMut<'_, E>) {}
}

fn measure(form: Form, (rows, terms, columns): (usize, usize, usize)) {
    for set in InstructionSet::available() {
        if set.name() == "scalar" {
            continue;
        }
        for threads in [1, 2] {
            let mut end = 0;
            let mut region = |rows: usize, columns: usize| {
                let rows_extent = Extent::Fixed(rows);
                let region = Region {
                    space: Space::Arena,
                    offset: end,
                    rows: rows_extent,
                    capacity: rows,
                    columns,
                };
                end += region.length::<f32>();
                region
            };
            let left = if form == Form::TransposedLeft {
                region(terms, rows)
            } else {
                region(rows, terms)
            };
            let right = if form == Form::TransposedRight {
                region(columns, terms)
            } else {
                region(terms, columns)
            };
            let output = region(rows, columns);
            let mut memory = Memory::<f32>::new(end, 0);
            memory.arena.fill(0.5);
            let target = ProductTarget::Output;
            let step = Step::Product(Product {
                form,
                left,
                right,
                output,
                target,
                epilogue: Program::<Nothing>::EMPTY,
            });
            let mut schedule =
                Schedule::new(vec![step], vec![], &memory, 0, 0).expect("a sound schedule");
            let mut team = Team::new(threads);
            let mut best = f64::INFINITY;
            for _ in 0..200 {
                let start = Instant::now();
                let run = Run {
                    set,
                    turn: Turn::default(),
                    sources: &[],
                    upcoming: &[],
                    parameters: Parameters::Fixed(&[]),
                };
                schedule.run(&mut team, &mut memory, run);
                best = best.min(start.elapsed().as_secs_f64());
            }
            let flops = 2.0 * (rows * terms * columns) as f64;
            println!(
                "{form:?} {rows}x{terms}x{columns} {} {threads}: {:.0} GFLOP/s",
                set.name(),
                flops / best / 1e9
            );
        }
    }
}

fn main() {
    measure(Form::Plain, (128, 784, 512));
    measure(Form::TransposedLeft, (784, 128, 512));
    measure(Form::TransposedRight, (128, 512, 512));
    measure(Form::Plain, (128, 512, 10));
    measure(Form::TransposedLeft, (512, 128, 10));
}
