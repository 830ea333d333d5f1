//! What an operator may rely on: `hub` says in one line what is in its way, and stops everything
//! it started.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::client::Client;
use crate::mesh::{self, Kind, Mesh, Status};
use crate::process;
use crate::scenario::Scenario;
use crate::wait;

/// An instance of its own, beside the shared meshes.
const PORT: u16 = 23_880;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "operator::a_taken_port_is_one_line_and_names_the_owner",
            kind,
            |_| async { taken_port().await },
        ),
        Scenario::new(
            "operator::a_place_that_cannot_be_written_is_one_line",
            kind,
            |_| async { unwritable().await },
        ),
        Scenario::new(
            "operator::admin_and_application_listen_on_loopback_only",
            kind,
            |mesh| async move { loopback(&mesh) },
        ),
        Scenario::new(
            "operator::metrics_are_the_applications_own",
            kind,
            |mesh| async move { metrics(&mesh).await },
        ),
        Scenario::new(
            "operator::interrupting_a_foreground_mesh_leaves_no_process",
            kind,
            |_| async { interrupted().await },
        )
        .within(Duration::from_secs(180)),
    ]
}

/// The command fails with one line on standard error, which says all of `words`.
async fn one_line(port: u16, words: &[&str]) -> Result<()> {
    let output = mesh::hub(port, &["up", "-d"], Duration::from_secs(90)).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success(), "`hub up` succeeded: {said}");
    let last = said.lines().last().unwrap_or_default();
    for word in words {
        ensure!(
            last.contains(word),
            "{word:?} is not in the last line: {said}"
        );
    }
    ensure!(
        !said.contains("panicked") && !said.contains("stack backtrace"),
        "{said}"
    );
    ensure!(
        said.lines().filter(|line| !line.trim().is_empty()).count() == 1,
        "not one line: {said}"
    );
    Ok(())
}

async fn taken_port() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", PORT))?;
    let me = std::process::id().to_string();
    one_line(PORT, &[&PORT.to_string(), &me]).await?;
    drop(listener);
    let left = process::mentioning(&format!(".hub/{PORT}/"));
    ensure!(
        left.is_empty(),
        "started, though the port was taken: {left:#?}"
    );
    Ok(())
}

async fn unwritable() -> Result<()> {
    let port = PORT + 1;
    let directory = mesh::instance_directory(port);
    ensure!(!directory.exists(), "{} is in use", directory.display());
    // A file where the instance's directory would be.
    std::fs::write(&directory, "in the way")?;
    let outcome = one_line(port, &[&format!(".hub/{port}")]).await;
    std::fs::remove_file(&directory)?;
    outcome
}

fn loopback(mesh: &Mesh) -> Result<()> {
    let ports = &mesh.started().ports;
    for port in [
        ports.edge,
        ports.consul,
        ports.app,
        ports.app_admin,
        ports.edge_admin,
        ports.app_metrics,
    ] {
        let addresses = process::listening_addresses(port)?;
        ensure!(!addresses.is_empty(), "nobody listens on {port}");
        ensure!(
            addresses.iter().all(|address| address.is_loopback()),
            "{port} listens on {addresses:?}"
        );
    }
    Ok(())
}

/// Where `hub status` says that they are. That they are nowhere else is in `hidden_paths`.
async fn metrics(mesh: &Mesh) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, mesh.started().ports.app_metrics));
    let answer = Client::new(address).get("/metrics").await?.expect(200)?;
    ensure!(
        answer.text().contains("imagehub_http_requests_in_flight"),
        "{answer}"
    );
    Ok(())
}

async fn interrupted() -> Result<()> {
    let mut child = mesh::hub_command(PORT, &["up", "--workers", "1"])?
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let pid = child.id().context("`hub up` ended at once")?;
    let up = wait::until(
        "the third mesh is ready",
        Duration::from_secs(120),
        || async {
            let output = mesh::hub(PORT, &["status", "--json"], Duration::from_secs(20)).await?;
            let status: Status = serde_json::from_slice(&output.stdout)?;
            ensure!(status.ready, "{status:?}");
            Ok(status)
        },
    )
    .await;
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &pid.to_string()])
        .status()?;
    ensure!(interrupt.success(), "kill -INT {pid}: {interrupt}");
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
    let status = up?;
    ended.context("`hub up` did not end within 30 s of Ctrl-C")??;
    let left = process::mentioning(&format!(".hub/{PORT}/"));
    ensure!(left.is_empty(), "left after Ctrl-C: {left:#?}");
    let ports = status.ports;
    for port in [
        ports.edge,
        ports.consul,
        ports.app,
        ports.app_admin,
        ports.edge_admin,
    ] {
        ensure!(
            !process::is_listened_on(port)?,
            "{port} is still listened on"
        );
    }
    std::fs::remove_dir_all(mesh::instance_directory(PORT))?;
    Ok(())
}
