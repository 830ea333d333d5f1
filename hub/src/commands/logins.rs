//! `hub logins`: how to log in as the people whom the application created.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::config::Config;
use crate::instance::Instance;
use crate::terminal;

/// One of them, as the application keeps it.
#[derive(Deserialize)]
struct LogIn {
    user: String,
    password: String,
    places: String,
}

/// Prints every log-in that nobody has changed.
///
/// # Errors
/// When there never was an instance, or the application's data cannot be read.
pub fn run(config: &Config, port: u16) -> Result<()> {
    let log_ins = read(&data_dir(config, port)?.join("seed-logins.json"))?;
    if log_ins.is_empty() {
        terminal::note(
            "no log-ins are kept: IMAGEHUB_SEED was off, all were changed, or the application has not made them yet",
        );
        return Ok(());
    }
    table(&log_ins)
        .iter()
        .for_each(|line| terminal::result(line));
    Ok(())
}

fn data_dir(config: &Config, port: u16) -> Result<PathBuf> {
    if let Some(remote) = &config.remote {
        let data = remote.keys.parent().context("IMAGEHUB_KEYS has no parent");
        return Ok(data?.to_path_buf());
    }
    let instance = Instance::new(&config.root, port);
    Ok(instance.data_dir(instance.run()?.redis))
}

/// The application removes from the file whoever changes the password or goes.
fn read(file: &Path) -> Result<Vec<LogIn>> {
    match fs::read(file) {
        Ok(kept) => {
            serde_json::from_slice(&kept).with_context(|| format!("{} is damaged", file.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn table(log_ins: &[LogIn]) -> Vec<String> {
    let heading = format!("{:<8} {:<21} is", "user", "password");
    let lines = log_ins.iter().map(
        |LogIn {
             user,
             password,
             places,
         }| format!("{user:<8} {password:<21} {places}"),
    );
    std::iter::once(heading).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_log_in_is_a_line_and_no_file_means_none() {
        let file = std::env::temp_dir().join(format!("hub-logins-{}.json", std::process::id()));
        assert!(read(&file).expect("no error").is_empty());
        let kept =
            r#"[{"user":"mira","password":"abcd-efgh-jkmn-pqrs","places":"owner of lakeside"}]"#;
        fs::write(&file, kept).expect("written");
        let lines = table(&read(&file).expect("readable"));
        let expected = [
            "user     password              is",
            "mira     abcd-efgh-jkmn-pqrs   owner of lakeside",
        ];
        assert_eq!(lines, expected);
        fs::write(&file, "[{").expect("written");
        assert!(read(&file).is_err());
        fs::remove_file(file).expect("cleaned up");
    }
}
