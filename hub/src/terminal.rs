//! What a person sees: progress on standard error, results on standard output.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Starts the clock that progress lines show; the first call counts.
pub fn start_clock() {
    STARTED.get_or_init(Instant::now);
}

/// A result, one line on standard output. A closed pipe is not this tool's business.
pub fn result(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One progress line with the seconds since the command began.
pub fn step(line: &str) {
    let elapsed = STARTED.get_or_init(Instant::now).elapsed();
    let _ = writeln!(
        std::io::stderr(),
        "[{:>6.1}s] {line}",
        elapsed.as_secs_f32()
    );
}

/// Something the user should know although the command goes on.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The reason a command failed.
pub fn failure(line: &str) {
    let mark = if std::io::stderr().is_terminal() {
        "\u{1b}[31merror\u{1b}[0m"
    } else {
        "error"
    };
    let _ = writeln!(std::io::stderr(), "{mark}: {line}");
}

/// `75 s` as `1m15s`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_shown_from_the_sixtieth_second_on() {
        assert_eq!(human(Duration::from_secs(59)), "59s");
        assert_eq!(human(Duration::from_secs(75)), "1m15s");
    }
}
