//! Scenarios that stand in a test as they would in a file.
//!
//! The invariant: what the macro is given is what the file would say, a table or a key on each
//! line; what is wrong with it the reader of files says.

/// The text of a scenario, written without quotes around it:
///
/// ```
/// let text = squall::scenario! {
///     [cluster] nodes = 3 clients = 2
///     [network] latency = { uniform = "1ms..10ms" } loss = "1%"
///     [[faults]] at = "5s" for = "2s" partition = { isolate = "n1" }
/// };
/// assert!(text.starts_with("[cluster]\nnodes = 3\nclients = 2\n"));
/// ```
///
/// A key that is no Rust identifier stands in quotes: `[vary] "network.loss" = ["0%", "5%"]`.
#[macro_export]
macro_rules! scenario {
    (@text [$($text:tt)*]) => { ::core::concat!($($text)*) };
    (@text [$($text:tt)*] [[$($name:tt)+]] $($rest:tt)*) => {
        $crate::scenario!(
            @text [$($text)* "[[", $(::core::stringify!($name),)+ "]]\n",] $($rest)*
        )
    };
    (@text [$($text:tt)*] [$($name:tt)+] $($rest:tt)*) => {
        $crate::scenario!(
            @text [$($text)* "[", $(::core::stringify!($name),)+ "]\n",] $($rest)*
        )
    };
    (@text [$($text:tt)*] $first:tt $(. $more:tt)* = - $value:tt $($rest:tt)*) => {
        $crate::scenario!(
            @text [
                $($text)* ::core::stringify!($first), $(".", ::core::stringify!($more),)*
                " = -", ::core::stringify!($value), "\n",
            ] $($rest)*
        )
    };
    (@text [$($text:tt)*] $first:tt $(. $more:tt)* = $value:tt $($rest:tt)*) => {
        $crate::scenario!(
            @text [
                $($text)* ::core::stringify!($first), $(".", ::core::stringify!($more),)*
                " = ", ::core::stringify!($value), "\n",
            ] $($rest)*
        )
    };
    (@text $said:tt $($wrong:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "expected `[table]`, `[[table]]` or `key = value` at: ",
            $(::core::stringify!($wrong), " "),+
        ))
    };
    ($($tokens:tt)*) => { $crate::scenario!(@text [] $($tokens)*) };
}
