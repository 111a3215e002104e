//! Seeds on the command line.
//!
//! The invariant: what is no seed or no range of seeds is refused by name.

use crate::exit::Stop;
use squall_explore::seeds;
use std::ops::RangeInclusive;

/// The seed that `--seed` gives.
pub(crate) fn seed(text: &str) -> Result<u64, Stop> {
    seeds::seed(text).map_err(Stop::Words)
}

/// The seeds that `--seeds` gives.
pub(crate) fn range(text: &str) -> Result<RangeInclusive<u64>, Stop> {
    seeds::range(text).map_err(|words| Stop::Words(format!("--seeds {text}: {words}")))
}
