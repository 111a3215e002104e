//! The node of a script: every handler looks up its lines and does them.

use super::around::{Liar, Touchy, cluster_choice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use squall_check::{RegisterAnswer, RegisterOp};
use squall_engine::clock::WALL_EPOCH;
use squall_engine::ids::{LocalTime, NodeId};
use squall_engine::monitor::{Breach, Moment, Properties, World};
use squall_engine::network::NetworkModel;
use squall_engine::node::{Context, DiskError, Node, Session, Ticket};
use squall_engine::protocol::{
    Boot, Change, Cluster, Links, Measure, Protocol, Reconfigured, Reply, Request,
};
use squall_engine::scenario::bound::Unit;
use squall_engine::units::Span;
use squall_engine::view::View;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What monitors have written down.
#[derive(Clone, Debug, Default)]
pub struct Seen(Rc<RefCell<Vec<String>>>);

impl Seen {
    fn add(&self, line: String) {
        self.0.borrow_mut().push(line);
    }

    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// The handlers of a script.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// What is done, by who and what: `n1 start`, `* hello`, `n2 timer t`, `n1 synced`.
    pub on: BTreeMap<String, String>,
    /// Whether n1 sends another word to n3 than it says, and keeps its secrets.
    pub liar: bool,
    #[serde(skip)]
    #[schemars(skip)]
    pub seen: Seen,
}

/// The protocol of scripts, on datagrams or on streams.
pub struct On<const STREAM: bool>;

/// On datagrams.
pub type Script = On<false>;

/// A word, a request or an answer.
#[derive(Clone, Hash)]
pub enum Message {
    Word(String),
    Ask(Request<Touchy>),
    Tell(Reply<Touchy>),
    Change(Change),
    Changed(Reconfigured),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Word(word) => f.write_str(word),
            Message::Ask(request) => write!(f, "ask {}", request.operation()),
            Message::Tell(reply) => write!(f, "tell {}", reply.number),
            Message::Change(change) => write!(f, "{change:?}"),
            Message::Changed(told) => write!(f, "{told:?}"),
        }
    }
}

/// A node that does what its script says.
pub struct Actor {
    config: Config,
    restarts: u32,
    booted_at: LocalTime,
    asked: Vec<(Request<Touchy>, NodeId)>,
    founder: bool,
    wanted: Option<(Change, NodeId)>,
    pub x: u64,
    role: &'static str,
    term: u64,
}

