//! What is around the nodes of a script: the model of its register, a network that lies, and whom
//! clients ask.

use super::actor::Message;
use squall_check::{Draws, Generate, Kind, Model, Register, RegisterAnswer, RegisterOp};
use squall_engine::ids::NodeId;
use squall_engine::network::{Envelope, Fate, Loss, NetworkModel};
use squall_engine::protocol::{Cluster, Request};

/// A register whose specification panics over the value 667.
#[derive(Debug)]
pub struct Touchy;

impl Model for Touchy {
    type Operation = RegisterOp;
    type Answer = RegisterAnswer;
    type State = u64;

    fn initial() -> u64 {
        Register::initial()
    }

    fn step(state: &u64, operation: &RegisterOp, answer: Option<&RegisterAnswer>) -> Option<u64> {
        assert!(*operation != RegisterOp::Write(667), "a model burst");
        Register::step(state, operation, answer)
    }
}

impl Generate for Touchy {
    const KINDS: &'static [Kind] = Register::KINDS;

    fn generate(kind: usize, draws: &mut Draws<'_>) -> RegisterOp {
        Register::generate(kind, draws)
    }
}

/// A network in which n1 tells n3 another word than it says, late, and secrets get lost.
pub(super) struct Liar;

impl NetworkModel<Message> for Liar {
    fn fate(
        &mut self,
        envelope: Envelope<'_, Message>,
        _: [u32; 4],
        fate: Fate<Message>,
    ) -> Fate<Message> {
        let secret = matches!(envelope.message, Message::Word(word) if word == "secret");
        match (envelope.from, envelope.to) {
            (from, _) if secret && from == NodeId::node(0) => {
                Fate { arrival: Err(Loss::Dropped), ..fate }
            }
            (from, to) if from == NodeId::node(0) && to == NodeId::node(2) => {
                let lie = Message::Word("lie".to_string());
                Fate { arrival: Ok(7_000_000), replace: Some(lie), ..fate }
            }
            _ => fate,
        }
    }
}

/// The script's choice of whom a client asks: a write of 1,000 or more names a node.
pub(super) fn cluster_choice(request: &Request<Touchy>, cluster: &Cluster<'_>) -> NodeId {
    match *request.operation() {
        RegisterOp::Write(666) => panic!("nobody to ask"),
        RegisterOp::Write(value) if value >= 2000 => cluster.any(),
        RegisterOp::Write(value) if value >= 1000 => cluster.last(),
        RegisterOp::Write(_) | RegisterOp::Read => NodeId::node(0),
    }
}
