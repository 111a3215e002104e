//! Texts that are not TOML, and how columns are counted in those that are.

use super::{LEAST, accepted, check, check_file, load};
use proptest::prelude::*;
use squall_engine::scenario::Document;

#[test]
fn not_toml() {
    check("[network\nloss = \"1%\"", "s.toml:7:9: not TOML: unclosed table, expected `]`");
    check("[network]\nloss = \"1%\"\nloss = \"2%\"", "s.toml:9:1: duplicate key `loss`");
    check("[network]\n[network]", "s.toml:8:2: duplicate key `network`");
    check("[network]\nloss = 1%", "s.toml:8:8: not TOML: the value is missing or lacks its quotes");
    check("[network]\nloss =", "s.toml:8:7: not TOML: the value is missing or lacks its quotes");
    check("[network]\nloss = \"1%", r#"s.toml:8:11: not TOML: invalid basic string, expected `"`"#);
    check("\u{feff}x", "s.toml:7:3: not TOML: key with no value, expected `=`");
}

#[test]
fn columns_count_characters() {
    check_file(
        "scenario = { about = \"naïve — ☂\", protocl = \"raft\", protocol = \"raft\" }",
        "s.toml:1:35: unknown key `protocl` in [scenario]; did you mean `protocol`?",
    );
    check(
        "[config]\nsnapshot = { \"ü\" = 1 } # ü",
        "s.toml:8:14: unknown key `ü` in [config.snapshot]; expected `every`",
    );
    check(
        "[network]\r\nlos = \"1%\"\r\n",
        "s.toml:8:1: unknown key `los` in [network]; did you mean `loss`?",
    );
    check(
        "[network]\n\t\tlos = \"1%\"",
        "s.toml:8:3: unknown key `los` in [network]; did you mean `loss`?",
    );
}

#[test]
fn an_unknown_protocol_has_its_place() {
    let text = LEAST.replace("raft", "rift");
    let document = Document::parse("s.toml", &text).expect("it is TOML");
    let told = document.unknown_protocol(&["raft", "relay"]).to_string();
    assert_eq!(told, "s.toml:3:12: no protocol is called `rift`; did you mean `raft`?");
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("{LEAST}[config]\nx = {}", "[".repeat(100_000));
    assert!(Document::parse("s.toml", &text).is_err());
    let text = format!("{LEAST}[config]\nx = {}", "{a=".repeat(100_000));
    assert!(Document::parse("s.toml", &text).is_err());
    let text = format!("{LEAST}[config{}]\n", ".a".repeat(100_000));
    let _ = Document::parse("s.toml", &text).and_then(|document| document.clone().scenario());
}

proptest! {
    #![proptest_config(super::fixed())]

    #[test]
    fn a_damaged_file_is_refused_in_one_line_with_a_place_or_read(
        at in 0.0..1.0_f64,
        length in 0..12_usize,
        patch in "[a-z0-9.=\"\\[\\]{}\n -]{0,6}",
        seed: u64,
    ) {
        let mut text = format!("{LEAST}{}", accepted::TABLES);
        let start = (text.len() as f64 * at) as usize;
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &patch);
        let told = Document::parse("s.toml", &text).and_then(|mut document| {
            document.vary(seed)?;
            load(&document)
        });
        if let Err(error) = told {
            let position = error.position.expect("it is about the file");
            prop_assert!(position.line as usize <= text.lines().count() + 1, "{}", error);
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
