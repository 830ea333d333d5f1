//! One service in its supervisor's hands: wanted or not, running or not, and when to act next.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::control::{Reply, Request, ServiceStatus};
use super::plan::{Before, Service};
use super::spawn::{Ending, child_that_dies_with_us, end_group};

/// What a supervisor reacts to.
pub enum Event {
    /// The config entries are written, or cannot be.
    Configured(Result<()>),
    /// What had to happen before a service's start has happened.
    Prepared(&'static str, Result<()>),
    /// A process ended: which, and how.
    Exited(&'static str, u32, String),
    Asked(Request, Sender<Reply>),
    /// SIGINT, SIGTERM or SIGHUP.
    Signalled,
}

/// A service that ran this long is healthy: its next end is a first one.
const SETTLED: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A service and its process.
pub struct Slot {
    pub service: Service,
    log: PathBuf,
    events: Sender<Event>,
    wanted: bool,
    preparing: bool,
    process: Option<Process>,
    crashes: u32,
    in_a_row: u32,
    start_at: Option<Instant>,
}

struct Process {
    pid: u32,
    since: Instant,
    force_at: Option<Instant>,
}

impl Slot {
    pub fn new(service: Service, logs: &Path, events: Sender<Event>) -> Self {
        Self {
            log: logs.join(format!("{}.log", service.name)),
            service,
            events,
            wanted: false,
            preparing: false,
            process: None,
            crashes: 0,
            in_a_row: 0,
            start_at: None,
        }
    }

    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    pub fn status(&self) -> ServiceStatus {
        ServiceStatus {
            name: self.service.name.to_owned(),
            pid: self.process.as_ref().map(|process| process.pid),
            wanted: self.wanted,
            port: self.service.port,
            crashes: self.crashes,
        }
    }

    /// Makes it wanted; starts it unless it runs or is about to.
    pub fn start(&mut self) {
        self.wanted = true;
        self.start_at = None;
        if self.process.is_some() || self.preparing {
            return;
        }
        if self.service.before.is_empty() {
            self.spawn();
            return;
        }
        self.preparing = true;
        let (events, service) = (self.events.clone(), self.service.clone());
        std::thread::spawn(move || {
            let outcome = service.before.iter().try_for_each(prepare);
            let _ = events.send(Event::Prepared(service.name, outcome));
        });
    }

    /// Goes on with a start whose preparation is over.
    pub fn prepared(&mut self, outcome: Result<()>) {
        self.preparing = false;
        if !self.wanted || self.process.is_some() {
            return;
        }
        match outcome {
            Ok(()) => self.spawn(),
            Err(error) => self.failed(&crate::explain::one_line(&error)),
        }
    }

    /// Makes it unwanted and asks it to end; true when there is an end to wait for.
    pub fn stop(&mut self, patience: Duration) -> bool {
        self.wanted = false;
        self.start_at = None;
        self.end(Ending::Asked);
        match &mut self.process {
            Some(process) => {
                process.force_at = Some(Instant::now() + patience);
                true
            }
            None => false,
        }
    }

    /// As [`Slot::stop`], and starts it again once it ended.
    pub fn restart(&mut self, patience: Duration) -> bool {
        let ends = self.stop(patience);
        if ends {
            self.wanted = true;
        } else {
            self.start();
        }
        ends
    }

    pub fn end(&mut self, ending: Ending) {
        if let Some(process) = &self.process {
            end_group(process.pid, ending);
        }
    }

    /// Its process is gone: starts another if it is wanted, after a pause if nobody asked for the end.
    pub fn exited(&mut self, pid: u32, how: &str) {
        let Some(process) = self.process.take_if(|process| process.pid == pid) else {
            return;
        };
        if !self.wanted {
            return;
        }
        if process.force_at.is_some() {
            self.start();
            return;
        }
        if process.since.elapsed() > SETTLED {
            self.in_a_row = 0;
        }
        self.crashes += 1;
        self.failed(how);
    }

    fn failed(&mut self, how: &str) {
        self.note(how);
        let pause = Duration::from_millis(200).saturating_mul(1 << self.in_a_row.min(8));
        self.in_a_row += 1;
        self.start_at = Some(Instant::now() + pause.min(LONGEST_PAUSE));
    }

    /// When something is to be done next.
    pub fn deadline(&self) -> Option<Instant> {
        let force_at = self.process.as_ref().and_then(|process| process.force_at);
        self.start_at.into_iter().chain(force_at).min()
    }

    /// Starts what paused long enough, forces what was asked long ago.
    pub fn act_on_deadlines(&mut self) {
        let now = Instant::now();
        if self.start_at.is_some_and(|at| at <= now) {
            self.start();
        }
        if let Some(process) = &mut self.process
            && process.force_at.is_some_and(|at| at <= now)
        {
            process.force_at = Some(now + Duration::from_secs(1));
            end_group(process.pid, Ending::Forced);
        }
    }

    fn spawn(&mut self) {
        if let Err(error) = self.try_spawn() {
            self.crashes += 1;
            self.failed(&crate::explain::one_line(&error));
        }
    }

    fn try_spawn(&mut self) -> Result<()> {
        let log = append(&self.log)?;
        let mut command = Command::new(&self.service.program);
        command
            .args(&self.service.args)
            .envs(self.service.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child = child_that_dies_with_us(&mut command)
            .with_context(|| format!("cannot start {}", self.service.program.display()))?;
        let (pid, name, events) = (child.id(), self.service.name, self.events.clone());
        self.process = Some(Process {
            pid,
            since: Instant::now(),
            force_at: None,
        });
        std::thread::spawn(move || {
            let how = match child.wait() {
                Ok(status) => format!("ended: {status}"),
                Err(error) => format!("lost: {error}"),
            };
            let _ = events.send(Event::Exited(name, pid, how));
        });
        Ok(())
    }

    /// A line among what the service itself logs.
    fn note(&self, line: &str) {
        use std::io::Write as _;
        if let Ok(mut log) = append(&self.log) {
            let _ = writeln!(log, "hub: {} {line}", self.service.name);
        }
    }
}

fn append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Runs a preparation. If it fails and an earlier one left its output, that has to do.
fn prepare(before: &Before) -> Result<()> {
    let outcome = Command::new(&before.program)
        .args(&before.args)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", before.program.display()))?;
    if outcome.status.success() {
        return crate::instance::write_whole(&before.output, &outcome.stdout);
    }
    let error = String::from_utf8_lossy(&outcome.stderr);
    // Consul refused: an old answer would only hide it. Consul away: the old answer is the best.
    let away = ["connection refused", "No cluster leader", "EOF"]
        .iter()
        .any(|sign| error.contains(sign));
    if away && before.output.exists() {
        return Ok(());
    }
    bail!(
        "{} {:?}: {}",
        before.program.display(),
        before.args.first(),
        error.trim()
    )
}
