//! The body of an answer: of known length, in chunks (RFC 9112 section 7.1), or up to the end of the connection.

use std::io;
use std::io::BufRead;
use std::io::Read;

/// The longest line that frames a chunk: a hexadecimal length. Extensions are not used by our server.
const CHUNK_LINE_LIMIT: u64 = 64;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After this many bytes.
    Length(u64),
    /// After a chunk of length zero.
    Chunked,
    /// With the connection.
    UntilClose,
}

/// Reads exactly one body from a connection and leaves what follows.
pub(crate) struct Body<'a, R> {
    from: &'a mut R,
    framing: Framing,
    /// Bytes left of the body or of the present chunk.
    left: u64,
    began: bool,
    ended: bool,
}

impl<'a, R: BufRead> Body<'a, R> {
    pub(crate) fn new(from: &'a mut R, framing: Framing) -> Self {
        let left = if let Framing::Length(length) = framing { length } else { 0 };
        Self { from, framing, left, began: false, ended: framing == Framing::Length(0) }
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        if self.began {
            self.line()?;
        }
        self.began = true;
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        self.left = u64::from_str_radix(digits, 16).map_err(|_| invalid("the length of a chunk"))?;
        if self.left == 0 {
            // No trailers: our server sends none.
            self.line()?;
            self.ended = true;
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.from.by_ref().take(CHUNK_LINE_LIMIT).read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None if line.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            None => Err(invalid("the line before a chunk")),
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is malformed"))
}

impl<R: BufRead> Read for Body<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.framing == Framing::Chunked && self.left == 0 && !self.ended {
            self.next_chunk()?;
        }
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        if self.framing == Framing::UntilClose {
            return self.from.read(into);
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.from.read(&mut into[..room])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        self.ended = self.left == 0 && matches!(self.framing, Framing::Length(_));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(wire: &[u8], framing: Framing) -> (io::Result<Vec<u8>>, Vec<u8>) {
        let mut from = io::Cursor::new(wire.to_vec());
        let mut bytes = Vec::new();
        let result = Body::new(&mut from, framing).read_to_end(&mut bytes);
        let mut rest = Vec::new();
        from.read_to_end(&mut rest).unwrap();
        (result.map(|_| bytes), rest)
    }

    #[test]
    fn each_framing_ends_where_it_should() {
        let (body, rest) = read(b"hello next", Framing::Length(5));
        assert_eq!((body.unwrap().as_slice(), rest.as_slice()), (&b"hello"[..], &b" next"[..]));
        let (body, rest) = read(b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nnext", Framing::Chunked);
        assert_eq!((body.unwrap().as_slice(), rest.as_slice()), (&b"abc0123456789"[..], &b"next"[..]));
        let (body, _) = read(b"all of it", Framing::UntilClose);
        assert_eq!(body.unwrap(), b"all of it");
        let (body, rest) = read(b"next", Framing::Length(0));
        assert_eq!((body.unwrap().len(), rest.as_slice()), (0, &b"next"[..]));
    }

    #[test]
    fn a_body_that_is_cut_off_is_an_error() {
        for (wire, framing) in [
            (&b"hell"[..], Framing::Length(5)),
            (b"3\r\nab", Framing::Chunked),
            (b"3\r\nabc\r\n", Framing::Chunked),
            (b"", Framing::Chunked),
            (b"zz\r\nabc", Framing::Chunked),
            (b"fffffffffffffffff\r\nabc", Framing::Chunked),
        ] {
            assert!(read(wire, framing).0.is_err(), "{:?}", String::from_utf8_lossy(wire));
        }
    }

    proptest! {
        #[test]
        fn chunks_come_out_as_they_went_in(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8)) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                wire.extend_from_slice(part);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let (body, rest) = read(&wire, Framing::Chunked);
            prop_assert_eq!(body.unwrap(), parts.concat());
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(wire: Vec<u8>) {
            drop(read(&wire, Framing::Chunked));
        }
    }
}
