//! Pages that list pictures, sent smaller to who takes gzip.
//!
//! Only those: the length of a compressed page tells whether something in it repeats. Who can have
//! somebody's browser load a page over and over with other words in its address, and can measure the
//! answers on the wire, would read a secret out of the same page letter by letter (BREACH). A gallery
//! shows the words of its address, and no secret. Pages with share links, invite links or a token
//! are small, and are sent as they are.

use std::io::Write as _;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::http::header::{self, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::web::layout::assets::takes_gzip;

/// The page, compressed if the browser takes it so.
pub fn compressed(request: &HttpRequest, mut page: HttpResponse) -> HttpResponse {
    let vary = HeaderValue::from_static("accept-encoding");
    page.headers_mut().append(header::VARY, vary);
    if !takes_gzip(request) {
        return page;
    }
    let (mut head, body) = page.into_parts();
    match body.try_into_bytes() {
        Ok(html) => match gzip(&html) {
            Ok(small) => {
                let coding = HeaderValue::from_static("gzip");
                head.headers_mut().insert(header::CONTENT_ENCODING, coding);
                head.set_body(BoxBody::new(small))
            }
            Err(_) => head.set_body(BoxBody::new(html)),
        },
        Err(body) => head.set_body(body),
    }
}

/// Fast rather than small: a page is made for one visitor, once.
fn gzip(html: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(html)?;
    encoder.finish()
}
