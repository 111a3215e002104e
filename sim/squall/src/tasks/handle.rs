//! What a task sees of its node, and its way to act on it.
//!
//! The invariant: what a task says is kept in its order and takes place when the task next waits;
//! nothing here outlives the handler that it was said in but what waits for an answer.

use super::wait::{Sleep, Sync};
use super::{Job, Message, TaskNode, channel};
use squall_engine::disk::{DiskAccess, DiskError, Ticket};
use squall_engine::ids::{LocalTime, NodeId};
use squall_engine::node::{Context, Session};
use squall_engine::stream::{Stream, StreamKind};
use squall_engine::units::{Span, SpanRange};
use squall_engine::view::View;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

/// What is done to the node when a task waits.
pub(crate) type Command<M> = Box<dyn FnOnce(&mut Context<'_, TaskNode<M>>)>;
/// Whether a message is the answer that somebody waits for.
type Answers<M> = Box<dyn Fn(NodeId, &M) -> bool>;

/// What the tasks of a node share.
pub(crate) struct State<M: Message> {
    id: NodeId,
    peers: Vec<NodeId>,
    pub(super) now: LocalTime,
    pub(super) stream: Stream,
    pub(super) view: View,
    pub(super) spawned: Vec<Job>,
    pub(super) commands: VecDeque<Command<M>>,
    inbox: VecDeque<(NodeId, M)>,
    readers: Vec<Waker>,
    sessions: VecDeque<(NodeId, Session)>,
    listeners: Vec<Waker>,
    /// Who waits for the answer to a request, by number.
    requests: BTreeMap<u64, (Answers<M>, channel::Promise<M>)>,
    /// How many requests and sleeps there were.
    pub(super) counted: u64,
    pub(super) sleepers: BTreeMap<u64, Option<Waker>>,
    pub(super) syncs: Vec<(Ticket, channel::Promise<Result<(), DiskError>>)>,
}

impl<M: Message> State<M> {
    pub(super) fn new(cx: &mut Context<'_, TaskNode<M>>) -> State<M> {
        // A stream of the tasks' own, so that they can draw while no handler is in hand.
        let seed = cx.random().long();
        State {
            id: cx.id(),
            peers: cx.peers().collect(),
            now: cx.now(),
            stream: Stream::named(seed, StreamKind::Node, "tasks"),
            view: View::default(),
            spawned: Vec::new(),
            commands: VecDeque::new(),
            inbox: VecDeque::new(),
            readers: Vec::new(),
            sessions: VecDeque::new(),
            listeners: Vec::new(),
            requests: BTreeMap::new(),
            counted: 0,
            sleepers: BTreeMap::new(),
            syncs: Vec::new(),
        }
    }

    /// A message arrives: the answer to the oldest request that it answers, or one for the inbox.
    pub(super) fn arrive(&mut self, from: NodeId, message: M) {
        let found = self.requests.iter().find(|(_, (answers, _))| answers(from, &message));
        let found = found.map(|(number, _)| *number);
        match found.and_then(|number| self.requests.remove(&number)) {
            Some((_, promise)) => promise.keep(message),
            None => {
                self.inbox.push_back((from, message));
                self.readers.drain(..).for_each(Waker::wake);
            }
        }
    }

    pub(super) fn ring(&mut self, alarm: u64) {
        self.sleepers.remove(&alarm).flatten().into_iter().for_each(Waker::wake);
    }

    pub(super) fn synced(&mut self, ticket: Ticket, result: Result<(), DiskError>) {
        if let Some(index) = self.syncs.iter().position(|(other, _)| *other == ticket) {
            self.syncs.remove(index).1.keep(result);
        }
    }

    pub(super) fn session(&mut self, peer: NodeId, session: Session) {
        self.sessions.push_back((peer, session));
        self.listeners.drain(..).for_each(Waker::wake);
    }
}

/// The first of two things that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first.
    Left(A),
    /// The second.
    Right(B),
}

/// A deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline has passed")
    }
}

impl std::error::Error for Elapsed {}

