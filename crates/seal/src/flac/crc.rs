//! The two checksums of a FLAC frame (RFC 9639 sections 9.1.8 and 9.3).
//!
//! Not a defence: anyone can set them right. They only have to be right in a frame we renumber, or players reject it.
//! Invariant: tables are computed at compile time from the polynomials named here.

const CRC8: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

/// Bytes of a frame that are taken at once.
const STRIDE: usize = 8;

/// Row `n`: what a byte does to the sum when `n` more bytes follow it.
const CRC16: [[u16; 256]; STRIDE] = {
    let mut rows = [[0; 256]; STRIDE];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x8005 };
            bit += 1;
        }
        rows[0][at] = crc;
        at += 1;
    }
    let mut row = 1;
    while row < STRIDE {
        at = 0;
        while at < 256 {
            let crc: u16 = rows[row - 1][at];
            rows[row][at] = crc << 8 ^ rows[0][(crc >> 8) as usize];
            at += 1;
        }
        row += 1;
    }
    rows
};

/// CRC-8 of a frame header.
pub(crate) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| CRC8[usize::from(crc ^ byte)])
}

/// CRC-16 of a whole frame but its last two bytes.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    let (strides, rest) = bytes.as_chunks::<STRIDE>();
    let crc = strides.iter().fold(0u16, |crc, &[a, b, c, d, e, f, g, h]| {
        let [high, low] = crc.to_be_bytes();
        let taken = [h, g, f, e, d, c, b ^ low, a ^ high];
        CRC16.iter().zip(taken).fold(0, |sum, (row, byte)| sum ^ row[usize::from(byte)])
    });
    rest.iter().fold(crc, |crc, byte| crc << 8 ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    /// The check values of CRC-8/SMBUS and CRC-16/UMTS, the catalogue's names for these polynomials.
    #[test]
    fn check_values() {
        assert_eq!(super::crc8(b"123456789"), 0xf4);
        assert_eq!(super::crc16(b"123456789"), 0xfee8);
    }

    #[test]
    fn any_length_gives_the_sum_of_the_definition() {
        let bytes: Vec<u8> = (0..70u32).map(|at| (at * at * 7 + 3) as u8).collect();
        for length in 0..bytes.len() {
            let by_bits = bytes[..length].iter().fold(0u16, |crc, byte| {
                (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| (crc << 1) ^ (0x8005 * (crc >> 15)))
            });
            assert_eq!(super::crc16(&bytes[..length]), by_bits, "{length} bytes");
        }
    }
}
