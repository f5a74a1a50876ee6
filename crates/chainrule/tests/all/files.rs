//! What is written, and what is read without being trusted.

use chainrule::{Activation, Model, Network, write_whole};

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
    let message = Model::<f64>::load(&path).unwrap_err().to_string();
    assert!(message.contains("F32") && message.contains("F64"), "{message}");
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
