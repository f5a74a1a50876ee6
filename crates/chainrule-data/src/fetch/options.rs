//! How long to wait, and whether to replace.

use std::time::Duration;

/// A week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Replace a file of the right name that has other contents, once the right one is there.
    pub replace: bool,
    /// The longest time to find and reach a source.
    pub connect_timeout: Duration,
    /// The longest time without a byte.
    pub stall_timeout: Duration,
    /// The fewest bytes a second, on average, below which a source is given up. It bounds the time
    /// that a source can take by sending a byte now and then.
    pub least_rate: u64,
}

impl Default for FetchOptions {
    /// Nothing is replaced; 15 seconds to connect, 30 without a byte, 2000 bytes a second.
    fn default() -> FetchOptions {
        FetchOptions {
            replace: false,
            connect_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(30),
            least_rate: 2000,
        }
    }
}

impl FetchOptions {
    /// The longest time for so many bytes, from the first question to the last byte.
    pub(super) fn longest(&self, bytes: u64) -> Duration {
        let transfer = Duration::from_secs(bytes / self.least_rate.max(1));
        let waiting = self.connect_timeout.saturating_add(self.stall_timeout);
        FetchOptions::bounded(waiting.saturating_add(transfer))
    }

    /// A time that a clock can add to the present one.
    pub(super) fn bounded(time: Duration) -> Duration {
        time.min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_grows_with_the_bytes() {
        let options = FetchOptions::default();
        assert_eq!(options.longest(0), Duration::from_secs(45));
        assert_eq!(options.longest(20_000), Duration::from_secs(55));
        let patient = FetchOptions { stall_timeout: Duration::MAX, least_rate: 0, ..options };
        assert_eq!(patient.longest(u64::MAX), LONGEST);
    }
}
