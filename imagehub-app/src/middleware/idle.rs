//! A transfer may take as long as it does while it moves. One that stands still is ended: behind a
//! sidecar by Envoy, and here, for who comes without one.

use std::any::Any;
use std::io::ErrorKind;
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use socket2::SockRef;
use tokio::time::timeout;

/// Has the system close a connection whose other side takes nothing for so long of what is on its
/// way to it. While it takes something now and then, it does not count.
pub fn end_for_silent_readers(
    limit: Duration,
) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
    move |connection, _| {
        if let Some(stream) = connection.downcast_ref::<TcpStream>()
            && let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(limit))
        {
            tracing::debug!(%error, "a connection is kept however long nothing is read from it");
        }
    }
}

/// A body that fails when nothing of it comes for so long.
pub fn end_for_silent_senders<Body>(
    body: Body,
    limit: Duration,
) -> impl Stream<Item = Result<Bytes, PayloadError>>
where
    Body: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match timeout(limit, body.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(body))),
            Err(_) => Some((Err(PayloadError::Io(ErrorKind::TimedOut.into())), None)),
        }
    })
    // Who reads a form asks on after its end.
    .fuse()
}
