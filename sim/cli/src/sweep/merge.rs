//! `squall merge`: the parts of a sweep become the whole.
//!
//! The invariant: what is said of the whole is what one sweep would have said; a part that is
//! missing is said as well.

use super::args::MergeArgs;
use super::outside::Machine;
use super::report::{Telling, report};
use super::{PATIENCE_USUAL, again, files, github};
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use squall_engine::plan::Plan;
use squall_explore::sweep::{
    Finding, Findings, Folder, Remains, Shard, State, Summary, read_folder,
};
use std::path::Path;

/// Merges what the arguments say.
pub(crate) fn merge(
    catalogue: &Catalogue,
    options: &MergeArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    if options.folders.contains(&options.out) {
        let message = format!("--out {}: it is one of the folders to merge", options.out);
        return Err(Stop::Words(message));
    }
    let names = options.folders.iter().map(String::as_str);
    let parts = names
        .map(|name| Ok((name, read_folder(Path::new(name))?)))
        .collect::<Result<Vec<_>, Stop>>()?;
    let mut whole = joined(&parts)?;
    let folder = Folder::open(Path::new(&options.out))?;
    folder.leftovers()?;
    let machine = Machine {
        folder: &folder,
        clock: console.clock,
        interrupted: console.interrupted,
        deadline: None,
        patience: PATIENCE_USUAL,
    };
    let mut findings = Findings::default();
    for (_, part) in &parts {
        for (finding, plan) in found(catalogue, part, &machine)? {
            if let Some(group) = findings.add(finding) {
                folder.write_plan(group, plan)?;
            }
        }
    }
    whole.groups = findings.ranked();
    let lacking = lacking(&parts, &whole.shards);
    let exit = match lacking.is_empty() {
        true => files::exit(&whole),
        false => files::exit(&whole).worse(Exit::Undecided),
    };
    whole.exit = exit.code();
    whole.state = if lacking.is_empty() { State::Finished } else { State::Interrupted };
    let same = files::write(catalogue, &folder, &whole, &machine)?;
    let folders = options.folders.iter().map(|name| crate::words::quoted(name));
    let folders = folders.collect::<Vec<_>>().join(" ");
    let command = format!("{} merge {folders} --out {}", console.program, options.out);
    report(&whole, &Telling { out: &options.out, json: options.json, command }, console)?;
    console.flush()?;
    lacking.iter().for_each(|words| console.remark(&format!("squall: {words}")));
    github::tell(&whole, &options.out, console)?;
    Ok(if same { exit } else { exit.worse(Exit::Nondeterministic) })
}

/// The groups of a part with their plans; what a killed sweep had kept is run again.
fn found<'a>(
    catalogue: &Catalogue,
    part: &'a Remains,
    machine: &Machine<'_>,
) -> Result<Vec<(Finding, &'a Plan)>, Stop> {
    if part.summary.state == State::Running {
        return again(catalogue, part, machine);
    }
    let plan =
        |stem: &str| part.plans.iter().find(|(other, _)| other == stem).map(|(_, plan)| plan);
    let missing = |group: &Finding| {
        Stop::Words(format!("the plan {}.json is missing in a folder", group.stem()))
    };
    let groups = part.summary.groups.iter();
    groups
        .map(|group| {
            let plan = plan(&group.stem()).ok_or_else(|| missing(group))?;
            Ok((group.clone(), plan))
        })
        .collect()
}

/// The sums of all parts, without groups.
fn joined(parts: &[(&str, Remains)]) -> Result<Summary, Stop> {
    let [(first, whole), others @ ..] = parts else { unreachable!("a folder is required") };
    let mut whole = whole.summary.clone();
    let refused = |name: &str, reason: String| {
        Stop::Words(format!("{name}: it is no other part of the sweep in {first}: {reason}"))
    };
    for (name, Remains { summary, .. }) in others {
        let lanes = |summary: &Summary| -> Vec<(String, Vec<(String, String)>)> {
            let lanes = summary.lanes.iter();
            lanes.map(|lane| (lane.scenario.clone(), lane.cell.clone())).collect()
        };
        if summary.swept != whole.swept || lanes(summary) != lanes(&whole) {
            let reason = "its scenarios, seeds or settings are others".to_string();
            return Err(refused(name, reason));
        }
        for shard in &summary.shards {
            let count = whole.shards.iter().find(|other| other.count() != shard.count());
            if let Some(other) = count {
                return Err(refused(name, format!("it has shard {shard}, that has {other}")));
            }
            if whole.shards.contains(shard) {
                return Err(refused(name, format!("it has shard {shard} as well")));
            }
        }
        whole.shards.extend(&summary.shards);
        whole.runs += summary.runs;
        for (sum, more) in whole.lanes.iter_mut().zip(&summary.lanes) {
            sum.tally.merge(&more.tally);
        }
    }
    whole.shards.sort();
    Ok(whole)
}

/// What keeps the parts from being the whole, in words.
fn lacking(parts: &[(&str, Remains)], shards: &[Shard]) -> Vec<String> {
    let count = shards.first().map_or(1, |shard| shard.count());
    let has = |index: u64| shards.iter().any(|shard| shard.index() == index);
    let missing = (1..=count).filter(|index| !has(*index));
    let mut words: Vec<String> =
        missing.map(|index| format!("shard {index}/{count} is missing")).collect();
    for (name, Remains { summary, .. }) in parts {
        match summary.state {
            State::Finished => {}
            State::Interrupted => words.push(format!("{name}: its sweep was interrupted")),
            State::Running => words.push(format!("{name}: its sweep did not end")),
        }
    }
    words
}
