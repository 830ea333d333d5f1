//! The services of an instance: what each runs, and what has to happen before.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::instance::{Instance, Run};
use crate::mesh::services;
use crate::ports::Ports;

/// One process to be kept running.
#[derive(Clone, Debug)]
pub struct Service {
    /// How the user calls it: `hub restart app`.
    pub name: &'static str,
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub env: Vec<(&'static str, OsString)>,
    /// Run before each start, in order.
    pub before: Vec<Before>,
    /// Only once Consul has its config entries.
    pub needs_consul: bool,
    /// Services end in falling order of this.
    pub layer: u8,
    /// Where it listens when it runs.
    pub port: u16,
}

/// A command that prepares a start.
#[derive(Clone, Debug)]
pub struct Before {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Where its output goes. If an earlier start left this file, a failure is no obstacle: a proxy
    /// comes back with what it knew although Consul is away.
    pub output: PathBuf,
}

/// Every service of the instance, in the order they are started.
///
/// # Errors
/// When a registration cannot be read or written.
pub fn services(
    root: &Path,
    instance: &Instance,
    ports: &Ports,
    run: &Run,
) -> Result<Vec<Service>> {
    let plan = Plan {
        root,
        instance,
        ports,
        run,
    };
    // Before Redis fills its own: by that the folder is chosen.
    let data = instance.data_dir(run.redis);
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let mut all = vec![plan.consul(), plan.app()];
    if let Some(program) = &run.redis_program {
        all.push(plan.redis(program));
        let registration = services::redis(root, ports)?;
        all.push(plan.sidecar(
            "redis-sidecar",
            "redis",
            ports.redis_admin,
            ports.redis_sidecar,
            &registration,
        )?);
    }
    let registration = services::app(root, ports, run.redis)?;
    let mut sidecar = plan.sidecar(
        "sidecar",
        "imagehub-app",
        ports.app_admin,
        ports.sidecar,
        &registration,
    )?;
    sidecar.args.extend(plan.merged("consul/sidecar.yaml")?);
    all.push(sidecar);
    all.push(plan.edge()?);
    Ok(all)
}

struct Plan<'a> {
    root: &'a Path,
    instance: &'a Instance,
    ports: &'a Ports,
    run: &'a Run,
}

