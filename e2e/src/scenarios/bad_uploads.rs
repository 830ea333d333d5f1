//! Files that are broken, disguised or too much: each gets its own status and code through both
//! Envoys, none is listed, memory stays bounded.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use image::ImageFormat;

use crate::images;
use crate::mesh::{Kind, Mesh};
use crate::process;
use crate::raw;
use crate::scenario::Scenario;

const MEGABYTE: u64 = 1_000_000;

pub fn scenarios() -> Vec<Scenario> {
    let kind = Kind::TwoWorkersSqlite;
    vec![
        Scenario::new(
            "bad_uploads::each_gets_its_own_code",
            kind,
            |mesh| async move { own_codes(&mesh).await },
        ),
        Scenario::new(
            "bad_uploads::one_gigabyte_in_chunks",
            kind,
            |mesh| async move { gigabyte(&mesh).await },
        ),
        Scenario::new(
            "bad_uploads::good_and_bad_in_one_form",
            kind,
            |mesh| async move { mixed(&mesh).await },
        ),
    ]
}

async fn own_codes(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("clumsy").await?;
    let application = process::listening_on(mesh.started().ports.app)?;
    let good = images::encode(&images::quadrants(400, 300), ImageFormat::Png)?;
    let jpeg = images::encode(&images::noise(400, 300), ImageFormat::Jpeg)?;
    let cut = |file: &[u8]| file[..file.len() / 2].to_vec();
    let mut damaged = good.clone();
    if let Some(byte) = damaged.get_mut(good.len() / 2) {
        *byte ^= 0xff;
    }
    application.forget_peak()?;
    let before = application.peak_memory()?;
    for (name, bytes, status, code) in [
        ("truncated.png", cut(&good), 422, "broken_image"),
        ("truncated.jpg", cut(&jpeg), 422, "broken_image"),
        ("damaged.png", damaged, 422, "broken_image"),
        (
            "text.jpg",
            b"I am a text, whatever my name says.".repeat(40),
            415,
            "unsupported_type",
        ),
        (
            "page.png",
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            415,
            "unsupported_type",
        ),
        (
            "drawing.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            415,
            "unsupported_type",
        ),
        (
            "bitmap.bmp",
            [b"BM".as_slice(), &[0; 200]].concat(),
            415,
            "unsupported_type",
        ),
        (
            "huge.png",
            images::png_announcing(50_000, 50_000),
            422,
            "too_many_pixels",
        ),
        (
            "wide.png",
            images::png_announcing(20_000, 1),
            422,
            "side_too_long",
        ),
        (
            "endless.png",
            images::png_announcing(u32::MAX, u32::MAX),
            422,
            "",
        ),
        (
            "nothing.png",
            images::png_announcing(0, 0),
            422,
            "broken_image",
        ),
        ("empty.png", Vec::new(), 415, "unsupported_type"),
    ] {
        let answer = person.client.upload(&person.name, &[(name, bytes)]).await?;
        let answer = answer.expect(status).context(name)?;
        let problem = answer.json()?;
        ensure!(
            problem["code"].is_string() && (code.is_empty() || problem["code"] == code),
            "{name}: expected code {code}: {answer}"
        );
        answer.header("x-imagehub-filter").context(name)?;
    }
    let grown = application.peak_memory()?.saturating_sub(before);
    ensure!(
        grown < 500 * MEGABYTE,
        "the application took {} MB more than before",
        grown / MEGABYTE
    );
    let listed = person.listing().await?;
    ensure!(listed.is_empty(), "listed: {listed:#?}");
    // The control: the same picture, whole, is taken.
    person.keep("whole.png", good).await?;
    Ok(())
}

async fn gigabyte(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("endless").await?;
    let application = process::listening_on(mesh.started().ports.app)?;
    application.forget_peak()?;
    // The allocator may still hold what earlier decodes took.
    let before = application.peak_memory()?;
    let start = images::encode(&images::noise(64, 64), ImageFormat::Png)?;
    let opening =
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"endless.png\"\r\n\r\n";
    let head = format!(
        "POST /t/{}/images HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         accept: application/json\r\ncontent-type: multipart/form-data; boundary=edge\r\n\
         transfer-encoding: chunked\r\n\r\n",
        person.name,
        mesh.edge(),
        person.client.token()
    );
    let piece = raw::chunk(&vec![0x5a; 64 * 1024]);
    let pieces = 1_000_000_000 / piece.len();
    let body = [raw::chunk(opening.as_bytes()), raw::chunk(&start)]
        .into_iter()
        .chain(std::iter::repeat_n(piece, pieces));
    let early = raw::upload(mesh.edge(), &head, body).await?;
    early
        .answer
        .expect_problem("1 GB in chunks", 413, "too_large")?;
    ensure!(
        early.sent < 500 * MEGABYTE,
        "answered only after {} MB",
        early.sent / MEGABYTE
    );
    let grown = application.peak_memory()?.saturating_sub(before);
    ensure!(
        grown < 100 * MEGABYTE,
        "the application took {} MB more than before",
        grown / MEGABYTE
    );
    let listed = person.listing().await?;
    ensure!(listed.is_empty(), "listed: {listed:#?}");
    mesh.assert_filter_alive().await
}

async fn mixed(mesh: &Mesh) -> Result<()> {
    let person = mesh.client().sign_up("mixed").await?;
    let good = images::small_png()?;
    let files = [
        ("text.jpg", b"not a picture at all, only words".repeat(10)),
        ("good.png", good.clone()),
        ("cut.png", good[..good.len() / 2].to_vec()),
    ];
    let answer = person
        .client
        .upload(&person.name, &files)
        .await?
        .expect(201)?;
    let body = answer.json()?;
    let count = |member: &str| body[member].as_array().map_or(0, Vec::len);
    ensure!(count("images") == 1 && count("errors") == 2, "{answer}");
    for (error, (name, code)) in body["errors"].as_array().into_iter().flatten().zip([
        ("text.jpg", "unsupported_type"),
        ("cut.png", "broken_image"),
    ]) {
        ensure!(
            error["filename"] == name && error["code"] == code && error["title"].is_string(),
            "{name} should have {code}: {answer}"
        );
    }
    let again = person
        .client
        .upload(&person.name, &[("other-name.png", good)])
        .await?;
    let again = again.expect(201)?.json()?;
    ensure!(
        again["images"][0]["duplicate"] == true
            && again["images"][0]["id"] == body["images"][0]["id"],
        "the same bytes again: {again}"
    );
    let listed = person.listing().await?;
    ensure!(listed.len() == 1, "listed: {listed:#?}");
    Ok(())
}

/// An endless body of zeros, in pieces.
pub fn zeros(bytes: usize) -> impl Iterator<Item = Bytes> + Send {
    const PIECE: usize = 64 * 1024;
    std::iter::repeat_n(Bytes::from_static(&[0; PIECE]), bytes / PIECE)
}
