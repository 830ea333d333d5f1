//! The labs as their texts say: `docs/workshop/NN-name/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// One lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    pub number: u8,
    /// `docs/workshop/NN-name`
    pub folder: PathBuf,
    pub title: String,
    pub minutes: u32,
    /// Each stronger than the one before.
    pub hints: Vec<String>,
}

/// Every lab, in the book's order.
///
/// # Errors
/// When a text cannot be read, or lacks what a lab needs.
pub fn labs(root: &Path) -> Result<Vec<Lab>> {
    let book = root.join("docs/workshop");
    let folders = fs::read_dir(&book).with_context(|| format!("cannot read {}", book.display()))?;
    let mut labs = Vec::new();
    for folder in folders.flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let Some(number) = name
            .split_once('-')
            .and_then(|(number, _)| number.parse().ok())
        else {
            continue;
        };
        let text = folder.path().join("README.md");
        let lab = fs::read_to_string(&text)
            .map_err(anyhow::Error::from)
            .and_then(|text| parse(number, folder.path(), &text));
        labs.push(lab.with_context(|| text.display().to_string())?);
    }
    labs.sort_by_key(|lab| lab.number);
    Ok(labs)
}

/// The lab of this number.
///
/// # Errors
/// When there is none, or the book cannot be read.
pub fn lab(root: &Path, number: u8) -> Result<Lab> {
    let found = labs(root)?.into_iter().find(|lab| lab.number == number);
    found.with_context(|| format!("there is no lab {number}: see hub lab list"))
}

fn parse(number: u8, folder: PathBuf, text: &str) -> Result<Lab> {
    let front = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map(|(front, _)| front)
        .context("it does not begin with front matter")?;
    let field = |name: &str| {
        front
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
            .with_context(|| format!("its front matter has no {name}"))
    };
    let minutes = field("minutes")?;
    let Ok(minutes) = minutes.parse() else {
        bail!("minutes is {minutes:?}, not a number");
    };
    let hints = hints(text);
    ensure!(hints.len() == 3, "it has {} hints, not three", hints.len());
    Ok(Lab {
        number,
        folder,
        title: field("title")?.to_owned(),
        minutes,
        hints,
    })
}

/// The items of the numbered list under `## Hints`.
fn hints(text: &str) -> Vec<String> {
    let section = text
        .split_once("\n## Hints\n")
        .map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or(""));
    let mut hints: Vec<String> = Vec::new();
    for line in section.lines() {
        let item = line
            .split_once(". ")
            .filter(|(number, _)| number.parse::<u8>().is_ok());
        if let Some((_, begin)) = item {
            hints.push(begin.trim().to_owned());
        } else if let (Some(hint), true) = (hints.last_mut(), line.starts_with("   ")) {
            hint.push(' ');
            hint.push_str(line.trim());
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_title_minutes_and_three_hints() {
        let text = "---\ntitle: Look\nminutes: 12\n---\n\n# Look\n\n## Hints\n\n1. One,\n   more.\n2. Two.\n3. Three.\n\n## After\n\n4. No.\n";
        let lab = parse(1, "01-look".into(), text).expect("a lab");
        assert_eq!((lab.title.as_str(), lab.minutes), ("Look", 12));
        assert_eq!(lab.hints, ["One, more.", "Two.", "Three."]);
    }

    #[test]
    fn every_lab_of_the_book_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let labs = labs(root.expect("hub is in the checkout")).expect("the book");
        assert!(!labs.is_empty());
        let summary = include_str!("../../../docs/workshop/SUMMARY.md");
        for lab in labs {
            let folder = lab.folder.file_name().and_then(|name| name.to_str());
            let entry = format!("- [{}]({}/README.md)", lab.title, folder.expect("text"));
            assert!(summary.contains(&entry), "SUMMARY.md has no {entry}");
            assert!(crate::lab::state::of(lab.number).is_ok(), "{}", lab.number);
        }
    }

    #[test]
    fn the_first_five_labs_take_an_hour_at_most() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let labs = labs(root.expect("hub is in the checkout")).expect("the book");
        let minutes: u32 = labs.iter().take(5).map(|lab| lab.minutes).sum();
        assert!(minutes <= 60, "{minutes}");
    }

    /// A version in a text grows old: `hub/src/tools` has the versions.
    #[test]
    fn no_text_names_a_version_of_the_mesh() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        for lab in labs(root.expect("hub is in the checkout")).expect("the book") {
            let text = fs::read_to_string(lab.folder.join("README.md")).expect("a text");
            for program in ["Envoy ", "Consul ", "Redis ", "Rust "] {
                let named = text.split(program).skip(1);
                let digits =
                    named.filter(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
                assert_eq!(digits.count(), 0, "{}: {program}", lab.title);
            }
        }
    }
}
