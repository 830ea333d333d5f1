//! One bash, which is typed into, in a folder like the checkout.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::mesh;

/// The shortest measurement takes two minutes, and compiles a dynamic module the first time.
const COMMAND: Duration = Duration::from_secs(360);
const END: &str = "--- ended with";

/// A shell that goes on from command to command.
pub struct Session {
    bash: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Gone afterwards.
    kept: PathBuf,
    url: String,
    port: u16,
}

/// What a command did.
pub struct Done {
    pub output: String,
    pub status: i32,
}

impl Session {
    /// A shell for the mesh at this port, in a folder like the checkout. `cargo hub` is the hub that was built, at that
    /// mesh, and `imagehub-app` the application.
    ///
    /// # Errors
    /// When bash does not start or the folder cannot be made.
    pub async fn new(port: u16, name: &str) -> Result<Self> {
        let folder = folder(name)?;
        let mut session = Self::begin(&folder, folder.clone(), port)?;
        session
            .run(&format!(
                "cargo() {{ shift; \"$HUB_PROGRAM\" --port {port} \"$@\"; }}; imagehub-app() {{ \"$APP_PROGRAM\" \"$@\"; }}"
            ))
            .await?;
        Ok(session)
    }

    /// A shell where this program was started, with everything as it is there, for a mesh at this port.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn here(port: u16) -> Result<Self> {
        let kept = emptied("here")?;
        Self::begin(&std::env::current_dir()?, kept, port)
    }

    fn begin(folder: &Path, kept: PathBuf, port: u16) -> Result<Self> {
        let hub = mesh::hub_command(port, &[])?;
        let program = hub.as_std().get_program().to_owned();
        let errors = std::fs::File::create(kept.join("stderr"))?;
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(folder)
            .env("IMAGEHUB_ROOT", mesh::checkout())
            .env("APP_PROGRAM", mesh::app_program(&program))
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
        Ok(Self {
            bash,
            input,
            output: BufReader::new(output).lines(),
            kept,
            url: format!("http://127.0.0.1:{port}"),
            port,
        })
    }

    /// Types a command, which can read nothing of what is typed, and waits for its end.
    ///
    /// # Errors
    /// When it does not end, or ends the shell.
    pub async fn run(&mut self, command: &str) -> Result<Done> {
        // `printf` begins a line of its own, also after output without an end of line.
        let typed = format!("{{ {command}\n}} </dev/null\nprintf '\\n{END} %s\\n' $?\n");
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

    /// A command of a text, which has the port that everybody has, as one for this mesh.
    pub fn of_this_mesh(&self, command: &str) -> String {
        command
            .replace("http://localhost:8080", &self.url)
            .replace(".hub/8080", &format!(".hub/{}", self.port))
    }

    /// What this mesh prints, as it is in a text.
    pub fn of_a_text(&self, output: &str) -> String {
        output.replace(&self.url, "http://localhost:8080")
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(self.kept.join("stderr")).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(group) = self.bash.id() {
            let _ = std::process::Command::new("kill")
                .args(["-KILL", "--", &format!("-{group}")])
                .status();
        }
        let _ = std::fs::remove_dir_all(&self.kept);
    }
}

/// Everything of the checkout, and what the texts take for granted; what they write stays here.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = emptied(name)?;
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

fn emptied(name: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("workshop-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
