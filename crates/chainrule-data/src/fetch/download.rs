//! One answer of one source: the rest of a file, bounded in length and in time.

use super::address::Address;
use super::catalogue::Remote;
use super::error::FetchError;
use super::options::FetchOptions;
use super::part::Part;
use std::io::{ErrorKind, Read};
use ureq::http::header::{CONTENT_RANGE, RANGE};
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body, Error, Timeout};

/// The most redirections that are followed.
const MOST_REDIRECTIONS: u32 = 5;

/// What comes at once.
const BLOCK: usize = 1 << 16;

/// A file that is asked of a source.
pub(super) struct Download<'a> {
    pub(super) file: &'a Remote,
    pub(super) source: &'a Address,
    pub(super) options: &'a FetchOptions,
}

/// What there is to hear of.
pub(super) enum Heard {
    /// Once: the source gives what follows these bytes.
    Answered(u64),
    /// After each block: so many bytes are there by now.
    Received(u64),
}

impl Download<'_> {
    /// Adds what `part` lacks of the file, or all of it if the source gives no less. Whatever goes
    /// wrong, the part is then a beginning of what sources gave, or empty.
    pub(super) fn run(
        &self,
        part: &mut Part,
        hear: &mut dyn FnMut(Heard),
    ) -> Result<(), FetchError> {
        let mut begin = part.length();
        let mut answer = self.ask(part, begin)?;
        if begin > 0 && is_of_no_use(&answer, begin) {
            begin = 0;
            answer = self.ask(part, begin)?;
        }
        match answer.status() {
            StatusCode::OK => {
                // Asked for what follows some bytes, a source may give all of them.
                self.check_length(answer.body().content_length())?;
                part.restart()?;
            }
            StatusCode::PARTIAL_CONTENT if begin > 0 => {
                self.check_length(range(answer.headers()).and_then(|(_, total)| total))?;
            }
            status => return Err(FetchError::Status { url: self.url(), status: status.as_u16() }),
        }
        hear(Heard::Answered(part.length()));
        self.receive(&mut answer.into_body().into_reader(), part, hear)
    }

    fn ask(&self, part: &Part, begin: u64) -> Result<Response<Body>, FetchError> {
        let mut request = self.agent().get(self.url());
        if begin > 0 {
            request = request.header(RANGE, format!("bytes={begin}-"));
        }
        request.call().map_err(|error| self.failure(error, part, false))
    }

    /// Reads to the end, which is where the file ends and not a byte further.
    fn receive(
        &self,
        reader: &mut dyn Read,
        part: &mut Part,
        hear: &mut dyn FnMut(Heard),
    ) -> Result<(), FetchError> {
        let mut block = vec![0; BLOCK];
        loop {
            // One more than is left, so that what is too long is noticed.
            let left = self.file.bytes - part.length();
            let most = usize::try_from(left + 1).unwrap_or(BLOCK).min(BLOCK);
            match reader.read(&mut block[..most]) {
                Ok(0) if left == 0 => return Ok(()),
                Ok(0) => return Err(self.cut_short(part)),
                Ok(read) if read as u64 > left => {
                    part.restart()?;
                    return Err(self.wrong_length(None));
                }
                Ok(read) => {
                    part.add(&block[..read])?;
                    hear(Heard::Received(part.length()));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // All is there, however the connection ends; the sum will tell whether it is right.
                Err(_) if left == 0 => return Ok(()),
                Err(error) => return Err(self.failure(Error::from(error), part, true)),
            }
        }
    }

    fn agent(&self) -> Agent {
        let connect = Some(FetchOptions::bounded(self.options.connect_timeout));
        let stall = Some(FetchOptions::bounded(self.options.stall_timeout));
        let config = Agent::config_builder()
            .user_agent(concat!("chainrule/", env!("CARGO_PKG_VERSION")))
            // The files are packed already, and their sums are those of the packed bytes.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .https_only(self.source.is_secure)
            .max_redirects(MOST_REDIRECTIONS)
            .timeout_resolve(connect)
            .timeout_connect(connect)
            .timeout_recv_response(stall)
            .timeout_per_read(stall)
            .timeout_per_write(stall)
            // This one bounds the rest, such as the body of a redirection.
            .timeout_global(Some(self.options.longest(self.file.bytes)));
        match self.source.is_local {
            true => config.proxy(None).build().into(),
            false => config.build().into(),
        }
    }

    fn url(&self) -> String {
        self.source.of(self.file.name)
    }

    fn wrong_length(&self, found: Option<u64>) -> FetchError {
        FetchError::WrongLength { url: self.url(), expected: self.file.bytes, found }
    }

    /// A length that is announced must be the one that is known.
    fn check_length(&self, announced: Option<u64>) -> Result<(), FetchError> {
        match announced {
            Some(length) if length != self.file.bytes => Err(self.wrong_length(announced)),
            _ => Ok(()),
        }
    }

    fn cut_short(&self, part: &Part) -> FetchError {
        FetchError::CutShort {
            url: self.url(),
            expected: self.file.bytes,
            found: part.length(),
            part: part.path().to_owned(),
        }
    }

    fn failure(&self, error: Error, part: &Part, is_answered: bool) -> FetchError {
        let url = self.url();
        let (expected, found, path) = (self.file.bytes, part.length(), part.path().to_owned());
        let reason = match error {
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => "no connection in time".into(),
            Error::Timeout(Timeout::Global) => {
                let limit = self.options.longest(expected);
                return FetchError::TooSlow { url, expected, found, limit, part: path };
            }
            Error::Timeout(_) => {
                let waited = self.options.stall_timeout;
                return FetchError::Stalled { url, expected, found, waited, part: path };
            }
            Error::TooManyRedirects => {
                return FetchError::Redirections { url, most: MOST_REDIRECTIONS };
            }
            Error::RequireHttpsOnly(to) => return FetchError::Insecure { url, to },
            _ if is_answered => return self.cut_short(part),
            Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
                "the connection ended before the answer".into()
            }
            // So the other side of TLS reports what it cannot read.
            Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
                format!("no secure connection: {error}")
            }
            Error::Io(error) => error.to_string(),
            Error::Rustls(error) => format!("no secure connection: {error}"),
            Error::HostNotFound => "no such host".into(),
            other => other.to_string(),
        };
        FetchError::Unreachable { url, reason }
    }
}

