//! The four sizes: there, upright, sharp enough, never enlarged, in colours every screen shows.

use image::{DynamicImage, ImageFormat, ImageReader, Rgba, RgbaImage};
use imagehub_app::blobs::{Encoding, ThumbnailSize};
use imagehub_app::domain::MediaType;
use imagehub_app::imaging::fitted;
use moxcms::ColorProfile;
use std::io::Cursor;

use crate::corpus::{
    FORMATS, animated_gif, animated_webp, encoded, jpeg_with, picture, red_and_blue,
};
use crate::{Taken, taken};

#[tokio::test]
async fn every_format_gets_four_sizes_of_the_right_shape_in_two_encodings() {
    for format in FORMATS {
        let taken = taken(&encoded(&picture(1600, 800), format)).await;
        assert_eq!(taken.media_type.as_str(), format.to_mime_type());
        assert_eq!((taken.width, taken.height), (1600, 800));
        assert_eq!(taken.thumbnail_type, MediaType::Jpeg);
        let sizes = thumbnails(&taken).map(|image| (image.width(), image.height()));
        let expected = [160, 320, 640, 1280].map(|side| [(side, side / 2); 2]);
        assert_eq!(sizes.collect::<Vec<_>>(), expected.concat());
        for size in ThumbnailSize::ALL {
            let type_of = |encoding| image::guess_format(&taken.thumbnail(size, encoding)).unwrap();
            assert_eq!(type_of(Encoding::Plain), ImageFormat::Jpeg);
            assert_eq!(type_of(Encoding::WebP), ImageFormat::WebP);
        }
    }
}

#[tokio::test]
async fn a_small_image_answers_every_size_and_is_never_enlarged() {
    let taken = taken(&encoded(&picture(200, 10), ImageFormat::Png)).await;
    let sizes = thumbnails(&taken).map(|image| (image.width(), image.height()));
    let expected = [(160, 8), (200, 10), (200, 10), (200, 10)].map(|size| [size; 2]);
    assert_eq!(sizes.collect::<Vec<_>>(), expected.concat());
}

#[tokio::test]
async fn a_photograph_decoded_at_a_fraction_of_its_size_looks_as_one_that_was_not() {
    let original = picture(3000, 2000);
    let of_jpeg = taken(&encoded(&original, ImageFormat::Jpeg)).await;
    let of_png = taken(&encoded(&original, ImageFormat::Png)).await;
    assert_eq!((of_jpeg.width, of_jpeg.height), (3000, 2000));
    for (scaled, whole) in thumbnails(&of_jpeg).zip(thumbnails(&of_png)) {
        let (scaled, whole) = (scaled.to_rgb8(), whole.to_rgb8());
        assert_eq!(scaled.dimensions(), whole.dimensions());
        let differences = scaled
            .iter()
            .zip(whole.iter())
            .map(|(a, b)| u64::from(a.abs_diff(*b)));
        let mean = differences.sum::<u64>() as f64 / whole.len() as f64;
        assert!(mean < 9.0, "{mean} at {}", whole.width());
    }
}

#[test]
fn a_thread_of_an_image_keeps_a_pixel_of_width() {
    assert_eq!(fitted(16_000, 1, ThumbnailSize::S160), (160, 1));
    assert_eq!(fitted(1, 16_000, ThumbnailSize::S160), (1, 160));
    assert_eq!(fitted(1, 1, ThumbnailSize::S1280), (1, 1));
}

#[tokio::test]
async fn a_photograph_taken_sideways_is_shown_upright() {
    // Exif 6: the camera was turned, the left edge is the top; 8: the other way; 3: upside down.
    let picture = red_and_blue(400, 200);
    let (red, blue) = ([255, 0, 0], [0, 0, 255]);
    for (orientation, size, at_start) in [
        (1, (400, 200), red),
        (2, (400, 200), blue),
        (3, (400, 200), blue),
        (6, (200, 400), red),
        (8, (200, 400), blue),
    ] {
        let taken = taken(&jpeg_with(&picture, orientation, None)).await;
        assert_eq!(
            (taken.width, taken.height),
            size,
            "orientation {orientation}"
        );
        for image in thumbnails(&taken) {
            let image = image.to_rgb8();
            let (width, height) = image.dimensions();
            assert_eq!(width < height, size.0 < size.1);
            let start = image.get_pixel(width / 8, height / 8).0;
            let alike = start.iter().zip(at_start).all(|(a, b)| a.abs_diff(b) < 40);
            assert!(alike, "orientation {orientation}: {start:?}");
        }
    }
}

