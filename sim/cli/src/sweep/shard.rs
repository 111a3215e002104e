//! Which part of a sweep this machine does.
//!
//! The invariant: the environment is asked only if the user says so.

use crate::exit::Stop;
use squall_explore::sweep::Shard;

/// A scheduler that numbers the machines of one job.
struct Scheduler {
    /// The number of this machine, the least number, the step between two, and how many there are.
    index: &'static str,
    least: Option<&'static str>,
    step: Option<&'static str>,
    count: &'static str,
}

const SCHEDULERS: [Scheduler; 3] = [
    Scheduler { index: "JOB_COMPLETION_INDEX", least: None, step: None, count: "JOB_COMPLETIONS" },
    Scheduler {
        index: "SLURM_ARRAY_TASK_ID",
        least: Some("SLURM_ARRAY_TASK_MIN"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        count: "SLURM_ARRAY_TASK_COUNT",
    },
    Scheduler {
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        least: None,
        step: None,
        count: "AWS_BATCH_JOB_ARRAY_SIZE",
    },
];

/// The part that `--shard` says.
pub(super) fn shard(
    option: Option<&str>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Shard, Stop> {
    let Some(text) = option else { return Ok(Shard::WHOLE) };
    let wrong = |message: String| Stop::Words(format!("--shard {text}: {message}"));
    let count = match text.strip_prefix("auto") {
        None => return text.parse().map_err(wrong),
        Some("") => None,
        Some(rest) => {
            let count = rest.strip_prefix('/').and_then(|count| count.parse::<u64>().ok());
            Some(count.ok_or_else(|| wrong("expected auto/COUNT, such as auto/8".to_string()))?)
        }
    };
    let known = |scheduler: &&Scheduler| environment(scheduler.index).is_some();
    let Some(scheduler) = SCHEDULERS.iter().find(known) else {
        let names = SCHEDULERS.map(|scheduler| scheduler.index).join(", ");
        return Err(wrong(format!("the environment has none of {names}")));
    };
    scheduler.shard(count, environment).map_err(wrong)
}

impl Scheduler {
    fn shard(
        &self,
        count: Option<u64>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Shard, String> {
        let number = |name: &str| -> Result<Option<u64>, String> {
            let Some(text) = environment(name) else { return Ok(None) };
            let number = text.trim().parse();
            number.map(Some).map_err(|_| format!("{name} is `{text}`, not a number"))
        };
        let other = |name: Option<&str>| name.map_or(Ok(None), number);
        let index = number(self.index)?.unwrap_or_default();
        let least = other(self.least)?.unwrap_or(0);
        let step = other(self.step)?.unwrap_or(1).max(1);
        let count = match count {
            Some(count) => count,
            None => number(self.count)?.ok_or_else(|| {
                format!("{} is set, but not {}: say auto/COUNT", self.index, self.count)
            })?,
        };
        let behind = index.checked_sub(least).ok_or_else(|| {
            format!("{} is {index}, below the least of them, {least}", self.index)
        })?;
        let shard = Shard::new((behind / step).saturating_add(1), count);
        shard.map_err(|error| format!("{} is {index}: {error}", self.index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(option: &str, environment: &[(&str, &str)], want: &str) {
        let value = |name: &str| {
            let found = environment.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_string())
        };
        let told = match shard(Some(option), &value) {
            Ok(shard) => shard.to_string(),
            Err(Stop::Words(words)) => words,
            Err(other) => format!("{other:?}"),
        };
        assert_eq!(told, want);
    }

    #[test]
    fn schedulers_say_which_part_this_is() {
        check("2/8", &[("JOB_COMPLETION_INDEX", "5")], "2/8");
        check("auto/8", &[("JOB_COMPLETION_INDEX", "0")], "1/8");
        check("auto", &[("JOB_COMPLETION_INDEX", "7"), ("JOB_COMPLETIONS", "8")], "8/8");
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "14"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        check("auto", &slurm, "3/4");
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "3"), ("AWS_BATCH_JOB_ARRAY_SIZE", "4")];
        check("auto", &batch, "4/4");
    }

    #[test]
    fn what_they_do_not_say_is_told() {
        check(
            "auto",
            &[],
            "--shard auto: the environment has none of JOB_COMPLETION_INDEX, \
             SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX",
        );
        check(
            "auto",
            &[("JOB_COMPLETION_INDEX", "1")],
            "--shard auto: JOB_COMPLETION_INDEX is set, but not JOB_COMPLETIONS: say auto/COUNT",
        );
        check(
            "auto/8",
            &[("JOB_COMPLETION_INDEX", "x")],
            "--shard auto/8: JOB_COMPLETION_INDEX is `x`, not a number",
        );
        check(
            "auto/2",
            &[("JOB_COMPLETION_INDEX", "2")],
            "--shard auto/2: JOB_COMPLETION_INDEX is 2: there is no shard 3 of 2; the first is 1",
        );
        check("auto8", &[], "--shard auto8: expected auto/COUNT, such as auto/8");
        check("9/8", &[], "--shard 9/8: there is no shard 9 of 8; the first is 1");
    }
}
