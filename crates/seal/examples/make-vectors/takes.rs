//! The recordings every case starts from, made by the library's own writer with secrets that are known here.
//!
//! Not here: what is done to them.
//! Invariant: the same bytes on every run; nothing depends on a clock or on chance.

use crate::bytes::Parts;
use crate::forge::Forge;
use ed25519_dalek::SigningKey;
use seal::{AboutField, Body, Check, DeviceKey, Encoder, EndReason, EventKind, Format, Opening, Plan, Secrets, Writer};

/// Secret half of the device key that every recording with a device is made by.
const DEVICE_SECRET: [u8; 32] = [0xd1; 32];

/// What a recording is made of.
#[derive(Clone)]
pub(crate) struct Take {
    /// Tells recordings apart: other keys, seed, nonce and sound.
    pub(crate) number: u8,
    /// Another nonce under the same keys.
    pub(crate) nonce: u8,
    pub(crate) format: Format,
    pub(crate) samples: usize,
    pub(crate) device: bool,
    pub(crate) about: Vec<(AboutField, String)>,
    pub(crate) events: Vec<(EventKind, u64, u64, &'static str)>,
    pub(crate) reason: EndReason,
    pub(crate) closing: &'static str,
    pub(crate) prev: bool,
    /// Tracks, from 0, that are silent.
    pub(crate) silent: Vec<usize>,
    pub(crate) padding: usize,
}

/// Segments of a tenth of a second, so that a file of several is small.
pub(crate) fn short(bits: u8, tracks: u8) -> Format {
    Format::with_blocks(8_000, bits, tracks, 160, 800).expect("within bounds")
}

impl Take {
    pub(crate) fn new(number: u8, format: Format, samples: usize) -> Take {
        Take {
            number,
            nonce: 0,
            format,
            samples,
            device: false,
            about: Vec::new(),
            events: Vec::new(),
            reason: EndReason::Finished,
            closing: "",
            prev: false,
            silent: Vec::new(),
            padding: 64,
        }
    }

    /// Four segments of a tenth of a second, the last one short, two tracks, nothing else.
    pub(crate) fn plain() -> Take {
        Take::new(1, short(16, 2), 2_900)
    }

    /// The same with everything a recording can have.
    pub(crate) fn rich() -> Take {
        let about = [
            (AboutField::Parties, "Ada Example; Office of Examples"),
            (AboutField::Place, "Room 4, 1 Example Street"),
            (AboutField::Appointment, "2026/0042"),
            (AboutField::Agreement, "Both sides keep one copy."),
        ];
        Take {
            device: true,
            about: about.map(|(field, value)| (field, value.to_owned())).to_vec(),
            events: vec![
                (EventKind::Source, 0, 0, "microphone"),
                (EventKind::Entrant, 800, 0, "an interpreter came in"),
                (EventKind::Gap, 1_000, 40, "filler"),
                (EventKind::Marker, 2_400, 0, "the second question"),
            ],
            closing: "party: agreed\noffice: agreed\n",
            ..Take::plain()
        }
    }

    pub(crate) fn secrets(&self) -> Secrets {
        Secrets {
            signing_key: [self.number; 32],
            seed: [self.number ^ 0x55; 32],
            nonce: [self.number ^ 0xaa ^ self.nonce; 32],
        }
    }

    /// Interleaved samples: a tone of each track's own, under a little noise.
    fn sound(&self) -> Vec<i32> {
        let tracks = usize::from(self.format.tracks());
        let scale = 1i32 << (self.format.bits() - 16);
        let mut noise = 0x9e37_79b9u32 ^ u32::from(self.number) << 8 ^ u32::from(self.nonce);
        let mut out = Vec::with_capacity(self.samples * tracks);
        for at in 0..self.samples {
            for track in 0..tracks {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let ramp = ((at * (track + 2)) % 160) as i32;
                let tone = (ramp - 80).abs() * 20 - 800;
                let value = (tone + (noise >> 29) as i32) * scale;
                out.push(if self.silent.contains(&track) { 0 } else { value });
            }
        }
        out
    }

    /// Makes it. An event is put on the record as soon as the sound has come to it.
    pub(crate) fn make(&self) -> Forge {
        let device = self.device.then(|| DeviceKey::new("room 4", DEVICE_SECRET).expect("a good name"));
        let opening = Opening {
            format: self.format,
            software: "counterpart vectors".into(),
            start: "2026-11-21T09:30:00+01:00".into(),
            about: self.about.clone(),
            checkpoint: None,
            prev: self.prev.then(|| "5a".repeat(32).parse().expect("an id")),
        };
        let secrets = self.secrets();
        let mut writer = Writer::new(&opening, &secrets, device.as_ref()).expect("a good opening");
        let mut encoder = Encoder::new(self.format);
        let pcm = self.sound();
        let block = self.format.block_samples() as usize * usize::from(self.format.tracks());
        let mut events = self.events.iter().peekable();
        let (mut frames, mut given_out) = (Vec::new(), Vec::new());
        let mut blocks = pcm.chunks(block);
        loop {
            while let Some((kind, first, count, what)) = events.next_if(|event| event.1 <= writer.position()) {
                let body = Body::new().with("at", "2026-11-21T09:30:00+01:00").with("reason", what);
                writer.push_event(*kind, *first, *count, &body).expect("in order");
            }
            let Some(pcm) = blocks.next() else { break };
            let frame = encoder.encode(pcm).expect("the encoder works");
            given_out.extend(writer.push_frame(&frame, Some(pcm)).expect("a faithful frame"));
            frames.extend_from_slice(&frame);
        }
        let sealed = writer.finish(self.reason, self.closing).expect("good closing acts");
        let mut file = sealed.head(sealed.head_bytes() + self.padding).expect("room enough");
        file.extend_from_slice(&frames);
        Forge {
            parts: Parts::parse(&file),
            format: self.format,
            key: SigningKey::from_bytes(&secrets.signing_key),
            device: self.device.then(|| SigningKey::from_bytes(&DEVICE_SECRET)),
            seed: secrets.seed,
            pcm,
            given_out,
        }
    }

    /// The head of the same recording while it is made, and its frames so far.
    pub(crate) fn unfinished(&self) -> Vec<u8> {
        let opening = Opening {
            format: self.format,
            software: "counterpart vectors".into(),
            start: "2026-11-21T09:30:00+01:00".into(),
            about: Vec::new(),
            checkpoint: None,
            prev: None,
        };
        let writer = Writer::new(&opening, &self.secrets(), None).expect("a good opening");
        let mut file = writer.unfinished_head(2_048).expect("room enough");
        self.make().frames.iter().for_each(|frame| file.extend_from_slice(frame));
        file
    }
}

impl Forge {
    /// What the library makes of this file by `plan`.
    pub(crate) fn derive(&self, plan: &Plan) -> Forge {
        let bytes = self.print();
        let mut file = &bytes[..];
        let verdict = seal::verify(&mut file, Check { deep: true, ..Check::default() }, &mut |_, _| {});
        let verified = verdict.verified().expect("parts are made of good files only");
        let mut out = std::io::Cursor::new(Vec::new());
        seal::derive(&mut file, verified, plan, &mut out).expect("a plan that shows something");
        Forge { parts: Parts::parse(out.get_ref()), given_out: Vec::new(), ..self.clone() }
    }
}
