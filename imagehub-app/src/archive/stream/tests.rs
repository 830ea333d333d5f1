//! Archives read back by other programs.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use time::OffsetDateTime;

use super::*;

/// Bytes in a piece of a file.
const PIECE: usize = 1024 * 1024;

/// A file of zeros, which counts the pieces that are read of it.
fn zeros(name: String, size: u64, read: Arc<AtomicU64>) -> File {
    let zeros = Bytes::from(vec![0; PIECE]);
    let bytes = stream::iter((0..size).step_by(PIECE)).map(move |place| {
        read.fetch_add(1, Ordering::Relaxed);
        let length = (size - place).min(PIECE as u64) as usize;
        Ok(zeros.slice(..length))
    });
    File {
        name,
        made_at: OffsetDateTime::UNIX_EPOCH,
        size,
        crc32: crc32(size),
        bytes: bytes.boxed(),
    }
}

fn crc32(zeros: u64) -> u32 {
    let mut crc32 = crc32fast::Hasher::new();
    for place in (0..zeros).step_by(PIECE) {
        crc32.update(&vec![0; (zeros - place).min(PIECE as u64) as usize]);
    }
    crc32.finalize()
}

/// Writes the archive to a file, zeros as holes.
async fn write(path: &Path, files: impl Stream<Item = Result<File, io::Error>> + Unpin) {
    let mut out = fs::File::create(path).unwrap();
    let mut pieces = std::pin::pin!(Archive::of(files).into_stream());
    let mut length = 0;
    while let Some(piece) = pieces.try_next().await.unwrap() {
        length += piece.len() as u64;
        // What is as long as a file's piece is one.
        if piece.len() == PIECE {
            out.seek(SeekFrom::Start(length)).unwrap();
        } else {
            out.write_all(&piece).unwrap();
        }
    }
    out.set_len(length).unwrap();
}

/// How many files another program finds in the archive, and the size of the last of them, which it
/// reads; without Python, what our own library finds.
fn read_back(path: &Path) -> (u64, u64) {
    const SCRIPT: &str = "import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
files = archive.infolist()
print(len(files), len(archive.read(files[-1])))";
    let mut python = Command::new("python3");
    let Ok(answer) = python.arg("-c").arg(SCRIPT).arg(path).output() else {
        let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        let last = archive.len() - 1;
        let size = io::copy(&mut archive.by_index(last).unwrap(), &mut io::sink()).unwrap();
        return (archive.len() as u64, size);
    };
    let found = String::from_utf8(answer.stdout).unwrap();
    let (files, last) = found.trim().split_once(' ').unwrap();
    (files.parse().unwrap(), last.parse().unwrap())
}

#[tokio::test]
async fn more_files_than_a_small_archive_may_have_are_found_by_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.zip");
    let file = |n| Ok(zeros(format!("{n}.png"), 3, Arc::default()));
    write(&path, stream::iter(0..66_000).map(file)).await;
    assert_eq!(read_back(&path), (66_000, 3));
}

#[tokio::test]
async fn what_lies_beyond_four_gigabytes_is_found_by_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    let sizes = [(1_u64 << 32) + 5, 7];
    let file = |size: u64| Ok(zeros(format!("{size}.png"), size, Arc::default()));
    write(&path, stream::iter(sizes).map(file)).await;
    assert_eq!(read_back(&path), (2, 7));
}

/// As Java's and macOS' readers do: what stands behind a stored file's bytes is of no use to them.
#[tokio::test]
async fn a_reader_that_cannot_seek_finds_size_and_checksum_before_the_bytes() {
    let sizes = [3, 0, PIECE as u64 + 1];
    let file = |size: u64| Ok(zeros(format!("ä{size}.png"), size, Arc::default()));
    let pieces: Vec<Bytes> = Archive::of(stream::iter(sizes).map(file))
        .into_stream()
        .try_collect()
        .await
        .unwrap();
    let archive = pieces.concat();
    let mut reader = &archive[..];
    for size in sizes {
        let mut file = zip::read::read_zipfile_from_stream(&mut reader)
            .unwrap()
            .unwrap();
        assert_eq!((file.size(), file.crc32()), (size, crc32(size)));
        assert_eq!(file.name().unwrap(), format!("ä{size}.png"));
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, size);
    }
    let end = zip::read::read_zipfile_from_stream(&mut reader).unwrap();
    assert!(end.is_none());
}

#[tokio::test]
async fn who_leaves_midway_ends_the_reading() {
    let read = Arc::new(AtomicU64::new(0));
    let opened = Arc::clone(&read);
    let file = move |n| Ok(zeros(format!("{n}"), 100 << 20, Arc::clone(&opened)));
    let archive = Archive::of(stream::iter(0..10).map(file)).into_stream();
    let mut taken = Box::pin(archive.take(4));
    while taken.try_next().await.unwrap().is_some() {}
    assert!(Arc::strong_count(&read) > 1);
    drop(taken);
    assert_eq!(Arc::strong_count(&read), 1);
    assert!(read.load(Ordering::Relaxed) <= 4);
}

#[tokio::test]
async fn a_file_of_another_size_or_checksum_than_recorded_breaks_the_archive_off() {
    for (wrong, crc32) in [(9, crc32(10)), (11, crc32(10)), (10, 1)] {
        let file = File {
            size: wrong,
            crc32,
            ..zeros("x".to_owned(), 10, Arc::default())
        };
        let archive = Archive::of(stream::iter([Ok(file)])).into_stream();
        let pieces: Result<Vec<Bytes>, _> = archive.try_collect().await;
        assert!(pieces.is_err(), "{wrong}");
    }
}
