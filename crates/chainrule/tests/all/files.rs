//! What is written, and what is read without being trusted.

use chainrule::{Activation, Model, Network, has_64_bits, write_whole};

fn model() -> Model {
    let network = Network::new(3).dense(4, Activation::Relu).dense(2, Activation::Softmax);
    network.build(1).unwrap()
}

#[test]
fn a_model_survives_its_file_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model().save(&path).unwrap();
    let loaded = Model::<f32>::load(&path).unwrap();
    assert_eq!(loaded.to_bytes(), model().to_bytes());
    assert_eq!(std::fs::read(&path).unwrap(), model().to_bytes());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
}

#[test]
fn numbers_of_64_bits_are_rounded_for_a_model_of_32_and_the_other_way_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model().save(&path).unwrap();
    assert!(!has_64_bits(&path).unwrap());
    let widened = Model::<f64>::load(&path).unwrap();
    assert!(
        widened
            .weights(0)
            .iter()
            .zip(model().weights(0))
            .all(|(wide, own)| *wide == f64::from(own))
    );
    let network = model().network().clone();
    let wide: Model<f64> = network.build(2).unwrap();
    wide.save(&path).unwrap();
    assert!(has_64_bits(&path).unwrap());
    let rounded = Model::<f32>::load(&path).unwrap();
    assert!(rounded.weights(0).iter().zip(wide.weights(0)).all(|(own, wide)| *own == wide as f32));
    assert_eq!(Model::<f64>::load(&path).unwrap().to_bytes(), wide.to_bytes());
    std::fs::write(&path, "nothing").unwrap();
    let message = has_64_bits(&path).unwrap_err().to_string();
    assert!(message.contains("expected a model file"), "{message}");
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    let bytes = model().to_bytes();
    for length in 0..bytes.len() {
        assert!(Model::<f32>::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_permissions_kept_and_pipes_written_into() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    std::fs::write(&real, "old").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&real, &link).unwrap();
    write_whole(&link, b"new").unwrap();
    assert_eq!(std::fs::read(&real).unwrap(), b"new");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);

    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).unwrap()
    });
    write_whole(&pipe, b"through").unwrap();
    assert_eq!(reader.join().unwrap(), b"through");
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn networks_beyond_all_memory_are_refused_before_any_is_taken() {
    for (inputs, units) in [(1_000_000, 1_000_000), (usize::MAX, usize::MAX), (1, usize::MAX)] {
        let network = Network::new(inputs).dense(units, Activation::Relu);
        let message = network.build::<f32>(1).unwrap_err().to_string();
        assert!(message.contains("layer 1") && message.contains("fewer units"), "{message}");
    }
}
