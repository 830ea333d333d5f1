//! The `console` blocks of a Markdown text: what is typed, and what it shall print.

use anyhow::{Result, ensure};

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its fence, from one.
    pub line: usize,
    /// Why it cannot run where tests run, as its fence says after `not-here:`.
    pub not_here: Option<String>,
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
/// When a block never ends, begins with no command or gives no reason not to be run.
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
    let not_here = match mark {
        None => None,
        Some(mark) => {
            let reason = mark.strip_prefix("not-here:").map(str::trim);
            ensure!(
                reason.is_some_and(|reason| !reason.is_empty()),
                "the block in line {line} is marked {mark:?}, not `not-here: REASON`"
            );
            reason.map(str::to_owned)
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
        not_here,
        commands,
    })
}
