//! A training step allocates nothing once it is running, on any thread.

use chainrule::train::{Event, Training};
use chainrule::{Activation, Examples, Model, Network};
use ndarray::Array2;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

struct Counting;
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, SeqCst);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn steps_of_the_wide_network_with_dropout_allocate_nothing() {
    let network = Network::new(784)
        .dense(512, Activation::Relu)
        .dropout(0.3)
        .dense(512, Activation::Relu)
        .dropout(0.3)
        .dense(10, Activation::Softmax);
    let inputs = Array2::<f32>::from_elem((320, 784), 0.5);
    let classes: Vec<u32> = (0..320).map(|row| row % 10).collect();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    for threads in [1, 2, 3] {
        let mut model: Model = network.build(1).unwrap();
        let training = Training {
            batch_size: 64,
            epochs: 2,
            alpha: 1e-4,
            threads: Some(threads),
            always_all_threads: true,
            ..Training::new(&network)
        };
        // Counted from the first step of an epoch to its last; the count is kept in an array, since
        // a growing list would itself allocate.
        let mut counts = [0; 12];
        let mut steps = 0;
        let mut listen = |event: &Event<'_>| {
            if let Event::Step { .. } = event {
                counts[steps] = ALLOCATIONS.load(SeqCst);
                steps += 1;
            }
            ControlFlow::Continue(())
        };
        training.fit_with(&mut model, &examples, None, &mut [&mut listen]).unwrap();
        assert_eq!(steps, 10);
        for epoch in [0..5, 5..10] {
            let counts = &counts[epoch];
            assert_eq!(counts[0], counts[4], "allocations within an epoch on {threads} threads");
        }
    }
}
