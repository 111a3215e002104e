//! Small protocols and the one way in which these tests run them.

use squall_check::{Register, RegisterAnswer, RegisterOp};
use squall_engine::ids::NodeId;
use squall_engine::monitor::Properties;
use squall_engine::node::{Context, Node};
use squall_engine::plan::Plan;
use squall_engine::protocol::{Boot, Cluster, Protocol, Reply, Request};
use squall_engine::scenario::Document;
use squall_engine::units::Span;
use squall_engine::view::View;

/// A scenario's plan for a seed.
pub fn plan<P: Protocol>(text: &str, seed: u64) -> (Plan, P::Config) {
    let document = Document::parse_in_test("test.toml", text, P::NAME).expect("valid TOML");
    let scenario = document.scenario().expect("a valid scenario");
    let config: P::Config = document.config().expect("a valid configuration");
    let value = serde_json::to_value(&config).expect("plain data");
    (Plan::new("test", seed, scenario, value, Vec::new(), Vec::new()), config)
}

/// A register on the first node; the others hand on.
pub struct One;

#[derive(Clone, Debug, Hash)]
pub enum Message {
    Ask(Request<Register>, NodeId),
    Tell(Reply<Register>),
}

#[derive(Debug, Default)]
pub struct Holder {
    value: u64,
}

impl Node for Holder {
    type Message = Message;
    type Timer = u8;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        self.value = cx.disk().slot("value").read().unwrap_or(0);
        cx.set_timer(1, Span::millis(100));
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, _: NodeId, message: Message) {
        let Message::Ask(request, client) = message else { return };
        if cx.id() != NodeId::node(0) {
            return cx.send(NodeId::node(0), Message::Ask(request, client));
        }
        let answer = match *request.operation() {
            RegisterOp::Read => RegisterAnswer::Value(self.value),
            RegisterOp::Write(value) => {
                self.value = value;
                cx.disk().slot("value").write(&value);
                cx.disk().sync();
                RegisterAnswer::Ok
            }
        };
        cx.send(client, Message::Tell(request.reply(answer)));
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, timer: u8) {
        cx.set_timer(timer, Span::millis(100));
    }

    fn view(&self, view: &mut View) {
        view.field("value", self.value);
    }
}

impl Protocol for One {
    const NAME: &'static str = "one";
    type Config = ();
    type Node = Holder;
    type Model = Register;

    fn node((): &(), _: Boot) -> Holder {
        Holder::default()
    }

    fn ask(request: Request<Register>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        let client = NodeId::client(request.process.client - 1);
        (cluster.any(), Message::Ask(request, client))
    }

    fn answer(message: Message) -> Option<Reply<Register>> {
        match message {
            Message::Tell(reply) => Some(reply),
            Message::Ask(..) => None,
        }
    }

    fn properties((): &()) -> Properties<Self> {
        Properties::none()
    }
}

/// A number without zeros at its end.
pub fn trimmed(number: &str) -> &str {
    number.trim_end_matches('0').trim_end_matches('.')
}