/// A task's way to its node. Every task has one, as many as it likes.
pub struct Handle<M: Message>(Weak<RefCell<State<M>>>);

impl<M: Message> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Handle(self.0.clone())
    }
}

impl<M: Message> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.id()).finish()
    }
}

impl<M: Message> Handle<M> {
    pub(super) fn new(state: &Rc<RefCell<State<M>>>) -> Handle<M> {
        Handle(Rc::downgrade(state))
    }

    /// Looks at what all tasks share; nobody else does meanwhile.
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut State<M>) -> R) -> R {
        let state = self.0.upgrade().expect("tasks do not outlive their node");
        look(&mut state.borrow_mut())
    }

    /// As [`Handle::with`], from a task that may be dropped together with its node.
    pub(super) fn if_alive(&self, look: impl FnOnce(&mut State<M>)) {
        if let Some(state) = self.0.upgrade() {
            look(&mut state.borrow_mut());
        }
    }

    /// Who this node is.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.with(|state| state.id)
    }

    /// Every other node of the cluster as it was founded.
    #[must_use]
    pub fn peers(&self) -> Vec<NodeId> {
        self.with(|state| state.peers.clone())
    }

    /// The instant by this node's monotonic clock.
    #[must_use]
    pub fn now(&self) -> LocalTime {
        self.with(|state| state.now)
    }

    /// Draws from the stream of this node's tasks.
    pub fn random<R>(&self, draw: impl FnOnce(&mut Stream) -> R) -> R {
        self.with(|state| draw(&mut state.stream))
    }

    /// A span drawn from the stream of this node's tasks.
    #[must_use]
    pub fn random_span(&self, range: SpanRange) -> Span {
        self.random(|stream| stream.span(range))
    }

    /// Sends a message to a node or client.
    pub fn send(&self, to: NodeId, message: M) {
        self.tell(move |cx| cx.send(to, message));
    }

    /// Sends a message to every other node.
    pub fn broadcast(&self, message: M) {
        self.tell(move |cx| cx.broadcast(message));
    }

    /// Says to the node what can be said to it: marks, measures, notes, claims.
    pub fn tell(&self, say: impl FnOnce(&mut Context<'_, TaskNode<M>>) + 'static) {
        self.with(|state| state.commands.push_back(Box::new(say)));
    }

    /// Has something done to the node and waits for what it gives.
    pub async fn ask<R: 'static>(
        &self,
        ask: impl FnOnce(&mut Context<'_, TaskNode<M>>) -> R + 'static,
    ) -> R {
        let (promise, kept) = channel::oneshot();
        self.tell(move |cx| promise.keep(ask(cx)));
        kept.wait().await.expect("what is asked is done before the task runs again")
    }

    /// Uses the disk, and waits for what that gives.
    pub async fn disk<R: 'static>(
        &self,
        using: impl for<'d> FnOnce(DiskAccess<'d>) -> R + 'static,
    ) -> R {
        self.ask(move |cx| using(cx.disk())).await
    }

    /// Waits until everything that was written before is durable; other tasks go on meanwhile.
    ///
    /// # Errors
    /// The drive could not.
    pub async fn sync(&self) -> Result<(), DiskError> {
        Sync::begin(self)
            .wait()
            .await
            .expect("a sync that is begun is told of, or the node is gone")
    }

    /// What the node shows of itself from now on.
    pub fn show(&self, show: impl FnOnce(&mut View)) {
        let mut view = View::default();
        show(&mut view);
        self.with(|state| state.view = view);
    }

    /// Begins another task; what it returns can be waited for, or left.
    pub fn spawn<T: 'static>(&self, task: impl Future<Output = T> + 'static) -> channel::Kept<T> {
        let (promise, kept) = channel::oneshot();
        let job = async move { promise.keep(task.await) };
        self.with(|state| state.spawned.push(Box::pin(job)));
        kept
    }

    /// Waits for a message that answers no request.
    pub async fn recv(&self) -> (NodeId, M) {
        poll_fn(|waiting| {
            self.with(|state| match state.inbox.pop_front() {
                Some(arrived) => Poll::Ready(arrived),
                None => {
                    state.readers.push(waiting.waker().clone());
                    Poll::Pending
                }
            })
        })
        .await
    }

    /// Waits until a session with somebody is up or down, on streams.
    pub async fn session(&self) -> (NodeId, Session) {
        poll_fn(|waiting| {
            self.with(|state| match state.sessions.pop_front() {
                Some(told) => Poll::Ready(told),
                None => {
                    state.listeners.push(waiting.waker().clone());
                    Poll::Pending
                }
            })
        })
        .await
    }

    /// Sends a message and waits, for so long, for the first that `answers` it. That message does
    /// not come out of [`Handle::recv`].
    ///
    /// # Errors
    /// None came in time.
    pub async fn request(
        &self,
        to: NodeId,
        message: M,
        deadline: Span,
        answers: impl Fn(NodeId, &M) -> bool + 'static,
    ) -> Result<M, Elapsed> {
        let (promise, kept) = channel::oneshot();
        let number = self.with(|state| {
            state.counted += 1;
            state.requests.insert(state.counted, (Box::new(answers), promise));
            state.counted
        });
        let _waiting = Waiting { handle: self, number };
        self.send(to, message);
        let answer = self.timeout(deadline, kept.wait()).await?;
        Ok(answer.expect("a request is forgotten only by whoever waits for it"))
    }

    /// Sleeps.
    pub async fn sleep(&self, time: Span) {
        Sleep::begin(self, time).await;
    }

    /// Waits for something, but not for longer than this.
    ///
    /// # Errors
    /// It did not come in time.
    pub async fn timeout<T>(
        &self,
        time: Span,
        what: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let (mut what, mut sleep) = (pin!(what), pin!(self.sleep(time)));
        poll_fn(|waiting| match what.as_mut().poll(waiting) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => sleep.as_mut().poll(waiting).map(|()| Err(Elapsed)),
        })
        .await
    }

    /// Waits for whichever comes first; which is looked at first is drawn.
    pub async fn select<A, B>(
        &self,
        left: impl Future<Output = A>,
        right: impl Future<Output = B>,
    ) -> Either<A, B> {
        let (mut left, mut right) = (pin!(left), pin!(right));
        poll_fn(|waiting| {
            let left_first = self.coin();
            if left_first && let Poll::Ready(done) = left.as_mut().poll(waiting) {
                return Poll::Ready(Either::Left(done));
            }
            if let Poll::Ready(done) = right.as_mut().poll(waiting) {
                return Poll::Ready(Either::Right(done));
            }
            match left_first {
                true => Poll::Pending,
                false => left.as_mut().poll(waiting).map(Either::Left),
            }
        })
        .await
    }

    /// Waits for both; which goes on first is drawn.
    pub async fn join<A, B>(
        &self,
        left: impl Future<Output = A>,
        right: impl Future<Output = B>,
    ) -> (A, B) {
        let (mut left, mut right) = (pin!(left), pin!(right));
        let (mut first, mut second) = (None, None);
        poll_fn(|waiting| {
            let left_first = self.coin();
            for turn in [left_first, !left_first] {
                if turn && first.is_none() {
                    first = ready(left.as_mut().poll(waiting));
                }
                if !turn && second.is_none() {
                    second = ready(right.as_mut().poll(waiting));
                }
            }
            match (first.take(), second.take()) {
                (Some(one), Some(other)) => Poll::Ready((one, other)),
                halves => {
                    (first, second) = halves;
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn coin(&self) -> bool {
        self.random(|stream| stream.below(2) == 0)
    }
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// A request under way: forgotten when nobody waits for its answer any more.
struct Waiting<'a, M: Message> {
    handle: &'a Handle<M>,
    number: u64,
}

impl<M: Message> Drop for Waiting<'_, M> {
    fn drop(&mut self) {
        self.handle.if_alive(|state| drop(state.requests.remove(&self.number)));
    }
}
