//! Texts that are not TOML, and how columns are counted in those that are.

use super::{check, check_file};

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
