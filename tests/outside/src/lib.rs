//! A ticket office with several desks: no number is given out twice.
//!
//! The invariant: desk `k` of `n` gives out `k`, `n + k`, `2n + k`, …, and has how far it came on
//! disk before it says so.

use squall::check_histories::{Id, UniqueIds};
use squall::prelude::*;

/// The office.
pub struct Office;

/// How the office works.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "squall::serde", deny_unknown_fields, default)]
#[schemars(crate = "squall::schemars")]
pub struct Config {
    /// Whether desks say a number before it is safe on disk: a planted bug.
    pub careless: bool,
}

/// What clients and desks say to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// A client wants a number.
    Ask(Request<UniqueIds>),
    /// It gets one.
    Tell(Reply<UniqueIds>),
}

/// A desk.
pub struct Desk {
    careless: bool,
    own: u64,
    desks: u64,
    given: u64,
}

impl Node for Desk {
    type Message = Message;
    type Timer = Never;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        self.given = cx.disk().slot("given").read().unwrap_or(0);
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        let Message::Ask(request) = message else { return };
        let id = Id(self.given * self.desks + self.own);
        self.given += 1;
        cx.disk().slot("given").write(&self.given);
        if !self.careless {
            cx.disk().sync();
        }
        cx.send(from, Message::Tell(request.reply(id)));
    }

    fn view(&self, view: &mut View) {
        view.field("given", self.given);
    }
}

impl Protocol for Office {
    const NAME: &'static str = "office";
    type Config = Config;
    type Node = Desk;
    type Model = UniqueIds;

    fn node(config: &Config, boot: Boot) -> Desk {
        let desks = boot.peers().len() as u64 + 1;
        Desk { careless: config.careless, own: boot.id.index() as u64, desks, given: 0 }
    }

    fn ask(request: Request<UniqueIds>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.any(), Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<UniqueIds>> {
        match message {
            Message::Tell(reply) => Some(reply),
            Message::Ask(_) => None,
        }
    }
}


#[cfg(test)]
mod tests {
    use super::Office;

    #[test]
    fn no_number_is_given_out_twice() {
        squall::check::<Office>().scenario("crashes.toml").seeds(0..50).holds();
    }

    #[test]
    fn a_careless_desk_gives_a_number_out_twice() {
        let careless =
            squall::check::<Office>().scenario("crashes.toml").set("config.careless=true");
        careless.seeds(0..50).finds("linearizable");
    }
}
