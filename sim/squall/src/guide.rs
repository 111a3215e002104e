//! The guide: what to read before and while writing a protocol of one's own.
//!
//! `squall help guide` prints the same pages in a terminal, without a network.

macro_rules! pages {
    ($($name:ident $file:literal)*) => {
        $(
            #[doc = include_str!(concat!("../guide/", $file, ".md"))]
            pub mod $name {}
        )*
    };
}

pages! {
    first_protocol "first-protocol"
    time_and_disk "time-and-disk"
    checks "checks"
    failures "failures"
    determinism "determinism"
    tasks "tasks"
    ci "ci"
    coming_from "coming-from"
    limits "limits"
}
