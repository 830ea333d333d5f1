//! The end of a process that serves: told once, it finishes what is under way; told again, or
//! interrupted, it is gone.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::state::State;

/// At SIGTERM, says that it is not ready, serves on for as long as others need to notice, and
/// finishes what is under way. At an interrupt, or at a second signal, it stops at once.
pub fn shut_down_when_told(
    server: ServerHandle,
    state: web::Data<State>,
) -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => return server.stop(false).await,
        }
        tracing::info!("told to stop");
        state.draining.store(true, Relaxed);
        let orderly = async {
            tokio::time::sleep(Duration::from_secs(state.config.drain_seconds)).await;
            server.stop(true).await;
        };
        tokio::select! {
            () = orderly => {}
            () = told_again(&mut terminate, &mut interrupt) => {
                tracing::info!("told again: what is under way is cut off");
                // A server that waits for its connections hears nothing else any more. Whatever is
                // cut off is as after a crash: staged files that no record names.
                std::process::exit(0);
            }
        }
    })
}

async fn told_again(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
