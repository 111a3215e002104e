//! Panics in protocol code: the engine makes a violation of them; here they are kept from
//! splattering over the output, and their place is kept.
//!
//! The invariant: a panic outside a run is told as it always is.

use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// The place of the last panic, while a run goes on in this thread.
    static RUNNING: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Runs protocol code; a panic in it is not printed. Returns where the last one came from:
/// `protocols/src/raft/log.rs:41:9`.
pub fn quietly<T>(run: impl FnOnce() -> T) -> (T, Option<String>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !keep(panic) {
                usual(panic);
            }
        }));
    });
    RUNNING.with_borrow_mut(|running| *running = Some(None));
    let done = run();
    (done, RUNNING.with_borrow_mut(Option::take).flatten())
}

/// Keeps the place of a panic; false if it does not come from a run.
fn keep(panic: &PanicHookInfo<'_>) -> bool {
    RUNNING.with_borrow_mut(|running| {
        let Some(place) = running else { return false };
        *place = panic.location().map(ToString::to_string);
        true
    })
}
