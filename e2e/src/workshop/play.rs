//! The blocks of a text, run in one shell.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use snapbox::{Assert, Data};

use super::session::Session;
use super::text::{self, Block, Typed};

/// Runs all blocks of a text that run on a mesh without Docker, and says how many run where. Returns how long they took.
///
/// # Errors
/// When a command fails or prints something else than the text shows, and when a block is of a place where CI does not
/// run this text's.
pub async fn on_a_mesh(port: u16, name: &str, file: &Path, also_run: &[&str]) -> Result<Duration> {
    let blocks = blocks(file)?;
    for block in &blocks {
        ensure!(
            block
                .elsewhere
                .is_none_or(|place| also_run.contains(&place)),
            "{}:{}: nothing runs this text's blocks for {:?}",
            file.display(),
            block.line,
            block.elsewhere
        );
    }
    let mut session = Session::new(port, name).await?;
    let times = run(&mut session, &blocks, None, file).await?;
    let elapsed = times.elapsed();
    let seconds = |time: Option<Duration>| {
        time.map_or_else(
            || "-".to_owned(),
            |time| format!("{:.1} s", time.as_secs_f32()),
        )
    };
    eprintln!(
        "{name}: {} in {:.1} s; first image {}, first 429 {}",
        counted(&blocks, None),
        elapsed.as_secs_f32(),
        seconds(times.first_image),
        seconds(times.first_429)
    );
    Ok(elapsed)
}

/// Runs the blocks of a text that are of another place, which is here and now.
///
/// # Errors
/// As [`on_a_mesh`], and when there is no such block.
pub async fn elsewhere(place: &str, file: &Path, port: u16) -> Result<()> {
    let blocks = blocks(file)?;
    let mut session = Session::here(port)?;
    let times = run(&mut session, &blocks, Some(place), file).await?;
    eprintln!(
        "{}: {} in {:.1} s",
        file.display(),
        counted(&blocks, Some(place)),
        times.elapsed().as_secs_f32()
    );
    Ok(())
}

fn blocks(file: &Path) -> Result<Vec<Block>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text::blocks(&text).with_context(|| file.display().to_string())
}

async fn run(
    session: &mut Session,
    blocks: &[Block],
    place: Option<&str>,
    file: &Path,
) -> Result<Times> {
    let mut times = Times::new();
    let mut run = 0;
    for block in blocks.iter().filter(|block| block.elsewhere == place) {
        play(session, block, &mut times)
            .await
            .with_context(|| format!("{}:{}", file.display(), block.line))?;
        run += 1;
    }
    ensure!(run > 0, "{} has no block for {place:?}", file.display());
    Ok(times)
}

/// Runs a block and compares what it prints with what the text shows.
async fn play(session: &mut Session, block: &Block, times: &mut Times) -> Result<()> {
    for Typed { command, shown } in &block.commands {
        let command = session.of_this_mesh(command);
        let output = session.succeed(&command).await?;
        times.note(&command, &output);
        let output = session.of_a_text(&output);
        Assert::new()
            .try_eq(
                None,
                Data::text(trimmed(&output)),
                Data::text(trimmed(shown)),
            )
            .map_err(|error| anyhow::anyhow!("`{command}` prints something else:\n{error}"))?;
    }
    Ok(())
}

/// Such as `9 of 15 blocks ran (5 compose, 1 test)`.
fn counted(blocks: &[Block], place: Option<&str>) -> String {
    let of = |place| {
        blocks
            .iter()
            .filter(|block| block.elsewhere == place)
            .count()
    };
    let others = text::ELSEWHERE.into_iter().map(Some).chain([None]);
    let others: Vec<String> = others
        .filter(|other| *other != place && of(*other) > 0)
        .map(|other| {
            format!(
                "{} {}",
                of(other),
                other.unwrap_or("on a mesh without Docker")
            )
        })
        .collect();
    let ran = format!("{} of {} blocks ran", of(place), blocks.len());
    if others.is_empty() {
        return ran;
    }
    format!("{ran} (elsewhere: {})", others.join(", "))
}

/// When something was first seen, counted from the text's first command.
struct Times {
    begin: Instant,
    first_image: Option<Duration>,
    first_429: Option<Duration>,
}

impl Times {
    fn new() -> Self {
        Self {
            begin: Instant::now(),
            first_image: None,
            first_429: None,
        }
    }

    fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    fn note(&mut self, command: &str, output: &str) {
        if command.contains("-F file=") {
            self.first_image.get_or_insert(self.begin.elapsed());
        }
        if output.contains("429") {
            self.first_429.get_or_insert(self.begin.elapsed());
        }
    }
}

/// Without what nobody sees at the ends of lines.
fn trimmed(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
