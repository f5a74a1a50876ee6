//! Files fetched from good servers and from bad ones, on this machine.

mod server;

use chainrule_data::fetch::*;
use server::{Answer, Request, Server};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A made-up file, larger than what comes at once, and not the same from place to place.
fn bytes() -> Vec<u8> {
    (0..150_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn remote(name: &'static str, bytes: &[u8]) -> Remote {
    Remote { name, bytes: bytes.len() as u64, sha256: Sum::of(bytes) }
}

/// The made-up file, a folder for it, and how to fetch it.
struct Place {
    temporary: TempDir,
    file: Remote,
    options: FetchOptions,
}

impl Place {
    fn new() -> Place {
        let (temporary, file) = (tempfile::tempdir().unwrap(), remote("a.gz", &bytes()));
        Place { temporary, file, options: FetchOptions::default() }
    }

    /// Where a server is given up soon.
    fn impatient() -> Place {
        let mut place = Place::new();
        place.options.stall_timeout = Duration::from_millis(300);
        place
    }

    /// Not there at first.
    fn folder(&self) -> PathBuf {
        self.temporary.path().join("data/set")
    }

    fn path(&self) -> PathBuf {
        self.folder().join("a.gz")
    }

    fn part(&self) -> PathBuf {
        self.folder().join("a.gz.part")
    }

    fn write(&self, path: &Path, bytes: &[u8]) {
        std::fs::create_dir_all(self.folder()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn fetch(&self, servers: &[&Server]) -> Result<Fetched, FetchError> {
        self.fetch_with(servers, &self.options, &mut |_| {})
    }

    fn fetch_with(
        &self,
        servers: &[&Server],
        options: &FetchOptions,
        listen: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Fetched, FetchError> {
        let mirrors: Vec<String> = servers.iter().map(|server| server.url()).collect();
        let fetched = fetch(&[self.file], &mirrors, &self.folder(), options, listen);
        fetched.map(|mut files| files.remove(0))
    }

    /// What must go well.
    fn succeed(&self, server: &Server) -> Fetched {
        let fetched = self.fetch(&[server]).unwrap();
        self.check_there();
        fetched
    }

    /// The file is there, and nothing else.
    fn check_there(&self) {
        assert!(std::fs::read(self.path()).unwrap() == bytes());
        assert_eq!(self.names(), ["a.gz"]);
    }

    /// What must go wrong, with these words, and how much of the file is kept.
    fn fail(&self, server: &Server, words: &[&str], kept: usize) -> FetchError {
        let error = self.fetch(&[server]).unwrap_err();
        let message = error.to_string();
        for word in words.iter().chain(&[server.url().as_str()]) {
            assert!(message.contains(word), "{word:?} is not in: {message}");
        }
        match kept {
            0 => assert!(self.names().is_empty(), "{:?}", self.names()),
            _ => {
                assert_eq!(self.names(), ["a.gz.part"]);
                assert!(std::fs::read(self.part()).unwrap() == bytes()[..kept], "{message}");
            }
        }
        error
    }
}

fn good() -> Server {
    Server::start(|request| Answer::file(&bytes(), request))
}

fn always(answer: Answer) -> Server {
    Server::start(move |_| answer.clone())
}

#[test]
fn a_file_is_fetched_once() {
    let (place, server) = (Place::new(), good());
    let mut heard = Vec::new();
    let mut so_fars = Vec::new();
    let listen = &mut |event: FetchEvent<'_>| match event {
        FetchEvent::AlreadyThere { .. } => heard.push("there".to_owned()),
        FetchEvent::Answered { url, kept, .. } => heard.push(format!("{url} after {kept}")),
        FetchEvent::Received { so_far, .. } => so_fars.push(so_far),
        FetchEvent::SourceFailed { .. } => heard.push("failed".to_owned()),
        FetchEvent::Finished { .. } => heard.push("finished".to_owned()),
    };
    let fetched = place.fetch_with(&[&server], &place.options, listen).unwrap();
    place.check_there();
    let url = format!("{}a.gz", server.url());
    assert_eq!((fetched.from, fetched.kept), (Some(url.clone()), 0));
    assert_eq!((fetched.path, fetched.bytes), (place.path(), 150_000));

    let again = place.fetch_with(&[&server], &place.options, listen).unwrap();
    assert_eq!((again.from, again.kept), (None, 150_000));
    assert_eq!(heard, [&format!("{url} after 0"), "finished", "there"]);
    assert!(so_fars.is_sorted() && so_fars.len() > 1, "{so_fars:?}");
    assert_eq!(so_fars.last(), Some(&150_000));
    assert_eq!(server.requests().len(), 1);
    assert_eq!((server.requests()[0].path.as_str(), server.requests()[0].range), ("/a.gz", None));
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let (place, server) = (Place::new(), good());
    place.write(&place.part(), &bytes()[..100_000]);
    assert_eq!(place.succeed(&server).kept, 100_000);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].range, Some(100_000));
}

#[test]
fn what_an_earlier_run_left_whole_needs_no_server() {
    let (place, server) = (Place::new(), good());
    place.write(&place.part(), &bytes());
    assert_eq!(place.succeed(&server).from, None);
    assert!(server.requests().is_empty());
}

#[test]
fn what_an_earlier_run_left_wrong_is_thrown_away() {
    let (place, server) = (Place::new(), good());
    // As long as the file, longer, and a beginning of something else.
    for (left, asked) in [(150_000, &[None][..]), (150_001, &[None]), (9, &[Some(9), None])] {
        place.write(&place.part(), &vec![7; left]);
        let before = server.requests().len();
        place.succeed(&server);
        let ranges: Vec<_> = server.requests()[before..].iter().map(|it| it.range).collect();
        assert_eq!(ranges, asked, "{left}");
        std::fs::remove_file(place.path()).unwrap();
    }
}

#[test]
fn servers_that_do_not_understand_ranges_give_all_of_it() {
    let give_all = |_: &Request| Answer::whole(bytes());
    let refuse = |request: &Request| match request.range {
        Some(_) => Answer::status(416),
        None => Answer::whole(bytes()),
    };
    let give_another = |request: &Request| match request.range {
        Some(first) => {
            Answer::file(&bytes(), &Request { range: Some(first + 1), ..request.clone() })
        }
        None => Answer::whole(bytes()),
    };
    for server in [Server::start(give_all), Server::start(refuse), Server::start(give_another)] {
        let place = Place::new();
        place.write(&place.part(), &bytes()[..100_000]);
        place.succeed(&server);
        assert_eq!(server.requests()[0].range, Some(100_000));
    }
}

#[test]
fn an_answer_cut_short_is_kept_and_gone_on_with() {
    let cut = Answer::whole(&bytes()[..90_000]);
    for answer in [cut.clone().announcing(150_000), cut.without_length()] {
        let place = Place::new();
        let words = ["expected 150000 bytes, found 90000", "a.gz.part", "fetch again"];
        let error = place.fail(&always(answer), &words, 90_000);
        assert!(matches!(error, FetchError::CutShort { .. }), "{error}");
        let server = good();
        assert_eq!(place.succeed(&server).kept, 90_000);
        assert_eq!(server.requests()[0].range, Some(90_000));
    }
}

#[test]
fn another_file_is_refused() {
    let mut damaged = bytes();
    damaged[70_000] ^= 1;
    let (right, wrong) = (Sum::of(&bytes()).to_string(), Sum::of(&damaged).to_string());
    let words = ["SHA-256", right.as_str(), wrong.as_str(), "try again"];
    Place::new().fail(&always(Answer::whole(damaged.clone())), &words, 0);
    // What was kept is not at fault here, which takes a second question to see.
    let place = Place::new();
    place.write(&place.part(), &bytes()[..60_000]);
    let server = Server::start(move |request| Answer::file(&damaged, request));
    place.fail(&server, &words, 0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn another_length_is_refused_before_anything_is_written() {
    let words = ["expected a file of 150000 bytes, found one of 25"];
    Place::new().fail(&always(Answer::status(200)), &words, 0);
    // Nor does it cost what was there.
    let place = Place::new();
    place.write(&place.part(), &bytes()[..60_000]);
    place.fail(&always(Answer::status(200)), &words, 60_000);
    let long = [bytes(), bytes()].concat();
    let server = Server::start(move |request| Answer::file(&long, request));
    place.fail(&server, &["150000 bytes, found one of 300000"], 60_000);
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let endless = Answer::whole([bytes(), vec![0; 1_000_000]].concat()).without_length();
    let error = Place::new().fail(&always(endless), &["150000 bytes, found more"], 0);
    assert!(matches!(error, FetchError::WrongLength { found: None, .. }));
}

#[test]
fn a_connection_that_nobody_closes_does_no_harm() {
    let place = Place::impatient();
    place.succeed(&always(Answer::whole(bytes()).without_length().stalling()));
}

#[test]
fn codes_that_are_no_file() {
    for (status, word) in [(404, "not found"), (403, "not allowed"), (500, "later"), (204, "204")] {
        let error = Place::new().fail(&always(Answer::status(status)), &[word], 0);
        let matches = matches!(error, FetchError::Status { status: found, .. } if found == status);
        assert!(matches, "{status}: {error}");
    }
    // A redirection that leads nowhere, and what nobody answers in earnest.
    for status in [206, 300, 302, 304, 399, 600, 999] {
        assert!(Place::new().fetch(&[&always(Answer::status(status))]).is_err(), "{status}");
    }
}

#[test]
fn one_mirror_after_the_other_is_asked() {
    let (place, bad, good) = (Place::new(), always(Answer::status(500)), good());
    let small = remote("b.gz", b"small");
    let both = Server::start(|request| match request.path.as_str() {
        "/b.gz" => Answer::whole("small"),
        _ => Answer::file(&bytes(), request),
    });
    let mut failures = Vec::new();
    let listen = &mut |event: FetchEvent<'_>| {
        if let FetchEvent::SourceFailed { error, next, .. } = event {
            failures.push(format!("{error} {next}"));
        }
    };
    place.fetch_with(&[&bad, &good], &place.options, listen).unwrap();
    place.check_there();
    assert_eq!(failures.len(), 1);
    assert!(failures[0].contains("500") && failures[0].ends_with(&format!("{}a.gz", good.url())));

    // The one that gave the first file is asked first for the second.
    std::fs::remove_file(place.path()).unwrap();
    let mirrors = [bad.url(), both.url()];
    fetch(&[place.file, small], &mirrors, &place.folder(), &place.options, &mut |_| {}).unwrap();
    assert_eq!(place.names(), ["a.gz", "b.gz"]);
    assert_eq!((bad.requests().len(), both.requests().len()), (2, 2));
}

#[test]
fn the_next_mirror_goes_on_where_the_last_broke_off() {
    let place = Place::new();
    let cut = always(Answer::whole(&bytes()[..90_000]).announcing(150_000));
    let good = good();
    place.fetch(&[&cut, &good]).unwrap();
    place.check_there();
    assert_eq!(good.requests()[0].range, Some(90_000));
}

#[test]
fn all_causes_are_said_when_all_mirrors_fail() {
    let place = Place::new();
    let (missing, other) = (always(Answer::status(404)), always(Answer::status(200)));
    let error = place.fetch(&[&missing, &other]).unwrap_err();
    let message = error.to_string();
    for word in ["a.gz: none of the 2 sources", "404", &missing.url(), "one of 25", &other.url()] {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
    assert!(error.is_of_source() && place.names().is_empty());
    let none = place.fetch(&[]).unwrap_err().to_string();
    assert!(none.contains("expected a source"), "{none}");
}

#[test]
fn redirections_are_followed_but_not_for_ever() {
    let (place, good) = (Place::new(), good());
    let to = format!("{}elsewhere/a.gz", good.url());
    place.succeed(&always(Answer::redirect(&to)));
    assert_eq!(good.requests()[0].path, "/elsewhere/a.gz");

    let server = always(Answer::redirect("/a.gz"));
    let error = Place::new().fail(&server, &["more than 5 redirections"], 0);
    assert!(matches!(error, FetchError::Redirections { .. }), "{error}");
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let place = Place::impatient();
    let begin = Instant::now();
    place.fail(&always(Answer::raw(b"").stalling()), &["found 0 and then nothing for 0.3 s"], 0);
    place.fail(&always(Answer::raw(b"HTTP/1.1 200 OK\r\n").stalling()), &["then nothing"], 0);
    let half = Answer::whole(&bytes()[..75_000]).announcing(150_000).stalling();
    let words = ["expected 150000 bytes, found 75000 and then nothing", "fetch again"];
    let error = place.fail(&always(half), &words, 75_000);
    assert!(matches!(error, FetchError::Stalled { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn a_server_that_trickles_is_given_up() {
    let place = Place::impatient();
    let trickle = Answer::whole(bytes()).trickling(Duration::from_millis(20));
    let [connect_timeout, stall_timeout] = [200, 600].map(Duration::from_millis);
    let options =
        FetchOptions { connect_timeout, stall_timeout, least_rate: 1 << 30, ..Default::default() };
    let begin = Instant::now();
    let error = place.fetch_with(&[&always(trickle.clone())], &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::TooSlow { .. }), "{error}");
    assert!(error.to_string().contains("within 0.8 s"), "{error}");
    assert_eq!(place.names(), ["a.gz.part"]);
    // Nor can the body of a redirection hold it.
    let redirect = trickle.with_status(302).with_header("Location: /b".to_owned());
    let error = place.fetch_with(&[&always(redirect)], &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::TooSlow { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn what_speaks_no_http_is_refused() {
    let endless_head = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1_000_000]].concat();
    for raw in [&b"SSH-2.0-OpenSSH_9.6\r\n"[..], b"\0\0\0", b"", &endless_head] {
        let error = Place::new().fail(&always(Answer::raw(raw)), &["cannot be reached"], 0);
        assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
    }
    // A port where nobody listens, and one where nobody speaks TLS.
    let server = always(Answer::raw(b"no TLS here"));
    let secure = server.url().replace("http:", "https:");
    let nobody = good().url();
    for mirror in [secure, nobody] {
        let place = Place::new();
        let fetched =
            fetch(&[place.file], &[&mirror], &place.folder(), &place.options, &mut |_| {});
        let message = fetched.unwrap_err().to_string();
        assert!(message.contains("cannot be reached") && message.contains(&mirror), "{message}");
    }
}

#[test]
fn a_file_that_is_there_is_not_replaced_unless_asked() {
    let (place, server) = (Place::new(), good());
    let mut damaged = bytes();
    damaged[0] ^= 1;
    for present in [&b"short"[..], &damaged] {
        place.write(&place.path(), present);
        let error = place.fetch(&[&server]).unwrap_err();
        assert!(matches!(error, FetchError::Differs { .. }) && !error.is_of_source(), "{error}");
        let message = error.to_string();
        assert!(
            message.contains("a.gz: expected") && message.contains("left as it is"),
            "{message}"
        );
        assert!(std::fs::read(place.path()).unwrap() == present);
        assert_eq!(place.names(), ["a.gz"]);

        // Not even then before the right one is there.
        let replace = FetchOptions { replace: true, ..FetchOptions::default() };
        let missing = always(Answer::status(404));
        assert!(place.fetch_with(&[&missing], &replace, &mut |_| {}).is_err());
        assert!(std::fs::read(place.path()).unwrap() == present);
        place.fetch_with(&[&server], &replace, &mut |_| {}).unwrap();
        place.check_there();
    }
}

#[test]
fn folders_in_the_way_are_named() {
    let (place, server) = (Place::new(), good());
    std::fs::create_dir_all(place.path()).unwrap();
    let message = place.fetch(&[&server]).unwrap_err().to_string();
    assert!(message.contains("something that is not a file"), "{message}");
    std::fs::remove_dir(place.path()).unwrap();
    std::fs::create_dir(place.part()).unwrap();
    let message = place.fetch(&[&server]).unwrap_err().to_string();
    assert!(message.contains("a.gz.part: cannot be written"), "{message}");
    // A file where the folder should be.
    let place = Place::new();
    std::fs::write(place.temporary.path().join("data"), "").unwrap();
    let error = place.fetch(&[&server]).unwrap_err();
    assert!(error.to_string().contains("name another folder") && !error.is_of_source(), "{error}");
    assert!(server.requests().is_empty());
}
