//! The data sets that have a name: what they are, whose they are, and where their files lie.

use super::error::FetchError;
use super::sum::Sum;
use crate::message;
use crate::toys;

/// A file that can be fetched, and how to know that it is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name, at the source and in the data folder.
    pub name: &'static str,
    /// Its length; an answer that is longer is cut off and refused.
    pub bytes: u64,
    /// The sum of its bytes.
    pub sha256: Sum,
}

/// What is known of a data set.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What [`crate::open`] calls it.
    pub name: &'static str,
    /// What its rows are.
    pub what: &'static str,
    /// Rows to learn from, or all rows.
    pub rows: usize,
    /// Rows that it keeps for testing, 0 if it leaves that to the user.
    pub test_rows: usize,
    /// The licence that its authors state.
    pub licence: &'static str,
    /// Who made it.
    pub origin: &'static str,
    /// How it comes here.
    pub supply: Supply,
}

/// How a data set comes here.
#[derive(Clone, Debug)]
pub enum Supply {
    /// It is part of the program, packed in so many bytes.
    Inside {
        /// The packed length.
        bytes: u64,
    },
    /// Its rows are computed when they are asked for.
    Computed,
    /// Its files are fetched into the data folder.
    Fetched {
        /// All its files.
        files: &'static [Remote],
        /// Addresses below which the files lie, the one to try first at the front.
        mirrors: &'static [&'static str],
    },
}

/// All data sets that have a name, in the order of [`crate::DATA_SETS`].
pub static CATALOGUE: [Entry; 14] = [
    Entry {
        name: "digits",
        what: "8 x 8 images of handwritten digits",
        rows: 1797,
        test_rows: 0,
        licence: "BSD-3-Clause",
        origin: "Alpaydin, Kaynak 1998",
        supply: Supply::Inside { bytes: include_bytes!("../../assets/digits.csv.gz").len() as u64 },
    },
    Entry {
        name: "iris",
        what: "sepals and petals of three species",
        rows: 150,
        test_rows: 0,
        licence: "none stated",
        origin: "Fisher 1936",
        supply: Supply::Inside { bytes: include_bytes!("../../assets/iris.csv.gz").len() as u64 },
    },
    computed("and", "a gate: 1 if both inputs are 1", 4),
    computed("or", "a gate: 1 if one input is 1, or both", 4),
    computed("and-not", "a gate: 1 if x1 is 1 and x2 is not", 4),
    computed("xor", "a gate: 1 if exactly one input is 1", 4),
    computed("moons", "two half circles that reach into each other", toys::ROWS),
    computed("circles", "a circle in a circle", toys::ROWS),
    computed("spiral", "two arms that wind around each other", toys::ROWS),
    computed("blobs", "three clouds", toys::ROWS),
    computed("plane", "a plane over a square, to predict its height", toys::ROWS),
    computed("gaussians", "hills and hollows over a square, to predict the height", toys::ROWS),
    Entry {
        name: "mnist",
        what: "28 x 28 images of handwritten digits",
        rows: 60000,
        test_rows: 10000,
        licence: "none stated",
        origin: "LeCun, Cortes, Burges 1998",
        supply: Supply::Fetched { files: &MNIST, mirrors: &MNIST_MIRRORS },
    },
    Entry {
        name: "fashion-mnist",
        what: "28 x 28 images of ten kinds of clothes",
        rows: 60000,
        test_rows: 10000,
        licence: "MIT",
        origin: "Zalando Research 2017",
        supply: Supply::Fetched { files: &FASHION_MNIST, mirrors: &FASHION_MNIST_MIRRORS },
    },
];

/// A data set of the program's own making.
const fn computed(name: &'static str, what: &'static str, rows: usize) -> Entry {
    Entry {
        name,
        what,
        rows,
        test_rows: 0,
        licence: "none needed",
        origin: "computed",
        supply: Supply::Computed,
    }
}

const MNIST: [Remote; 4] = [
    Remote {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: sum("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    },
    Remote {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: sum("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    },
    Remote {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: sum("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    },
    Remote {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: sum("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    },
];

/// The authors' own page no longer gives the files out; these are copies of them.
const MNIST_MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

const FASHION_MNIST: [Remote; 4] = [
    Remote {
        name: "train-images-idx3-ubyte.gz",
        bytes: 26_421_880,
        sha256: sum("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    },
    Remote {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 29_515,
        sha256: sum("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    },
    Remote {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 4_422_102,
        sha256: sum("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    },
    Remote {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 5_148,
        sha256: sum("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    },
];

/// The authors' repository, and the copy that Keras reads. (The authors' other address, at Amazon,
/// answers over plain HTTP only.)
const FASHION_MNIST_MIRRORS: [&str; 2] = [
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
];

/// A sum of the tables above; a mistyped one does not compile.
const fn sum(digits: &str) -> Sum {
    match Sum::parse(digits) {
        Some(sum) => sum,
        None => panic!("expected 64 hexadecimal digits"),
    }
}

/// The data set called `name`.
///
/// # Errors
/// [`FetchError::UnknownName`], with the name most like it.
pub fn entry(name: &str) -> Result<&'static Entry, FetchError> {
    CATALOGUE.iter().find(|entry| entry.name == name).ok_or_else(|| FetchError::UnknownName {
        given: name.to_owned(),
        nearest: message::nearest(name, crate::DATA_SETS),
        names: crate::DATA_SETS.map(str::to_owned).to_vec(),
    })
}

impl Entry {
    /// The files to fetch; none of a data set that comes inside the program.
    pub fn files(&self) -> &'static [Remote] {
        match self.supply {
            Supply::Inside { .. } | Supply::Computed => &[],
            Supply::Fetched { files, .. } => files,
        }
    }

    /// Where the files can be fetched from.
    pub fn mirrors(&self) -> &'static [&'static str] {
        match self.supply {
            Supply::Inside { .. } | Supply::Computed => &[],
            Supply::Fetched { mirrors, .. } => mirrors,
        }
    }

    /// The length of all its files together, packed as they are; 0 for rows that are computed.
    pub fn bytes(&self) -> u64 {
        match self.supply {
            Supply::Inside { bytes } => bytes,
            Supply::Computed => 0,
            Supply::Fetched { files, .. } => files.iter().map(|file| file.bytes).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DATA_SETS, SourceOptions, open};

    #[test]
    fn every_data_set_has_an_entry() {
        let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
        assert_eq!(names, DATA_SETS);
        for name in DATA_SETS {
            assert_eq!(entry(name).unwrap().name, name);
        }
        let message = entry("mnits").unwrap_err().to_string();
        assert!(message.contains("did you mean `mnist`?"), "{message}");
    }

    #[test]
    fn what_is_inside_has_the_rows_that_are_stated() {
        for entry in CATALOGUE.iter().filter(|entry| entry.files().is_empty()) {
            let data = open(entry.name, &SourceOptions::default()).unwrap();
            assert_eq!(data.table.rows(), entry.rows, "{}", entry.name);
            assert!(data.test.is_none() && entry.test_rows == 0);
            assert_eq!(entry.bytes() > 0, matches!(entry.supply, Supply::Inside { .. }));
        }
    }

    #[test]
    fn what_is_fetched_comes_over_https() {
        for entry in &CATALOGUE {
            assert_eq!(entry.files().is_empty(), entry.mirrors().is_empty());
            for mirror in entry.mirrors() {
                assert!(mirror.starts_with("https://") && mirror.ends_with('/'), "{mirror}");
            }
        }
    }
}
