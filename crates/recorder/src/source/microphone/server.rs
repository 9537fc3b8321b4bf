//! The conversation with the sound server: finding it, finding a source, asking for its sound.
//!
//! It blocks; nothing here is asynchronous. Invariants: every message is read whole and none of
//! more than 4 MiB is believed; a server that does not answer while it is being asked is given up
//! after [`ANSWER_MAX`]; sound is asked for as the source makes it, so that the server has nothing
//! to convert.

use std::ffi::CString;
use std::io::{self, Cursor, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pulseaudio::protocol::{
    self as pulse, Command, CommandReply, ProtocolError, PulseError, RecordStreamParams, SampleFormat, SampleSpec,
};

use crate::source::{Error, RATES_HZ, TRACKS_MAX};

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Length of the secret that a server knows its users by.
const COOKIE_BYTES: usize = 256;
/// The sound in one message: short, so that little is lost when the power goes.
const FRAGMENT: Duration = Duration::from_millis(25);

/// How much sound to play goes into one message.
const PLAYED_AT_ONCE_BYTES: usize = 32 << 10;

/// How much later than it should a server may be done with playing; some never say that they are.
const PLAYED_LATE_MAX: Duration = Duration::from_secs(1);

/// A source that the server has.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) muted: bool,
    pub(super) spec: SampleSpec,
    index: u32,
    map: pulse::ChannelMap,
}

/// A stream of sound that the server has agreed to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) channel: u32,
    pub(super) spec: SampleSpec,
}

/// What the server sends of its own accord.
#[derive(Debug)]
pub(super) enum Message {
    Sound { channel: u32, bytes: Vec<u8> },
    Ended { channel: u32 },
    Other,
}

/// A connection that the server has accepted.
#[derive(Debug)]
pub(super) struct Link {
    socket: UnixStream,
    version: u16,
    asked: u32,
}

/// Where the environment says that the server listens.
pub(super) fn socket_from_env() -> Result<PathBuf, Error> {
    if let Ok(servers) = std::env::var("PULSE_SERVER")
        && !servers.trim().is_empty()
    {
        // A list; each may carry the name of the machine it is for in braces.
        return servers
            .split_whitespace()
            .map(|server| server.split_once('}').map_or(server, |(_, rest)| rest))
            .find_map(|server| server.strip_prefix("unix:").or(server.starts_with('/').then_some(server)))
            .map(PathBuf::from)
            .ok_or_else(|| Error::server(format!("$PULSE_SERVER ({servers}) names no server on this machine")));
    }
    pulseaudio::socket_path_from_env().ok_or_else(|| Error::server("no sound server is running for this user"))
}

impl Link {
    pub(super) fn connect(path: &Path) -> Result<Self, Error> {
        let socket = UnixStream::connect(path).map_err(|cause| {
            Error::server(format!("the sound server at {} does not answer: {cause}", path.display()))
        })?;
        socket.set_read_timeout(Some(ANSWER_MAX)).map_err(|cause| Error::server(cause.to_string()))?;
        let mut link = Self { socket, version: pulse::MAX_VERSION, asked: 0 };
        // A server that asks for no cookie still wants to see one of the right length.
        let mut cookie =
            pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        cookie.resize(COOKIE_BYTES, 0);
        let auth =
            pulse::AuthParams { version: pulse::MAX_VERSION, supports_shm: false, supports_memfd: false, cookie };
        let reply: pulse::AuthReply = link.ask(&Command::Auth(auth)).map_err(refused)?;
        link.version = reply.version.min(pulse::MAX_VERSION);
        let mut props = pulse::Props::new();
        props.set(pulse::Prop::ApplicationName, c"counterpart");
        link.ask::<pulse::SetClientNameReply>(&Command::SetClientName(props)).map_err(refused)?;
        Ok(link)
    }

