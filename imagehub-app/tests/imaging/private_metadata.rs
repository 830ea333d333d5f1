//! Files of every format that tell of a person, in every place where one can.

use flate2::Compression;
use image::ImageFormat;
use moxcms::ColorProfile;

use crate::corpus::{animated_gif, animated_webp, chunk, encoded, jpeg_with, picture, png_chunk};

/// Stands for whatever nobody is to learn: a place, a serial number, a name.
pub const SECRET: &[u8] = b"N 52 31 12.0288 E 13 24 17.8344 serial 0421337 Ada";

/// Adobe's segment: version, flags, and that the colours are as they are.
pub const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0\0";

/// Files of every format that say what they should not, in every place there is for it.
pub fn telling() -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = encoded(&picture(90, 60), ImageFormat::Jpeg);
    let png = encoded(&picture(90, 60), ImageFormat::Png);
    let gif = animated_gif(3);
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat();
    let preview = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x11", SECRET, b"."].concat();
    let mut files = vec![
        (
            "Exif",
            with_segment(&jpeg, 0xe1, &[b"Exif\0\0", &exif(1)[..]].concat()),
        ),
        ("XMP", with_segment(&jpeg, 0xe1, &xmp)),
        ("a second Exif", {
            let turned = jpeg_with(&picture(90, 60), 6, None);
            let end = b"\xff\xdb";
            let at = turned.windows(2).position(|two| two == end).unwrap();
            let exif = [b"Exif\0\0", &exif(3)[..]].concat();
            [&turned[..at], &segment(0xe1, &exif), &turned[at..]].concat()
        }),
        (
            "Photoshop",
            with_segment(&jpeg, 0xed, &[b"Photoshop 3.0\0", SECRET].concat()),
        ),
        (
            "previews",
            with_segment(&jpeg, 0xe2, &[b"MPF\0", SECRET].concat()),
        ),
        ("a JFIF preview", with_segment(&jpeg, 0xe0, &preview)),
        ("an application's own", with_segment(&jpeg, 0xeb, SECRET)),
        ("a comment", with_segment(&jpeg, 0xfe, SECRET)),
        (
            "behind Adobe's word on the colours",
            with_segment(&jpeg, 0xee, &[ADOBE, SECRET].concat()),
        ),
        (
            "a JPEG's profile",
            jpeg_with(&picture(90, 60), 1, Some(&device_profile())),
        ),
        (
            "a PNG's profile",
            with_chunk(&png, b"iCCP", &packed(&device_profile())),
        ),
        (
            "a WebP's profile",
            with_riff_chunk(&extended_webp(0x20), b"ICCP", &device_profile()),
        ),
        ("junk between", [&jpeg[..20], SECRET, &jpeg[20..]].concat()),
        (
            "a second image behind",
            [&jpeg[..], b"trailing", SECRET, &jpeg].concat(),
        ),
        ("behind a PNG", [&png[..], b"trailing", SECRET].concat()),
        ("behind a GIF", [&gif[..], b"trailing", SECRET].concat()),
        (
            "behind a WebP",
            [&extended_webp(0)[..], b"trailing", SECRET].concat(),
        ),
        ("a GIF's comment", with_block(&gif, &gif_comment())),
        ("a GIF's XMP", {
            let mut block = b"\x21\xff\x0bXMP DataXMP".to_vec();
            block.extend(SECRET);
            // The magic trailer: wherever one jumps into it, one comes out at its end.
            block.push(1);
            block.extend((0..=255).rev());
            block.push(0);
            with_block(&gif, &block)
        }),
        (
            "WebP Exif",
            with_riff_chunk(&extended_webp(0x08), b"EXIF", &exif(1)),
        ),
        (
            "WebP XMP",
            with_riff_chunk(&extended_webp(0x04), b"XMP ", SECRET),
        ),
        (
            "a WebP's unknown",
            with_riff_chunk(&extended_webp(0), b"abcd", SECRET),
        ),
        ("a GIF's text", {
            let mut block = b"\x21\xf9\x04\0\0\0\0\0\x21\x01\x0c".to_vec();
            block.extend([0; 12]);
            block.push(u8::try_from(SECRET.len()).unwrap());
            block.extend([SECRET, &[0]].concat());
            with_block(&gif, &block)
        }),
        ("behind a GIF's repetitions", {
            let mut block = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\0".to_vec();
            block.push(u8::try_from(SECRET.len()).unwrap());
            block.extend([SECRET, &[0]].concat());
            with_block(&gif, &block)
        }),
        ("within a WebP's frame", {
            let one = animated_webp(1);
            // RIFF's head, VP8X and ANIM; then the frame's own.
            let (before, frame) = one.split_at(44);
            let content = [&frame[8..], &chunk(b"abcd", SECRET)].concat();
            chunk(b"RIFF", &[&before[8..], &chunk(b"ANMF", &content)].concat())
        }),
        (
            "an animated WebP's",
            with_riff_chunk(&animated_webp(2), b"XMP ", SECRET),
        ),
    ];
    for name in [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"prIv"] {
        files.push(("a PNG's chunk", with_chunk(&png, name, SECRET)));
    }
    files.push(("PNG Exif", with_chunk(&png, b"eXIf", &exif(1))));
    files
}

