//! The screen of the replay at many moments: keys in, a picture as text out.
//!
//! The invariant: every moment is reached by keys alone, from the screen as it opens.

use super::desk::{Folder, masked, squall};
use expect_test::{ExpectFile, expect_file};
use squall_replay::{Depth, Key, Look, Recording, View, as_text, picture, press, read};
use std::fs::File;

const PLAIN: Look = Look { depth: Depth::None, ascii: false };

fn recorded(run: &str) -> Recording {
    // A folder for each test, whose name is that of its thread.
    let name = std::thread::current().name().unwrap_or("screen").replace("::", "-");
    let folder = Folder::new(&name);
    let path = folder.path().join("run.trace").display().to_string();
    squall(&format!("run {run} --trace {path}"));
    let file = File::open(&path).expect("the trace was written");
    read(file).expect("a trace that we write can be read")
}

/// Types keys; `^` is escape, `~` enter.
fn typed(recording: &Recording, keys: &str) -> View {
    let mut view = View::open(recording, "squall replay office");
    for letter in keys.chars() {
        let key = match letter {
            '^' => Key::Escape,
            '~' => Key::Enter,
            other => Key::Char(other),
        };
        press(recording, &mut view, key, 10);
    }
    view
}

fn check(run: &str, keys: &str, size: (u16, u16), look: Look, want: ExpectFile) {
    let recording = recorded(run);
    let view = typed(&recording, keys);
    want.assert_eq(&masked(&as_text(&picture(&recording, &view, size, look))));
}

macro_rules! moments {
    ($($name:ident: $run:literal, $keys:literal, $size:expr, $look:expr;)*) => {
        $(#[test]
        fn $name() {
            let want = expect_file![concat!("snapshots/screen_", stringify!($name), ".txt")];
            check($run, $keys, $size, $look, want);
        })*
    };
}

const WIDE: (u16, u16) = (120, 36);
const SMALL: (u16, u16) = (80, 24);
const ASCII: Look = Look { depth: Depth::None, ascii: true };

moments! {
    opens_at_the_violation: "office/bugs/stale --seed 4", "", WIDE, PLAIN;
    opens_small: "office/bugs/stale --seed 4", "", SMALL, PLAIN;
    cause_of_the_violation: "office/bugs/stale --seed 4", "hh", SMALL, PLAIN;
    the_story: "office/bugs/stale --seed 4", "s", WIDE, PLAIN;
    first_fault: "office/storm --seed 4", "]", WIDE, PLAIN;
    second_fault_small: "office/storm --seed 4", "]]4", SMALL, PLAIN;
    causal_past: "office/bugs/stale --seed 4", "c", SMALL, PLAIN;
    concurrent: "office/bugs/stale --seed 4", "C", SMALL, PLAIN;
    filtered: "office/storm --seed 4", "fnode:n2 -kind:timer~G", SMALL, PLAIN;
    searched: "office/storm --seed 4", "/kind:client~n", SMALL, PLAIN;
    helped: "office/storm --seed 4", "?", SMALL, PLAIN;
    against_the_start: "office/storm --seed 4", "GDDu", WIDE, PLAIN;
    promises: "office/storm --seed 4", "G2", SMALL, PLAIN;
    history: "office/storm --seed 4", "G3", SMALL, PLAIN;
    in_flight: "office/storm --seed 4", ":40~5", SMALL, PLAIN;
    the_event_alone: "office/storm --seed 4", ":40~6z", SMALL, PLAIN;
    ascii: "office/bugs/stale --seed 4", "h", SMALL, ASCII;
    narrow: "office/bugs/stale --seed 4", "", (60, 16), PLAIN;
    too_small: "office/bugs/stale --seed 4", "", (58, 14), PLAIN;
}