    /// Finds a source by its name or description, or the default one.
    pub(super) fn source(&mut self, wanted: Option<&str>) -> Result<Found, Error> {
        let Some(wanted) = wanted else {
            let name = Some(pulse::DEFAULT_SOURCE.to_owned());
            let asked = Command::GetSourceInfo(pulse::GetSourceInfo { name, ..Default::default() });
            return match self.ask::<pulse::SourceInfo>(&asked) {
                Ok(info) => Ok(Found::from(info)),
                Err(ProtocolError::ServerError(PulseError::NoEntity)) => {
                    Err(Error::Microphone { name: None, known: Vec::new() })
                }
                Err(error) => Err(refused(error)),
            };
        };
        let infos: pulse::SourceInfoList = self.ask(&Command::GetSourceInfoList).map_err(refused)?;
        let mut all: Vec<Found> = infos.into_iter().map(Found::from).collect();
        let at = all
            .iter()
            .position(|found| found.name == wanted)
            .or_else(|| all.iter().position(|found| found.description == wanted));
        match at {
            Some(at) => Ok(all.swap_remove(at)),
            None => Err(Error::Microphone {
                name: Some(wanted.to_owned()),
                known: all.into_iter().map(|found| found.name).collect(),
            }),
        }
    }

    /// Asks for the sound of a source, as it makes it.
    pub(super) fn record(&mut self, source: &Found) -> Result<Stream, Error> {
        let spec = SampleSpec {
            format: match source.spec.format {
                SampleFormat::Alaw | SampleFormat::Ulaw | SampleFormat::Invalid => SampleFormat::S16Le,
                numbers => numbers,
            },
            channels: source.spec.channels.clamp(1, TRACKS_MAX as u8),
            sample_rate: source.spec.sample_rate.clamp(*RATES_HZ.start(), *RATES_HZ.end()),
        };
        self.record_as(source, spec)
    }

    /// Asks for the sound of a source in that shape; the server converts what is otherwise.
    pub(super) fn record_as(&mut self, source: &Found, spec: SampleSpec) -> Result<Stream, Error> {
        // A source that came back with fewer channels: each goes to its own track, and the others are silent. Without this the server
        // would copy one into all of them, and one voice would seem to be two.
        let is_narrower = source.spec.channels < spec.channels;
        let frame_bytes = spec.format.bytes_per_sample() as u32 * u32::from(spec.channels);
        let fragment = spec.sample_rate / (1000 / FRAGMENT.as_millis() as u32) * frame_bytes;
        let params = RecordStreamParams {
            sample_spec: spec,
            channel_map: first_channels(&source.map, spec.channels),
            source_index: Some(source.index),
            buffer_attr: pulse::stream::BufferAttr { fragment_size: fragment, ..Default::default() },
            flags: pulse::stream::StreamFlags {
                adjust_latency: true,
                no_remix_channels: true,
                no_remap_channels: is_narrower,
                // Another source in its place would be another sound under the same name.
                no_move: true,
                relative_volume: true,
                start_muted: Some(false),
                ..Default::default()
            },
            cvolume: Some(pulse::ChannelVolume::norm(spec.channels)),
            ..Default::default()
        };
        let reply: pulse::CreateRecordStreamReply = self.ask(&Command::CreateRecordStream(params)).map_err(refused)?;
        if reply.sample_spec != spec {
            return Err(Error::server("the sound server gives the sound in another shape than was asked for"));
        }
        // From now on silence is no fault of the conversation.
        self.socket.set_read_timeout(None).map_err(|cause| Error::server(cause.to_string()))?;
        Ok(Stream { channel: reply.channel, spec })
    }

