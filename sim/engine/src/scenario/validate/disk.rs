//! Faults of disks.

use super::Check;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::Disk;
use crate::scenario::tree::steps;

impl Check<'_> {
    pub(super) fn disk(&self, index: usize, disk: &Disk) -> Result<(), ScenarioError> {
        match *disk == Disk::default() {
            true => self.wrong(&steps!["faults", index, "disk"], "this does a disk no harm"),
            false => Ok(()),
        }
    }

    pub(super) fn chaos_disk(&self) -> Result<(), ScenarioError> {
        let Some(chaos) = &self.scenario.chaos.disk else { return Ok(()) };
        let ways = steps!["chaos", "disk", "ways"];
        if chaos.ways.is_empty() {
            return self.wrong(&ways, "an empty list does a disk no harm");
        }
        match chaos.ways.iter().position(|way| *way == Disk::default()) {
            Some(index) => {
                self.wrong(&steps!["chaos", "disk", "ways", index], "this does a disk no harm")
            }
            None => Ok(()),
        }
    }
}
