//! Two nodes, each with a lock: an operation takes both. How a node waits for the other one's lock
//! is what is planted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use squall_check::{Register, RegisterAnswer};
use squall_engine::ids::NodeId;
use squall_engine::node::{Context, Node};
use squall_engine::protocol::{Boot, Cluster, Protocol, Reply, Request};
use squall_engine::units::Span;
use squall_engine::view::View;
use std::collections::VecDeque;

pub struct Locks;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is planted.
    pub waits: Waits,
    /// How long a node works on an operation.
    pub work: Span,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// The first node's lock is taken first by both.
    #[default]
    InOrder,
    /// Each node takes its own first and waits for the other: a deadlock.
    ForEver,
    /// Each node takes its own first, and begins anew when the other is taken: a livelock.
    Politely,
    /// The first client goes before all others: starvation.
    ForTheFirst,
    /// Nobody answers, and each node thinks of a number of its own again and again.
    Idly,
}

#[derive(Clone, Debug, Hash)]
pub enum Message {
    Ask(Request<Register>),
    Tell(Reply<Register>),
    Lock,
    Locked,
    Refused,
    Unlock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    Idle,
    Think,
}

pub struct Holder {
    config: Config,
    value: u64,
    asked: VecDeque<(NodeId, Request<Register>)>,
    /// Who holds this node's lock, and who waits for it.
    held_by: Option<NodeId>,
    queue: VecDeque<NodeId>,
    asks: bool,
}

type Cx<'a> = Context<'a, Holder>;

impl Holder {
    fn other(cx: &Cx<'_>) -> NodeId {
        cx.peers().next().expect("there are two nodes")
    }

    /// Goes on with the first operation that waits.
    fn begin(&mut self, cx: &mut Cx<'_>) {
        let locks = matches!(self.config.waits, Waits::InOrder | Waits::ForEver | Waits::Politely);
        if self.asked.is_empty() || self.asks || !locks {
            return;
        }
        let own = cx.id();
        let in_order = self.config.waits == Waits::InOrder && own != NodeId::node(0);
        if !in_order && self.held_by.is_some() {
            return;
        }
        if !in_order {
            self.held_by = Some(own);
        }
        self.asks = true;
        cx.send(Self::other(cx), Message::Lock);
    }

    fn finish(&mut self, cx: &mut Cx<'_>) {
        if let Some((client, request)) = self.asked.pop_front() {
            self.value += 1;
            cx.work(self.config.work);
            cx.send(client, Message::Tell(request.reply(RegisterAnswer::Ok)));
        }
        self.asks = false;
        cx.send(Self::other(cx), Message::Unlock);
        if self.held_by == Some(cx.id()) {
            self.unlock(cx);
        }
        self.begin(cx);
    }

    fn unlock(&mut self, cx: &mut Cx<'_>) {
        self.held_by = self.queue.pop_front();
        match self.held_by {
            Some(next) => cx.send(next, Message::Locked),
            None => self.begin(cx),
        }
    }
}

impl Node for Holder {
    type Message = Message;
    type Timer = Timer;

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Idle, Span::millis(20));
        if self.config.waits == Waits::Idly {
            cx.set_timer(Timer::Think, Span::millis(5));
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Ask(request) => {
                if self.asked.iter().all(|(client, other)| (*client, other) != (from, &request)) {
                    self.asked.push_back((from, request));
                }
                match self.config.waits {
                    Waits::Idly => {}
                    Waits::ForTheFirst => {
                        cx.set_timer(Timer::Idle, Span::millis(20));
                        self.asked.make_contiguous().sort_by_key(|(client, _)| *client);
                        if self.asked.front().is_some_and(|(who, _)| *who == NodeId::client(0)) {
                            self.finish(cx);
                        }
                    }
                    Waits::InOrder | Waits::ForEver | Waits::Politely => self.begin(cx),
                }
            }
            Message::Lock if self.held_by.is_none() => {
                self.held_by = Some(from);
                cx.send(from, Message::Locked);
            }
            Message::Lock if self.config.waits == Waits::Politely => {
                cx.send(from, Message::Refused)
            }
            Message::Lock => self.queue.push_back(from),
            Message::Locked if self.held_by.is_none() && from != cx.id() => {
                self.held_by = Some(cx.id());
                self.finish(cx);
            }
            Message::Locked if self.held_by == Some(cx.id()) => self.finish(cx),
            Message::Locked => self.queue.push_front(cx.id()),
            Message::Refused => {
                self.asks = false;
                self.held_by = None;
                self.begin(cx);
            }
            Message::Unlock => self.unlock(cx),
            Message::Tell(_) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, timer: Timer) {
        match timer {
            Timer::Idle => {
                if self.config.waits == Waits::ForTheFirst && !self.asked.is_empty() {
                    self.finish(cx);
                }
                cx.set_timer(Timer::Idle, Span::millis(20));
            }
            Timer::Think => {
                if cx.random().below(3) == 0 {
                    cx.broadcast(Message::Unlock);
                }
                let after = Span::millis(1 + cx.random().below(20));
                cx.set_timer(Timer::Think, after);
            }
        }
    }

    fn view(&self, view: &mut View) {
        view.role(if self.held_by.is_some() { "holder" } else { "free" });
        view.field("value", self.value);
    }
}

impl Protocol for Locks {
    const NAME: &'static str = "locks";
    const ROLES: &'static [&'static str] = &["holder", "free"];
    type Config = Config;
    type Node = Holder;
    type Model = Register;

    fn node(config: &Config, _: Boot) -> Holder {
        Holder {
            config: config.clone(),
            value: 0,
            asked: VecDeque::new(),
            held_by: None,
            queue: VecDeque::new(),
            asks: false,
        }
    }

    /// Every client has a node of its own; the first one has all if it goes first.
    fn ask(request: Request<Register>, _: &Cluster<'_>) -> (NodeId, Message) {
        let node = (request.process.client - 1) % 2;
        (NodeId::node(node), Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<Register>> {
        if let Message::Tell(reply) = message { Some(reply) } else { None }
    }
}
