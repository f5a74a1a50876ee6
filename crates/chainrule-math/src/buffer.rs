//! Memory aligned to cache lines.

use crate::Element;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};

/// A slice of zeros at first, starting at a cache line.
pub struct Buffer<E: Element> {
    allocation: *mut E,
    layout: Layout,
    start: usize,
    length: usize,
}

// SAFETY: the buffer owns its memory, as a Vec does.
unsafe impl<E: Element> Send for Buffer<E> {}
// SAFETY: shared references only read.
unsafe impl<E: Element> Sync for Buffer<E> {}

impl<E: Element> Buffer<E> {
    /// `length` zeros, `stagger` cache lines into the allocation. Passes over several buffers at
    /// once run at half speed when all begin at the same offset in a page, so each takes its own.
    pub fn zeroed(length: usize, stagger: usize) -> Self {
        let start = stagger * E::PANEL;
        let layout = Layout::array::<E>((length + start).max(1))
            .and_then(|layout| layout.align_to(64))
            .expect("a buffer larger than the address space");
        // SAFETY: the layout is not empty.
        let allocation = unsafe { alloc_zeroed(layout) }.cast::<E>();
        if allocation.is_null() {
            handle_alloc_error(layout);
        }
        Buffer { allocation, layout, start, length }
    }
}

impl<E: Element> Drop for Buffer<E> {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this layout.
        unsafe { dealloc(self.allocation.cast(), self.layout) }
    }
}

impl<E: Element> Deref for Buffer<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        // SAFETY: `zeroed` allocated start + length elements, all initialised to zero.
        unsafe { std::slice::from_raw_parts(self.allocation.add(self.start), self.length) }
    }
}

impl<E: Element> DerefMut for Buffer<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        // SAFETY: as for `deref`, and `&mut self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.allocation.add(self.start), self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_a_cache_line() {
        for stagger in 0..3 {
            let mut buffer = Buffer::<f32>::zeroed(100, stagger);
            assert_eq!(buffer.as_ptr() as usize % 64, 0);
            assert!(buffer.iter().all(|&x| x == 0.0));
            buffer[99] = 1.0;
            assert_eq!(buffer.len(), 100);
        }
        assert!(Buffer::<f64>::zeroed(0, 0).is_empty());
    }
}
