//! A protocol through which the host leaks into a run, each way by a setting, and a program that
//! runs it: what `--check-determinism` is tested with.

#![allow(unconditional_recursion, reason = "it fills the stack on purpose")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "it leaks on purpose")]

use squall::Catalogue;
use squall::prelude::*;
use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

struct Leaky;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// What leaks into the messages.
    leak: Leak,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Leak {
    #[default]
    Nothing,
    HashOrder,
    HostClock,
    ThreadId,
    Address,
    StaticCounter,
    Environment,
    /// Into what a node shows, and nothing else.
    View,
    /// Nothing leaks, and the third handler never returns.
    Endless,
    /// The third handler never returns in a process that is told of another place.
    EndlessElsewhere,
    /// Nothing leaks, and the process ends in the third handler.
    Abort,
    /// Nothing leaks, and the third handler calls itself until the stack is full.
    StackOverflow,
}

static RUNS: AtomicU64 = AtomicU64::new(0);

fn leaked(leak: Leak) -> String {
    match leak {
        Leak::EndlessElsewhere if std::env::var("SQUALL_ELSEWHERE").is_ok() => endless(),
        Leak::Nothing | Leak::View | Leak::EndlessElsewhere => "nothing".to_string(),
        Leak::Endless => endless(),
        Leak::Abort => std::process::abort(),
        Leak::StackOverflow => deeper(0).to_string(),
        Leak::HashOrder => {
            let order: Vec<u32> = (0..20).collect::<HashSet<u32>>().into_iter().collect();
            format!("{order:?}")
        }
        Leak::HostClock => {
            let long = Instant::now().elapsed();
            format!("{:?} {long:?}", SystemTime::now())
        }
        Leak::ThreadId => format!("{:?}", std::thread::current().id()),
        Leak::Address => format!("{:p}", Box::new(1)),
        Leak::StaticCounter => RUNS.fetch_add(1, Ordering::Relaxed).to_string(),
        Leak::Environment => format!("{:?} {:?}", std::env::var("TZ"), std::env::current_dir()),
    }
}

fn endless() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Adds up for ever, and never comes to it.
fn deeper(depth: u64) -> u64 {
    std::hint::black_box(deeper(depth + 1)) + std::hint::black_box(depth)
}

struct Talker {
    leak: Leak,
    heard: u32,
}

impl Node for Talker {
    type Message = String;
    type Timer = Never;

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        if cx.id() == NodeId::node(0) {
            cx.broadcast("begin".to_string());
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, _: String) {
        self.heard += 1;
        let word = if self.heard == 3 { leaked(self.leak) } else { "fine".to_string() };
        cx.send(from, word);
    }

    fn view(&self, view: &mut View) {
        view.field("heard", self.heard);
        if self.leak == Leak::View && self.heard == 3 {
            view.field("at", leaked(Leak::HostClock));
        }
    }
}

impl Protocol for Leaky {
    const NAME: &'static str = "leaky";
    type Config = Config;
    type Node = Talker;
    type Model = NoClients;

    fn node(config: &Config, _: Boot) -> Talker {
        Talker { leak: config.leak, heard: 0 }
    }

    fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, String) {
        (cluster.any(), String::new())
    }

    fn answer(_: String) -> Option<Reply<NoClients>> {
        None
    }
}

const TALK: &str = "format = 1
[scenario]
protocol = \"leaky\"
duration = \"100ms\"
[cluster]
nodes = 3
";

fn main() -> ExitCode {
    squall::main(&Catalogue::new().protocol::<Leaky>().scenario("leaky/talk", TALK))
}
