//! What a lab's shell knows: the same names in every mode, so that one text serves all.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::seat::Seat;
use crate::bench::filter::figures_folder;
use crate::config::Config;
use crate::instance::{Instance, hub_dir};
use crate::mesh::Mesh;
use crate::ports::Ports;

/// Shell text for `eval`: variables, and functions that reach this tool, the sidecar's admin and its log.
///
/// # Errors
/// When the instance's ports are not known.
pub fn prelude(config: &Config, mesh: &Mesh, port: u16, seat: &Seat) -> Result<String> {
    let mut lines = vec![
        format!("export HUB={}", mesh.url),
        format!("export LAB_USER={}", seat.attendee()?.name),
        format!("export TOKEN={}", seat.attendee()?.token),
    ];
    if let Some(other) = seat.people.get(1) {
        lines.push(format!("export LAB_OTHER={}", other.name));
    }
    if let Some(modules) = &seat.modules {
        lines.extend([
            format!("export NEXT_MODULE={}", quoted(&modules.next)),
            format!("export MENDED_MODULE={}", quoted(&modules.mended)),
        ]);
    }
    lines.extend(if config.remote.is_some() {
        compose()
    } else {
        on_this_machine(config, port)?
    });
    Ok(lines.join("\n"))
}

/// Compose is told from the folder in which the lab was started.
fn compose() -> Vec<String> {
    let in_checkout = |name: &str, command: &str| {
        format!("{name}() {{ (cd \"$IMAGEHUB_CHECKOUT\" && docker compose {command}); }}")
    };
    vec![
        "export IMAGEHUB_CHECKOUT=$PWD".to_owned(),
        "export CONSUL=http://localhost:${IMAGEHUB_CONSUL_PORT:-8500}".to_owned(),
        // Only what reads a file from standard input gets one: else it would take what is typed next.
        in_checkout("hub_with_input", "--progress quiet run --rm -T hub \"$@\""),
        "hub() { case \"$*\" in *'--output -') hub_with_input \"$@\" </dev/null ;; *' -') hub_with_input \"$@\" ;; *) hub_with_input \"$@\" </dev/null ;; esac; }".to_owned(),
        in_checkout(
            "sidecar_admin",
            "exec -T app-sidecar http-get 19000 \"$1\" </dev/null",
        ),
        "compile() { docker compose -f \"$IMAGEHUB_CHECKOUT/docker-compose.yaml\" run --rm -T -u \"$(id -u)\" -v \"$(realpath \"$1\")\":/filter compile </dev/null; }".to_owned(),
        in_checkout("sidecar_log", "logs --no-log-prefix --no-color app-sidecar"),
        // Those of this start: figures of another one may be of volumes that are gone.
        "export FIGURES=$PWD/.hub/figures/$LAB_USER".to_owned(),
        in_checkout(
            "bench",
            "run --rm -T bench bench \"$@\" </dev/null && mkdir -p \"$FIGURES\" && docker compose run --rm -T --entrypoint sh bench -c 'cd /var/lib/imagehub-mesh/state && mkdir -p figures && tar -C figures -c .' </dev/null | tar -x -C \"$FIGURES\"",
        ),
        // The application has no network: the attendee's Envoy is a container that is given its socket.
        "export ENVOY_BIND=0.0.0.0".to_owned(),
        "export APPLICATION='pipe: {path: /run/imagehub/app.sock}'".to_owned(),
    ]
}

fn on_this_machine(config: &Config, port: u16) -> Result<Vec<String>> {
    let program = std::env::current_exe().context("cannot tell where hub is")?;
    let ports = Ports::kept(&hub_dir(&config.root), port)?.context("the ports are not known")?;
    let log = Instance::new(&config.root, port).log("sidecar");
    Ok(vec![
        format!("export CONSUL=http://127.0.0.1:{}", ports.consul),
        format!("hub() {{ {} --port {port} \"$@\"; }}", quoted(&program)),
        format!(
            "sidecar_admin() {{ curl -sS \"http://127.0.0.1:{}$1\"; }}",
            ports.app_admin
        ),
        format!("export FIGURES={}", quoted(&figures_folder(config)?)),
        "bench() { hub bench \"$@\"; }".to_owned(),
        "export ENVOY_BIND=127.0.0.1".to_owned(),
        format!(
            "export APPLICATION='socket_address: {{address: 127.0.0.1, port_value: {}}}'",
            ports.app
        ),
        "compile() { hub filter compile \"$1\"; }".to_owned(),
        format!("sidecar_log() {{ cat {}; }}", quoted(&log)),
    ])
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        assert_eq!(quoted(Path::new("/it's/hub")), r"'/it'\''s/hub'");
    }
}
