//! Data sets from the network: over HTTPS, resumed where they broke off, checked before they are
//! used. Only with the feature `fetch`.
//!
//! ```text
//! entry       a name                    -> what is known of the set      (catalogue)
//! presence    entry, data folder        -> which of its files are there  (presence)
//! fetch       files, mirrors, folder    -> files with the right sums     (get)
//!     a file under another name until it is whole and right              (part)
//!     one answer of one mirror, bounded in length and in time            (download)
//! ```
//!
//! ```no_run
//! use chainrule_data::fetch::{FetchEvent, FetchOptions, entry, fetch};
//! use chainrule_data::data_folder;
//!
//! let mnist = entry("mnist")?;
//! let folder = data_folder(None).join(mnist.name);
//! fetch(mnist.files(), mnist.mirrors(), &folder, &FetchOptions::default(), &mut |event| {
//!     if let FetchEvent::Received { file, so_far } = event {
//!         println!("{}: {so_far} of {} bytes", file.name, file.bytes);
//!     }
//! })?;
//! # Ok::<(), chainrule_data::fetch::FetchError>(())
//! ```

mod address;
mod catalogue;
mod download;
mod error;
mod get;
mod options;
mod part;
mod presence;
mod sum;

pub use catalogue::{CATALOGUE, Entry, Remote, Supply, entry};
pub use error::FetchError;
pub use get::{FetchEvent, Fetched, fetch};
pub use options::FetchOptions;
pub use presence::Presence;
pub use sum::Sum;
