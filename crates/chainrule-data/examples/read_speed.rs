//! How fast a file is read: `cargo run --release -p chainrule-data --example read_speed -- FILE [TIMES]`.
//!
//! Prints megabytes a second, one line for each time, and the most memory that was taken (on Linux).

use chainrule_data::{SourceOptions, open};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("expected the path of a file")?;
    let times = arguments.next().map_or(Ok(3), |times| times.parse())?;
    let megabytes = std::fs::metadata(&file)?.len() as f64 / 1e6;
    for _ in 0..times {
        let start = Instant::now();
        let data = open(&file, &SourceOptions::default())?;
        let seconds = start.elapsed().as_secs_f64();
        let (rows, columns) = (data.table.rows(), data.table.columns().len());
        println!("{:.1} MB/s ({rows} rows of {columns} columns)", megabytes / seconds);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{peak}");
    }
    Ok(())
}
