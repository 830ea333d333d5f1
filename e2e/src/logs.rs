//! The logs of one mesh: what they gained while a scenario was tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

const LINES: usize = 40;

/// The directory `hub` writes the logs of one instance to.
pub struct Logs {
    directory: PathBuf,
}

/// How long each log was at one moment; the default is the beginning.
#[derive(Default)]
pub struct Mark(BTreeMap<PathBuf, u64>);

impl Logs {
    /// The logs in `directory`.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// How long each log is now.
    pub fn mark(&self) -> Mark {
        Mark(
            self.files()
                .into_iter()
                .filter_map(|path| {
                    let length = std::fs::metadata(&path).ok()?.len();
                    Some((path, length))
                })
                .collect(),
        )
    }

    /// The last lines that each log gained since `mark`.
    pub fn grown_since(&self, mark: &Mark) -> String {
        let mut report = String::new();
        for path in self.files() {
            let text = self.gained(&path, mark);
            let lines: Vec<&str> = text.lines().collect();
            if lines.is_empty() {
                continue;
            }
            let shown = &lines[lines.len().saturating_sub(LINES)..];
            let _ = writeln!(
                report,
                "── {} (last {} of {} lines of this test)\n{}",
                path.display(),
                shown.len(),
                lines.len(),
                shown.join("\n")
            );
        }
        report
    }

    /// Lines gained since `mark` by the log whose file name contains `name`.
    pub fn lines_since(&self, mark: &Mark, name: &str) -> Vec<String> {
        self.files()
            .into_iter()
            .filter(|path| {
                path.file_name()
                    .is_some_and(|file| file.to_string_lossy().contains(name))
            })
            .flat_map(|path| {
                self.gained(&path, mark)
                    .lines()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    fn gained(&self, path: &PathBuf, mark: &Mark) -> String {
        let bytes = std::fs::read(path).unwrap_or_default();
        let from = mark.0.get(path).copied().unwrap_or(0);
        let from = usize::try_from(from).unwrap_or(0);
        // A log that became shorter was started afresh: all of it is new.
        let new = bytes.get(from..).unwrap_or(&bytes);
        String::from_utf8_lossy(new).into_owned()
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
            .collect();
        files.sort();
        files
    }
}
