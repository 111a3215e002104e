//! `squall schema`, `completions` and `man`.
//!
//! The invariant: all of it comes from the types of the command line and of the format.

use crate::args::definition;
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs::near;
use squall_engine::scenario::schema;
use squall_explore::repro::Repro;

/// Prints the JSON schema of scenario files, or of repros.
pub(crate) fn schema(
    catalogue: &Catalogue,
    protocol: Option<&str>,
    repro: bool,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let schema = match protocol {
        None if repro => Repro::schema(),
        None => schema::schema::<serde_json::Value>().into(),
        Some(name) => match catalogue.subject(name) {
            Some(subject) => subject.schema(),
            None => return Err(Stop::Words(unknown_protocol(catalogue, name))),
        },
    };
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    console.line(&text)?;
    Ok(Exit::Fine)
}

fn unknown_protocol(catalogue: &Catalogue, name: &str) -> String {
    let told = format!("no protocol is called `{name}`");
    let known: Vec<&str> = catalogue.subjects().map(|(name, _)| name).collect();
    let near = near(name, &known);
    match near.is_empty() {
        true => format!("{told}; there are: {}", known.join(", ")),
        false => format!("{told}; did you mean {}?", near.join(" or ")),
    }
}

/// Prints a completion script.
pub(crate) fn completions(
    shell: clap_complete::Shell,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "squall", &mut script);
    console.say(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}

/// Prints the manual page of squall, or of one of its commands.
pub(crate) fn man(command: Option<&str>, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut whole = definition();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => {
            let shown = whole.get_subcommands().filter(|command| !command.is_hide_set());
            let names: Vec<String> = shown.map(|command| command.get_name().to_string()).collect();
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| {
                Stop::Words(format!(
                    "no command is called `{name}`; there are: {}",
                    names.join(", ")
                ))
            })?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    console.say(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Fine)
}
