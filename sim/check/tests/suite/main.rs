//! Every test of the crate that needs no private parts.

mod agreement;
mod anomalies;
mod brute;
mod commit_orders;
mod files;
mod linear;
mod weaker;
