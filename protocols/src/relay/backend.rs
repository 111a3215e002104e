//! A backend: works on one job after another.
//!
//! The invariant: a job is answered to whom it came from, under the ticket it came with.

use super::{Config, Heard, Say, Ticket};
use squall::prelude::*;

/// A job on its way to a backend, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Do this.
    Do {
        /// Under which the proxy knows it.
        ticket: Ticket,
        /// What a client said.
        say: Say,
    },
    /// It is done.
    Done {
        /// Under which the proxy knows it.
        ticket: Ticket,
        /// What the client is to hear.
        heard: Heard,
    },
}

/// Works on jobs.
#[derive(Debug)]
pub struct Backend {
    work: Span,
    done: u64,
}

impl Backend {
    pub(super) fn new(config: &Config, boot: &Boot) -> Backend {
        let slow = config.slow.filter(|slow| {
            let index = slow.backend.get() as usize - 1;
            boot.members("backend").get(index) == Some(&boot.id)
        });
        let factor = slow.map_or(1, |slow| u64::from(slow.factor.get()));
        Backend { work: config.work * factor, done: 0 }
    }
}

impl Node for Backend {
    type Message = Job;
    type Timer = Never;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, job: Job) {
        let Job::Do { ticket, say } = job else { return };
        cx.work(self.work);
        self.done += 1;
        cx.send(from, Job::Done { ticket, heard: Heard(say.0) });
    }

    fn view(&self, view: &mut View) {
        view.field("done", self.done);
    }
}