#[tokio::test]
async fn what_shines_through_stays_so_and_brings_no_dark_edges() {
    // Invisible pixels are black; in the thumbnail only white may mix with the transparent.
    let pixel = |x: u32, _| {
        if x < 500 {
            Rgba([255; 4])
        } else {
            Rgba([0; 4])
        }
    };
    let image = DynamicImage::ImageRgba8(RgbaImage::from_fn(1001, 100, pixel));
    let taken = taken(&encoded(&image, ImageFormat::Png)).await;
    assert_eq!(taken.thumbnail_type, MediaType::Png);
    for image in thumbnails(&taken) {
        let image = image.to_rgba8();
        assert!(image.get_pixel(0, 0).0.iter().all(|&part| part > 250));
        assert!(image.get_pixel(image.width() - 1, 0).0[3] < 4);
        for pixel in image.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[..3].iter().all(|&part| part > 200), "{pixel:?}");
        }
    }
}

#[tokio::test]
async fn grey_and_sixteen_bit_images_are_taken() {
    let image = picture(300, 200);
    for image in [
        DynamicImage::from(image.to_luma8()),
        DynamicImage::from(image.to_luma_alpha8()),
        DynamicImage::from(image.to_luma16()),
        DynamicImage::from(image.to_rgb16()),
        DynamicImage::from(image.to_rgba16()),
    ] {
        let taken = taken(&encoded(&image, ImageFormat::Png)).await;
        assert!(thumbnails(&taken).take(2).all(|image| image.width() == 160));
    }
}

#[tokio::test]
async fn an_animation_is_shown_by_its_first_frame() {
    for file in [animated_gif(5), animated_webp(5)] {
        let taken = taken(&file).await;
        assert_eq!((taken.width, taken.height), (4, 4));
    }
    let taken = taken(&animated_gif(5)).await;
    for first in thumbnails(&taken) {
        assert!(first.to_rgb8().pixels().all(|pixel| pixel.0[0] < 20));
    }
}

#[tokio::test]
async fn a_wide_gamut_is_brought_to_the_colours_every_screen_shows() {
    // The same numbers mean a stronger red in Display P3 than in sRGB.
    let pixel = Rgba([200, 60, 60, 255]);
    let image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(400, 200, pixel));
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let wide = taken(&jpeg_with(&image, 1, Some(&profile))).await;
    let usual = taken(&jpeg_with(&image, 1, None)).await;
    for (wide, usual) in thumbnails(&wide).zip(thumbnails(&usual)) {
        let (wide, usual) = (wide.to_rgb8(), usual.to_rgb8());
        let (wide, usual) = (wide.get_pixel(9, 9).0, usual.get_pixel(9, 9).0);
        assert!(
            wide[0] > usual[0] + 8 && wide[1] + 4 < usual[1],
            "{wide:?} {usual:?}"
        );
    }
}

#[tokio::test]
async fn a_profile_that_does_not_fit_the_pixels_leaves_them_as_they_are() {
    let image = picture(400, 200);
    let mut profile = ColorProfile::new_display_p3().encode().unwrap();
    profile[16..20].copy_from_slice(b"CMYK");
    let unfit = taken(&jpeg_with(&image, 1, Some(&profile))).await;
    let damaged = taken(&jpeg_with(&image, 1, Some(&[7; 200]))).await;
    let usual = taken(&jpeg_with(&image, 1, None)).await;
    for size in ThumbnailSize::ALL {
        let of = |taken: &Taken| taken.thumbnail(size, Encoding::Plain);
        assert!(of(&unfit) == of(&usual) && of(&damaged) == of(&usual));
    }
}

#[tokio::test]
async fn a_placeholder_is_a_few_bytes_of_the_right_colour_and_shape() {
    let image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(900, 300, Rgba([20, 90, 200, 255])));
    let taken = taken(&encoded(&image, ImageFormat::Png)).await;
    let hash = taken.placeholder.bytes();
    assert!((5..=32).contains(&hash.len()));
    let (red, green, blue, alpha) = thumbhash::thumb_hash_to_average_rgba(hash).unwrap();
    let near = |part: f32, expected: u8| (part * 255.0 - f32::from(expected)).abs() < 12.0;
    assert!(near(red, 20) && near(green, 90) && near(blue, 200) && near(alpha, 255));
    let shape = thumbhash::thumb_hash_to_approximate_aspect_ratio(hash).unwrap();
    assert!((2.0..4.5).contains(&shape), "{shape}");
}

/// Smallest first, each size in both encodings.
fn thumbnails(taken: &Taken) -> impl Iterator<Item = DynamicImage> {
    ThumbnailSize::ALL
        .into_iter()
        .flat_map(|size| Encoding::ALL.map(|encoding| taken.thumbnail(size, encoding)))
        .map(|bytes| {
            let reader = ImageReader::new(Cursor::new(bytes));
            reader.with_guessed_format().unwrap().decode().unwrap()
        })
}
