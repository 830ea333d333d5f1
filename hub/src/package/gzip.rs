//! gzip without compression: the bytes depend on no compressor's version, and none has to be built.

/// The most that one stored block holds.
const BLOCK: usize = 0xffff;

/// The bytes as a gzip file, without name and time.
pub fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        file.push(u8::from(blocks.peek().is_none()));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    file.extend(crc32(bytes).to_le_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_stored_is_what_others_unpack() {
        for length in [1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = (0..length).map(|n| (n / 7) as u8).collect();
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&stored(&bytes)[..])
                .read_to_end(&mut unpacked)
                .expect("a gzip file with the right sum");
            assert_eq!(unpacked, bytes);
        }
    }
}
