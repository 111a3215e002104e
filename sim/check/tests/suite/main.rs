//! Every test of the crate that needs no private parts.

mod agreement;
mod anomalies;
mod brute;
mod commit_orders;
mod files;
mod linear;
mod weaker;

/// How many histories a comparison with brute force makes: `few`, or as many as the variable
/// `SQUALL_HISTORIES` says, for the long run.
#[expect(clippy::disallowed_methods, reason = "who runs the tests asks for the long run")]
fn at_least(few: u64) -> u64 {
    let wanted = std::env::var("SQUALL_HISTORIES").ok().and_then(|text| text.parse().ok());
    wanted.map_or(few, |wanted: u64| wanted.max(few))
}
