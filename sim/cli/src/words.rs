//! Numbers, spans of time and lists as people read them.
//!
//! The invariant: pure functions; a value always prints the same.

use squall_engine::measure::Distribution;

pub(crate) use squall_explore::story::cut;

/// The width that lines of prose are wrapped to.
pub(crate) const WIDTH: usize = 100;

/// `1,204,551`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 seed`, `1,204 events`.
pub(crate) fn count(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {}", number(count), plural(noun)),
    }
}

fn plural(noun: &str) -> String {
    let hissing = ["s", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end));
    format!("{noun}{}", if hissing { "es" } else { "s" })
}

/// Nanoseconds in the unit that suits them, three digits: `12.3 ms`, `1.2 s`, `30 s`.
pub(crate) fn span(nanos: u64) -> String {
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];
    let fits = |(_, size): &(&str, u64)| nanos >= *size;
    let (unit, size) = units.into_iter().find(fits).unwrap_or(("s", 1));
    format!("{} {unit}", ratio(nanos, size))
}

/// A quotient with three digits, no zeros at its end: `12.3`, `0.5`, `630`.
pub(crate) fn ratio(dividend: u64, divisor: u64) -> String {
    let whole = dividend / divisor;
    let decimals = match whole {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let scale = 10u128.pow(decimals);
    let scaled = (u128::from(dividend) * scale + u128::from(divisor / 2)) / u128::from(divisor);
    let whole = number(u64::try_from(scaled / scale).unwrap_or(u64::MAX));
    let part = format!("{:0width$}", scaled % scale, width = decimals as usize);
    match part.trim_end_matches('0') {
        "" => whole,
        part => format!("{whole}.{part}"),
    }
}

/// How many a second, two digits: `630,000/s`; nothing if no time has passed.
pub(crate) fn rate(count: u64, nanos: u64) -> Option<String> {
    let exact = (u128::from(count) * 1_000_000_000).checked_div(u128::from(nanos))?;
    let exact = u64::try_from(exact).unwrap_or(u64::MAX);
    let unit = 10u64.pow(exact.checked_ilog10().unwrap_or(0).saturating_sub(1));
    Some(format!("{}/s", number((exact + unit / 2) / unit * unit)))
}

/// A distribution: `p50 12.3 ms, p99 80 ms, max 1.2 s`; nothing without samples.
pub(crate) fn spread(samples: &Distribution, time: bool) -> Option<String> {
    let shown = |value: u64| if time { span(value) } else { number(value) };
    let (middle, high) = (samples.quantile(500)?, samples.quantile(990)?);
    let most = samples.max()?;
    Some(format!("p50 {}, p99 {}, max {}", shown(middle), shown(high), shown(most)))
}

/// Items joined by commas, in lines of at most `width` characters.
pub(crate) fn wrapped_list(items: &[String], width: usize) -> Vec<String> {
    let comma = |(index, item): (usize, &String)| match index + 1 == items.len() {
        true => item.clone(),
        false => format!("{item},"),
    };
    wrapped(items.iter().enumerate().map(comma), width)
}

/// Words in lines of at most `width` characters.
pub(crate) fn wrapped_words(text: &str, width: usize) -> Vec<String> {
    wrapped(text.split_whitespace().map(str::to_string), width)
}

fn wrapped(pieces: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + piece.chars().count() <= width => {
                line.push(' ');
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    lines
}

/// A word as a shell reads it back.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=:,+%@".contains(letter);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_three_digits() {
        let cases = [
            (0, "0 s"),
            (999, "999 ns"),
            (1_500, "1.5 us"),
            (12_345_678, "12.3 ms"),
            (999_999_999, "1,000 ms"),
            (1_204_000_000, "1.2 s"),
            (30_000_000_000, "30 s"),
            (123_400_000_000, "123 s"),
        ];
        for (nanos, want) in cases {
            assert_eq!(span(nanos), want);
        }
    }

    #[test]
    fn numbers_are_grouped_and_rates_rounded() {
        assert_eq!(number(1_204_551), "1,204,551");
        assert_eq!(number(999), "999");
        assert_eq!(rate(1_204, 1_900_000).as_deref(), Some("630,000/s"));
        assert_eq!(rate(7, 1_000_000_000).as_deref(), Some("7/s"));
        assert_eq!(rate(7, 0), None);
        assert_eq!(count(2, "crash"), "2 crashes");
    }

    #[test]
    fn a_quoted_word_is_one_word_to_a_shell() {
        assert_eq!(quoted("network.loss=5%"), "network.loss=5%");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