fn find(names: &[&'static str], name: &str) -> &'static str {
    names.iter().find(|other| **other == name).copied().expect("the name is declared")
}

fn span(text: &str) -> Span {
    text.parse().expect("a duration")
}

fn id(name: &str) -> NodeId {
    let number: u32 = name[1..].parse().expect("a name such as n1");
    if name.starts_with('c') { NodeId::client(number - 1) } else { NodeId::node(number - 1) }
}

type Cx<'a> = Context<'a, Actor>;

impl Actor {
    /// How many requests reached the node.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }

    fn act(&mut self, cx: &mut Cx<'_>, what: &str) {
        let own = format!("{} {what}", cx.id());
        let any = format!("* {what}");
        let Some(script) = self.config.on.get(&own).or_else(|| self.config.on.get(&any)).cloned()
        else {
            return;
        };
        for step in script.split(';') {
            let words: Vec<&str> = step.split_whitespace().collect();
            if let Some(("times", rest)) = words.split_first().map(|(first, rest)| (*first, rest)) {
                let count: u64 = rest[0].parse().expect("a number");
                (0..count).for_each(|_| self.step(cx, &rest[1..]));
            } else {
                self.step(cx, &words);
            }
        }
    }

    fn step(&mut self, cx: &mut Cx<'_>, words: &[&str]) {
        match *words {
            [] => {}
            ["work", time] => cx.work(span(time)),
            ["send", to, word] => cx.send(id(to), Message::Word(word.to_string())),
            ["all", word] => cx.broadcast(Message::Word(word.to_string())),
            ["set", timer, after] => cx.set_timer(timer.to_string(), span(after)),
            ["cancel", timer] => cx.cancel_timer(timer.to_string()),
            ["mark", name] => cx.mark(find(Script::MARKS, name)),
            ["claim", name, holds] => cx.always(find(&["c1", "c2"], name), holds == "true"),
            ["count", by] => cx.count("counted", by.parse().expect("a number")),
            ["sample", value] => cx.sample("sampled", value.parse().expect("a number")),
            ["let", value] => self.x = value.parse().expect("a number"),
            ["role", name, term] => {
                self.role = find(Script::ROLES, name);
                self.term = term.parse().expect("a number");
            }
            ["note", ..] => self.note(cx, &words[1..]),
            ["chance", name] => {
                let taken = cx.chance(find(Script::CHANCES, name));
                self.x += u64::from(taken);
            }
            ["part", to, word] => in_part(cx, id(to), word),
            ["halt"] => cx.halt("as the script says"),
            ["try", ..] => try_disk(cx, &words[1..]),
            ["panic"] => panic!("as the script says"),
            ["toil"] => loop {
                cx.work(Span::nanos(1));
            },
            ["forever"] => loop {
                cx.send(cx.id(), Message::Word("again".to_string()));
            },
            ["done" | "refused" | "elsewhere", ..] => self.changed(cx, words),
            ["reply" | "fail" | "unknown" | "refer", ..] => self.reply(cx, words),
            _ => disk_step(cx, words),
        }
    }

    fn note(&mut self, cx: &mut Cx<'_>, words: &[&str]) {
        let disk = |cx: &mut Cx<'_>, file: &str| {
            let bytes = cx.disk().read(file).map(<[u8]>::to_vec);
            bytes.map_or("none".to_string(), |bytes| String::from_utf8_lossy(&bytes).to_string())
        };
        let text = match *words {
            ["now"] => format!("now {}", cx.now().since(self.booted_at)),
            ["wall"] => format!("wall {}", cx.wall_clock().since(WALL_EPOCH)),
            ["random"] => format!("random {}", cx.random().word()),
            ["peers"] => {
                format!("peers {:?} founder {}", cx.peers().collect::<Vec<_>>(), self.founder)
            }
            ["x"] => format!("x {}", self.x),
            ["read", file] => disk(cx, file),
            ["files"] => format!("{:?}", cx.disk().list().collect::<Vec<_>>()),
            ["log"] => {
                let values = cx.disk().log::<Vec<u64>>("log").read();
                format!("log {:?}", values.into_iter().map(slim).collect::<Vec<_>>())
            }
            ["slot"] => {
                let value = cx.disk().slot::<Vec<u64>>("slot").read();
                format!("slot {:?}", value.map(slim))
            }
            _ => words.join(" "),
        };
        cx.note(text);
    }

    fn changed(&mut self, cx: &mut Cx<'_>, words: &[&str]) {
        let (change, operator) = self.wanted.expect("somebody wants a change");
        let told = match *words {
            ["elsewhere", to] => Reconfigured::Ask(id(to)),
            ["refused"] => Reconfigured::Refused(change),
            _ => Reconfigured::Done(change),
        };
        cx.send(operator, Message::Changed(told));
    }

    fn reply(&mut self, cx: &mut Cx<'_>, words: &[&str]) {
        let (request, client) = match words.last() {
            Some(&"first") => self.asked.first().cloned(),
            _ => self.asked.last().cloned(),
        }
        .expect("somebody asked");
        let answer = match request.operation() {
            RegisterOp::Read => RegisterAnswer::Value(self.x),
            RegisterOp::Write(_) => RegisterAnswer::Ok,
        };
        let reply = match *words {
            ["fail", ..] => request.failed(),
            ["unknown", ..] => request.unknown(),
            ["refer", to] => request.redirect(Some(id(to))),
            ["refer"] => request.redirect(None),
            _ => request.reply(answer),
        };
        cx.send(client, Message::Tell(reply));
    }
}

/// A node that is a part of another.
struct Part;

impl Node for Part {
    type Message = u8;
    type Timer = char;

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, _: u8) {}
}

/// Lets a part do one of everything.
fn in_part(cx: &mut Cx<'_>, to: NodeId, word: &str) {
    let wrap = |number: u8| Message::Word(format!("part-{number}"));
    cx.part(
        wrap,
        |timer: char| format!("part-{timer}"),
        |cx: &mut Context<'_, Part>| {
            cx.work(Span::millis(1));
            cx.disk().append("f", word.as_bytes());
            cx.disk().sync();
            cx.send(to, 7);
            cx.broadcast(8);
            cx.set_timer('a', Span::millis(5));
            cx.set_timer('b', Span::millis(5));
            cx.cancel_timer('b');
            cx.mark("m1");
            cx.note(cx.id());
        },
    );
}

