//! A proxy: hands each request to the next backend and passes the answer back.
//!
//! The invariant: what was asked is what was told and what is waiting, together.

use super::{Bug, Config, Echo, Heard, Job, Message};
use squall::prelude::*;
use std::collections::BTreeMap;

/// The number under which a proxy knows a request. The boot is part of it, so that what was
/// handed out before a crash answers nothing that was asked after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    boot: u32,
    number: u64,
}

/// A request that waits for its backend, the `backend`th.
#[derive(Debug)]
struct Waiting {
    client: NodeId,
    backend: u32,
    request: Request<Echo>,
}

/// Hands requests to backends.
#[derive(Debug)]
pub struct Proxy {
    patience: Span,
    bug: Option<Bug>,
    boot: u32,
    pub(super) asked: u64,
    pub(super) told: u64,
    waiting: BTreeMap<Ticket, Waiting>,
    /// How many jobs each backend has.
    jobs: Vec<u64>,
}

impl Node for Proxy {
    type Message = Message;
    type Timer = Ticket;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Ask(request) => self.hand_out(cx, from, request),
            Message::Job(Job::Done { ticket, heard }) => self.hand_back(cx, ticket, heard),
            Message::Job(Job::Do { .. }) | Message::Tell(_) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, ticket: Ticket) {
        if let Some(waiting) = self.take(ticket) {
            cx.mark("gave-up");
            self.tell(cx, waiting.client, waiting.request.unknown());
        }
    }

    fn view(&self, view: &mut View) {
        view.field("asked", self.asked);
        view.field("waiting", self.waiting());
    }
}

impl Proxy {
    pub(super) fn new(config: &Config, boot: &Boot) -> Proxy {
        Proxy {
            patience: config.patience,
            bug: config.bug,
            boot: boot.restarts,
            asked: 0,
            told: 0,
            waiting: BTreeMap::new(),
            jobs: vec![0; boot.members("backend").len()],
        }
    }

    /// How many requests wait for their backend.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// How many more jobs the busiest backend has than the idlest.
    pub(super) fn spread(&self) -> u64 {
        let most = self.jobs.iter().max().copied().unwrap_or(0);
        most - self.jobs.iter().min().copied().unwrap_or(0)
    }

    fn hand_out(&mut self, cx: &mut Context<'_, Self>, client: NodeId, request: Request<Echo>) {
        let ticket = Ticket { boot: self.boot, number: self.asked };
        let backend = (self.asked % self.jobs.len() as u64) as u32;
        let jobs = &mut self.jobs[backend as usize];
        cx.sample("outstanding", *jobs);
        *jobs += 1;
        self.asked += 1;
        cx.sample("spread", self.spread());
        let to = cx.members("backend")[backend as usize];
        cx.send(to, Message::Job(Job::Do { ticket, say: *request.operation() }));
        cx.set_timer(ticket, self.patience);
        self.waiting.insert(ticket, Waiting { client, backend, request });
    }

    fn hand_back(&mut self, cx: &mut Context<'_, Self>, ticket: Ticket, heard: Heard) {
        let ticket = match (self.bug, self.waiting.first_key_value()) {
            (Some(Bug::AnswersInOrder), Some((first, _))) => *first,
            (Some(Bug::AnswersInOrder | Bug::AnswersTwice) | None, _) => ticket,
        };
        if self.bug == Some(Bug::AnswersTwice) {
            let Some(Waiting { client, request, .. }) = self.waiting.get(&ticket) else { return };
            let (client, reply) = (*client, request.reply(heard));
            return self.tell(cx, client, reply);
        }
        if let Some(waiting) = self.take(ticket) {
            cx.cancel_timer(ticket);
            self.tell(cx, waiting.client, waiting.request.reply(heard));
        }
    }

    fn take(&mut self, ticket: Ticket) -> Option<Waiting> {
        let waiting = self.waiting.remove(&ticket)?;
        self.jobs[waiting.backend as usize] -= 1;
        Some(waiting)
    }

    fn tell(&mut self, cx: &mut Context<'_, Self>, client: NodeId, reply: Reply<Echo>) {
        self.told += 1;
        cx.send(client, Message::Tell(reply));
    }
}