impl Plan<'_> {
    fn consul(&self) -> Service {
        let ports = self.ports;
        Service {
            name: "consul",
            program: self.run.consul_program.clone(),
            args: vec![
                "agent".into(),
                flag("-config-file", self.root.join("consul/server.hcl")),
                flag("-data-dir", self.instance.consul_dir()),
                flag("-http-port", ports.consul.to_string()),
                flag("-grpc-port", ports.consul_grpc.to_string()),
                flag("-server-port", ports.consul_server.to_string()),
                flag("-serf-lan-port", ports.consul_serf.to_string()),
            ],
            env: Vec::new(),
            before: Vec::new(),
            needs_consul: false,
            layer: 0,
            port: ports.consul,
        }
    }

    fn app(&self) -> Service {
        let mut env: Vec<(&'static str, OsString)> = vec![
            (
                "IMAGEHUB_BIND",
                format!("127.0.0.1:{}", self.ports.app).into(),
            ),
            (
                "IMAGEHUB_METRICS_BIND",
                format!("127.0.0.1:{}", self.ports.app_metrics).into(),
            ),
            (
                "IMAGEHUB_DATA",
                self.instance.data_dir(self.run.redis).into(),
            ),
            ("IMAGEHUB_LIMITS", "mesh".into()),
            ("IMAGEHUB_POLICY", self.instance.policy_file().into()),
        ];
        env.push(("IMAGEHUB_PUBLIC_URL", self.run.url(self.ports.edge).into()));
        if self.run.redis {
            let url = format!("redis://127.0.0.1:{}", self.ports.redis_upstream);
            env.push(("IMAGEHUB_REDIS_URL", url.into()));
        }
        Service {
            name: "app",
            program: self.run.app_program.clone(),
            args: Vec::new(),
            env,
            before: Vec::new(),
            needs_consul: false,
            layer: 2,
            port: self.ports.app,
        }
    }

    fn redis(&self, program: &Path) -> Service {
        let args = [
            ("--port", OsString::from(self.ports.redis.to_string())),
            ("--bind", "127.0.0.1".into()),
            ("--dir", self.instance.redis_dir().into()),
            ("--appendonly", "yes".into()),
            // What was acknowledged is on the disk, as with SQLite.
            ("--appendfsync", "always".into()),
            ("--save", "".into()),
        ];
        Service {
            name: "redis",
            program: program.to_path_buf(),
            args: args
                .into_iter()
                .flat_map(|(name, value)| [name.into(), value])
                .collect(),
            env: Vec::new(),
            before: Vec::new(),
            needs_consul: false,
            layer: 1,
            port: self.ports.redis,
        }
    }

    fn sidecar(
        &self,
        name: &'static str,
        service: &str,
        admin: u16,
        port: u16,
        registration: &serde_json::Value,
    ) -> Result<Service> {
        let role = [flag("-sidecar-for", service)];
        self.envoy(name, &role, admin, port, registration)
    }

    fn edge(&self) -> Result<Service> {
        let registration = services::edge(self.root, self.ports, &self.run.listen)?;
        let role = [flag("-gateway", "api"), flag("-proxy-id", "edge")];
        let mut edge = self.envoy(
            "edge",
            &role,
            self.ports.edge_admin,
            self.ports.edge,
            &registration,
        )?;
        edge.args.extend(self.merged("consul/edge.yaml")?);
        Ok(edge)
    }

    /// The arguments by which an Envoy merges a file of the checkout into its bootstrap.
    fn merged(&self, file: &str) -> Result<[OsString; 2]> {
        let file = self.root.join(file);
        let yaml =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(["--config-yaml".into(), yaml.into()])
    }

    /// An Envoy: registered, its bootstrap written by Consul, then run directly, so that its process
    /// is ours and it can come back while Consul is away.
    fn envoy(
        &self,
        name: &'static str,
        role: &[OsString],
        admin: u16,
        port: u16,
        registration: &serde_json::Value,
    ) -> Result<Service> {
        let dir = &self.instance.dir;
        let file = dir.join(format!("{name}.service.json"));
        fs::write(&file, serde_json::to_vec_pretty(registration)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        let http = flag(
            "-http-addr",
            format!("http://127.0.0.1:{}", self.ports.consul),
        );
        let bootstrap = dir.join(format!("{name}.bootstrap.json"));
        let mut connect: Vec<OsString> =
            vec!["connect".into(), "envoy".into(), "-bootstrap".into()];
        connect.extend_from_slice(role);
        connect.extend([
            http.clone(),
            flag(
                "-grpc-addr",
                format!("127.0.0.1:{}", self.ports.consul_grpc),
            ),
            flag("-admin-bind", format!("127.0.0.1:{admin}")),
            flag("-envoy-binary", &self.run.envoy_program),
            "-ignore-envoy-compatibility".into(),
        ]);
        let register = vec!["services".into(), "register".into(), http, file.into()];
        let consul = |args, output| Before {
            program: self.run.consul_program.clone(),
            args,
            output,
        };
        Ok(Service {
            name,
            program: self.run.envoy_program.clone(),
            args: vec![
                "--config-path".into(),
                bootstrap.clone().into(),
                "--disable-hot-restart".into(),
                "--concurrency".into(),
                self.run.workers.to_string().into(),
                // Otherwise pooled connections stay on the old filter for minutes after a change. What
                // is under way on them has five minutes to end.
                "--drain-strategy".into(),
                "immediate".into(),
                "--drain-time-s".into(),
                "300".into(),
                "--log-level".into(),
                "warning".into(),
            ],
            env: Vec::new(),
            before: vec![
                consul(register, dir.join(format!("{name}.register.log"))),
                consul(connect, bootstrap),
            ],
            needs_consul: true,
            layer: 3,
            port,
        })
    }
}

fn flag(name: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut flag = OsString::from(name);
    flag.push("=");
    flag.push(value);
    flag
}
