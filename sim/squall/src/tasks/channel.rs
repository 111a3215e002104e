//! Channels between the tasks of a node: bounded, unbounded, for one value, and for the latest.
//!
//! The invariant: a value that was sent is received at most once, in the order of sending; whoever
//! waits is woken when the other end is gone.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The other end of a channel is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other end of the channel is gone")
    }
}

impl std::error::Error for Closed {}

/// What the ends of a channel share.
#[derive(Debug)]
struct Pipe<T> {
    values: VecDeque<T>,
    capacity: usize,
    senders: usize,
    received: bool,
    waiting: Vec<Waker>,
}

impl<T> Pipe<T> {
    fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}

/// The sending end of a channel.
#[derive(Debug)]
pub struct Sender<T>(Rc<RefCell<Pipe<T>>>);

/// The receiving end of a channel.
#[derive(Debug)]
pub struct Receiver<T>(Rc<RefCell<Pipe<T>>>);

/// A channel that holds as many values as are sent.
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    bounded(usize::MAX)
}

/// A channel that holds so many values; whoever sends more waits.
///
/// # Panics
/// If it may hold none.
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "a channel holds at least one value");
    let (values, waiting) = (VecDeque::new(), Vec::new());
    let pipe = Pipe { values, capacity, senders: 1, received: true, waiting };
    let pipe = Rc::new(RefCell::new(pipe));
    (Sender(pipe.clone()), Receiver(pipe))
}

impl<T> Sender<T> {
    /// Sends a value, and waits for room.
    ///
    /// # Errors
    /// Nobody will receive it.
    pub async fn send(&self, value: T) -> Result<(), Closed> {
        let mut value = Some(value);
        poll_fn(|waiting| {
            let mut pipe = self.0.borrow_mut();
            if !pipe.received {
                return Poll::Ready(Err(Closed));
            }
            if pipe.values.len() >= pipe.capacity {
                pipe.waiting.push(waiting.waker().clone());
                return Poll::Pending;
            }
            pipe.values.extend(value.take());
            pipe.wake();
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Sends a value if there is room and somebody to receive it; else gives it back.
    ///
    /// # Errors
    /// The value.
    pub fn try_send(&self, value: T) -> Result<(), T> {
        let mut pipe = self.0.borrow_mut();
        if !pipe.received || pipe.values.len() >= pipe.capacity {
            return Err(value);
        }
        pipe.values.push_back(value);
        pipe.wake();
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.borrow_mut().senders += 1;
        Sender(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut pipe = self.0.borrow_mut();
        pipe.senders -= 1;
        pipe.wake();
    }
}

impl<T> Receiver<T> {
    /// Waits for a value; none if there is none left and nobody to send one.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|waiting| {
            let mut pipe = self.0.borrow_mut();
            match pipe.values.pop_front() {
                Some(value) => {
                    pipe.wake();
                    Poll::Ready(Some(value))
                }
                None if pipe.senders == 0 => Poll::Ready(None),
                None => {
                    pipe.waiting.push(waiting.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// A value that is there already.
    pub fn try_recv(&mut self) -> Option<T> {
        let mut pipe = self.0.borrow_mut();
        let value = pipe.values.pop_front();
        pipe.wake();
        value
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut pipe = self.0.borrow_mut();
        pipe.received = false;
        pipe.wake();
    }
}

/// A channel for one value.
#[must_use]
pub fn oneshot<T>() -> (Promise<T>, Kept<T>) {
    let (sender, receiver) = bounded(1);
    (Promise(sender), Kept(receiver))
}

/// The sending end of a channel for one value.
#[derive(Debug)]
pub struct Promise<T>(Sender<T>);

impl<T> Promise<T> {
    /// Sends the value, if anybody still waits for it.
    pub fn keep(self, value: T) {
        // Whoever has gone does not want it.
        drop(self.0.try_send(value));
    }
}

/// The receiving end of a channel for one value.
#[derive(Debug)]
pub struct Kept<T>(Receiver<T>);

impl<T> Kept<T> {
    /// Waits for the value; none if the promise was broken.
    pub async fn wait(mut self) -> Option<T> {
        self.0.recv().await
    }
}

/// What the ends of a watch share.
#[derive(Debug)]
struct Board<T> {
    value: T,
    version: u64,
    open: bool,
    waiting: Vec<Waker>,
}

/// Shows a value to any number of tasks, each of which sees the latest.
#[must_use]
pub fn watch<T: Clone>(value: T) -> (Shower<T>, Watcher<T>) {
    let board = Board { value, version: 0, open: true, waiting: Vec::new() };
    let board = Rc::new(RefCell::new(board));
    (Shower(board.clone()), Watcher { board, seen: 0 })
}

/// The end of a watch that shows values.
#[derive(Debug)]
pub struct Shower<T>(Rc<RefCell<Board<T>>>);

impl<T> Shower<T> {
    /// Shows another value.
    pub fn show(&self, value: T) {
        let mut board = self.0.borrow_mut();
        board.value = value;
        board.version += 1;
        board.waiting.drain(..).for_each(Waker::wake);
    }
}

impl<T> Drop for Shower<T> {
    fn drop(&mut self) {
        let mut board = self.0.borrow_mut();
        board.open = false;
        board.waiting.drain(..).for_each(Waker::wake);
    }
}

/// An end of a watch that sees values.
#[derive(Clone, Debug)]
pub struct Watcher<T> {
    board: Rc<RefCell<Board<T>>>,
    seen: u64,
}

impl<T: Clone> Watcher<T> {
    /// The latest value.
    #[must_use]
    pub fn latest(&self) -> T {
        self.board.borrow().value.clone()
    }

    /// Waits for a value that this end has not seen; none if nobody will show one.
    pub async fn changed(&mut self) -> Option<T> {
        poll_fn(|waiting| {
            let mut board = self.board.borrow_mut();
            if board.version > self.seen {
                self.seen = board.version;
                return Poll::Ready(Some(board.value.clone()));
            }
            if !board.open {
                return Poll::Ready(None);
            }
            board.waiting.push(waiting.waker().clone());
            Poll::Pending
        })
        .await
    }
}