/// Where a profile's tags are listed.
pub const TAG_AT: usize = 132;

/// A colour profile as an operating system makes it for a display: its serial number is in it.
pub fn device_profile() -> Vec<u8> {
    let mut profile = ColorProfile::new_display_p3().encode().unwrap();
    let count = u32::from_be_bytes(profile[128..132].try_into().unwrap());
    // One more tag in the list moves all data.
    for tag in profile[TAG_AT..TAG_AT + 12 * count as usize].chunks_exact_mut(12) {
        let place = u32::from_be_bytes(tag[4..8].try_into().unwrap()) + 12;
        tag[4..8].copy_from_slice(&place.to_be_bytes());
    }
    let place = u32::try_from(profile.len() + 12).unwrap();
    let length = u32::try_from(SECRET.len()).unwrap();
    let tag = [&b"mmod"[..], &place.to_be_bytes(), &length.to_be_bytes()].concat();
    profile.splice(TAG_AT..TAG_AT, tag);
    profile.extend(SECRET);
    profile[128..132].copy_from_slice(&(count + 1).to_be_bytes());
    let size = u32::try_from(profile.len()).unwrap().to_be_bytes();
    profile[..4].copy_from_slice(&size);
    profile
}

/// A colour profile as it stands in a PNG.
pub fn packed(profile: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(b"p\0\0".to_vec(), Compression::none());
    packed.write_all(profile).unwrap();
    packed.finish().unwrap()
}

/// Exif with an orientation, and a GPS directory's worth of what nobody is to learn.
pub fn exif(orientation: u8) -> Vec<u8> {
    #[rustfmt::skip]
    let mut exif = vec![
        b'I', b'I', 42, 0, 8, 0, 0, 0,
        2, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0,
        // Tag 0x10f, the camera's maker: text that stands at 38.
        0x0f, 0x01, 2, 0, 50, 0, 0, 0, 38, 0, 0, 0,
        0, 0, 0, 0,
    ];
    exif.extend(SECRET);
    exif
}

pub fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// A JPEG with one more segment at its beginning.
pub fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segment(marker, content), &jpeg[2..]].concat()
}

/// A PNG with one more chunk after its header.
pub fn with_chunk(png: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&png[..33], &png_chunk(name, content), &png[33..]].concat()
}

/// A GIF with one more block before its trailer.
pub fn with_block(gif: &[u8], block: &[u8]) -> Vec<u8> {
    let (trailer, before) = gif.split_last().unwrap();
    [before, block, &[*trailer]].concat()
}

pub fn gif_comment() -> Vec<u8> {
    let length = u8::try_from(SECRET.len()).unwrap();
    [&[0x21, 0xfe, length], SECRET, &[0]].concat()
}

/// A WebP in the container that has room for more.
pub fn extended_webp(flags: u8) -> Vec<u8> {
    let still = encoded(&picture(90, 60), ImageFormat::WebP);
    let mut content = b"WEBP".to_vec();
    content.extend(chunk(b"VP8X", &[flags | 0x10, 0, 0, 0, 89, 0, 0, 59, 0, 0]));
    content.extend(&still[12..]);
    chunk(b"RIFF", &content)
}

/// A WebP with one more chunk at its end, or a profile where it belongs.
pub fn with_riff_chunk(webp: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let at = if name == b"ICCP" { 30 } else { webp.len() };
    let content = [&webp[8..at], &chunk(name, content), &webp[at..]].concat();
    chunk(b"RIFF", &content)
}
