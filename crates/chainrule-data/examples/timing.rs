use chainrule_data::*;
use chainrule_math::random::Stream;
use std::time::Instant;
fn main() {
    let t = Instant::now();
    let d = open("mnist", &SourceOptions::default()).unwrap();
    println!("open {:?}", t.elapsed());
    let targets = ["label".to_string()];
    let t = Instant::now();
    let j = judge_target(&d.table, &targets, None).unwrap();
    println!("judge {:?}", t.elapsed());
    let mut rows: Vec<usize> = (0..60000).collect();
    let t = Instant::now();
    let (a, b) = stratified_split(j.labels.as_deref(), &rows, 0.1, &mut Stream::new(1, "x"));
    println!("split {:?} {} {}", t.elapsed(), a.len(), b.len());
    let t = Instant::now();
    let p = Preparation::fit(&d.table, &targets, &rows, &PrepareOptions::default()).unwrap();
    println!("fit {:?}", t.elapsed());
    for _ in 0..3 {
        let t = Instant::now();
        let m = p.features(&d.table, &rows).unwrap();
        println!("features {:?} {}", t.elapsed(), m.len());
        Stream::new(1, "x").shuffle(&mut rows);
    }
    for f in ["adult.csv", "digits.csv", "yeast.csv"] {
        let t = Instant::now();
        let d = open(&format!("/work/shared/data/tabular/{f}"), &SourceOptions::default()).unwrap();
        println!("{f} {:?} {}", t.elapsed(), d.table.rows());
    }
}
