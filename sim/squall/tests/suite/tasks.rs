//! A small service written with tasks and channels, and the same as a state machine: a register
//! that its keeper answers for when every other node has a copy.
//!
//! The invariant: both come through the same storms, and a run of either is a function of its plan.

use squall::engine::scenario::fault::Unsynced;
use squall::engine::scenario::tables::Nodes;
use squall::prelude::*;
use squall::{Either, Handle, Harness, TaskNode, channel};
use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;

#[derive(Clone, Debug, Hash)]
enum Message {
    Ask(Request<Register>),
    Tell(Reply<Register>),
    Copy(u64),
    Copied(u64),
}

/// How long the keeper waits for a copy to be acknowledged before it sends it again.
const DEADLINE: Span = Span::millis(50);
/// The node that answers.
const KEEPER: NodeId = NodeId::node(0);

fn answer(message: Message) -> Option<Reply<Register>> {
    if let Message::Tell(reply) = message { Some(reply) } else { None }
}

/// With tasks: one takes messages in, one works off what clients ask.
struct WithTasks;

impl Protocol for WithTasks {
    const NAME: &'static str = "with-tasks";
    type Config = ();
    type Node = TaskNode<Message>;
    type Model = Register;

    fn node((): &(), _: Boot) -> TaskNode<Message> {
        squall::task_node(|cx| async move {
            let (queue, work) = channel::bounded(64);
            cx.spawn(work_off(cx.clone(), work));
            loop {
                match cx.recv().await {
                    (from, Message::Ask(request)) if cx.id() == KEEPER => {
                        // Without room the client is not answered, and asks again.
                        drop(queue.try_send((from, request)));
                    }
                    (from, Message::Ask(request)) => {
                        cx.send(from, Message::Tell(request.redirect(Some(KEEPER))));
                    }
                    (from, Message::Copy(value)) => {
                        keep(&cx, value).await;
                        cx.send(from, Message::Copied(value));
                    }
                    (_, Message::Tell(_) | Message::Copied(_)) => {}
                }
            }
        })
    }

    fn ask(request: Request<Register>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.last(), Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<Register>> {
        answer(message)
    }
}

/// Works off what clients ask, one after another.
async fn work_off(cx: Handle<Message>, mut work: channel::Receiver<(NodeId, Request<Register>)>) {
    let stored = cx.disk(|disk| disk.slot::<u64>("value").read()).await;
    let mut value = stored.unwrap_or(0);
    while let Some((from, request)) = work.recv().await {
        let answer = match *request.operation() {
            RegisterOp::Read => RegisterAnswer::Value(value),
            RegisterOp::Write(new) => {
                keep(&cx, new).await;
                value = new;
                for peer in cx.peers() {
                    copy(&cx, peer, new).await;
                }
                RegisterAnswer::Ok
            }
        };
        cx.send(from, Message::Tell(request.reply(answer)));
    }
}

async fn keep(cx: &Handle<Message>, value: u64) {
    cx.disk(move |disk| disk.slot("value").write(&value)).await;
    cx.sync().await.expect("nothing breaks a sync in these storms");
}

/// Copies a value to another node, as often as it takes.
async fn copy(cx: &Handle<Message>, peer: NodeId, value: u64) {
    let copied = move |from, message: &Message| {
        from == peer && matches!(message, Message::Copied(other) if *other == value)
    };
    while cx.request(peer, Message::Copy(value), DEADLINE, copied).await.is_err() {}
}

/// The same as a state machine.
struct WithStates;

#[derive(Default)]
struct Machine {
    value: u64,
    waiting: VecDeque<(NodeId, Request<Register>)>,
    /// The write in hand: who asked, what is written, and who has still to copy it.
    write: Option<(NodeId, Request<Register>, u64, VecDeque<NodeId>)>,
    /// What each sync is for: the keeper's own write, or whom to tell of a copy.
    syncs: VecDeque<Option<(NodeId, u64)>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Again;

impl Machine {
    fn keep(&mut self, cx: &mut Context<'_, Self>, value: u64, then: Option<(NodeId, u64)>) {
        cx.disk().slot("value").write(&value);
        cx.disk().begin_sync();
        self.syncs.push_back(then);
    }

