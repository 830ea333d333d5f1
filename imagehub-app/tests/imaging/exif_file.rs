//! Exif as cameras write it, made for the tests.

pub enum Value<'a> {
    Text(&'a str),
    Short(u16),
    Long(u32),
    Fraction(u32, u32),
}

use Value::{Fraction, Long, Short, Text};

pub type Fields<'a> = &'a [(u16, Value<'a>)];

/// What a photographer's camera writes beside its settings: where, which camera, and whose.
const PLACE: Fields<'_> = &[
    (1, Text("N")),
    (2, Fraction(52, 1)),
    (29, Text("2026:05:01")),
];
pub const SECRETS: [&str; 4] = ["Ada Lovelace", "serial-0421337", "+05:45", "by the lake"];

/// Exif with these fields, those of its camera, and a place.
pub fn exif(big_endian: bool, main: Fields<'_>, camera: Fields<'_>) -> Vec<u8> {
    let mut file = match big_endian {
        true => b"MM\0\x2a\0\0\0\0".to_vec(),
        false => b"II\x2a\0\0\0\0\0".to_vec(),
    };
    let camera = directory(&mut file, big_endian, camera, &[]);
    let place = directory(&mut file, big_endian, PLACE, &[]);
    let pointers = [(0x8769, Long(camera)), (0x8825, Long(place))];
    let main = directory(&mut file, big_endian, main, &pointers);
    file[4..8].copy_from_slice(&long(big_endian, main));
    file
}

/// A photograph's, with what nobody is to learn.
pub fn of_a_photograph(big_endian: bool) -> Vec<u8> {
    exif(
        big_endian,
        &[
            (0x010e, Text(SECRETS[3])),
            (0x010f, Text("NIKON CORPORATION")),
            (0x0110, Text("NIKON D750")),
            (0x0112, Short(6)),
            (0x013b, Text(SECRETS[0])),
        ],
        &[
            (0x829a, Fraction(10, 2500)),
            (0x829d, Fraction(28, 10)),
            (0x8827, Short(400)),
            (0x9003, Text("2026:05:01 14:03:22")),
            (0x9011, Text(SECRETS[2])),
            (0x920a, Fraction(35, 1)),
            (0xa430, Text(SECRETS[0])),
            (0xa431, Text(SECRETS[1])),
            (0xa434, Text("35.0 mm f/1.8")),
            (0xa435, Text(SECRETS[1])),
        ],
    )
}

/// Adds a directory with what its fields do not have room for, and says where it is.
fn directory(file: &mut Vec<u8>, big: bool, fields: Fields<'_>, more: Fields<'_>) -> u32 {
    let at = file.len();
    let fields = || fields.iter().chain(more);
    let count = fields().count();
    let mut beside = Vec::new();
    file.extend(short(big, u16::try_from(count).unwrap()));
    for (tag, value) in fields() {
        let (kind, count, mut bytes) = match value {
            Text(text) => (2, text.len() + 1, [text.as_bytes(), b"\0"].concat()),
            Short(number) => (3, 1, short(big, *number).to_vec()),
            Long(number) => (4, 1, long(big, *number).to_vec()),
            Fraction(above, below) => (5, 1, [long(big, *above), long(big, *below)].concat()),
        };
        if bytes.len() > 4 {
            let place = at + 2 + 12 * fields().count() + 4 + beside.len();
            beside.extend(bytes);
            bytes = long(big, u32::try_from(place).unwrap()).to_vec();
        }
        bytes.resize(4, 0);
        file.extend([short(big, *tag), short(big, kind)].concat());
        file.extend(long(big, u32::try_from(count).unwrap()));
        file.extend(bytes);
    }
    file.extend([0; 4]);
    file.extend(beside);
    u32::try_from(at).unwrap()
}

fn short(big_endian: bool, number: u16) -> [u8; 2] {
    match big_endian {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    }
}

fn long(big_endian: bool, number: u32) -> [u8; 4] {
    match big_endian {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    }
}
