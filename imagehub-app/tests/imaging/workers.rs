//! Decoders that misbehave cost the upload they misbehave on, and nothing else.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, Rgba, RgbaImage};
use imagehub_app::blobs::ORIGINAL;
use imagehub_app::domain::Digest;
use imagehub_app::imaging::{Decoder, ImageError, ImageLimits, Imaging};
use sha2::{Digest as _, Sha256};

use crate::Desk;
use crate::corpus::{encoded, picture, png_chunk};

/// A decoder that does this to images whose bytes are `bad` in number, and its work on others.
fn decoder(desk: &Desk, bad: &[u8], misbehaviour: &str) -> Decoder {
    let script = format!(
        "#!/bin/sh\ncase \"$3\" in\n*'\"bytes\":{},'*) echo $$ > '{}'; {misbehaviour} ;;\nesac\nexec '{}' \"$@\"\n",
        bad.len(),
        pid_file(desk).display(),
        env!("CARGO_BIN_EXE_imagehub-app"),
    );
    let path = desk.folder.path().join("decoder");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    Decoder::at(path)
}

fn pid_file(desk: &Desk) -> PathBuf {
    desk.folder.path().join("pid")
}

/// Whether the process that misbehaved is still there.
fn is_running(desk: &Desk) -> bool {
    let pid = std::fs::read_to_string(pid_file(desk)).unwrap();
    let stat = Path::new("/proc").join(pid.trim()).join("stat");
    // A process that has ended is "Z" until it is waited for.
    std::fs::read_to_string(stat).is_ok_and(|stat| !stat.contains(") Z "))
}

fn limits() -> ImageLimits {
    ImageLimits {
        decode_time: Duration::from_secs(30),
        ..ImageLimits::default()
    }
}

/// What becomes of an image whose decoder misbehaves, while others come and go.
async fn outcome(misbehaviour: &str, limits: ImageLimits) -> ImageError {
    let bad = RgbaImage::from_pixel(3200, 2400, Rgba([9, 99, 199, 255]));
    let bad = encoded(&bad.into(), ImageFormat::Png);
    let good = encoded(&picture(60, 40), ImageFormat::Png);
    let desk = Desk::new().await;
    let imaging = Imaging::new(limits, decoder(&desk, &bad, misbehaviour), 2, 512);
    let (first, refused, second) = tokio::join!(
        imaging.ingest(desk.stage(&good).await, false),
        imaging.ingest(desk.stage(&bad).await, false),
        imaging.ingest(desk.stage(&good).await, false),
    );
    let third = imaging.ingest(desk.stage(&good).await, false).await;
    for taken in [first, second, third] {
        assert_eq!(taken.unwrap().width, 60);
    }
    assert!(!is_running(&desk));
    assert_eq!(desk.waiting(), 0);
    refused.unwrap_err()
}

#[tokio::test]
async fn a_worker_may_take_what_its_image_needs_whatever_a_file_unpacks_to() {
    // One pixel, and a colour profile of 300 MB.
    let pixel = encoded(&picture(1, 1), ImageFormat::Png);
    let mut profile = ZlibEncoder::new(b"p\0\0".to_vec(), Compression::best());
    for _ in 0..300 {
        profile.write_all(&[0; 1_000_000]).unwrap();
    }
    let profile = png_chunk(b"iCCP", &profile.finish().unwrap());
    let bomb = [&pixel[..33], &profile, &pixel[33..]].concat();
    assert!(bomb.len() < 400_000);

    let desk = Desk::new().await;
    let told = desk.folder.path().join("told");
    let tell = format!("echo \"$3\" > '{}'", told.display());
    let imaging = Imaging::new(limits(), decoder(&desk, &bomb, &tell), 1, 512);
    let staged = desk.stage(&bomb).await;
    let refused = imaging.ingest(staged, false).await;
    assert!(matches!(refused, Err(ImageError::DecodeLimit)));
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap();
    let most = told["decode_memory"].as_u64().unwrap();
    assert!(most < 66 * 1024 * 1024, "{most}");
}

#[tokio::test]
async fn a_decoder_that_hangs_is_ended_and_its_image_refused() {
    let mut limits = limits();
    limits.decode_time = Duration::from_secs(2);
    let refused = outcome("while :; do :; done", limits).await;
    assert!(matches!(refused, ImageError::DecodeLimit));
}

