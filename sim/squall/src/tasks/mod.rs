//! Nodes written as async tasks: the executor that runs them inside a node's handlers.
//!
//! The invariant: tasks run only while a handler of their node does, one at a time, and what they
//! do to the world is an effect of that handler. Of several that are ready the node's own stream
//! decides which runs first; a crash drops them all. An event costs what the tasks that it wakes
//! cost: nothing is polled that nobody woke.

pub mod channel;
mod handle;
mod wait;

pub use handle::{Either, Elapsed, Handle};

use handle::{Command, State};
use squall_engine::disk::{DiskError, Ticket};
use squall_engine::ids::NodeId;
use squall_engine::node::{Context, Node, Session};
use squall_engine::view::View;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// What nodes made of tasks send each other.
pub trait Message: Clone + Debug + Hash + 'static {}

impl<M: Clone + Debug + Hash + 'static> Message for M {}

/// The timers of a node made of tasks: each belongs to one sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm(u64);

/// A task.
pub(crate) type Job = Pin<Box<dyn Future<Output = ()>>>;
/// Makes the first task of a node.
type Start<M> = Box<dyn FnOnce(Handle<M>) -> Job>;

/// A node that begins with this task; it ends its tasks when it crashes and begins anew.
///
/// ```
/// use squall::prelude::*;
///
/// fn echo() -> squall::TaskNode<String> {
///     squall::task_node(|cx| async move {
///         loop {
///             let (from, message) = cx.recv().await;
///             cx.sleep(Span::millis(5)).await;
///             cx.send(from, message);
///         }
///     })
/// }
/// # drop(echo());
/// ```
pub fn task_node<M: Message, F: Future<Output = ()> + 'static>(
    first: impl FnOnce(Handle<M>) -> F + 'static,
) -> TaskNode<M> {
    TaskNode { start: Some(Box::new(|handle| Box::pin(first(handle)))), running: None }
}

/// A node made of tasks: see [`task_node`].
pub struct TaskNode<M: Message> {
    start: Option<Start<M>>,
    running: Option<Running<M>>,
}

impl<M: Message> Debug for TaskNode<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.running.as_ref().map(|running| running.tasks.len());
        f.debug_struct("TaskNode").field("tasks", &tasks).finish_non_exhaustive()
    }
}

/// The tasks of a node that has started.
struct Running<M: Message> {
    tasks: BTreeMap<u64, (Job, Waker)>,
    spawned: u64,
    ready: Arc<Ready>,
    state: Rc<RefCell<State<M>>>,
}

/// The tasks that have been woken and not run since, in the order of waking.
#[derive(Default)]
struct Ready(Mutex<Vec<u64>>);

impl Ready {
    fn list(&self) -> MutexGuard<'_, Vec<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes one task.
struct Bell {
    task: u64,
    ready: Arc<Ready>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.list();
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

impl<M: Message> Running<M> {
    /// Runs tasks until none is ready.
    fn run(&mut self, cx: &mut Context<'_, TaskNode<M>>) {
        self.state.borrow_mut().now = cx.now();
        loop {
            self.adopt();
            let Some(task) = self.next() else { return };
            if let Some((job, waker)) = self.tasks.get_mut(&task)
                && job.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready()
            {
                self.tasks.remove(&task);
            }
            self.obey(cx);
        }
    }

    /// Takes in the tasks that were spawned; they are ready.
    fn adopt(&mut self) {
        for job in std::mem::take(&mut self.state.borrow_mut().spawned) {
            self.spawned += 1;
            let bell = Arc::new(Bell { task: self.spawned, ready: self.ready.clone() });
            let waker = Waker::from(bell);
            waker.wake_by_ref();
            self.tasks.insert(self.spawned, (job, waker));
        }
    }

    /// One of the tasks that are ready.
    fn next(&self) -> Option<u64> {
        let mut ready = self.ready.list();
        let index = match ready.len() {
            0 => return None,
            1 => 0,
            several => self.state.borrow_mut().stream.below(several as u64) as usize,
        };
        Some(ready.remove(index))
    }

    /// Does what the task that has just run said, in its order.
    fn obey(&mut self, cx: &mut Context<'_, TaskNode<M>>) {
        loop {
            let command: Option<Command<M>> = self.state.borrow_mut().commands.pop_front();
            let Some(command) = command else { return };
            command(cx);
            self.state.borrow_mut().now = cx.now();
        }
    }
}

impl<M: Message> TaskNode<M> {
    /// Lets something happen to the tasks and runs those that it woke.
    fn happen(&mut self, cx: &mut Context<'_, Self>, what: impl FnOnce(&mut State<M>)) {
        if let Some(running) = &mut self.running {
            what(&mut running.state.borrow_mut());
            running.run(cx);
        }
    }
}

impl<M: Message> Node for TaskNode<M> {
    type Message = M;
    type Timer = Alarm;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        let Some(first) = self.start.take() else { return };
        let state = Rc::new(RefCell::new(State::new(cx)));
        state.borrow_mut().spawned.push(first(Handle::new(&state)));
        let (tasks, ready) = (BTreeMap::new(), Arc::default());
        self.running = Some(Running { tasks, spawned: 0, ready, state });
        self.happen(cx, |_| {});
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: M) {
        self.happen(cx, |state| state.arrive(from, message));
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, Alarm(alarm): Alarm) {
        self.happen(cx, |state| state.ring(alarm));
    }

    fn on_disk(
        &mut self,
        cx: &mut Context<'_, Self>,
        ticket: Ticket,
        result: Result<(), DiskError>,
    ) {
        self.happen(cx, |state| state.synced(ticket, result));
    }

    fn on_session(&mut self, cx: &mut Context<'_, Self>, peer: NodeId, session: Session) {
        self.happen(cx, |state| state.session(peer, session));
    }

    fn view(&self, view: &mut View) {
        if let Some(running) = &self.running {
            view.clone_from(&running.state.borrow().view);
        }
    }
}
