//! Asking for memory before it is needed.

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fetch {
    /// To be read soon: into the nearest cache.
    Read,
    /// To be read later: into the second cache.
    ReadLater,
}

/// Asks for the cache line at `place`: a hint, that no address can harm.
#[inline(always)]
pub(crate) fn fetch<E>(place: *const E, what: Fetch) {
    // SAFETY: a prefetch never faults.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
        match what {
            Fetch::Read => _mm_prefetch::<_MM_HINT_T0>(place.cast()),
            Fetch::ReadLater => _mm_prefetch::<_MM_HINT_T1>(place.cast()),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (place, what);
}