#[tokio::test]
async fn a_decoder_that_aborts_makes_its_image_a_broken_one() {
    for end in [
        "kill -ABRT $$",
        "kill -SEGV $$",
        "exit 1",
        "echo nonsense; exit 0",
    ] {
        let refused = outcome(end, limits()).await;
        assert!(matches!(refused, ImageError::Broken(_)), "{end}");
    }
}

#[tokio::test]
async fn a_decoder_that_runs_out_of_memory_or_of_processor_time_refuses_its_image() {
    // Too little for the image, enough for the program; and the limits' own signals.
    for end in ["ulimit -v 60000", "kill -XCPU $$", "kill -KILL $$"] {
        let refused = outcome(end, limits()).await;
        assert!(
            matches!(refused, ImageError::DecodeLimit),
            "{end}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_decoder_that_never_stops_talking_is_not_listened_to_for_ever() {
    let refused = outcome(
        "while :; do echo yes; done",
        ImageLimits {
            decode_time: Duration::from_secs(2),
            ..limits()
        },
    );
    assert!(matches!(refused.await, ImageError::DecodeLimit));
}

#[tokio::test]
async fn an_upload_given_up_takes_its_worker_and_its_files_with_it() {
    let bad = encoded(&picture(70, 50), ImageFormat::Png);
    let desk = Desk::new().await;
    let decoder = decoder(&desk, &bad, "while :; do :; done");
    let imaging = Imaging::new(limits(), decoder, 1, 512);
    let upload = imaging.ingest(desk.stage(&bad).await, false);
    let mut glances = tokio::time::interval(Duration::from_millis(10));
    tokio::select! {
        _ = upload => panic!("it hangs"),
        () = async {
            while !std::fs::read_to_string(pid_file(&desk)).is_ok_and(|pid| pid.ends_with('\n')) {
                glances.tick().await;
            }
        } => {}
    }
    assert_eq!(desk.waiting(), 0);
    while is_running(&desk) {
        glances.tick().await;
    }
}

#[tokio::test]
async fn a_decoder_that_cannot_be_started_is_not_the_images_fault() {
    let desk = Desk::new().await;
    let imaging = Imaging::new(limits(), Decoder::at("/nowhere/at/all"), 1, 512);
    let image = encoded(&picture(70, 50), ImageFormat::Png);
    let refused = imaging.ingest(desk.stage(&image).await, false).await;
    assert!(matches!(refused, Err(ImageError::Unavailable(_))));
    assert_eq!(desk.waiting(), 0);
}

#[tokio::test]
async fn many_at_once_wait_for_each_other_and_all_come_out() {
    let desk = Desk::new().await;
    let imaging = Imaging::new(ImageLimits::default(), crate::decoder(), 1, 0);
    let image = encoded(&picture(800, 600), ImageFormat::Jpeg);
    let uploads = (0..12).map(async |_| imaging.ingest(desk.stage(&image).await, false).await);
    for taken in futures_util::future::join_all(uploads).await {
        assert_eq!(taken.unwrap().width, 800);
    }
    assert_eq!(desk.waiting(), 0);
}

#[tokio::test]
async fn what_a_decoder_wrote_is_hashed_by_who_records_it() {
    const WRITTEN: &str = "not what was sent";
    // A file that is served otherwise than it came.
    let bad = encoded(&picture(61, 40), ImageFormat::Jpeg);
    let bad = &bad[..bad.len() - 2];
    let desk = Desk::new().await;
    let lie = format!(
        "'{}' \"$@\"; printf '{WRITTEN}' > \"$2/{ORIGINAL}\"; exit",
        env!("CARGO_BIN_EXE_imagehub-app")
    );
    let imaging = Imaging::new(limits(), decoder(&desk, bad, &lie), 2, 512);
    let taken = imaging.ingest(desk.stage(bad).await, false).await.unwrap();
    let original = taken.picture.original();
    assert_eq!(original.bytes, WRITTEN.len() as u64);
    assert_eq!(original.digest, Digest::new(Sha256::digest(WRITTEN).into()));
}
