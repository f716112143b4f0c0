//! One gRPC call over HTTP/2 on a Unix socket: one message there, one back (RFC 9113; gRPC over HTTP2).
//!
//! Headers are sent as literals (RFC 7541 §6.2.2) and those that come back are not read: an answer with a message has
//! succeeded, and one without has failed. What comes is less than a window of flow control, so none is needed.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::deadline::Deadline;
use crate::secret::SecretBytes;

/// RFC 9113 §3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// RFC 9113 §6: types of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
/// Their flags. `ACK` is that of SETTINGS and PING.
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
/// RFC 9113 §6.5.2: what a frame may hold unless more was agreed to.
const FRAME_LIMIT: usize = 1 << 14;
/// Bytes of an answer: the window that a stream begins with (RFC 9113 §6.9.2).
const ANSWER_LIMIT: usize = 65_535;
/// Frames of an answer.
const FRAMES: usize = 256;

const BROKEN: &str = "the agent does not answer as it should";

struct Connection {
    stream: UnixStream,
    end: Deadline,
}

/// A frame that came.
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Zeroizing<Vec<u8>>,
}

/// Calls a method with a message and gives the message that comes back.
pub(super) fn call(
    socket: &Path,
    method: &str,
    message: &[u8],
    timeout: Duration,
) -> Result<SecretBytes, &'static str> {
    let stream = UnixStream::connect(socket).map_err(|_| "its agent cannot be reached")?;
    let end = Deadline::after(timeout);
    stream.set_write_timeout(Some(timeout)).map_err(|_| BROKEN)?;
    let mut connection = Connection { stream, end };
    let headers = literals(&[
        (":method", "POST"),
        (":scheme", "http"),
        (":path", method),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        // SPIFFE Workload Endpoint §6.1: so that no browser can be made to ask.
        ("workload.spiffe.io", "true"),
    ])?;
    let length = u32::try_from(message.len()).map_err(|_| BROKEN)?;
    let body = [&[0], length.to_be_bytes().as_slice(), message].concat();
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[])?);
    bytes.extend(frame(HEADERS, END_HEADERS, 1, &headers)?);
    bytes.extend(frame(DATA, END_STREAM, 1, &body)?);
    connection.send(&bytes)?;
    connection.answer()
}

impl Connection {
    fn send(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.stream.write_all(bytes).map_err(|_| "its agent hung up")
    }

    /// Reads frames until the stream ends.
    fn answer(&mut self) -> Result<SecretBytes, &'static str> {
        // As large as it may become, so that no copy is left behind.
        let mut body = Zeroizing::new(Vec::with_capacity(ANSWER_LIMIT));
        for _ in 0..FRAMES {
            let frame = self.read_frame()?;
            match frame.kind {
                SETTINGS if frame.flags & ACK == 0 => self.send(&self::frame(SETTINGS, ACK, 0, &[])?)?,
                PING if frame.flags & ACK == 0 => self.send(&self::frame(PING, ACK, 0, &frame.payload)?)?,
                RST_STREAM | GOAWAY => return Err("its agent refused the call"),
                DATA if frame.stream == 1 => body.extend_from_slice(frame.content().ok_or(BROKEN)?),
                _ => {}
            }
            if body.len() > ANSWER_LIMIT {
                return Err("its agent's answer is too large");
            }
            if frame.stream == 1 && matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0 {
                return message(&body);
            }
        }
        Err(BROKEN)
    }

    fn read_frame(&mut self) -> Result<Frame, &'static str> {
        let mut head = [0; 9];
        self.fill(&mut head)?;
        let [l1, l2, l3, kind, flags, s1, s2, s3, s4] = head;
        let length = u32::from_be_bytes([0, l1, l2, l3]) as usize;
        if length > FRAME_LIMIT {
            return Err(BROKEN);
        }
        let mut payload = Zeroizing::new(vec![0; length]);
        self.fill(&mut payload)?;
        // The first bit is reserved.
        let stream = u32::from_be_bytes([s1 & 0x7f, s2, s3, s4]);
        Ok(Frame { kind, flags, stream, payload })
    }

    fn fill(&mut self, mut buffer: &mut [u8]) -> Result<(), &'static str> {
        while !buffer.is_empty() {
            let left = self.end.left();
            if left.is_zero() {
                return Err("its agent takes too long");
            }
            self.stream.set_read_timeout(Some(left)).map_err(|_| BROKEN)?;
            let count = self.stream.read(buffer).map_err(|_| "its agent takes too long")?;
            if count == 0 {
                return Err("its agent hung up");
            }
            buffer = buffer.get_mut(count..).ok_or(BROKEN)?;
        }
        Ok(())
    }
}

impl Frame {
    /// What a frame of data holds, without its padding (RFC 9113 §6.1).
    fn content(&self) -> Option<&[u8]> {
        if self.flags & PADDED == 0 {
            return Some(&self.payload);
        }
        let (padding, rest) = self.payload.split_first()?;
        rest.get(..rest.len().checked_sub(usize::from(*padding))?)
    }
}

/// The only message in the body of an answer, uncompressed.
fn message(body: &[u8]) -> Result<SecretBytes, &'static str> {
    let (head, content) = body.split_first_chunk::<5>().ok_or("its agent knows no identity for this workload")?;
    let [compressed, length @ ..] = *head;
    if compressed != 0 || u32::from_be_bytes(length) as usize != content.len() {
        return Err(BROKEN);
    }
    Ok(SecretBytes::new(content.to_vec()))
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Result<Vec<u8>, &'static str> {
    let length = u32::try_from(payload.len()).ok().filter(|length| *length as usize <= FRAME_LIMIT);
    let [_, l1, l2, l3] = length.ok_or("the audience is too long")?.to_be_bytes();
    let mut bytes = vec![l1, l2, l3, kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    Ok(bytes)
}

/// Headers as literals that are not indexed, neither compressed; all are shorter than 127 bytes.
fn literals(headers: &[(&str, &str)]) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::new();
    for (name, value) in headers {
        bytes.push(0);
        for text in [name, value] {
            let length = u8::try_from(text.len()).ok().filter(|length| *length < 127).ok_or(BROKEN)?;
            bytes.push(length);
            bytes.extend(text.as_bytes());
        }
    }
    Ok(bytes)
}
