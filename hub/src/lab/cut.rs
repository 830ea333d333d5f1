//! What of the book fits into a time.

use super::book::Lab;

/// The labs for so many minutes, in the book's order: each that still fits.
pub fn cut(labs: &[Lab], minutes: u32) -> Vec<&Lab> {
    let mut left = minutes;
    labs.iter()
        .filter(|lab| {
            let fits = lab.minutes <= left;
            if fits {
                left -= lab.minutes;
            }
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_that_is_too_long_makes_room_for_a_later_one() {
        let labs: Vec<Lab> = [(1, 20), (2, 15), (3, 15), (4, 9)]
            .into_iter()
            .map(|(number, minutes)| Lab {
                number,
                folder: "".into(),
                title: String::new(),
                minutes,
                hints: Vec::new(),
            })
            .collect();
        let numbers =
            |minutes| -> Vec<u8> { cut(&labs, minutes).iter().map(|lab| lab.number).collect() };
        assert_eq!(numbers(45), [1, 2, 4]);
        assert_eq!(numbers(59), [1, 2, 3, 4]);
        assert!(numbers(5).is_empty());
    }
}
