//! Programs that their makers release as a zip file beside a list of checksums.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::Toolbox;
use super::install::{make_executable, watched};

/// A released program.
pub struct Release {
    /// The folder on the maker's site that holds its versions.
    pub site: &'static str,
    pub product: &'static str,
    pub version: &'static str,
}

impl Release {
    /// Fetches the release for this machine, checks it and puts its program in its place.
    ///
    /// # Errors
    /// When the site cannot be reached soon, or what it gave is not what its list says.
    pub fn install(&self, toolbox: &Toolbox<'_>) -> Result<()> {
        let Self {
            site,
            product,
            version,
        } = self;
        let folder = toolbox.fresh_folder(&format!("{product}-release"))?;
        let zip = format!("{product}_{version}_linux_{}.zip", architecture()?);
        let sums = format!("{product}_{version}_SHA256SUMS");
        for file in [&sums, &zip] {
            let mut curl = Command::new("curl");
            curl.args(["--fail", "--silent", "--show-error", "--location"])
                .args(["--connect-timeout", "5", "--max-time", "300", "--output"])
                .arg(folder.join(file))
                .arg(format!("{site}/{version}/{file}"));
            watched(toolbox, &format!("{product}-release-download"), &mut curl)?;
        }
        let listed = fs::read_to_string(folder.join(&sums)).context("cannot read the checksums")?;
        check(&listed, &zip, &folder)?;
        let mut unzip = Command::new("python3");
        unzip
            .args(["-m", "zipfile", "--extract"])
            .arg(folder.join(&zip))
            .arg(&folder);
        watched(toolbox, &format!("{product}-unzip"), &mut unzip)?;
        let program = folder.join(product);
        make_executable(&program)?;
        fs::rename(&program, toolbox.bin().join(product))
            .with_context(|| format!("cannot put {product} in its place"))?;
        fs::remove_dir_all(&folder).context("cannot clean up")
    }
}

/// What release files call this machine's processor.
fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => bail!("there is no release for {other}"),
    }
}

/// A file is what the list of checksums (`HEX  NAME` a line) says.
fn check(listed: &str, file: &str, folder: &Path) -> Result<()> {
    let expected = listed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .find_map(|(sum, name)| (name == file).then_some(sum))
        .with_context(|| format!("the list of checksums does not name {file}"))?;
    let bytes = fs::read(folder.join(file)).with_context(|| format!("cannot read {file}"))?;
    let sum: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if sum != expected {
        bail!("{file} has the checksum {sum}, not {expected}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn checked(listed: &str) -> Result<()> {
        let folder = std::env::temp_dir().join(format!("hub-release-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.zip"), "abc").unwrap();
        check(listed, "a.zip", &folder)
    }

    #[test]
    fn only_a_file_with_the_listed_checksum_is_taken() {
        checked(&format!("{ABC}  a.zip\n")).unwrap();
        let other = ABC.replace('b', "c");
        checked(&format!("{other}  a.zip\n{ABC}  b.zip\n")).unwrap_err();
        checked(&format!("{ABC}  b.zip\n")).unwrap_err();
        checked("").unwrap_err();
    }
}
