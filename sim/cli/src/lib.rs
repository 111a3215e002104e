//! The command line over a catalogue of scenarios.