/// A value of which every third takes several sectors.
fn bulky(value: u64) -> Vec<u64> {
    vec![value + (1 << 60); if value.is_multiple_of(3) { 250 } else { 1 }]
}

fn slim(value: Vec<u64>) -> u64 {
    assert!(value.iter().all(|part| *part == value[0]), "a value is whole or not there");
    value[0] - (1 << 60)
}

/// Does what can fail, and notes how it went.
fn try_disk(cx: &mut Cx<'_>, words: &[&str]) {
    let told = match *words {
        ["append", file, text] => format!("{:?}", cx.disk().try_append(file, text.as_bytes())),
        ["truncate", file] => format!("{:?}", cx.disk().try_truncate(file, 0)),
        ["rename", from, to] => format!("{:?}", cx.disk().try_rename(from, to)),
        ["remove", file] => format!("{:?}", cx.disk().try_remove(file)),
        ["sync"] => format!("{:?}", cx.disk().try_sync()),
        ["sync", file] => format!("{:?}", cx.disk().try_sync_file(file)),
        ["read", file] => {
            let length = cx.disk().try_read(file).map(|bytes| bytes.map(<[u8]>::len));
            format!("{length:?}")
        }
        ["log"] => format!("{:?}", cx.disk().log::<Vec<u64>>("log").try_read().map(|v| v.len())),
        ["log", value] => {
            let value = bulky(value.parse().expect("a number"));
            format!("{:?}", cx.disk().log("log").try_append(&value))
        }
        ["slot"] => {
            let value = cx.disk().slot::<Vec<u64>>("slot").try_read();
            format!("{:?}", value.map(|value| value.map(slim)))
        }
        _ => panic!("nothing to try is called `{}`", words.join(" ")),
    };
    cx.note(format!("{} {told}", words[0]));
}

fn disk_step(cx: &mut Cx<'_>, words: &[&str]) {
    let mut disk = cx.disk();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match *words {
        ["append", file, text] => disk.append(file, text.as_bytes()),
        ["write", file, at, text] => disk.write(file, number(at), text.as_bytes()),
        ["fill", file, count] => disk.append(file, &vec![b'x'; number(count) as usize]),
        ["truncate", file, length] => disk.truncate(file, number(length)),
        ["rename", from, to] => disk.rename(from, to),
        ["remove", file] => disk.remove(file),
        ["log", value] => disk.log("log").append(&bulky(number(value))),
        ["cut", length] => disk.log::<Vec<u64>>("log").truncate(number(length)),
        ["slot", value] => disk.slot("slot").write(&bulky(number(value))),
        ["sync"] => disk.sync(),
        ["sync", file] => disk.sync_file(file),
        ["begin"] => {
            disk.begin_sync();
        }
        _ => panic!("no step is called `{}`", words.join(" ")),
    }
}

impl Node for Actor {
    type Message = Message;
    type Timer = String;

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.booted_at = cx.now();
        let what = if self.restarts == 0 { "start" } else { "restart" };
        self.act(cx, what);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Word(word) => self.act(cx, &word),
            Message::Ask(request) => {
                self.asked.push((request, from));
                self.act(cx, "ask");
            }
            Message::Change(change) => {
                self.wanted = Some((change, from));
                self.act(cx, "change");
            }
            Message::Tell(_) | Message::Changed(_) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, timer: String) {
        self.act(cx, &format!("timer {timer}"));
    }

    fn on_disk(&mut self, cx: &mut Cx<'_>, ticket: Ticket, result: Result<(), DiskError>) {
        let Ticket(number) = ticket;
        if result.is_err() {
            return self.act(cx, "not synced");
        }
        let one = format!("synced {number}");
        let own = self.config.on.contains_key(&format!("{} {one}", cx.id()));
        self.act(cx, if own { &one } else { "synced" });
    }

    fn on_session(&mut self, cx: &mut Cx<'_>, peer: NodeId, session: Session) {
        let what = match session {
            Session::Up => "up",
            Session::Down => "down",
        };
        self.act(cx, &format!("{what} {peer}"));
    }

    /// Frail words arrive as other words.
    fn corrupt(message: &Message, words: [u32; 4]) -> Option<Message> {
        match message {
            Message::Word(word) if word == "Frail" => {
                Some(Message::Word(format!("liarF{}", words[0] % 10)))
            }
            _ => None,
        }
    }

    fn view(&self, view: &mut View) {
        view.role(self.role);
        view.field("term", self.term);
        view.field("x", self.x);
    }
}

