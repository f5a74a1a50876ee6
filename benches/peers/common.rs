// What the peers in Rust share: a workload's files, the timing, the line that each prints. The
// counterpart of common.py, which explains the files.

use std::path::{Path, PathBuf};
use std::time::Instant;

pub struct Workload {
    pub folder: PathBuf,
    pub name: String,
    pub rows: usize,
    /// Inputs, hidden units, outputs.
    pub widths: Vec<usize>,
    pub batch: usize,
    pub epochs: usize,
    pub repeats: usize,
    pub learning_rate: f64,
    pub is_tanh: bool,
    pub threads: Option<usize>,
}

/// `<peer> FOLDER [THREADS]`. Rayon reads the number of threads from RAYON_NUM_THREADS by itself.
pub fn workload() -> Workload {
    let arguments: Vec<String> = std::env::args().collect();
    let usage = format!("usage: RAYON_NUM_THREADS=N {} FOLDER [N]", arguments[0]);
    let folder = PathBuf::from(arguments.get(1).expect(&usage));
    let text = std::fs::read_to_string(folder.join("workload.json")).expect("workload.json");
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let number = |value: &serde_json::Value| value.as_u64().expect("a number") as usize;
    let threads: Option<usize> = arguments.get(2).map(|text| text.parse().expect(&usage));
    let told = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.parse().ok());
    assert!(threads == told, "{usage}");
    Workload {
        folder,
        name: read["workload"].as_str().expect("a name").to_string(),
        rows: number(&read["rows"]),
        widths: read["widths"].as_array().expect("widths").iter().map(number).collect(),
        batch: number(&read["batch"]),
        epochs: number(&read["epochs"]),
        repeats: number(&read["repeats"]),
        learning_rate: read["learning_rate"].as_f64().expect("a learning rate"),
        is_tanh: read["activation"] == "tanh",
        threads,
    }
}

/// The numbers of a file, four bytes each.
fn words(path: &Path) -> Vec<[u8; 4]> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes.chunks_exact(4).map(|word| word.try_into().expect("four bytes")).collect()
}

impl Workload {
    pub fn inputs(&self) -> Vec<f32> {
        words(&self.folder.join("x.f32")).into_iter().map(f32::from_le_bytes).collect()
    }

    pub fn classes(&self) -> Vec<u32> {
        words(&self.folder.join("y.u32")).into_iter().map(u32::from_le_bytes).collect()
    }

    /// Inputs, units, weights (inputs x units, row by row) and biases of each layer.
    pub fn initial(&self) -> Vec<(usize, usize, Vec<f32>, Vec<f32>)> {
        let numbers = words(&self.folder.join("initial.f32"));
        let mut numbers = numbers.into_iter().map(f32::from_le_bytes);
        let layers = self.widths.windows(2);
        let mut take = |count| numbers.by_ref().take(count).collect::<Vec<f32>>();
        layers.map(|it| (it[0], it[1], take(it[0] * it[1]), take(it[1]))).collect()
    }

    /// Times training from the initial weights: `start` gives an epoch, which returns the mean loss
    /// of its rows.
    pub fn train<F: FnMut() -> f64>(
        &self,
        system: &str,
        version: &str,
        mut start: impl FnMut() -> F,
    ) {
        let mut run = |epochs: usize| {
            let begin = Instant::now();
            let mut epoch = start();
            let mut loss = f64::NAN;
            (0..epochs).for_each(|_| loss = epoch());
            (begin.elapsed().as_secs_f64(), loss)
        };
        run(1);
        let (mut differences, mut last) = (Vec::new(), f64::NAN);
        for _ in 0..self.repeats {
            let (few, _) = run(self.epochs);
            let (many, loss) = run(3 * self.epochs);
            differences.push(many - few);
            last = loss;
        }
        differences.sort_by(f64::total_cmp);
        let seconds = differences[differences.len() / 2] / (2 * self.epochs) as f64;
        let measured = serde_json::json!({ "seconds_per_epoch": seconds, "final_loss": last });
        self.print(system, version, measured);
    }

    /// Times predictions: `predict` runs the network once on so many rows.
    pub fn predict(&self, system: &str, version: &str, mut predict: impl FnMut(usize)) {
        let mut time = |rows: usize, warm_up: usize, count: usize| {
            (0..warm_up).for_each(|_| predict(rows));
            let mut seconds: Vec<f64> = (0..count)
                .map(|_| {
                    let begin = Instant::now();
                    predict(rows);
                    begin.elapsed().as_secs_f64()
                })
                .collect();
            seconds.sort_by(f64::total_cmp);
            seconds
        };
        let one = time(1, 200, 5000);
        let many = time(1024, 5, 60);
        let measured = serde_json::json!({
            "p50_us": one[one.len() / 2] * 1e6,
            "p99_us": one[one.len() * 99 / 100] * 1e6,
            "rows_per_s": 1024.0 / many[many.len() / 2],
        });
        self.print(system, version, measured);
    }

    fn print(&self, system: &str, version: &str, mut measured: serde_json::Value) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        measured["system"] = system.into();
        measured["version"] = version.into();
        measured["workload"] = self.name.clone().into();
        measured["threads"] = self.threads.into();
        measured["peak_memory_mb"] = peak.map(|kib| kib * 1024.0 / 1e6).into();
        println!("{measured}");
    }
}

/// Random orders of rows (splitmix64, then Fisher and Yates).
pub struct Shuffle(u64);

impl Shuffle {
    pub fn new() -> Shuffle {
        Shuffle(1)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn order(&mut self, rows: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        for last in (1..rows).rev() {
            order.swap(last, (self.bits() % (last as u64 + 1)) as usize);
        }
        order
    }
}
