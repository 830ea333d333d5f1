//! What the scenarios share: one runtime and the meshes started so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::mesh::{Kind, Mesh};

/// The runtime and the meshes; lives as long as the program.
pub struct World {
    runtime: Runtime,
    meshes: Mutex<BTreeMap<Kind, Arc<Mesh>>>,
}

impl World {
    /// A world without meshes. An interrupt takes down what was started and ends the program.
    pub fn new() -> &'static Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let world: &'static Self = Box::leak(Box::new(Self {
            runtime,
            meshes: Mutex::default(),
        }));
        world.runtime.spawn(async {
            if interrupted().await.is_ok() {
                eprintln!("interrupted: taking the meshes down");
                for kind in Kind::ALL {
                    if let Err(error) = Mesh::down(kind.port()).await {
                        eprintln!("{error:#}");
                    }
                }
                std::process::exit(130);
            }
        });
        world
    }

    /// Runs a scenario to its end.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The mesh of this kind, started if it is the first time it is asked for.
    ///
    /// # Errors
    /// When the mesh does not come up.
    pub async fn mesh(&self, kind: Kind) -> Result<Arc<Mesh>> {
        let mut meshes = self.meshes.lock().await;
        if let Some(mesh) = meshes.get(&kind) {
            return Ok(Arc::clone(mesh));
        }
        let mesh = Arc::new(Mesh::start(kind).await?);
        meshes.insert(kind, Arc::clone(&mesh));
        Ok(mesh)
    }

    /// Takes every started mesh down and checks that nothing of it is left.
    ///
    /// # Errors
    /// When `hub down` fails or a process survives it.
    pub fn take_down(&self) -> Result<()> {
        self.block_on(async {
            for (kind, _) in std::mem::take(&mut *self.meshes.lock().await) {
                Mesh::down(kind.port())
                    .await
                    .with_context(|| format!("the mesh at {}", kind.port()))?;
            }
            Ok(())
        })
    }
}

async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}