/// Whether a source did not understand that it was asked for what follows `begin` bytes.
fn is_of_no_use(answer: &Response<Body>, begin: u64) -> bool {
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => {
            range(answer.headers()).is_none_or(|(first, _)| first != begin)
        }
        status => status == StatusCode::RANGE_NOT_SATISFIABLE,
    }
}

/// The first byte of a partial answer, and the length of the whole if it is stated.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    parse_range(headers.get(CONTENT_RANGE)?.to_str().ok()?)
}

/// Such as `bytes 100-199/200`.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.trim().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((first.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Sum;

    #[test]
    fn ranges_are_read() {
        assert_eq!(parse_range("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(parse_range("bytes 0-9/*"), Some((0, None)));
        // Without a first byte, or with one that is no number, there is no knowing what came.
        for wrong in ["", "bytes */200", "bytes 1-2", "items 0-9/10", "bytes x-9/10", "bytes 0-9/x"]
        {
            assert_eq!(parse_range(wrong), None, "{wrong}");
        }
    }
    #[test]
    fn https_is_not_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = Remote { name: "a", bytes: 1, sha256: Sum::of(b"a") };
        let mut part = Part::open(&folder.path().join("a"), 1).unwrap();
        // As a redirection from https would have it.
        let mut source = Address::parse("http://127.0.0.1:9/").unwrap();
        source.is_secure = true;
        let options = FetchOptions::default();
        let download = Download { file: &file, source: &source, options: &options };
        let error = download.run(&mut part, &mut |_| {}).unwrap_err();
        assert!(matches!(error, FetchError::Insecure { .. }), "{error}");
    }
}
