//! The connection to Redis: made by the first call that needs it, kept, and made anew once it broke.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind,
    RedisResult,
};
use tokio::sync::Mutex;

const CONNECT: Duration = Duration::from_millis(800);
const ANSWER: Duration = Duration::from_millis(1400);

/// After what time without an acknowledgement a host counts as gone, so that a connection to one
/// that vanished is made anew.
const VANISHED: Duration = Duration::from_secs(3);

/// One connection for all who ask at the same time. Clones share it.
#[derive(Clone)]
pub(super) struct KeptConnection {
    client: redis::Client,
    kept: Arc<RwLock<Option<Kept>>>,
    connecting: Arc<Mutex<()>>,
}

/// A connection, and whether it still is one.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) connection: MultiplexedConnection,
    broken: Arc<AtomicBool>,
}

impl Kept {
    /// Nobody is given this connection again.
    pub(super) fn give_up(&self) {
        self.broken.store(true, Relaxed);
    }
}

impl KeptConnection {
    /// Nothing is connected yet.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        let info = url.into_connection_info()?;
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_user_timeout(VANISHED);
        // Only of this version's connections it is told that they were closed while nobody asked.
        let redis = info.redis_settings().clone();
        let redis = redis.set_protocol(ProtocolVersion::RESP3);
        let info = info.set_tcp_settings(tcp).set_redis_settings(redis);
        Ok(Self {
            client: redis::Client::open(info)?,
            kept: Arc::default(),
            connecting: Arc::default(),
        })
    }

    /// The connection. An error is one of connecting: nothing was asked yet, and the next call
    /// tries anew.
    pub(super) async fn get(&self) -> RedisResult<Kept> {
        if let Some(whole) = self.whole() {
            return Ok(whole);
        }
        let _connecting = self.connecting.lock().await;
        if let Some(whole) = self.whole() {
            return Ok(whole);
        }
        let made = self.connect().await?;
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    fn whole(&self) -> Option<Kept> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone().filter(|kept| !kept.broken.load(Relaxed))
    }

    async fn connect(&self) -> RedisResult<Kept> {
        let broken = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&broken);
        let notice = move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                closed.store(true, Relaxed);
            }
            Ok::<_, redis::aio::SendError>(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER))
            .set_push_sender(notice);
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        Ok(Kept { connection, broken })
    }
}
