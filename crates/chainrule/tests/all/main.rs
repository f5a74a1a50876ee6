//! What the library promises, a file for each subject. One program, since each that is linked by itself
//! would compile the network's generic code once more; `cargo test --test all losses` runs one file.

mod attribution;
mod confidence;
mod coverage;
mod doctor;
mod embeddings;
mod files;
mod golden;
mod importance;
mod layers;
mod learned;
mod losses;
mod metrics;
mod neurons;
mod optimizers;
mod own_losses;
mod passes;
mod predictions;
mod random_networks;
mod runs;
mod same_bits;
mod specification;
mod streams;
mod thresholds;
mod training;
