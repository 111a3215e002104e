//! What a task waits for that its node is told of: a timer, a sync.
//!
//! The invariant: whoever stops waiting leaves no timer behind.

use super::handle::Handle;
use super::{Alarm, Message, channel};
use squall_engine::disk::DiskError;
use squall_engine::units::Span;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A sleep.
pub(super) struct Sleep<'a, M: Message> {
    handle: &'a Handle<M>,
    alarm: u64,
}

impl<'a, M: Message> Sleep<'a, M> {
    /// Arms the timer.
    pub(super) fn begin(handle: &'a Handle<M>, time: Span) -> Sleep<'a, M> {
        let alarm = handle.with(|state| {
            state.counted += 1;
            state.sleepers.insert(state.counted, None);
            state.counted
        });
        handle.tell(move |cx| cx.set_timer(Alarm(alarm), time));
        Sleep { handle, alarm }
    }
}

impl<M: Message> Future for Sleep<'_, M> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, waiting: &mut Context<'_>) -> Poll<()> {
        self.handle.with(|state| match state.sleepers.get_mut(&self.alarm) {
            None => Poll::Ready(()),
            Some(waker) => {
                *waker = Some(waiting.waker().clone());
                Poll::Pending
            }
        })
    }
}

impl<M: Message> Drop for Sleep<'_, M> {
    fn drop(&mut self) {
        let alarm = self.alarm;
        self.handle.if_alive(|state| {
            if state.sleepers.remove(&alarm).is_some() {
                state.commands.push_back(Box::new(move |cx| cx.cancel_timer(Alarm(alarm))));
            }
        });
    }
}

/// A sync that other tasks do not wait for.
pub(super) struct Sync;

impl Sync {
    /// Begins to sync; the promise is kept when the node is told.
    pub(super) fn begin<M: Message>(handle: &Handle<M>) -> channel::Kept<Result<(), DiskError>> {
        let (promise, kept) = channel::oneshot();
        let tasks = handle.clone();
        handle.tell(move |cx| {
            let ticket = cx.disk().begin_sync();
            tasks.with(|state| state.syncs.push((ticket, promise)));
        });
        kept
    }
}