impl<const STREAM: bool> Protocol for On<STREAM> {
    const LINKS: Links = if STREAM { Links::Stream } else { Links::Datagram };
    const NAME: &'static str = "script";
    const ROLES: &'static [&'static str] = &["leader", "follower"];
    const MARKS: &'static [&'static str] = &["m1", "m2", "m3", "bad", "burst"];
    const MEMBERSHIP: bool = true;
    const CHANCES: &'static [&'static str] = &["early", "late", "never"];
    const MEASURES: &'static [Measure] = &[
        Measure { name: "counted", about: "what is counted", unit: Unit::Number },
        Measure { name: "sampled", about: "what is sampled", unit: Unit::Number },
    ];
    type Config = Config;
    type Node = Actor;
    type Model = Touchy;

    fn node(config: &Config, boot: Boot) -> Actor {
        Actor {
            config: config.clone(),
            restarts: boot.restarts,
            booted_at: LocalTime::ZERO,
            asked: Vec::new(),
            founder: boot.founder,
            wanted: None,
            x: 0,
            role: "",
            term: 0,
        }
    }

    fn ask(request: Request<Touchy>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        let choice = cluster_choice(&request, cluster);
        (choice, Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<Touchy>> {
        match message {
            Message::Tell(reply) => Some(reply),
            Message::Word(word) if word == "panic" => panic!("over an answer"),
            Message::Word(_) | Message::Ask(_) | Message::Change(_) | Message::Changed(_) => None,
        }
    }

    fn reconfigure(change: Change) -> Option<Message> {
        Some(Message::Change(change))
    }

    fn reconfigured(message: &Message) -> Option<Reconfigured> {
        match message {
            Message::Changed(told) => Some(*told),
            Message::Word(_) | Message::Ask(_) | Message::Tell(_) | Message::Change(_) => None,
        }
    }

    fn network(config: &Config) -> Option<Box<dyn NetworkModel<Message>>> {
        config.liar.then(|| Box::new(Liar) as Box<dyn NetworkModel<Message>>)
    }

    /// One monitor that breaks at the mark `bad` or panics at `burst`, and one that writes down
    /// what can be seen.
    fn properties(config: &Config) -> Properties<Self> {
        let seen = config.seen.clone();
        Properties::none()
            .always("seen", "what can be seen is written down", move |world, moment| {
                seen.add(sight(world, moment));
                match moment {
                    Moment::Mark(_, "bad") => Err(Breach::new("bad", "a bad mark")),
                    Moment::Mark(_, "burst") => panic!("a monitor burst"),
                    _ => Ok(()),
                }
            })
            .eventually("all-ten", "every node's x is ten", |world, _| {
                (0..world.size()).all(|node| {
                    world.node(NodeId::node(node)).is_some_and(|node: &Actor| node.x == 10)
                })
            })
    }
}

/// What a monitor sees: the moment, the memory of every node and the disk of the first.
fn sight<P: Protocol<Node = Actor>>(world: &dyn World<P>, moment: Moment) -> String {
    let nodes = (0..world.size()).map(NodeId::node);
    let memory = nodes.map(|node| match world.node(node) {
        Some(actor) => actor.x.to_string(),
        None if world.is_up(node) => "busy".to_string(),
        None => "down".to_string(),
    });
    let memory: Vec<String> = memory.collect();
    let disk = world.disk(NodeId::node(0));
    let text = |bytes: Option<Vec<u8>>| {
        bytes.map_or("-".to_string(), |bytes| String::from_utf8_lossy(&bytes).to_string())
    };
    let (written, durable) = (disk.written("f"), disk.durable("f").map(<[u8]>::to_vec));
    let moment = match moment {
        Moment::Rest(node) => format!("{node} rests"),
        Moment::Mark(node, name) => format!("{node} {name}"),
        Moment::Down(node) => format!("{node} down"),
    };
    let at = crate::support::trimmed(&world.time().to_string()).to_string();
    format!(
        "{at} {moment}: {} | written {} durable {}",
        memory.join(" "),
        text(written),
        text(durable)
    )
}
