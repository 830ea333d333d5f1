//! One bash, which is typed into, in a folder like the checkout.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use snapbox::{Assert, Data};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::text::{Block, Typed};
use crate::mesh::{self, Kind};

/// The shortest measurement takes two minutes, and compiles a dynamic module the first time.
const COMMAND: Duration = Duration::from_secs(360);
const END: &str = "--- ended with";

/// A shell that goes on from command to command.
pub struct Session {
    bash: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    url: String,
}

/// What a command did.
pub struct Done {
    pub output: String,
    pub status: i32,
}

impl Session {
    /// A shell for the mesh of this kind. `cargo hub` is the hub that was built, at that mesh.
    ///
    /// # Errors
    /// When bash does not start or the folder cannot be made.
    pub async fn new(kind: Kind, name: &str) -> Result<Self> {
        let folder = folder(name)?;
        let hub = mesh::hub_command(kind.port(), &[])?;
        let program = hub.as_std().get_program().to_owned();
        let errors = std::fs::File::create(folder.join("stderr"))?;
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(&folder)
            .env("IMAGEHUB_ROOT", mesh::checkout())
            .env("HUB_PROGRAM", program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            // With what it runs in the background it is one group, and ends as one.
            .process_group(0)
            .spawn()
            .context("cannot run bash")?;
        let input = bash.stdin.take().context("no pipe")?;
        let output = bash.stdout.take().context("no pipe")?;
        let mut session = Self {
            bash,
            input,
            output: BufReader::new(output).lines(),
            folder,
            url: format!("http://127.0.0.1:{}", kind.port()),
        };
        let port = kind.port();
        session
            .run(&format!(
                "cargo() {{ shift; \"$HUB_PROGRAM\" --port {port} \"$@\"; }}"
            ))
            .await?;
        Ok(session)
    }

    /// Types a command and waits for its end. Nothing is typed ahead, which it could read.
    ///
    /// # Errors
    /// When it does not end, or ends the shell.
    pub async fn run(&mut self, command: &str) -> Result<Done> {
        // `printf` begins a line of its own, also after output without an end of line.
        let typed = format!("{command}\nprintf '\\n{END} %s\\n' $?\n");
        self.input.write_all(typed.as_bytes()).await?;
        let read = async {
            let mut output = String::new();
            while let Some(line) = self.output.next_line().await? {
                if let Some(status) = line.strip_prefix(END) {
                    // The end of line that belongs to the mark.
                    output.pop();
                    return Ok((output, status.trim().parse()?));
                }
                output.push_str(&line);
                output.push('\n');
            }
            anyhow::bail!("the shell ended")
        };
        let read = tokio::time::timeout(COMMAND, read).await;
        let (output, status) = read
            .with_context(|| format!("not done after {COMMAND:?}"))
            .flatten()
            .with_context(|| format!("{command}\n{}", self.errors()))?;
        Ok(Done { output, status })
    }

    /// Runs a command that shall succeed.
    ///
    /// # Errors
    /// When it does not.
    pub async fn succeed(&mut self, command: &str) -> Result<String> {
        let done = self.run(command).await?;
        ensure!(
            done.status == 0,
            "`{command}` ended with {}: {}{}",
            done.status,
            done.output,
            self.errors()
        );
        Ok(done.output)
    }

    /// Runs a block and compares what it prints with what the text shows.
    ///
    /// # Errors
    /// When a command fails, or prints something else.
    pub async fn play(&mut self, block: &Block, times: &mut Times) -> Result<()> {
        for Typed { command, shown } in &block.commands {
            // The text has the port that everybody has.
            let command = command.replace("http://localhost:8080", &self.url);
            let output = self.succeed(&command).await?;
            times.note(&command, &output);
            let output = output.replace(&self.url, "http://localhost:8080");
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

    fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr")).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(group) = self.bash.id() {
            let _ = std::process::Command::new("kill")
                .args(["-KILL", "--", &format!("-{group}")])
                .status();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// When something was first seen, counted from the text's first command.
pub struct Times {
    begin: Instant,
    pub first_image: Option<Duration>,
    pub first_429: Option<Duration>,
}

impl Times {
    pub fn new() -> Self {
        Self {
            begin: Instant::now(),
            first_image: None,
            first_429: None,
        }
    }

    pub fn elapsed(&self) -> Duration {
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

/// Everything of the checkout, and what the texts take for granted; what they write stays here.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("workshop-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(mesh::checkout())? {
        let entry = entry?;
        std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()))?;
    }
    std::fs::copy(
        mesh::checkout().join(".ci/picture.jpg"),
        folder.join("photo.jpg"),
    )?;
    Ok(folder)
}