    fn work_off(&mut self, cx: &mut Context<'_, Self>) {
        while self.write.is_none() {
            let Some((from, request)) = self.waiting.pop_front() else { return };
            match *request.operation() {
                RegisterOp::Read => {
                    let answer = RegisterAnswer::Value(self.value);
                    cx.send(from, Message::Tell(request.reply(answer)));
                }
                RegisterOp::Write(value) => {
                    self.keep(cx, value, None);
                    self.write = Some((from, request, value, cx.peers().collect()));
                }
            }
        }
    }

    /// Sends the next copy, or answers if there is none to send.
    fn copy(&mut self, cx: &mut Context<'_, Self>) {
        let Some((from, request, value, missing)) = &self.write else { return };
        if let Some(peer) = missing.front() {
            cx.send(*peer, Message::Copy(*value));
            cx.set_timer(Again, DEADLINE);
            return;
        }
        cx.cancel_timer(Again);
        cx.send(*from, Message::Tell(request.reply(RegisterAnswer::Ok)));
        self.write = None;
        self.work_off(cx);
    }
}

impl Node for Machine {
    type Message = Message;
    type Timer = Again;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        self.value = cx.disk().slot("value").read().unwrap_or(0);
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Ask(request) if cx.id() == KEEPER => {
                self.waiting.push_back((from, request));
                self.work_off(cx);
            }
            Message::Ask(request) => {
                cx.send(from, Message::Tell(request.redirect(Some(KEEPER))));
            }
            Message::Copy(value) => self.keep(cx, value, Some((from, value))),
            Message::Copied(copied) => {
                let Some((_, _, value, missing)) = &mut self.write else { return };
                if *value == copied && missing.front() == Some(&from) {
                    missing.pop_front();
                    self.copy(cx);
                }
            }
            Message::Tell(_) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, Again: Again) {
        self.copy(cx);
    }

    fn on_disk(
        &mut self,
        cx: &mut Context<'_, Self>,
        _: squall::engine::disk::Ticket,
        _: Result<(), DiskError>,
    ) {
        match self.syncs.pop_front().flatten() {
            Some((from, value)) => cx.send(from, Message::Copied(value)),
            None => {
                self.value = self.write.as_ref().map_or(self.value, |(_, _, value, _)| *value);
                self.copy(cx);
            }
        }
    }
}

impl Protocol for WithStates {
    const NAME: &'static str = "with-states";
    type Config = ();
    type Node = Machine;
    type Model = Register;

    fn node((): &(), _: Boot) -> Machine {
        Machine::default()
    }

    fn ask(request: Request<Register>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.last(), Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<Register>> {
        answer(message)
    }
}

const STORM: &str = scenario! {
    [scenario] duration = "10s"
    [cluster] nodes = 3 clients = 3
    [network] latency = "1ms..10ms" loss = "5%"
    [chaos] crash = { every = "1s", down = "50ms..500ms" }
    [workload] operations = 200
};

#[test]
fn a_service_of_tasks_comes_through_crashes_and_losses() {
    squall::check::<WithTasks>().scenario(STORM).seeds(0..40).holds();
}

#[test]
fn the_same_as_a_state_machine_does_too() {
    squall::check::<WithStates>().scenario(STORM).seeds(0..40).holds();
}

#[test]
fn a_run_of_tasks_is_a_function_of_its_plan() {
    let digests = || {
        let outcomes = squall::check::<WithTasks>().scenario(STORM).seeds(0..5).outcomes();
        outcomes.map(|(_, outcome)| outcome.digest).collect::<Vec<_>>()
    };
    assert_eq!(digests(), digests());
}

/// A node alone, whose tasks send numbers to a client: which tasks, its configuration says.
struct Alone;

impl Protocol for Alone {
    const NAME: &'static str = "alone";
    type Config = usize;
    type Node = TaskNode<u64>;
    type Model = NoClients;

    fn node(config: &usize, _: Boot) -> TaskNode<u64> {
        let script = SCRIPTS[*config];
        squall::task_node(script)
    }

    fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, u64) {
        (cluster.any(), 0)
    }

