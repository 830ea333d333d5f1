//! The `console` blocks of a Markdown text: what is typed, and what it shall print.

use anyhow::{Result, ensure};

/// Where else README's blocks run: in the parts `test` and `bench` of `.ci/run`, and in `.ci/compose-check`, which has an object
/// store in the end.
pub const ELSEWHERE: [&str; 4] = ["test", "bench", "compose", "store"];

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its fence, from one.
    pub line: usize,
    /// Where it runs, as its fence says; `None`: on a mesh without Docker.
    pub elsewhere: Option<&'static str>,
    pub commands: Vec<Typed>,
}

/// One command, and what the text shows of its output. `[..]` stands for any part of a line, a line
/// `...` for any lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed {
    pub command: String,
    pub shown: String,
}

/// Every `console` block of a text, in order.
///
/// # Errors
/// When a block never ends, begins with no command or is of no place where blocks run.
pub fn blocks(text: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let mut body = Vec::new();
        let ended = lines.by_ref().any(|(_, line)| {
            let ends = line.trim() == "```";
            body.push(line.get(indent..).unwrap_or_default());
            ends
        });
        body.pop();
        ensure!(ended, "the block in line {} never ends", number + 1);
        let mut words = info.splitn(2, ' ');
        if words.next() == Some("console") {
            blocks.push(block(number + 1, words.next(), &body)?);
        }
    }
    Ok(blocks)
}

fn block(line: usize, mark: Option<&str>, body: &[&str]) -> Result<Block> {
    let elsewhere = match mark {
        None => None,
        Some(mark) => {
            let place = ELSEWHERE.into_iter().find(|place| *place == mark);
            ensure!(
                place.is_some(),
                "the block in line {line} is marked {mark:?}: nothing runs it"
            );
            place
        }
    };
    let mut commands: Vec<Typed> = Vec::new();
    for text in body {
        if let Some(command) = text.strip_prefix("$ ") {
            commands.push(Typed {
                command: command.to_owned(),
                shown: String::new(),
            });
            continue;
        }
        let last = commands.last_mut();
        ensure!(
            last.is_some(),
            "the block in line {line} begins with no `$ `"
        );
        if let Some(last) = last {
            match text.strip_prefix("> ") {
                Some(more) if last.shown.is_empty() => {
                    last.command.push('\n');
                    last.command.push_str(more);
                }
                _ => {
                    last.shown.push_str(text);
                    last.shown.push('\n');
                }
            }
        }
    }
    ensure!(!commands.is_empty(), "the block in line {line} is empty");
    Ok(Block {
        line,
        elsewhere,
        commands,
    })
}
