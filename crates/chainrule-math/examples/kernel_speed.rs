//! The products of training steps against the most that the processor can multiply and add:
//! `cargo run --release -p chainrule-math --example kernel_speed` prints a line of JSON for each;
//! `cargo xtask bench kernels` makes a table of them.
//!
//! The operands are those of one step and stay in whatever cache holds them, so this is the product
//! alone. The best of many runs counts: what is asked is what the kernel can do.

use chainrule_math::machine::{
    Instruction, Memory, Parameters, Place, Product, ProductTarget, Program, Run, Schedule, Step,
    Turn,
};
use chainrule_math::{
    Element, Extent, Form, InstructionSet, Kernel, Lanes, Region, Space, Team, View, ViewMut,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a measurement is repeated.
const LENGTH: Duration = Duration::from_millis(50);

/// Rows of a batch, inputs and units of every layer of the workloads of benches.
const LAYERS: [(&str, usize, usize, usize); 12] = [
    ("W1", 200, 64, 100),
    ("W1", 200, 100, 10),
    ("W2", 32, 2, 8),
    ("W2", 32, 8, 8),
    ("W2", 32, 8, 1),
    ("W3", 64, 784, 128),
    ("W3", 64, 128, 10),
    ("W4", 128, 784, 512),
    ("W4", 128, 512, 512),
    ("W4", 128, 512, 10),
    ("W5", 512, 2048, 2048),
    ("W5", 512, 2048, 10),
];

/// Registers of sums that do not wait for each other: enough for two units of four cycles, and few
/// enough to stay in the sixteen registers of AVX2 beside the two factors.
const CHAINS: usize = 12;

/// Fused multiply-adds in registers, `turns` times on each chain.
struct Peak {
    turns: usize,
}

impl<E: Element> Kernel<E> for Peak {
    type Output = E;

    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) -> E {
        let factor = L::splat(black_box(E::from_f64(0.999)));
        let addend = L::splat(black_box(E::from_f64(1e-3)));
        // Chains that begin alike would be computed once.
        let begin = |chain: usize| L::splat(black_box(E::from_f64(chain as f64)));
        let mut sums: [L; CHAINS] = std::array::from_fn(begin);
        for _ in 0..self.turns {
            for sum in &mut sums {
                *sum = sum.fused(factor, addend);
            }
        }
        let total = sums.into_iter().fold(L::ZERO, |total, sum| total + sum);
        let mut numbers = vec![E::from_f64(0.0); L::COUNT];
        total.write(&mut numbers);
        numbers[0]
    }
}

/// Numbers in a register of the set.
struct Width;

impl<E: Element> Kernel<E> for Width {
    type Output = usize;
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) -> usize {
        L::COUNT
    }
}

/// A schedule of nothing but a product needs no instructions.
#[derive(Clone)]
struct Nothing;

impl<E: Element> Instruction<E> for Nothing {
    fn block(&self, _: InstructionSet, _: Turn, _: Place, _: &[&[E]], _: &mut [E]) {}
    fn matrices(&self, _: InstructionSet, _: &[View<'_, E>], _: ViewMut<'_, E>) {}
}

/// The least seconds of a call, over some time and three calls at least: the first meets memory that
/// the system has yet to provide.
fn least(length: Duration, mut call: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let (mut least, mut calls) = (f64::INFINITY, 0);
    while calls < 3 || begin.elapsed() < length {
        calls += 1;
        let start = Instant::now();
        call();
        least = least.min(start.elapsed().as_secs_f64());
    }
    least
}

/// GFLOP/s of fused multiply-adds in registers, on every thread at once.
fn peak<E: Element>(set: InstructionSet, team: &mut Team) -> f64 {
    const TURNS: usize = 100_000;
    let operations = 2 * TURNS * CHAINS * set.run::<E, _>(Width) * team.size();
    // Longer than a product, since all of them are compared with it.
    let seconds = least(6 * LENGTH, || {
        team.run(&|_| {
            black_box(set.run::<E, _>(Peak { turns: TURNS }));
        });
    });
    operations as f64 / seconds / 1e9
}

/// GFLOP/s of a product of `rows` x `terms` x `columns`.
fn product<E: Element>(
    set: InstructionSet,
    team: &mut Team,
    form: Form,
    (rows, terms, columns): (usize, usize, usize),
) -> f64 {
    let mut end = 0;
    let mut region = |rows: usize, columns: usize| {
        let region = Region {
            space: Space::Arena,
            offset: end,
            rows: Extent::Fixed(rows),
            capacity: rows,
            columns,
        };
        end += region.length::<E>();
        region
    };
    let left = match form {
        Form::TransposedLeft => region(terms, rows),
        _ => region(rows, terms),
    };
    let right = match form {
        Form::TransposedRight => region(columns, terms),
        _ => region(terms, columns),
    };
    let output = region(rows, columns);
    let mut memory = Memory::<E>::new(end, 0);
    memory.arena.fill(E::from_f64(0.5));
    let step = Step::Product(Product {
        form,
        left,
        right,
        output,
        target: ProductTarget::Output,
        epilogue: Program::<Nothing>::EMPTY,
        learning: None,
    });
    let mut schedule = Schedule::new(vec![step], vec![], &memory, 0, 0).expect("a sound schedule");
    let seconds = least(LENGTH, || {
        let parameters = Parameters::Fixed(&[]);
        let run = Run { set, turn: Turn::default(), sources: &[], parameters, upcoming: &[] };
        schedule.run(team, &mut memory, run);
    });
    2.0 * (rows * terms * columns) as f64 / seconds / 1e9
}

/// Everything about one type on one instruction set and team.
fn measure<E: Element>(set: InstructionSet, team: &mut Team) {
    let (name, threads) = (set.name(), team.size());
    let common = format!(
        "\"element\": \"{}\", \"instruction_set\": \"{name}\", \"threads\": {threads}",
        E::NAME.to_lowercase()
    );
    // The compiler packs the scalar product's columns into registers of its own choice, so single
    // numbers are no measure of it.
    let peak = (name != "scalar").then(|| peak::<E>(set, team));
    if let Some(peak) = peak {
        println!("{{{common}, \"gflops\": {peak:.2}}}");
    }
    for (workload, batch, inputs, units) in LAYERS {
        for (form, form_name, (rows, terms, columns)) in [
            (Form::Plain, "forward", (batch, inputs, units)),
            (Form::TransposedLeft, "weights", (inputs, batch, units)),
            (Form::TransposedRight, "inputs", (batch, units, inputs)),
        ] {
            let speed = product::<E>(set, team, form, (rows, terms, columns));
            let share = peak.map_or("null".to_string(), |peak| format!("{:.4}", speed / peak));
            println!(
                "{{{common}, \"workload\": \"{workload}\", \"form\": \"{form_name}\", \"shape\": \
                 \"{rows}x{terms}x{columns}\", \"gflops\": {speed:.3}, \"share_of_peak\": {share}}}"
            );
        }
    }
}

fn main() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut sizes = vec![1, processors];
    sizes.dedup();
    for size in sizes {
        let mut team = Team::new(size);
        for set in InstructionSet::available() {
            measure::<f32>(set, &mut team);
            measure::<f64>(set, &mut team);
        }
    }
}
