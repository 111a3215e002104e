//! Walking through a recorded run: the terminal, one page for a browser, and exports.
//!
//! The invariant: everything here is read from a [`Recording`]; nothing knows a protocol, and
//! nothing but the terminal knows a host.

mod causality;
mod export;
mod keys;
mod moves;
mod page;
mod picture;
mod query;
mod read;
mod recording;
mod status;
mod story;
mod terminal;
mod tracks;
mod view;

pub use causality::{Cone, Cones};
pub use export::{Format, export};
pub use keys::{Key, Reply, help, press};
pub use page::page;
pub use picture::{Depth, Look, SMALLEST, as_text, picture};
pub use query::{Query, QueryError};
pub use read::{ReadError, read};
pub use recording::{Lane, Recording, Taker};
pub use status::Status;
pub use story::story;
pub use terminal::{Options, show};
pub use view::{Asks, Base, Keep, Panel, View};
