//! A web server as small as can be, which can also be as bad as can be.

// The tests of the library and of the program each use some of it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Such as `/mnist/a.gz`.
    pub(crate) path: String,
    /// The first byte that was asked for, if it is not the file's first.
    pub(crate) range: Option<usize>,
}

/// What is answered.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    /// A length other than the body's, or none.
    announced: Option<usize>,
    /// The pause before each byte of the body.
    pause: Duration,
    /// Whether the connection stays open after the body.
    stalls: bool,
    /// Bytes that come instead of an answer.
    raw: Option<Vec<u8>>,
}

impl Answer {
    /// The body, with its length.
    pub(crate) fn whole(body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let announced = Some(body.len());
        let (headers, pause) = (Vec::new(), Duration::ZERO);
        Answer { status: 200, headers, body, announced, pause, stalls: false, raw: None }
    }

    /// A file as a good server gives it: all of it, or what was asked for.
    pub(crate) fn file(bytes: &[u8], request: &Request) -> Answer {
        match request.range {
            None => Answer::whole(bytes),
            Some(first) if first >= bytes.len() => Answer::status(416),
            Some(first) => {
                let (last, length) = (bytes.len() - 1, bytes.len());
                Answer::whole(&bytes[first..])
                    .with_status(206)
                    .with_header(format!("Content-Range: bytes {first}-{last}/{length}"))
            }
        }
    }

    /// A code and a few words.
    pub(crate) fn status(status: u16) -> Answer {
        Answer::whole("<html>not the file</html>").with_status(status)
    }

    pub(crate) fn redirect(to: &str) -> Answer {
        Answer::status(302).with_header(format!("Location: {to}"))
    }

    /// No HTTP at all.
    pub(crate) fn raw(bytes: &[u8]) -> Answer {
        Answer { raw: Some(bytes.to_vec()), ..Answer::whole("") }
    }

    pub(crate) fn with_status(self, status: u16) -> Answer {
        Answer { status, ..self }
    }

    pub(crate) fn with_header(mut self, header: String) -> Answer {
        self.headers.push(header);
        self
    }

    /// Says that the body is longer or shorter than it is.
    pub(crate) fn announcing(self, length: usize) -> Answer {
        Answer { announced: Some(length), ..self }
    }

    /// Says nothing of the length: the body ends with the connection.
    pub(crate) fn without_length(self) -> Answer {
        Answer { announced: None, ..self }
    }

    /// After the body the connection stays open, and nothing comes.
    pub(crate) fn stalling(self) -> Answer {
        Answer { stalls: true, ..self }
    }

    /// The body comes byte by byte.
    pub(crate) fn trickling(self, pause: Duration) -> Answer {
        Answer { pause, ..self }
    }
}

/// Serves on a port of this machine until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (log, end) = (Arc::clone(&requests), Arc::clone(&is_over));
        let answer = Arc::new(answer);
        let listening = thread::spawn(move || {
            for connection in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(connection) = connection else { continue };
                let (log, end) = (Arc::clone(&log), Arc::clone(&end));
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    let Some(request) = read_request(&connection) else { return };
                    log.lock().unwrap().push(request.clone());
                    // A client that has seen enough goes away, which is its right.
                    let _ = write_answer(&connection, &answer(&request), &end);
                });
            }
        });
        Server { address, requests, is_over, listening: Some(listening) }
    }

    /// The address of the server, with a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// All that was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn read_request(connection: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut range = None;
    for line in lines {
        let line = line.ok()?.to_lowercase();
        if line.is_empty() {
            return Some(Request { path, range });
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = Some(bytes.strip_suffix('-')?.parse().ok()?);
        }
    }
    None
}

fn write_answer(
    mut connection: &TcpStream,
    answer: &Answer,
    is_over: &AtomicBool,
) -> std::io::Result<()> {
    if let Some(raw) = &answer.raw {
        connection.write_all(raw)?;
    } else {
        let mut head = format!("HTTP/1.1 {} Words\r\nConnection: close\r\n", answer.status);
        if let Some(length) = answer.announced {
            head += &format!("Content-Length: {length}\r\n");
        }
        for header in &answer.headers {
            head += &format!("{header}\r\n");
        }
        connection.write_all((head + "\r\n").as_bytes())?;
        if answer.pause.is_zero() {
            connection.write_all(&answer.body)?;
        } else {
            for byte in &answer.body {
                thread::sleep(answer.pause);
                connection.write_all(&[*byte])?;
            }
        }
    }
    while answer.stalls && !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
    // What the client has sent is read to its end, or closing would take back what was written.
    connection.shutdown(std::net::Shutdown::Write)?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    match std::io::copy(&mut &*connection, &mut std::io::sink()) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}
