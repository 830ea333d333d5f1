//! Names of files in an archive: made of titles, safe on every system, none twice.

use std::collections::HashMap;

use crate::domain::ImageRecord;

/// Characters of a name before its ending.
const MAX_CHARS: usize = 80;

/// What Windows keeps for its devices.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The names given so far in lower case, each with the last number put behind it.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, u32>);

impl Names {
    /// A name for the image that no other has, whatever the case.
    pub fn of(&mut self, image: &ImageRecord) -> String {
        let extension = image.media_type.extension();
        let title = image.title.as_str();
        let title = title
            .strip_suffix(&format!(".{extension}"))
            .unwrap_or(title);
        let stem = match safe(title) {
            stem if stem.is_empty() => image.id.to_string(),
            stem => stem,
        };
        self.numbered(&stem, extension)
    }

    /// The name, with the next number behind it if others have it.
    fn numbered(&mut self, stem: &str, extension: &str) -> String {
        let plain = format!("{stem}.{extension}");
        let last = self.0.get(&plain.to_lowercase());
        let mut count = last.copied().unwrap_or(0);
        let mut name = plain.clone();
        while self.0.contains_key(&name.to_lowercase()) {
            count += 1;
            name = format!("{stem} ({count}).{extension}");
        }
        self.0.insert(name.to_lowercase(), 1);
        self.0.insert(plain.to_lowercase(), count.max(1));
        name
    }
}

/// A text as a file's name.
pub fn safe(text: &str) -> String {
    let replaced: String = text
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .take(MAX_CHARS)
        .collect();
    let name = replaced.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let device = name.split('.').next().unwrap_or_default().trim();
    if RESERVED.contains(&device.to_lowercase().as_str()) {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_is_no_device() {
        assert_eq!(safe("Sea at dawn"), "Sea at dawn");
        assert_eq!(safe("Über 東京"), "Über 東京");
        assert_eq!(safe("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(safe("C:\\x"), "C__x");
        assert_eq!(safe("..."), "");
        assert_eq!(safe("a\u{202e}b\n"), "a\u{202e}b_");
        assert_eq!(safe("NUL.txt"), "_NUL.txt");
        assert_eq!(safe(&"x".repeat(200)).len(), MAX_CHARS);
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given = ["sea", "Sea", "sea (2)", "sea (3)", "SEA", "dawn"]
            .map(|stem| names.numbered(stem, "png"));
        let expected = [
            "sea.png",
            "Sea (2).png",
            "sea (2) (2).png",
            "sea (3).png",
            "SEA (4).png",
            "dawn.png",
        ];
        assert_eq!(given, expected);
    }
}