    /// The next message, or why there is none any more.
    pub(super) fn message(&mut self) -> Result<Message, String> {
        let (descriptor, bytes) = self.read().map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => "the sound server went away".to_owned(),
            _ => format!("the sound server cannot be heard: {cause}"),
        })?;
        if descriptor.channel != u32::MAX {
            return Ok(Message::Sound { channel: descriptor.channel, bytes });
        }
        // A command that is not understood concerns something else.
        Ok(match Command::read_tag_prefixed(&mut Cursor::new(bytes), self.version) {
            Ok((_, Command::RecordStreamKilled(channel))) => Message::Ended { channel },
            _ => Message::Other,
        })
    }

    /// Sends sound to a stream that plays it, and waits until it was played, for not much longer than it lasts.
    pub(super) fn play_out(&mut self, channel: u32, bytes: &[u8], lasts: Duration) -> Result<(), Error> {
        let broke = |cause: io::Error| Error::server(cause.to_string());
        for piece in bytes.chunks(PLAYED_AT_ONCE_BYTES) {
            pulse::write_memblock(&mut self.socket, channel, piece, 0).map_err(refused)?;
        }
        self.asked += 1;
        let drain = Command::DrainPlaybackStream(channel);
        pulse::write_command_message(&mut self.socket, self.asked, &drain, self.version).map_err(refused)?;
        let until = Instant::now() + lasts + PLAYED_LATE_MAX;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.socket.set_read_timeout(Some(left)).map_err(broke)?;
            let (descriptor, bytes) = match self.read() {
                Ok(message) => message,
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(cause) => return Err(broke(cause)),
            };
            let mut message = Vec::new();
            pulse::write_descriptor(&mut message, &descriptor).map_err(refused)?;
            message.extend(bytes);
            match pulse::read_ack_message(&mut Cursor::new(message)) {
                Ok(to) if to == self.asked => return Ok(()),
                Err(error @ ProtocolError::ServerError(_)) => return Err(refused(error)),
                // The server asks for more sound, or says something else.
                _ => {}
            }
        }
    }

    /// A second handle on the connection.
    pub(super) fn handle(&self) -> io::Result<UnixStream> {
        self.socket.try_clone()
    }

    pub(super) fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, ProtocolError> {
        self.asked += 1;
        pulse::write_command_message(&mut self.socket, self.asked, command, self.version)?;
        loop {
            let (descriptor, bytes) = self.read()?;
            if descriptor.channel != u32::MAX {
                continue;
            }
            let mut message = Vec::new();
            pulse::write_descriptor(&mut message, &descriptor)?;
            message.extend(bytes);
            match pulse::read_reply_message::<R>(&mut Cursor::new(message), self.version) {
                Ok((to, reply)) if to == self.asked => return Ok(reply),
                // An answer to nobody, or news about something else.
                Ok(_) | Err(ProtocolError::UnexpectedCommand(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn read(&mut self) -> io::Result<(pulse::Descriptor, Vec<u8>)> {
        let mut head = [0; pulse::DESCRIPTOR_SIZE];
        self.socket.read_exact(&mut head)?;
        let descriptor = pulse::read_descriptor(&mut head.as_slice()).map_err(io::Error::other)?;
        if descriptor.length as usize > pulse::MAX_MEMBLOCKQ_LENGTH {
            return Err(io::Error::other("it sends messages of impossible length"));
        }
        let mut bytes = vec![0; descriptor.length as usize];
        self.socket.read_exact(&mut bytes)?;
        Ok((descriptor, bytes))
    }
}

impl From<pulse::SourceInfo> for Found {
    fn from(info: pulse::SourceInfo) -> Self {
        let text = |text: CString| text.to_string_lossy().into_owned();
        Self {
            name: text(info.name),
            description: info.description.map(text).unwrap_or_default(),
            muted: info.muted,
            spec: info.sample_spec,
            index: info.index,
            map: info.channel_map,
        }
    }
}

/// The first channels of a map; where there are fewer, others of no known place.
fn first_channels(map: &pulse::ChannelMap, channels: u8) -> pulse::ChannelMap {
    use pulse::ChannelPosition as At;
    let unknown = [At::Aux24, At::Aux25, At::Aux26, At::Aux27, At::Aux28, At::Aux29, At::Aux30, At::Aux31];
    pulse::ChannelMap::new(map.into_iter().chain(unknown).take(usize::from(channels)))
}

pub(super) fn refused(error: ProtocolError) -> Error {
    Error::server(match error {
        ProtocolError::ServerError(why) => format!("the sound server refuses: {why:?}"),
        ProtocolError::Io(cause) if cause.kind() == io::ErrorKind::WouldBlock => {
            "the sound server does not answer".into()
        }
        other => format!("the sound server cannot be understood: {other}"),
    })
}