#[test]
fn colour_carries_nothing_alone() {
    let recording = recorded("office/bugs/stale --seed 4");
    let view = typed(&recording, "");
    let draw = |depth| picture(&recording, &view, WIDE, Look { depth, ascii: false });
    let text = as_text(&draw(Depth::None));
    let mut looks = vec![draw(Depth::None)];
    for depth in [Depth::Sixteen, Depth::Palette, Depth::True] {
        let drawn = draw(depth);
        assert_eq!(as_text(&drawn), text);
        assert!(!looks.contains(&drawn), "{depth:?} looks like another");
        looks.push(drawn);
    }
}

#[test]
fn a_count_moves_so_far_and_gives_the_panel_back() {
    let recording = recorded("office/storm --seed 4");
    let (single, counted) = (typed(&recording, "jjjjj"), typed(&recording, "5j"));
    assert_eq!((single.cursor, single.panel), (counted.cursor, counted.panel));
    assert_eq!(typed(&recording, "12j").cursor, typed(&recording, "5j7j").cursor);
    assert_ne!(typed(&recording, "5").panel, single.panel);
}

#[test]
fn every_key_keeps_the_cursor_in_the_run_at_every_size() {
    let recording = recorded("office/bugs/stale --seed 4");
    let mut view = View::open(&recording, "squall replay office");
    let mut number = 12_345_u64;
    for _ in 0..3_000 {
        number =
            number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let keys = "jkhl,.{}[]vVgGnN:/fFcCz1234567dDuwt +-se?ym'\t0n4%a~^^";
        let letter = keys.chars().nth((number >> 33) as usize % keys.len()).unwrap_or('j');
        let key = match letter {
            '^' => Key::Escape,
            '~' => Key::Enter,
            '\t' => Key::Tab,
            other => Key::Char(other),
        };
        press(&recording, &mut view, key, 10);
        assert!(recording.event(view.cursor).is_some(), "{:?} is nowhere", view.cursor);
        let size = ((number >> 20) as u16 % 160 + 1, (number >> 40) as u16 % 60 + 1);
        let drawn = picture(&recording, &view, size, PLAIN);
        assert_eq!((drawn.area.width, drawn.area.height), size);
    }
}

#[test]
fn one_screen_is_printed_as_text() {
    let said = squall("replay office/bugs/stale --seed 4 --headless --size 80x24 --at 3");
    assert_eq!((said.exit, said.err.as_str(), said.out.lines().count()), (0, "", 24));
    assert!(said.out.contains("▌"), "{}", said.out);
    let said = squall("replay office/bugs/stale --seed 4");
    let want = "squall: replay needs a terminal; --headless prints one screen as text\n";
    assert_eq!((said.exit, said.err.as_str()), (2, want));
    let said = squall("replay office/bugs/stale --headless");
    let want = "squall: office/bugs/stale is a scenario: say which run of it with --seed N\n";
    assert_eq!((said.exit, said.err.as_str()), (2, want));
}

#[test]
fn a_cut_or_foreign_trace_is_told() {
    let folder = Folder::new("foreign-trace");
    let whole = folder.path().join("whole.trace").display().to_string();
    squall(&format!("run office/quiet --seed 4 --trace {whole}"));
    let bytes = std::fs::read(&whole).expect("it was written");
    let wrong = |name: &str, bytes: &[u8]| {
        let path = folder.with(name, bytes);
        let said = squall(&format!("replay {path} --headless"));
        assert_eq!((said.exit, said.out.as_str()), (2, ""));
        said.err.replace(&path, "FILE")
    };
    assert_eq!(
        wrong("cut.trace", &bytes[..bytes.len() / 2]),
        "squall: FILE: the file is cut off\n"
    );
    assert_eq!(wrong("empty.trace", b""), "squall: FILE: not a trace: the file is empty\n");
    let told = wrong("other.trace", b"hello\n");
    assert!(told.starts_with("squall: FILE: not a trace: its first line is not JSON"), "{told}");
    let told = wrong("old.trace", b"{\"header\":{\"version\":1}}\n");
    let want = "squall: FILE: not a trace: version 1 is not known; this squall reads 2\n";
    assert_eq!(told, want);
}
