//! Pulls of a picture of 1 MB on one core, beside nginx with the same file.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Size;
use super::photographs::{megabytes, paint};
use super::programs::Programs;
use super::row::{Budget, Row, median};
use super::server::{App, Cores, Server};
use super::wrk::time_a_request;
use crate::process::spawn::{is_root, on_core};

pub fn measure(programs: &Programs, size: Size) -> Result<Vec<Row>> {
    // Three megapixels with this grain come to 1 MB.
    let mut pictures = paint(programs, 1, 2000, 1500)?;
    let megabytes = megabytes(&pictures)?;
    let picture = pictures.remove(0);
    let app = App::start(programs, "pulls", Cores::One, None)?;
    let token = app.sign_up("bench")?;
    let id = app.upload("bench", &token, &picture)?;
    let pull = format!("{}/t/bench/images/{id}/pull", app.server.url);
    let bearer = format!("authorization: Bearer {token}");
    let copying = nginx(programs, &picture, false)?;
    let sending = nginx(programs, &picture, true)?;
    let (mut ours, mut off, mut on) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let rate = |server: &Server, url: &str, headers: &[&str]| {
            time_a_request(programs, size, &[server], url, headers).map(|time| 1.0 / time)
        };
        ours.push(rate(&app.server, &pull, &[&bearer])?);
        off.push(rate(&copying, &copying.url, &[])?);
        on.push(rate(&sending, &sending.url, &[])?);
    }
    let ours = median(ours);
    let row = |against: &str, theirs, budget| Row {
        what: format!("pulls of {megabytes:.1} MB, one core"),
        against: against.to_owned(),
        unit: "/s",
        ours,
        theirs: Some(median(theirs)),
        budget,
    };
    Ok(vec![
        row("nginx, sendfile off", off, Budget::AtLeast(0.8)),
        row("nginx, sendfile on", on, Budget::None),
    ])
}

fn nginx(programs: &Programs, picture: &Path, sendfile: bool) -> Result<Server> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let mode = if sendfile { "on" } else { "off" };
    let folder = programs.folder.join(format!("data/nginx-{mode}"));
    std::fs::create_dir_all(&folder)?;
    let root = picture.parent().unwrap_or(picture);
    // Its worker would otherwise be nobody, who may not look into everybody's folders.
    let user = if is_root() { "user root; " } else { "" };
    let configuration = format!(
        "{user}daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors.log;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile {mode}; keepalive_requests 100000000; types {{ image/jpeg jpg; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
",
        folder = folder.display(),
        root = root.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration)?;
    let name = picture.file_name().unwrap_or_default().to_string_lossy();
    let mut command = on_core(0, &programs.nginx);
    command.arg("-c").arg(&file).arg("-p").arg(&folder);
    command.arg("-e").arg(folder.join("errors.log"));
    let url = format!("http://127.0.0.1:{port}/{name}");
    Server::silent(&mut command, port, &url)
        .with_context(|| format!("nginx: see {}", folder.display()))
}
