//! Questions to Redis: answered or failed fast, and never asked twice if that could change something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::{Arg, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation, Value};

use super::super::{CatalogueError, Result};
use super::kept::{Kept, KeptConnection};
use super::listing::Searching;
use super::{keys, scripts};

/// The version of the keys and of what is in them.
pub(super) const SCHEMA: u32 = 7;

/// For one answer, connecting included: a caller knows within two seconds, whatever is broken.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(1500);

/// A catalogue in Redis, behind one shared connection.
pub struct RedisCatalogue {
    kept: KeptConnection,
    schema_seen: AtomicBool,
    pub(super) searching: Searching,
}

impl RedisCatalogue {
    /// Prepares to use the Redis at `url` (`redis://host:port/db`); only a URL that cannot be one
    /// is refused. The connection is made, and made anew after a failure, by the calls that need
    /// it.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self {
            kept: KeptConnection::new(url)?,
            schema_seen: AtomicBool::default(),
            searching: Searching::default(),
        })
    }

    /// Asks for the store's version, and so whether Redis is there at all. A store of another version
    /// is not used from then on.
    pub(super) async fn check(&self) -> Result<()> {
        self.require_that_nothing_is_evicted().await?;
        let found = self.schema().await?;
        self.schema_seen.store(found == SCHEMA, Ordering::Relaxed);
        if found == SCHEMA {
            Ok(())
        } else {
            Err(CatalogueError::OtherSchema {
                found,
                known: SCHEMA,
            })
        }
    }

    /// As [`Self::check`], and whether a change would be taken: Redis refuses this one when it
    /// would refuse others, and it never changes anything.
    pub(super) async fn check_for_changes(&self) -> Result<()> {
        self.check().await?;
        let mut claim = redis::cmd("SET");
        claim.arg(keys::schema()).arg(SCHEMA).arg("NX");
        self.ask::<Value>(Question::Command(&claim)).await.map(drop)
    }

    /// A Redis that makes room by itself would do so by forgetting records, and who is signed out.
    async fn require_that_nothing_is_evicted(&self) -> Result<()> {
        let mut question = redis::cmd("INFO");
        question.arg("memory");
        let memory: String = self.ask(Question::Command(&question)).await?;
        let mut lines = memory.lines();
        match lines.find_map(|line| line.strip_prefix("maxmemory_policy:")) {
            None | Some("noeviction") => Ok(()),
            Some(policy) => Err(CatalogueError::Unsuitable(format!(
                "Redis may forget records to make room: set its maxmemory-policy to noeviction, \
                 it is {policy}"
            ))),
        }
    }

    /// The store's version, which is the one known here if it is empty.
    async fn schema(&self) -> Result<u32> {
        self.ask(Question::Script(&scripts::CLAIM_SCHEMA.arg(SCHEMA)))
            .await
    }

    pub(super) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.check_once().await?;
        self.ask(Question::Command(command)).await
    }

    /// Asks several questions in one round trip; no question has no answers.
    pub(super) async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T> {
        self.check_once().await?;
        if pipeline.is_empty() {
            return Ok(T::from_redis_value(Value::Array(Vec::new())).map_err(RedisError::from)?);
        }
        self.ask(Question::Pipeline(pipeline)).await
    }

    pub(super) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T> {
        self.check_once().await?;
        self.ask(Question::Script(script)).await
    }

    /// A command that claims nothing of an empty store.
    pub(super) async fn unchecked_command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.ask(Question::Command(command)).await
    }

    async fn check_once(&self) -> Result<()> {
        if self.schema_seen.load(Ordering::Relaxed) {
            Ok(())
        } else {
            self.check().await
        }
    }

    async fn ask<T: FromRedisValue>(&self, question: Question<'_>) -> Result<T> {
        match tokio::time::timeout(RESPONSE_TIMEOUT, self.put(question)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(CatalogueError::Unavailable(
                "Redis does not answer in time".to_owned(),
            )),
        }
    }

    /// A connection that breaks under a question leaves open whether Redis got it. What only reads
    /// is asked once more, on a fresh one; a change is not.
    async fn put<T: FromRedisValue>(&self, question: Question<'_>) -> RedisResult<T> {
        let kept = self.kept.get().await?;
        match question.put(&kept).await {
            Err(error) if error.is_unrecoverable_error() => {
                kept.give_up();
                if error.is_connection_dropped() && question.only_reads() {
                    return question.put(&self.kept.get().await?).await;
                }
                Err(error)
            }
            answer => answer,
        }
    }
}

enum Question<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
    Script(&'a ScriptInvocation<'a>),
}

impl Question<'_> {
    async fn put<T: FromRedisValue>(&self, kept: &Kept) -> RedisResult<T> {
        let mut redis = kept.connection.clone();
        match self {
            Self::Command(command) => command.query_async(&mut redis).await,
            Self::Pipeline(pipeline) => pipeline.query_async(&mut redis).await,
            Self::Script(script) => script.invoke_async(&mut redis).await,
        }
    }

    /// Whether nothing can come of asking twice. A script may do anything.
    fn only_reads(&self) -> bool {
        match self {
            Self::Command(command) => only_reads(command),
            Self::Pipeline(pipeline) => pipeline.cmd_iter().all(only_reads),
            Self::Script(_) => false,
        }
    }
}

fn only_reads(command: &Cmd) -> bool {
    const READING: [&[u8]; 10] = [
        b"EXISTS",
        b"GET",
        b"HGET",
        b"HGETALL",
        b"HMGET",
        b"INFO",
        b"SMEMBERS",
        b"ZCARD",
        b"ZRANGE",
        b"ZSCORE",
    ];
    matches!(command.args_iter().next(), Some(Arg::Simple(name)) if READING.contains(&name))
}

impl From<RedisError> for CatalogueError {
    fn from(error: RedisError) -> Self {
        let text = format!("Redis: {error}");
        let refusal = match error.code() {
            // Of its memory, or of the disk it writes to.
            Some("OOM") => return Self::NoSpace(text),
            Some("MISCONF") if text.contains("No space left") => return Self::NoSpace(text),
            Some("MISCONF") => "Redis cannot write to its disk (MISCONF)",
            Some("READONLY") => "Redis is a replica that takes no changes (READONLY)",
            Some("NOAUTH") => "Redis wants a password (NOAUTH)",
            Some("NOPERM") => "Redis does not let this user do that (NOPERM)",
            Some("LOADING") => "Redis is still loading what it keeps (LOADING)",
            Some("WRONGPASS") => "Redis wants another password (WRONGPASS)",
            _ => return Self::Unavailable(text),
        };
        Self::Refusing(refusal.to_owned())
    }
}
