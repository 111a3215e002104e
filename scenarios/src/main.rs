//! The squall binary.

fn main() -> std::process::ExitCode {
    squall::main(&squall_scenarios::catalogue())
}