    fn answer(_: u64) -> Option<Reply<NoClients>> {
        None
    }
}

type Script = fn(Handle<u64>) -> Pin<Box<dyn Future<Output = ()>>>;

const SCRIPTS: &[Script] = &[
    |cx| Box::pin(deadlines(cx)),
    |cx| Box::pin(channels(cx)),
    |cx| Box::pin(races(cx)),
    |cx| Box::pin(crowd(cx)),
    |cx| Box::pin(latest(cx)),
];

fn tell(cx: &Handle<u64>, number: u64) {
    cx.send(NodeId::client(0), number);
}

async fn deadlines(cx: Handle<u64>) {
    let (short, long) = (Span::millis(10), Span::millis(20));
    tell(&cx, u64::from(cx.timeout(short, cx.sleep(long)).await.is_err()));
    tell(&cx, 2 + u64::from(cx.timeout(long, cx.sleep(short)).await.is_err()));
}

async fn channels(cx: Handle<u64>) {
    let (sender, mut receiver) = channel::bounded(1);
    let counting = cx.spawn(async move {
        for number in 1..=3 {
            sender.send(number).await.expect("it is received");
        }
    });
    while let Some(number) = receiver.recv().await {
        tell(&cx, number);
        cx.sleep(Span::millis(1)).await;
    }
    counting.wait().await.expect("it has ended");
    let (sender, receiver) = channel::unbounded();
    drop(receiver);
    tell(&cx, u64::from(sender.try_send(()).is_err()) + 8);
}

async fn races(cx: Handle<u64>) {
    let slow = |time, number| {
        let cx = cx.clone();
        async move {
            cx.sleep(Span::millis(time)).await;
            number
        }
    };
    let (one, two) = cx.join(slow(10, 1), slow(5, 2)).await;
    tell(&cx, one);
    tell(&cx, two);
    match cx.select(slow(1_000, 3), slow(1, 4)).await {
        Either::Left(number) | Either::Right(number) => tell(&cx, number),
    }
}

async fn crowd(cx: Handle<u64>) {
    for number in 0..5 {
        let here = cx.clone();
        cx.spawn(async move { tell(&here, number) });
    }
}

async fn latest(cx: Handle<u64>) {
    let (shower, mut watcher) = channel::watch(0);
    cx.spawn(async move {
        shower.show(1);
        shower.show(2);
    });
    while let Some(value) = watcher.changed().await {
        tell(&cx, value);
    }
    tell(&cx, watcher.latest() + 1);
}

/// What the tasks send until no timer is left.
fn sent(script: usize, seed: u64) -> Vec<u64> {
    let mut node: Harness<Alone> = Harness::new(script, Nodes::Count(1), NodeId::node(0), seed);
    while let Some((alarm, _)) = node.timers().iter().min_by_key(|(_, due)| *due).copied() {
        node.fire(alarm);
    }
    node.sent().into_iter().map(|(_, number)| number).collect()
}

#[test]
fn tasks_wait_for_time_for_each_other_and_for_whichever_comes_first() {
    assert_eq!(sent(0, 1), [1, 2]);
    assert_eq!(sent(1, 1), [1, 2, 3, 9]);
    assert_eq!(sent(2, 1), [1, 2, 4]);
    assert_eq!(sent(4, 1), [2, 3]);
}

#[test]
fn whoever_loses_a_race_leaves_no_timer() {
    let mut node: Harness<Alone> = Harness::new(2, Nodes::Count(1), NodeId::node(0), 1);
    for _ in 0..3 {
        let first = node.timers().iter().min_by_key(|(_, due)| *due).copied();
        node.fire(first.expect("something is waited for").0);
    }
    assert_eq!((node.sent().len(), node.timers().len()), (3, 0));
}

#[test]
fn the_seed_decides_which_ready_task_runs_first() {
    assert_eq!(sent(3, 1), sent(3, 1));
    let orders: BTreeSet<Vec<u64>> = (0..20).map(|seed| sent(3, seed)).collect();
    assert!(orders.len() > 10, "{orders:?}");
}

#[test]
fn a_crash_drops_every_task() {
    let mut node: Harness<Alone> = Harness::new(0, Nodes::Count(1), NodeId::node(0), 1);
    let before = node.timers().to_vec();
    node.crash(Unsynced::Drop);
    // Those of the new boot alone are there: two, as after the first.
    assert_eq!((before.len(), node.timers().len()), (2, 2));
    assert!(node.sent().is_empty());
}
