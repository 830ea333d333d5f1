//! cargo, with a word on how far it is also where no terminal shows its bar.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::terminal;

/// How often a line says how far cargo is.
const INTERVAL: Duration = Duration::from_secs(10);

/// Runs cargo to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run(cargo: &mut Command) -> std::io::Result<ExitStatus> {
    if std::io::stderr().is_terminal() {
        return cargo.status();
    }
    let mut child = cargo
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(output) = child.stderr.take() {
        let mut next = Instant::now() + INTERVAL;
        each_line(output, |line| match far(line) {
            None => terminal::note(line),
            Some(far) if Instant::now() >= next => {
                terminal::step(&format!("  {far}"));
                next = Instant::now() + INTERVAL;
            }
            Some(_) => {}
        })?;
    }
    child.wait()
}

/// Calls `on_line` for each line, those that the next one is to overwrite included.
fn each_line(output: impl Read, mut on_line: impl FnMut(&str)) -> std::io::Result<()> {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        let read = output.fill_buf()?;
        if read.is_empty() {
            if !line.is_empty() {
                on_line(&String::from_utf8_lossy(&line));
            }
            return Ok(());
        }
        let taken = match read.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            None => {
                line.extend_from_slice(read);
                read.len()
            }
            Some(end) => {
                line.extend_from_slice(&read[..end]);
                on_line(&String::from_utf8_lossy(&line));
                line.clear();
                end + 1
            }
        };
        output.consume(taken);
    }
}

/// What a bar of cargo's says (`    Building [==>    ] 12/366: syn, libc(build)`), as words.
fn far(line: &str) -> Option<String> {
    let (_, count) = line.trim().strip_prefix("Building [")?.split_once("] ")?;
    let (count, crates) = count.split_once(':').unwrap_or((count, ""));
    let (done, all) = count.split_once('/')?;
    Some(format!("{done} of {all} steps done, now{crates}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_of_cargos_is_told_from_what_it_says_for_good() {
        let output = "   Compiling a v0.1.0\n    Building [=>   ] 1/6: a(build)  \r    Finished\n";
        let mut lines = Vec::new();
        each_line(output.as_bytes(), |line| lines.push(far(line))).unwrap();
        let said = "1 of 6 steps done, now a(build)".to_owned();
        assert_eq!(lines, [None, Some(said), None]);
    }
}
