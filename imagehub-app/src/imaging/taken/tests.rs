use super::exif_file::Value::{Fraction, Long, Short, Text};
use super::exif_file::{Value, exif, of_a_photograph};
use super::*;

/// What Exif with this one field of a camera says.
fn of_camera(tag: u16, value: Value<'_>) -> (Option<String>, Camera) {
    let (time, camera) = read(&exif(false, &[], &[(tag, value)])).unwrap();
    (
        time.map(|time| time.to_string()),
        camera.unwrap_or_default(),
    )
}

#[test]
fn an_exposure_is_written_as_photographers_write_it() {
    for (above, below, written) in [
        (1, 250, Some("1/250")),
        (10, 2_500, Some("1/250")),
        (1, 8_000, Some("1/8000")),
        (1, 4, Some("1/4")),
        (3, 10, Some("0.3")),
        (1, 1, Some("1")),
        (25, 10, Some("2.5")),
        (30, 1, Some("30")),
        (0, 1, None),
        (1, 0, None),
        (0, 0, None),
        (1, u32::MAX, None),
        (u32::MAX, 1, None),
    ] {
        let (_, camera) = of_camera(EXPOSURE_TIME, Fraction(above, below));
        assert_eq!(camera.exposure.as_deref(), written, "{above}/{below}");
    }
}

#[test]
fn numbers_that_no_camera_has_are_none() {
    for value in [Fraction(0, 1), Fraction(1, 0), Fraction(1, 100), Short(8)] {
        assert_eq!(of_camera(F_NUMBER, value).1, Camera::default());
    }
    let (_, camera) = of_camera(FOCAL_LENGTH, Fraction(4_251, 1_000));
    assert_eq!(camera.focal_length, Some(4.3));
    assert_eq!(of_camera(ISO, Short(0)).1, Camera::default());
    assert_eq!(of_camera(ISO, Text("400")).1, Camera::default());
    assert_eq!(of_camera(ISO, Long(102_400)).1.iso, Some(102_400));
}

#[test]
fn a_date_is_read_to_the_letter_or_not_at_all() {
    let read = |text| of_camera(DATE_TIME_ORIGINAL, Text(text)).0;
    assert_eq!(
        read("2026:05:01 14:03:22").as_deref(),
        Some("2026-05-01T14:03:22")
    );
    for text in [
        "",
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2026:02:30 14:03:22",
        "2026:05:01 14:03:60",
        "2026-05-01 14:03:22",
        "2026:05:01T14:03:22",
        "2026:05:01 14:03",
        "2026:05:01 14:03:22+02:00",
        "1066:10:14 09:00:00",
        "9999:05:01 14:03:22",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
}

#[test]
fn a_name_is_short_and_has_no_control_characters() {
    let name = |text: &str| {
        let (_, camera) = read(&exif(true, &[(MAKE, Text(text))], &[])).unwrap();
        camera.and_then(|camera| camera.make)
    };
    assert_eq!(name("  Canon\r\n ").as_deref(), Some("Canon"));
    assert_eq!(name("\u{1b}[31mX\u{85}").as_deref(), Some("[31mX"));
    assert_eq!(name("one\0two").as_deref(), Some("one"));
    assert_eq!(name(&"é".repeat(5_000)).unwrap().chars().count(), MAX_NAME);
    assert_eq!(name(" \t\0"), None);
    let mut garbled = exif(true, &[(MAKE, Text("Canon"))], &[]);
    let at = garbled
        .windows(5)
        .position(|five| five == b"Canon")
        .unwrap();
    garbled[at] = 0xff;
    let camera = read(&garbled).unwrap().1.unwrap();
    assert_eq!(camera.make.as_deref(), Some("anon"));
}

/// Whatever comes of hostile Exif has bounds.
fn check(exif: &[u8]) {
    let Some((_, Some(camera))) = read(exif) else {
        return;
    };
    for name in [&camera.make, &camera.model, &camera.lens] {
        let name = name.as_deref().unwrap_or_default();
        assert!(name.chars().count() <= MAX_NAME);
        assert!(!name.contains(char::is_control));
    }
    assert!(camera.exposure.unwrap_or_default().len() <= 9);
}

#[test]
fn exif_that_is_cut_short_or_garbled_anywhere_does_no_harm() {
    for big_endian in [true, false] {
        let whole = of_a_photograph(big_endian);
        for end in 0..whole.len() {
            check(&whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 2, 4, 5, 8, 0x7f, 0x80, 0xff] {
                let mut garbled = whole.clone();
                garbled[at] = byte;
                check(&garbled);
                garbled[at..(at + 4).min(whole.len())].fill(byte);
                check(&garbled);
            }
        }
    }
}

#[test]
fn directories_that_lead_in_circles_or_claim_all_there_is_cost_nothing() {
    // A directory that is its own camera's, with as many entries as can be counted.
    let pointer = [0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8];
    let mut circle = b"MM\0\x2a\0\0\0\x08\xff\xff".to_vec();
    circle.extend(pointer.repeat(65_535));
    assert_eq!(read(&circle), Some((None, None)));
    // A name of as many bytes as the file has, or of more than there are.
    let mut long = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x0f\0\x02\0\xff\xff\xff\0\0\0\x1a".to_vec();
    assert_eq!(read(&long), Some((None, None)));
    long.resize(0x0100_0026, b'\x1f');
    assert_eq!(read(&long), Some((None, None)));
    for nothing in [
        &b""[..],
        b"MM\0\x2a",
        b"MM\0\x2a\xff\xff\xff\xff",
        b"XX\0\x2a\0\0\0\x08\0\0",
    ] {
        assert_eq!(read(nothing), None);
    }
}
