//! A small protocol with bugs to switch on, and its scenarios: a register that a chief keeps while
//! clerks hand on what they are asked.

use squall::Catalogue;
use squall::prelude::*;

/// The protocol.
pub(crate) struct Office;

/// What scenarios configure.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// What is wrong with it; absent: nothing.
    bug: Option<Bug>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Bug {
    /// Clerks answer reads by themselves.
    Stale,
    /// The chief panics at the third write.
    Panic,
    /// The chief talks to itself for ever.
    Endless,
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum Letter {
    Ask(Request<Register>, NodeId),
    Tell(Reply<Register>),
    Mumble,
}

pub(crate) struct Member {
    bug: Option<Bug>,
    value: u64,
    writes: u32,
}

const CHIEF: NodeId = NodeId::node(0);

impl Node for Member {
    type Message = Letter;
    type Timer = Never;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        self.value = cx.disk().slot("value").read().unwrap_or(0);
        if self.bug == Some(Bug::Endless) && cx.id() == CHIEF {
            cx.send(CHIEF, Letter::Mumble);
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, _: NodeId, letter: Letter) {
        let (request, client) = match letter {
            Letter::Ask(request, client) => (request, client),
            Letter::Mumble => return cx.send(CHIEF, Letter::Mumble),
            Letter::Tell(_) => return,
        };
        let read = *request.operation() == RegisterOp::Read;
        if cx.id() != CHIEF && !(read && self.bug == Some(Bug::Stale)) {
            return cx.send(CHIEF, Letter::Ask(request, client));
        }
        let answer = match *request.operation() {
            RegisterOp::Read => RegisterAnswer::Value(self.value),
            RegisterOp::Write(value) => self.write(cx, value),
        };
        cx.send(client, Letter::Tell(request.reply(answer)));
    }

    fn view(&self, view: &mut View) {
        view.role(if self.writes > 0 { "chief" } else { "clerk" });
        view.field("value", self.value);
    }
}

impl Member {
    fn write(&mut self, cx: &mut Context<'_, Self>, value: u64) -> RegisterAnswer {
        self.writes += 1;
        assert!(self.bug != Some(Bug::Panic) || self.writes < 3, "the third write was too much");
        self.value = value;
        cx.disk().slot("value").write(&value);
        cx.disk().sync();
        cx.mark("written");
        cx.count("writes", 1);
        RegisterAnswer::Ok
    }
}

impl Protocol for Office {
    const NAME: &'static str = "office";
    const ABOUT: &'static str = "a chief keeps a register, and clerks hand on what they are asked";
    const ROLES: &'static [&'static str] = &["chief", "clerk"];
    const MARKS: &'static [&'static str] = &["written", "promoted"];
    const MEASURES: &'static [Measure] =
        &[Measure { name: "writes", about: "How often the chief wrote.", unit: Unit::Number }];
    type Config = Config;
    type Node = Member;
    type Model = Register;

    fn node(config: &Config, _: Boot) -> Member {
        Member { bug: config.bug, value: 0, writes: 0 }
    }

    fn ask(request: Request<Register>, cluster: &Cluster<'_>) -> (NodeId, Letter) {
        let client = NodeId::client(request.process.client - 1);
        (cluster.any(), Letter::Ask(request, client))
    }

    fn answer(letter: Letter) -> Option<Reply<Register>> {
        match letter {
            Letter::Tell(reply) => Some(reply),
            Letter::Ask(..) | Letter::Mumble => None,
        }
    }

    fn properties(_: &Config) -> Properties<Self> {
        Properties::none()
            .always("one-chief", "Only the first node writes.", |world, _| {
                match at_rest(world)
                    .find(|(id, member): &(NodeId, &Member)| *id != CHIEF && member.writes > 0)
                {
                    Some((id, _)) => Err(Breach::new("usurped", format!("{id} has written"))),
                    None => Ok(()),
                }
            })
            .eventually("open", "Everybody is up.", |world, _| {
                at_rest::<Office>(world).count() == world.size() as usize
            })
    }
}

/// The catalogue of these tests.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue::new()
        .protocol::<Office>()
        .scenario("office/quiet", QUIET)
        .scenario("office/storm", STORM)
        .scenario("office/varied", VARIED)
        .scenario("office/promoted", PROMOTED)
        .scenario("office/panics", PANICS)
        .scenario("office/endless", ENDLESS)
        .scenario("office/undecided", UNDECIDED)
        .scenario("office/bugs/stale", STALE)
        .scenario("office/bugs/none", NO_BUG)
}

/// A scenario from its other lines.
macro_rules! scenario {
    ($about:literal, $heading:literal, $rest:literal) => {
        concat!(
            "format = 1\n[scenario]\nabout = \"",
            $about,
            "\"\nprotocol = \"office\"\n",
            $heading,
            "\n[cluster]\nnodes = 3\nclients = 2\n[workload]\noperations = 20\n",
            $rest
        )
    };
}

pub(crate) const QUIET: &str = scenario!(
    "a day without trouble",
    "duration = \"2s\"\ncalm = \"500ms\"",
    "[checks]\nsometimes = [\"written\"]\n"
);
const STORM: &str = scenario!(
    "a clerk faints and the chief is cut off",
    "duration = \"2s\"\ncalm = \"500ms\"",
    "[[faults]]\nname = \"faint\"\nat = \"20ms\"\nnodes = \"n2\"\ncrash = { down = \"100ms\" }
[[faults]]\nname = \"cut\"\nat = \"60ms\"\nfor = \"40ms\"\npartition = { isolate = \"n1\" }
[[faults]]\nname = \"nobody\"\nat = \"10ms\"\nnodes = \"chief\"\npause = {}\nfor = \"5ms\"\n"
);
const VARIED: &str = scenario!(
    "offices of several sizes",
    "duration = \"2s\"",
    "[vary]\n\"cluster.nodes\" = [3, 5]\n\"network.loss\" = [\"0%\", \"1%\"]\n"
);
const PROMOTED: &str = scenario!(
    "somebody is promoted, or so one hopes",
    "duration = \"2s\"",
    "[checks]\nsometimes = [\"promoted\", \"written\"]\n"
);
const PANICS: &str =
    scenario!("the chief loses it", "duration = \"2s\"", "[config]\nbug = \"panic\"\n");
const ENDLESS: &str = scenario!(
    "the chief never stops",
    "duration = \"2s\"",
    "[config]\nbug = \"endless\"\n[limits]\nevents = 500\n"
);
const UNDECIDED: &str =
    scenario!("nobody has the time to check", "duration = \"2s\"", "[limits]\ncheck = 1\n");
const STALE: &str = scenario!(
    "clerks answer by themselves",
    "duration = \"2s\"\nexpect = { violated = \"linearizable\" }",
    "[config]\nbug = \"stale\"\n"
);
const NO_BUG: &str = scenario!(
    "a bug is expected that is not there",
    "duration = \"2s\"\nexpect = { violated = \"linearizable\" }",
    ""
);
