//! The address of a source, below which the files lie.

use super::error::FetchError;
use std::net::IpAddr;
use ureq::http::Uri;

/// A source of files.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// With a slash at its end.
    base: String,
    /// HTTPS, and no redirection may leave it.
    pub(super) is_secure: bool,
    /// On this machine, where no proxy can stand between.
    pub(super) is_local: bool,
}

impl Address {
    pub(super) fn parse(given: &str) -> Result<Address, FetchError> {
        let wrong = |problem| FetchError::Address { given: given.to_owned(), problem };
        let uri: Uri = given.parse().map_err(|_| wrong("something else"))?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(wrong("an address of another kind")),
            None => return Err(wrong("no https:// or http:// in front")),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(wrong("no host"))?;
        // It would be shown with every address, in messages and in logs.
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(wrong("a name or a password in front of the host"));
        }
        // What follows these signs is no place in a folder, and nothing can lie below it.
        if given.contains(['?', '#']) {
            return Err(wrong("a question or a fragment at its end"));
        }
        let base = if given.ends_with('/') { given.to_owned() } else { format!("{given}/") };
        Ok(Address { base, is_secure, is_local: is_local(host) })
    }

    /// The address of the file `name`.
    pub(super) fn of(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }
}

fn is_local(host: &str) -> bool {
    let number = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || number.parse::<IpAddr>().is_ok_and(|number| number.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_an_address() {
        for given in ["https://host/folder", "https://host/folder/"] {
            let address = Address::parse(given).unwrap();
            assert_eq!(address.of("a.gz"), "https://host/folder/a.gz");
            assert!(address.is_secure && !address.is_local);
        }
        for given in ["http://localhost:8000", "http://127.0.0.1/", "http://[::1]:9/x"] {
            let address = Address::parse(given).unwrap();
            assert!(!address.is_secure && address.is_local, "{given}");
        }
        assert_eq!(Address::parse("http://host").unwrap().of("a"), "http://host/a");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in [
            "",
            "host",
            "/folder/mnist",
            "./mnist",
            "ftp://host/",
            "file:///folder/",
            "https://",
            "https:///folder/",
            "https://host/a b/",
            "https://me:secret@host/",
            "https://host/?file=",
            "https://host/#top",
            "https://host\n/",
        ] {
            let message = Address::parse(given).unwrap_err().to_string();
            assert!(message.contains("https://HOST/FOLDER/"), "{given}: {message}");
        }
    }
}
