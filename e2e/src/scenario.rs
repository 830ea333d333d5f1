//! One scenario: its name, the mesh it is tried on, and how it becomes a test.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::FutureExt;
use libtest_mimic::{Failed, Trial};

use crate::mesh::{Kind, Mesh};
use crate::world::World;

type Run = Box<dyn Fn(Arc<Mesh>) -> Pin<Box<dyn Future<Output = Result<()>>>> + Send>;

/// Something Image Hub promises, and the code that tries it.
pub struct Scenario {
    name: String,
    mesh: Kind,
    disturbs: bool,
    deadline: Duration,
    run: Run,
}

impl Scenario {
    /// A scenario tried on the mesh of `kind`; `run` gets it ready and with the filter on.
    pub fn new<Fut>(
        name: impl Into<String>,
        kind: Kind,
        run: impl Fn(Arc<Mesh>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<()>> + 'static,
    {
        Self {
            name: name.into(),
            mesh: kind,
            disturbs: false,
            deadline: Duration::from_secs(120),
            run: Box::new(move |mesh| Box::pin(run(mesh))),
        }
    }

    /// Says that the scenario stops, reconfigures or restarts parts of the mesh: afterwards the
    /// mesh is put back as it was, whatever the outcome.
    #[must_use]
    pub fn disturbs(mut self) -> Self {
        self.disturbs = true;
        self
    }

    /// Gives the scenario more time than the usual two minutes.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Where this scenario comes: meshes one after the other, disturbances last on each.
    pub fn order(&self) -> (Kind, bool) {
        (self.mesh, self.disturbs)
    }

    /// The test that tries this scenario: a mesh that is ready, a deadline, and the logs of
    /// what happened meanwhile when it fails.
    pub fn into_trial(self, world: &'static World) -> Trial {
        let (name, kind) = (self.name.clone(), self.mesh.label());
        Trial::test(name, move || {
            self.try_on(world)
                .map_err(|error| Failed::from(format!("{error:#}")))
        })
        .with_kind(kind)
    }

    fn try_on(&self, world: &'static World) -> Result<()> {
        world.block_on(async {
            let mesh = world.mesh(self.mesh).await?;
            let since = mesh.logs().mark();
            let attempt = AssertUnwindSafe((self.run)(Arc::clone(&mesh))).catch_unwind();
            let outcome = match tokio::time::timeout(self.deadline, attempt).await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => Err(anyhow!("panicked: {}", panic_text(&*panic))),
                Err(_) => Err(anyhow!("not done after {} s", self.deadline.as_secs())),
            };
            let outcome =
                outcome.map_err(|error| anyhow!("{error:#}\n{}", mesh.logs().grown_since(&since)));
            if self.disturbs || outcome.is_err() {
                let restored = mesh.restore().await;
                return outcome.and(restored);
            }
            outcome
        })
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text")
}
