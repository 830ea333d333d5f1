//! What the watch has to say, one line each, with the time.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};

/// Where the lines go.
pub struct Log(Box<dyn Write + Send>);

impl Log {
    /// To a file, after what is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_file(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(Box::new(file)))
    }

    /// To standard error.
    pub fn to_standard_error() -> Self {
        Self(Box::new(std::io::stderr()))
    }

    pub fn info(&mut self, line: &str) {
        self.write("INFO", line);
    }

    pub fn warn(&mut self, line: &str) {
        self.write("WARN", line);
    }

    pub fn error(&mut self, line: &str) {
        self.write("ERROR", line);
    }

    /// A full disk does not end the watch.
    fn write(&mut self, level: &str, line: &str) {
        let time = humantime::format_rfc3339_millis(SystemTime::now());
        let _ = writeln!(self.0, "{time} {level} {line}");
    }
}
