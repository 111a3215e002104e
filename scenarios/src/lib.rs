//! The scenarios that squall ships, compiled in.
//!
//! The invariant: every scenario file in this folder is in the catalogue; a test looks.

use squall::Catalogue;

macro_rules! scenarios {
    ($($name:literal)*) => {
        /// The name and text of every scenario.
        const SCENARIOS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../", $name, ".toml")))),*];
    };
}

scenarios! {
}

/// The protocols and scenarios that squall ships.
#[must_use]
pub fn catalogue() -> Catalogue {
    let catalogue = Catalogue::new();
    SCENARIOS.iter().fold(catalogue, |all, (name, text)| all.scenario(name, text))
}
