//! `squall list`: the scenarios of the catalogue.
//!
//! The invariant: one line for each scenario, its name first.

use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs::{catalogued, matching};

pub(crate) fn list(
    catalogue: &Catalogue,
    pattern: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let names = match pattern {
        Some(name) if catalogue.text(name).is_some() => vec![name],
        Some(pattern) => matching(catalogue, pattern)?,
        None => matching(catalogue, "all")?,
    };
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    for (name, text) in catalogue.scenarios().filter(|(name, _)| names.contains(name)) {
        let about = about(name, text)?;
        let padded = format!("{name:<width$}");
        console.line(format!("{}  {about}", console.paint.name(&padded)).trim_end())?;
    }
    Ok(Exit::Fine)
}

fn about(name: &str, text: &str) -> Result<String, Stop> {
    Ok(catalogued(name, text)?.scenario()?.scenario.about)
}
