//! When and with what a picture was taken, as people say it.

use crate::domain::{Camera, ImageRecord, WallTime};
use crate::format;

/// What is known of it: names and what they are.
pub fn facts(image: &ImageRecord) -> Vec<(&'static str, String)> {
    let camera = image.camera.as_ref();
    let known = [
        ("Taken", image.taken_at.map(moment)),
        ("Camera", camera.and_then(name)),
        ("Lens", camera.and_then(|camera| camera.lens.clone())),
        ("Exposure", camera.and_then(exposure)),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, known)| Some((name, known?)))
        .collect()
}

fn moment(time: WallTime) -> String {
    let time = time.date_time();
    let day = format::day(time.assume_utc());
    format!("{day}, {:02}:{:02}", time.hour(), time.minute())
}

/// Most models begin with their maker's name.
fn name(camera: &Camera) -> Option<String> {
    let (Some(make), Some(model)) = (&camera.make, &camera.model) else {
        return camera.model.clone().or(camera.make.clone());
    };
    let brand = make.split(' ').next().unwrap_or_default().to_lowercase();
    Some(match model.to_lowercase().starts_with(&brand) {
        true => model.clone(),
        false => format!("{make} {model}"),
    })
}

fn exposure(camera: &Camera) -> Option<String> {
    let parts = [
        camera.exposure.as_ref().map(|time| format!("{time} s")),
        camera.aperture.map(|aperture| format!("f/{aperture}")),
        camera.iso.map(|iso| format!("ISO {iso}")),
        camera.focal_length.map(|length| format!("{length} mm")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(make: Option<&str>, model: Option<&str>) -> Camera {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Camera {
            make: owned(make),
            model: owned(model),
            ..Camera::default()
        }
    }

    #[test]
    fn a_camera_is_called_by_its_maker_once() {
        for (make, model, called) in [
            (
                Some("NIKON CORPORATION"),
                Some("NIKON D750"),
                Some("NIKON D750"),
            ),
            (Some("FUJIFILM"), Some("X-T5"), Some("FUJIFILM X-T5")),
            (Some("Apple"), None, Some("Apple")),
            (None, Some("X100V"), Some("X100V")),
            (None, None, None),
        ] {
            assert_eq!(name(&camera(make, model)).as_deref(), called);
        }
    }

    #[test]
    fn an_exposure_is_told_as_far_as_it_is_known() {
        let mut camera = camera(None, None);
        assert_eq!(exposure(&camera), None);
        camera.iso = Some(400);
        assert_eq!(exposure(&camera).unwrap(), "ISO 400");
        camera.exposure = Some("1/250".to_owned());
        camera.aperture = Some(2.8);
        camera.focal_length = Some(35.0);
        assert_eq!(
            exposure(&camera).unwrap(),
            "1/250 s · f/2.8 · ISO 400 · 35 mm"
        );
    }
}
