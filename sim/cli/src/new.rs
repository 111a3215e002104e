//! `squall new`: a crate that builds and passes, to be changed into one's own.
//!
//! The invariant: the folder is made whole or not at all, and nothing that is there is touched.

use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::words::quoted;
use squall_engine::scenario::schema;
use std::fs;
use std::path::{Path, PathBuf};

/// What `new` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// The folder, whose last part is the name of the crate.
    #[arg(value_name = "NAME")]
    pub(crate) path: String,
    /// Where the crate `squall` is; without it the one that this program was built with.
    #[arg(long, value_name = "DIR")]
    pub(crate) squall: Option<String>,
}

/// The crate `squall` that this program was built with.
const BUILT_WITH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../squall");

/// The files of a new crate. `@name@`, `@crate@` and `@squall@` stand for what differs.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../template/Cargo.toml.txt")),
    ("clippy.toml", include_str!("../template/clippy.toml.txt")),
    (".gitignore", include_str!("../template/gitignore.txt")),
    (".github/workflows/storms.yml", include_str!("../template/workflow.yml.txt")),
    ("src/lib.rs", include_str!("../template/lib.rs.txt")),
    ("src/main.rs", include_str!("../template/main.rs.txt")),
    ("tests/storms.rs", include_str!("../template/storms.rs.txt")),
    ("scenarios/crashes.toml", include_str!("../template/crashes.toml.txt")),
    ("scenarios/regressions/crashes.txt", include_str!("../template/regressions.txt")),
];

/// Makes a crate.
pub(crate) fn new(options: &NewArgs, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let folder = Path::new(&options.path);
    let name = name(folder)?;
    if folder.exists() {
        return Err(Stop::Words(format!("{}: it is there already", options.path)));
    }
    let squall = dependency(options.squall.as_deref())?;
    let fill = |text: &str| {
        let filled = text.replace("@name@", name).replace("@squall@", &squall);
        filled.replace("@crate@", &name.replace('-', "_"))
    };
    let schema: serde_json::Value = schema::schema::<serde_json::Value>().into();
    let schema = serde_json::to_string_pretty(&schema).expect("a schema is plain data") + "\n";
    let filled = FILES.iter().map(|(path, text)| (*path, fill(text)));
    let files: Vec<_> = filled.chain([("scenarios/schema.json", schema)]).collect();
    let beside = folder.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let made = write(&beside, &files).and_then(|()| fs::rename(&beside, folder));
    if let Err(error) = made {
        // What could not be made is not there to be removed either.
        let _ = fs::remove_dir_all(&beside);
        return Err(Stop::Words(format!("cannot make {}: {error}", options.path)));
    }
    console.line(&format!("{}: {} files", options.path, files.len()))?;
    console.line(&format!("test    cd {} && cargo test", quoted(&options.path)))?;
    console.line(&format!(
        "run     cd {} && cargo run --features cli -- run crashes --seed 1",
        quoted(&options.path)
    ))?;
    Ok(Exit::Fine)
}

/// The name of the crate, if cargo takes it.
fn name(folder: &Path) -> Result<&str, Stop> {
    let name = folder.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let fits = name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(|letter| plain(letter) || "-_".contains(letter));
    match (fits, name) {
        (true, "squall" | "test" | "core" | "std" | "alloc") | (false, _) => {
            Err(Stop::Words(format!(
                "`{name}` cannot be the name of a crate here: lower-case letters, digits, - and _, \
                 as in `my-protocol`"
            )))
        }
        (true, _) => Ok(name),
    }
}

/// What the manifest says of the crate `squall`.
fn dependency(given: Option<&str>) -> Result<String, Stop> {
    let path = given.map_or_else(|| PathBuf::from(BUILT_WITH), PathBuf::from);
    match (fs::canonicalize(path.join("Cargo.toml")), given) {
        (Ok(manifest), _) => {
            let folder = manifest.parent().unwrap_or(&manifest);
            Ok(format!("{{ path = {:?} }}", folder.display().to_string()))
        }
        (Err(_), Some(given)) => {
            Err(Stop::Words(format!("--squall {given}: there is no crate in this folder")))
        }
        (Err(_), None) => Ok(format!("{:?}", env!("CARGO_PKG_VERSION"))),
    }
}

fn write(folder: &Path, files: &[(&str, String)]) -> std::io::Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}
