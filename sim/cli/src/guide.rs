//! `squall help guide`: the pages that the documentation of the front door has, in a terminal.
//!
//! The invariant: the pages are compiled in, and are those of the documentation.

macro_rules! pages {
    ($($file:literal)*) => {
        &[$(include_str!(concat!("../../squall/guide/", $file, ".md"))),*]
    };
}

/// The pages, in the order of reading.
const PAGES: &[&str] = pages! {
    "first-protocol"
    "time-and-disk"
    "checks"
    "failures"
    "determinism"
    "tasks"
    "ci"
    "coming-from"
    "limits"
};

/// All pages, one after another; what only the documentation's compiler reads is left out.
pub(crate) fn text() -> String {
    let pages: Vec<String> = PAGES.iter().map(|page| shown(page)).collect();
    pages.join("\n")
}

fn shown(page: &str) -> String {
    let mut in_code = false;
    let lines = page.lines().filter(|line| {
        in_code ^= line.starts_with("```");
        !(in_code && line.starts_with("# "))
    });
    lines.map(|line| format!("{line}\n")).collect()
}
