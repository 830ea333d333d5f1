//! Reading on after an early answer.
//!
//! An upload that is refused before it was read would otherwise meet a closed socket, and the
//! proxies in front would report that (502, 503) in place of the answer. So the answer goes out
//! at once, and the rest of the request is read and dropped, within bounds, before the response
//! counts as complete.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, header};
use actix_web::middleware::Next;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Sleep, sleep, timeout};

/// How much of a refused request is read and dropped.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How long that may take.
const LONGEST: Duration = Duration::from_secs(30);
/// A rest this small is read before the answer, so that the connection can be kept.
const SMALL: u64 = 64 * 1024;

/// The middleware, outermost but for logging.
pub async fn drain_body(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return next.call(request).await;
    }
    let small = declared_length(&request).is_some_and(|length| length <= SMALL);
    let rest = SharedPayload::new(payload);
    request.set_payload(Payload::Stream {
        payload: Box::pin(rest.clone()),
    });

    let mut response = next.call(request).await?;
    if small && !rest.ended() {
        let mut rest = rest.clone();
        // A client that stalls here only loses its connection.
        let _ = timeout(Duration::from_secs(1), async {
            while rest.next().await.is_some() {}
        })
        .await;
    }
    if rest.ended() {
        return Ok(response);
    }
    response
        .response_mut()
        .head_mut()
        .set_connection_type(ConnectionType::Close);
    Ok(response.map_body(|_, answer| BoxBody::new(Lingering::new(answer, rest))))
}

fn declared_length(request: &ServiceRequest) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// A request's body, readable by the handler and, after it, by the middleware.
#[derive(Clone)]
struct SharedPayload(Rc<RefCell<PayloadState>>);

struct PayloadState {
    payload: Payload,
    ended: bool,
}

impl SharedPayload {
    fn new(payload: Payload) -> Self {
        Self(Rc::new(RefCell::new(PayloadState {
            payload,
            ended: false,
        })))
    }

    fn ended(&self) -> bool {
        self.0.borrow().ended
    }
}

impl Stream for SharedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.borrow_mut();
        if state.ended {
            return Poll::Ready(None);
        }
        let polled = state.payload.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            state.ended = true;
        }
        polled
    }
}

/// The answer's body, which ends only when the request has been read, or enough of it.
struct Lingering {
    answer: BoxBody,
    answered: bool,
    rest: SharedPayload,
    dropped: u64,
    deadline: Pin<Box<Sleep>>,
}

impl Lingering {
    fn new(answer: BoxBody, rest: SharedPayload) -> Self {
        Self {
            answer,
            answered: false,
            rest,
            dropped: 0,
            deadline: Box::pin(sleep(LONGEST)),
        }
    }
}

impl MessageBody for Lingering {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if !self.answered {
            match Pin::new(&mut self.answer).poll_next(context) {
                Poll::Ready(None) => self.answered = true,
                polled => return polled,
            }
        }
        loop {
            if self.dropped >= MAX_BYTES || self.deadline.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            match Pin::new(&mut self.rest).poll_next(context) {
                Poll::Ready(Some(Ok(chunk))) => self.dropped += chunk.len() as u64,
                Poll::Ready(_) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
