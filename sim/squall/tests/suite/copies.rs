//! A register that answers before its backup has the write. The test finds that out.

use squall::prelude::*;

#[derive(Clone, Debug, Hash)]
pub(crate) enum Message {
    Ask(Request<Register>),
    Tell(Reply<Register>),
    Copy(u64),
}

#[derive(Default)]
pub(crate) struct Replica {
    value: u64,
}

impl Node for Replica {
    type Message = Message;
    type Timer = Never;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        self.value = cx.disk().slot("value").read().unwrap_or(0);
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Ask(request) => {
                let answer = match *request.operation() {
                    RegisterOp::Read => RegisterAnswer::Value(self.value),
                    RegisterOp::Write(value) => {
                        self.set(cx, value);
                        cx.broadcast(Message::Copy(value));
                        RegisterAnswer::Ok
                    }
                };
                cx.send(from, Message::Tell(request.reply(answer)));
            }
            Message::Copy(value) => self.set(cx, value),
            Message::Tell(_) => {}
        }
    }

    fn view(&self, view: &mut View) {
        view.field("value", self.value);
    }
}

impl Replica {
    fn set(&mut self, cx: &mut Context<'_, Self>, value: u64) {
        self.value = value;
        cx.disk().slot("value").write(&value);
        cx.disk().sync();
    }
}

pub(crate) struct Copies;

impl Protocol for Copies {
    type Config = ();
    type Node = Replica;
    type Model = Register; // what the clients do, and what is right
    const NAME: &'static str = "copies";

    fn node((): &(), _: Boot) -> Replica {
        Replica::default()
    }

    fn ask(request: Request<Register>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.any(), Message::Ask(request)) // drawn from the client's own words
    }

    fn answer(message: Message) -> Option<Reply<Register>> {
        if let Message::Tell(reply) = message { Some(reply) } else { None }
    }
}

const SCENARIO: &str = scenario! {
    [cluster] nodes = 3 clients = 2
    [network] latency = "1ms..10ms"
    [workload] operations = 200
};

#[test]
fn a_read_sees_the_last_write() {
    // `.holds()` once it is repaired.
    squall::check::<Copies>().scenario(SCENARIO).seeds(0..50).finds("linearizable");
}

#[test]
fn a_register_without_backups_needs_no_repair() {
    squall::check::<Copies>().scenario(SCENARIO).set("cluster.nodes=1").seeds(0..50).holds();
}
